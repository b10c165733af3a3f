# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replicas that are asked for: which sources, which names, and what they inherit."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model import replicas
from ansible_collections.stackdb.trove.plugins.module_utils._model.contract import Contract
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused
from ansible_collections.stackdb.trove.tests.unit.builders import cluster, instance, replica_params, volume

ADOPTED = ("mysql", "8.4")


def source(**changes):
    return instance("shop-1", **{"type": "instance", "contract": Contract(), **changes})


def follower(name, **changes):
    return instance(name, **{"type": "instance", "contract": Contract(replicates_from=("id-shop-1",), writable=False), **changes})


def family(*followers, of=None, **changes):
    return cluster(of or source(), *followers, **{"datastore": "mysql", "version": "8.4", **changes})


def build(**changes):
    return replicas.build({**replica_params(name="copy"), **changes})


@pytest.mark.parametrize(("changes", "option"), [
    ({"count": 0}, "count"), ({"volume_size": 0}, "volume_size"), ({"name": "orders"}, "name"), ({"name": "9"}, "name"),
    ({"users": [{"name": "a"}]}, "users"), ({"datastore_version": "8.4"}, "datastore_version"), ({"locality": "affinity"}, "locality"),
])  # fmt: skip
def test_what_cannot_be_asked_for(changes, option):
    with pytest.raises(InvalidInput) as error:
        build(**changes)
    assert error.value.option == option


def test_a_replica_is_named_after_its_source_unless_it_is_given_a_name():
    assert build(name=None).name == "orders-replica"
    wanted = build(count=1, volume_size=1, networks=["db-net"])
    assert (wanted.name, wanted.count, wanted.volume_size, wanted.networks) == ("copy", 1, 1, ("db-net",))


@pytest.mark.parametrize(
    ("of", "adopt"),
    [
        (source(), None),
        # a server of others, now and when an earlier run has adopted it
        (source(contract=None), ADOPTED),
        (source(adopted=True), ADOPTED),
        (source(adopted=True), None),
        (source(contract=None, task="BUILDING"), ADOPTED),
    ],
)
def test_sources_that_replicas_can_be_made_of(of, adopt):
    replicas.check_source(family(of=of), of, adopt)


@pytest.mark.parametrize(
    ("of", "adopt", "says"),
    [
        (follower("shop-2"), None, "Cannot create a replica of a replica shop-2. Its source is id-shop-1"),
        (follower("shop-2", contract=Contract(("id-shop-3",), ("id-shop-1",))), None, "a replica shop-2. It is part of a ring, in which each takes writes"),
        (source(), ADOPTED, "only for a server that others have created; shop-1 is an instance of mysql 8.4"),
        (source(adopted=True), ("mysql", "8.0"), "only for a server that others have created"),
        (source(adopted=True), ("mariadb", "8.4"), "only for a server that others have created"),
        (source(status="SHUTOFF"), None, "shop-1 is SHUTOFF"),
        (source(contract=None, status="SHUTOFF"), ADOPTED, "shop-1 is SHUTOFF"),
        (source(task="BUILDING"), None, "its task is 'BUILDING'"),
    ],
)
def test_sources_that_are_refused(of, adopt, says):
    with pytest.raises((InvalidInput, Refused), match=says):
        replicas.check_source(family(of=of), of, adopt)


@pytest.mark.parametrize(
    ("there", "count", "names"),
    [
        (family(), 1, ["copy"]),
        (family(), 2, ["copy-1", "copy-2"]),
        (family(follower("copy")), 2, ["copy-1"]),
        (family(follower("copy-1"), follower("copy-2")), 3, ["copy-3"]),
        (family(follower("copy-1")), 1, []),
        # a number is not used again, also where the plain name is free
        (family(follower("copy-1", last_number=4)), 2, ["copy-5"]),
        (family(of=source(last_number=2)), 1, ["copy-3"]),
        # what a killed run left of a replica comes first
        (family(volumes=(volume("copy-2"), volume("copy-1"))), 3, ["copy-1", "copy-2", "copy-3"]),
        (family(volumes=(volume("copy"),)), 1, ["copy"]),
        # of others of the family
        (family(follower("other-7"), follower("copyx-8")), 1, ["copy"]),
        (family(volumes=(volume("other-7"),)), 1, ["copy"]),
    ],
)
def test_names_of_those_that_are_missing(there, count, names):
    assert replicas.new_names(there, there.instances[0], "copy", count) == names


