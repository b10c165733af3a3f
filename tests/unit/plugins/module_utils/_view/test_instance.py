# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One instance, or one member, as a table."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model.contract import Contract
from ansible_collections.stackdb.trove.plugins.module_utils._model.instance import Listed
from ansible_collections.stackdb.trove.plugins.module_utils._view import instance as view
from ansible_collections.stackdb.trove.tests.unit import galera_builders, replication_builders
from ansible_collections.stackdb.trove.tests.unit.builders import cluster, instance


def listed(family):
    first = family.instances[0]
    return Listed(first.id, family, first).view()


MEMBER = listed(cluster())
SOURCE = listed(cluster(instance("shop-1", type="instance", contract=Contract(replicates_to=("id-shop-2",)))))


def rows(text):
    return {key.strip(): value.strip() for line in text.splitlines() if line.startswith("| ") for key, value in [line.strip("|").split("|")]}


def test_a_member_has_what_troves_show_has():
    shown = rows(view.show(MEMBER))
    assert (shown["id"], shown["name"], shown["type"], shown["cluster_id"], shown["hostname"]) == ("id-shop-1", "shop-1", "member", "c1", "shop-1")
    assert (shown["ip"], shown["flavor"], shown["volume"], shown["locality"]) == ("10.0.0.1", "db.small", "5 GiB", "anti-affinity")
    assert (shown["created"], shown["updated"]) == ("2026-03-14T20:19:21Z", "2026-03-14T20:20:21Z")
    assert "volume_used" not in shown


def test_what_its_database_says_is_part_of_it():
    said = {"galera": galera_builders.serving(volume={"size": 5.0, "used": 4.5}), "pending": []}
    one = view.with_health(MEMBER, {"said": said})
    shown = rows(view.show(one))
    assert (shown["status"], shown["state"], shown["volume_used"]) == ("ACTIVE", "Synced", "4.5 GiB")
    assert one["nodes"][0]["volume"]["used"] == 4.5
    assert "shop-1: the file system of its data is 90 % full" in view.show(one)


def test_an_instance_has_its_contract_and_no_cluster():
    shown = rows(view.show(view.with_health(SOURCE, {"said": {"replication": replication_builders.info(1)}})))
    assert (shown["replicates_to"], shown["contract"], shown["writable"], shown["role"]) == ("id-shop-2", "writable", "yes", "single")
    assert "cluster_id" not in shown


@pytest.mark.parametrize(("writable", "contract"), [(True, "writable"), (False, "read only")])
def test_what_the_contract_says_and_what_the_database_does_are_two_properties(writable, contract):
    metadata = {"replication_contract": {"replicates_to": [], "replicates_from": [], "writable": writable}}
    text = view.show(dict(view.with_health(SOURCE, {"said": {"replication": replication_builders.info(1)}}), metadata=metadata))
    names = [line.strip("|").split("|")[0].strip() for line in text.splitlines() if line.startswith("| ")]
    assert rows(text)["contract"] == contract
    assert len(names) == len(set(names)), "the same property twice"


def test_who_is_silent_says_why_and_who_was_not_asked_is_as_it_was():
    assert "shop-1: it is unreachable\n" in view.show(view.with_health(MEMBER, {"silent": "it is unreachable"}))
    assert view.with_health(MEMBER, None) == MEMBER
