# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plans for contracts, adoption and deletion of instances, step by step."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model.contract import Contract
from ansible_collections.stackdb.trove.plugins.module_utils._servers import instance_plan
from ansible_collections.stackdb.trove.tests.unit.builders import cluster, instance, security_group, server_group

SOURCE = instance("orders-0", type="instance", contract=Contract(replicates_to=("id-orders-1",)))
REPLICA = instance("orders-1", type="instance", contract=Contract(replicates_from=("id-orders-0",), writable=False))


def family(*members, **changes):
    return cluster(*(members or (SOURCE, REPLICA)), name="orders", security_group=replace(security_group(), name="trove-orders"), **changes)


def lines(plan):
    return [step.line() for step in plan.steps]


class TestContracts:
    def test_the_last_is_written_last(self):
        after = {"id-orders-0": Contract(replicates_from=("id-orders-1",), writable=False), "id-orders-1": Contract(replicates_to=("id-orders-0",))}
        plan = instance_plan.change_contracts(family(), after, "id-orders-1")
        assert [[step.name for step in stage] for stage in plan.stages] == [["orders-0"], ["orders-1"]]
        first, last = plan.steps
        assert first.items == {"trove_replicates_from": "id-orders-1", "trove_writable": "false"}
        assert first.gone == ("trove_replicates_to_id-orders-1",)
        assert first.why == "replicates from orders-1, not writable"
        assert last.items == {"trove_replicates_to_id-orders-0": "orders-0", "trove_writable": "true"}
        assert last.gone == ("trove_replicates_from",)
        assert last.why == "replicates to orders-0, writable"

    def test_what_is_as_it_shall_be_is_left_alone(self):
        now = {i.id: i.contract for i in (SOURCE, REPLICA)}
        assert not instance_plan.change_contracts(family(), now, "id-orders-0")

    def test_nova_takes_no_notes_for_a_server_in_error(self):
        broken = replace(REPLICA, status="ERROR")
        after = {"id-orders-0": Contract(), "id-orders-1": Contract()}
        plan = instance_plan.change_contracts(family(SOURCE, broken), after, "id-orders-0")
        assert [step.name for step in plan.steps] == ["orders-0"]


class TestLinks:
    def test_a_new_replica_is_linked_by_name(self):
        (step,) = instance_plan.link_source(family(), SOURCE, ["orders-1", "orders-2"])
        assert (step.id, step.replicas, step.gone, step.items) == ("id-orders-0", ("orders-2",), (), {"trove_writable": "true"})
        assert step.why == "replicates to orders-2"

    def test_one_that_is_gone_is_forgotten(self):
        (step,) = instance_plan.link_source(family(SOURCE), SOURCE, [])
        assert (step.replicas, step.gone) == ((), ("trove_replicates_to_id-orders-1",))
        assert step.why == "no more to id-orders-1, which is gone"

    def test_all_as_it_is(self):
        assert instance_plan.link_source(family(), SOURCE, ["orders-1"]) == []

    def test_a_server_of_others_has_no_links_yet(self):
        plain = replace(SOURCE, contract=None)
        (step,) = instance_plan.link_source(family(plain), plain, ["orders-1"])
        assert step.replicas == ("orders-1",)


class TestAdopt:
    @pytest.mark.parametrize(("groups", "given"), [(("default",), "trove-orders"), (("default", "trove-orders"), None)])
    def test_it_gets_what_makes_it_an_instance(self, groups, given):
        plain = replace(SOURCE, contract=None, security_groups=groups)
        (step,) = instance_plan.adopt(family(plain), plain)
        assert step.metadata == {
            "trove_cluster_id": "c1",
            "trove_cluster_name": "orders",
            "trove_datastore": "mariadb",
            "trove_datastore_version": "10.11",
            "trove_type": "instance",
            "trove_task": "NONE",
        }
        assert step.tags == ("trove", "trove-cluster-c1", "trove-name-orders")
        assert step.security_group == given

    def test_an_instance_is_one_already(self):
        assert instance_plan.adopt(family(), SOURCE) == []


class TestAbsent:
    def test_a_replica_goes_after_its_source_has_forgotten_it(self):
        assert lines(instance_plan.absent(family(), "orders-1")) == [
            "~ update task orders-1: from NONE to DELETING",
            "~ update last number orders-0: the number 1 is not used again",
            "~ update contract orders-0: writable",
            "- delete server orders-1: it is not wanted any more [the database stops]",
            "- delete volume orders-1: the data of the instance [destroys 5 GiB of data]",
        ]

    def test_the_last_one_takes_along_what_the_family_shared(self):
        alone = replace(SOURCE, contract=Contract())
        plan = instance_plan.absent(family(alone, group=replace(server_group(), name="trove-orders")), "orders-0")
        assert [(step.action, step.kind, step.name) for step in plan.steps][1:] == [
            ("delete", "server", "orders-0"),
            ("delete", "server_group", "trove-orders"),
            ("delete", "security_group", "trove-orders"),
            ("delete", "volume", "orders-0"),
        ]

    def test_a_server_group_that_an_adopted_source_brought_along_stays(self):
        alone = replace(SOURCE, contract=Contract())
        plan = instance_plan.absent(family(alone, group=replace(server_group(), name="mine")), "orders-0")
        assert "server_group" not in {step.kind for step in plan.steps}

    def test_an_adopted_one_is_released(self):
        adopted = replace(SOURCE, contract=Contract(), adopted=True, security_groups=("trove-orders", "default"), volume=None)
        plan = instance_plan.absent(family(adopted, group=None, volumes=()), "orders-0")
        assert [(step.action, step.kind) for step in plan.steps] == [("update", "release"), ("delete", "security_group")]
        assert plan.steps[0].security_group == "trove-orders"
        assert plan.steps[0].tags == ("trove", "trove-cluster-c1", "trove-name-orders")
        without = replace(adopted, security_groups=("default",))
        assert instance_plan.absent(family(without, group=None, volumes=()), "orders-0").steps[0].security_group is None

    def test_data_on_the_root_disk_are_named(self):
        alone = replace(SOURCE, contract=Contract(), volume=None)
        plan = instance_plan.absent(family(alone, volumes=()), "orders-0")
        assert "destroys the data on its root disk" in plan.text()

    def test_one_in_error_gets_no_note_and_who_is_in_error_takes_none(self):
        plan = instance_plan.absent(family(replace(SOURCE, status="ERROR"), replace(REPLICA, status="ERROR")), "orders-1")
        assert [(step.action, step.kind) for step in plan.steps] == [("delete", "server"), ("delete", "volume")]

    def test_a_deletion_goes_on(self):
        plan = instance_plan.absent(family(replace(SOURCE, last_number=1, contract=Contract()), replace(REPLICA, task="DELETING")), "orders-1")
        assert [(step.action, step.kind) for step in plan.steps] == [("delete", "server"), ("delete", "volume")]

    def test_of_one_without_a_server_the_volume_goes(self):
        plan = instance_plan.absent(family(SOURCE, volumes=(SOURCE.volume, REPLICA.volume)), "orders-1")
        assert lines(plan) == ["- delete volume orders-1: the data of the instance [destroys 5 GiB of data]"]
