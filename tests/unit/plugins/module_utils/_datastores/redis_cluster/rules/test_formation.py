# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What makes one cluster of nodes, and which nodes must not become part of one."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.formation import form
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.slots import divide
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused
from ansible_collections.stackdb.trove.tests.unit.redis_builders import Node, cluster, met, whole


def fresh(count: int, hosts: str = "") -> list[Node]:
    return [Node(f"m{number}", host=hosts[number - 1] if hosts else None, state="fail") for number in range(1, count + 1)]


def test_new_cluster_gets_troves_division() -> None:
    formation = form(cluster(fresh(3)), None, False)
    assert formation.is_new
    assert {name: sorted(slots) for name, slots in formation.give.items()} == {f"m{n}": list(share) for n, share in enumerate(divide(3), 1)}
    assert formation.meet == ("m1", "m2", "m3")
    assert formation.replicate == {}


def test_replicas_are_on_other_hosts_than_their_masters() -> None:
    nodes = fresh(6, "aabbcc")
    formation = form(cluster(nodes), 1, False)
    hosts = {node.name: node.settings["host"] for node in nodes}
    assert len(formation.give) == 3
    assert sorted(formation.replicate.values()) == sorted(formation.give)
    assert all(hosts[replica] != hosts[master] for replica, master in formation.replicate.items())


@pytest.mark.parametrize("hosts", ["aaabbb", "aabbcc", "ababab", "abcabc", "aaabbc", "aabbbc", "abbbcc"])
def test_a_placement_is_found_where_there_is_one(hosts: str) -> None:
    formation = form(cluster(fresh(6, hosts)), 1, False)
    where = {f"m{number}": host for number, host in enumerate(hosts, 1)}
    assert sorted(formation.replicate.values()) == sorted(formation.give)
    assert all(where[replica] != where[master] for replica, master in formation.replicate.items())


def test_no_placement_is_refused() -> None:
    with pytest.raises(Refused, match="on hypervisor a cannot be a replica"):
        form(cluster(fresh(6, "aaaabb")), 1, False)


def test_resumes_where_a_killed_run_stopped() -> None:
    nodes = fresh(3)
    nodes[0].slots = set(divide(3)[0])
    met(nodes[0], nodes[1])
    formation = form(cluster(nodes), None, False)
    assert set(formation.give) == {"m2", "m3"}
    assert formation.meet == ("m1", "m2", "m3")


def test_existing_cluster_lets_new_members_in_without_slots() -> None:
    formation = form(cluster([*whole(), Node("m4", state="fail")]), None, False)
    assert not formation.is_new
    assert (formation.give, formation.meet, formation.replicate) == ({}, ("m4",), {})


def test_nothing_to_do_for_a_whole_cluster() -> None:
    formation = form(cluster(whole()), None, False)
    assert (formation.give, formation.meet, formation.replicate) == ({}, (), {})


def test_grow_with_replicas_makes_one_master_and_its_replica() -> None:
    nodes = whole()
    nodes = met(*nodes, *(Node(f"m{4 + number}", master=f"m{1 + number}", host=f"h{number}") for number in range(3)))
    new = [Node("m7", host="x", state="fail"), Node("m8", host="y", state="fail")]
    formation = form(cluster([*nodes, *new]), 1, False)
    assert formation.meet == ("m7", "m8")
    assert formation.replicate == {"m8": "m7"}


def test_fewer_than_three_masters_only_by_name() -> None:
    for count, replicas in ((2, None), (4, 1)):
        with pytest.raises(InvalidInput, match="3 masters or more, unless allow_few_masters"):
            form(cluster(fresh(count)), replicas, False)
    assert len(form(cluster(fresh(2)), None, True).give) == 2


def test_count_must_fit_the_replicas() -> None:
    with pytest.raises(InvalidInput, match="a multiple of 2"):
        form(cluster(fresh(7)), 1, False)


def strange() -> list[Node]:
    nodes = fresh(3)
    met(nodes[1], Node("m9"))
    return nodes


def two_clusters() -> list[Node]:
    foreign = met(Node("m4"), Node("m5"))
    return [*whole(), *foreign]


@pytest.mark.parametrize(
    ("nodes", "words"),
    [
        ([*fresh(2), Node("m3", keys=7)], "m3 holds 7 keys"),
        ([*whole(), Node("m4", keys=7)], "m4 holds 7 keys"),
        ([*fresh(2), Node("m3", [5])], r"m3 serves slots that are not its share of a new cluster \(5\)"),
        ([*whole(), Node("m4", [5])], "m4 serves slots of its own"),
        ([*fresh(2), Node("m3", enabled=False)], "m3: cluster-enabled is not set"),
        (strange(), r"m2 belongs to a cluster with nodes that were not named \(10.0.0.9:7009\)"),
        (two_clusters(), "m4 belongs to another cluster than m1"),
    ],
)
def test_unfit_node_is_refused(nodes: list[Node], words: str) -> None:
    with pytest.raises(Refused, match=words):
        form(cluster(nodes), None, False)


def test_who_does_not_know_all_members_forms_no_cluster_but_joins_one() -> None:
    with pytest.raises(Refused, match=r"only where all members are named \(redis_cluster_members\)\. m1, m2, m3 are the hosts of this play"):
        form(cluster(fresh(3)), None, False, may_form=False)
    assert form(cluster([*whole(), Node("m4", state="fail")]), None, False, may_form=False).meet == ("m4",)


def test_who_runs_over_a_cluster_of_few_masters_need_not_ask_for_few_again() -> None:
    nodes = [Node(f"m{number}", slots=set(share)) for number, share in enumerate(divide(2), 1)]
    assert form(cluster(met(*nodes)), None, False).meet == ()
    assert form(cluster([*met(*nodes), Node("m3", state="fail")]), None, False).meet == ("m3",)


def test_a_cluster_with_masters_enough_takes_new_members_as_replicas() -> None:
    formation = form(cluster([*whole(), Node("m4", host="x", state="fail")]), 1, False)
    assert formation.meet == ("m4",)
    assert formation.replicate == {"m4": "m1"}