def test_fewer_than_there_are_are_deleted_by_name():
    there = family(follower("copy-1"), follower("copy-2"))
    with pytest.raises(InvalidInput, match=r"count: 1 was given; allowed: 2 or more, since that many there are \(copy-1, copy-2\)"):
        replicas.new_names(there, there.instances[0], "copy", 1)


def test_only_those_that_follow_the_source_are_its_replicas():
    other = follower("copy-3", contract=Contract(replicates_from=("id-other",)))
    there = family(follower("copy-1"), other, instance("copy-2", contract=None))
    assert [i.name for i in replicas.existing(there, there.instances[0], "copy")] == ["copy-1"]


@pytest.mark.parametrize(("name", "number"), [("copy-12", 12), ("copy", 0), ("copy-x", 0), ("copy-1-b", 0), ("12", 0)])
def test_the_number_of_a_replica(name, number):
    assert replicas.number(name) == number


def test_the_highest_number_of_a_family_and_of_a_name():
    there = family(follower("copy-9", last_number=3), follower("other-20"))
    assert (replicas.last_number(there), replicas.last_number(there, "copy")) == (3, 9)


# What it inherits

@pytest.mark.parametrize("size", [None, 5, 6])
def test_a_volume_is_as_large_as_the_sources_or_larger(size):
    there = family()
    assert replicas.request(there, there.instances[0], build(volume_size=size)).instances[0].volume_size == (size or 5)


def test_a_smaller_volume_is_refused():
    there = family()
    with pytest.raises(InvalidInput, match="volume_size: 4 was given; allowed: 5 GiB or more, as shop-1 has"):
        replicas.request(there, there.instances[0], build(volume_size=4))


def test_a_replica_is_like_its_source_but_for_what_was_asked_for():
    there = family(follower("copy-1"))
    asked = replicas.request(there, there.instances[0], build(count=2, flavor="f2", key_name="other", availability_zone="z2"))
    new, *rest = asked.instances
    assert (new.name, new.flavor, new.volume_type, new.networks, new.availability_zone) == ("copy-2", "f2", "t1", ("n1",), "z2")
    assert dict(new.metadata) == {"trove_replicates_from": "id-shop-1", "trove_writable": "false"}
    assert [(i.name, i.flavor, i.metadata) for i in rest] == [("shop-1", "f1", ()), ("copy-1", "f1", ())]
    assert (asked.datastore, asked.version, asked.image, asked.key_name, asked.type) == ("mysql", "8.4", "i1", "other", "instance")
    assert asked.security_groups == ()
    inherited = replicas.request(there, there.instances[0], build(count=2, read_only=False))
    assert (inherited.instances[0].flavor, inherited.key_name) == ("f1", "ops")
    assert dict(inherited.instances[0].metadata)["trove_writable"] == "true"


def test_a_source_without_a_volume_and_without_ids_is_known_by_names():
    of = source(volume=None, flavor_id=None, network_ids=(), security_groups=("trove-shop", "web", "web"))
    there = family(of=of, volumes=())
    asked = replicas.request(there, of, build())
    assert (asked.instances[0].volume_size, asked.instances[0].flavor, asked.instances[0].networks) == (None, "db.small", ("db-net",))
    assert asked.security_groups == ("web",)


def test_of_a_family_whose_datastore_is_not_known_nothing_can_be_asked():
    there = family(datastore=None, version=None)
    with pytest.raises(ValueError, match="the datastore of shop"):
        replicas.request(there, there.instances[0], build())
