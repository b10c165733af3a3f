# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task that has not ended: who may go on, who may follow, and what is said when it is given up, against a cloud in memory."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._cloud import observe
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused
from ansible_collections.stackdb.trove.plugins.module_utils._servers import tasks
from ansible_collections.stackdb.trove.plugins.module_utils._servers.proof import Proof
from ansible_collections.stackdb.trove.tests.unit import words
from ansible_collections.stackdb.trove.tests.unit.builders import cluster, empty, instance
from ansible_collections.stackdb.trove.tests.unit.runs import (
    cluster_task,
    contract_changed,
    end_task,
    family_of_three,
    grown,
    instance_present,
    instance_task,
    present,
    replicas_present,
    shrunk,
)

FOUR = ["shop-1", "shop-2", "shop-3", "shop-4"]
THREE = FOUR[:3]
UNDONE = "while the current {0} task is '{1}'.*trove_clear_task=true"


def task_of(cloud, type_="member"):
    (found,) = observe.clusters(cloud, type_=type_)
    return found.task


@pytest.fixture
def growing(cloud):
    """A cluster whose growth to four has not ended."""
    cloud.hypervisors = 9
    present(cloud)
    end_task(cloud)
    grown(cloud, 4)
    cloud.writes.clear()
    return cloud


class TestTakeOver:
    """As a function: what is planned, and how the cluster is then."""

    GROWING = cluster(instance("shop-1", task="GROWING_CLUSTER"), instance("shop-2"), instance("shop-3", task="GROWING_CLUSTER", status="ERROR"))

    @pytest.mark.parametrize("clear", [True, False])
    @pytest.mark.parametrize("observed", [cluster(), cluster(instance("shop-1", task="BUILDING")), empty()], ids=["no task", "the same", "nothing"])
    def test_there_is_nothing_to_give_up(self, observed, clear):
        assert tasks.take_over(observed, "BUILDING", clear=clear) == ((), observed)

    def test_it_needs_the_users_word(self):
        with pytest.raises(Refused, match=UNDONE.format("cluster", "GROWING_CLUSTER")):
            tasks.take_over(self.GROWING, "RESTARTING_CLUSTER")

    def test_the_next_task_is_noted_on_all_that_take_a_note(self):
        stages, begun = tasks.take_over(self.GROWING, "RESTARTING_CLUSTER", clear=True)
        assert [[step.name for step in stage] for stage in stages] == [["shop"], ["shop-1", "shop-2"]]
        assert {step.task for step in stages[1]} == {"RESTARTING_CLUSTER"}
        assert {i.task for i in begun.instances} == {"RESTARTING_CLUSTER"}
        assert stages[0][0].why.startswith("gives up GROWING_CLUSTER: whether shop-1, shop-3 serve")

    def test_another_note_than_the_task(self):
        stages, begun = tasks.take_over(self.GROWING, "BUILDING", "instance", clear=True, note="NONE")
        assert ({step.task for step in stages[1]}, begun.task) == ({"NONE"}, "NONE")


class TestEnded:
    def test_a_proof_is_asked_for_only_where_a_task_ends(self):
        assert not tasks.ended(cluster(), lambda: pytest.fail("nothing ends"))

    def test_who_is_in_error_takes_no_note_of_a_restart(self):
        members = cluster(instance("shop-1", status="ERROR"), instance("shop-2", restart_required=True), instance("shop-3"))
        plan = tasks.ended(members, lambda: pytest.fail("nothing ends"), ["shop-1", "shop-3"])
        assert [(step.name, step.required) for step in plan.steps] == [("shop-2", False), ("shop-3", True)]
        assert plan.text() == (
            "~ update restart required shop-2: all of its settings are in effect\n"
            "~ update restart required shop-3: settings that it was given take effect at its next start\n"
        )


class TestFollow:
    """A member was lost in the middle of a growth: it is shrunk away, whatever the task."""

    def proof(self, cloud, fourth, after=None, **options):
        at = words.addresses(cloud)
        before = {**words.galera("before", at, THREE, THREE), "shop-4": fourth}
        return Proof({"before": before, **({"after": {**words.galera("after", at, THREE), "shop-4": after}} if after else {})}, **options)

    def test_a_dead_one_goes_and_the_task_ends(self, growing):
        dead = words.silent()
        plan = shrunk(growing, ["shop-4"], self.proof(growing, dead, check_mode=True)).plan
        assert "needs proof that none of shop-4 serves, since GROWING_CLUSTER has not ended" in plan.text()
        begun = cluster_task(growing, "SHRINKING_CLUSTER", self.proof(growing, dead), leaving=["shop-4"])
        assert begun.after["task"]["name"] == "SHRINKING_CLUSTER"
        shrunk(growing, ["shop-4"], self.proof(growing, dead, dead))
        end_task(growing, Proof({"after": words.galera("after", words.addresses(growing), THREE)}))
        assert growing.names()["server"] == THREE
        assert task_of(growing) == "NONE"

    def test_at_once_too(self, growing):
        dead = words.silent()
        shrunk(growing, ["shop-4"], self.proof(growing, dead, dead))
        assert task_of(growing) == "SHRINKING_CLUSTER"

    def test_nova_knows_that_it_does_not_run(self, growing):
        server = next(server for server in growing.servers.values() if server.name == "shop-4")
        server.status = server.becomes = "ERROR"
        assert shrunk(growing, ["shop-4"]).changed

    def test_before_anybody_was_asked_the_plan_says_what_needs_proof(self, growing):
        assert "needs proof that none of shop-4 serves" in shrunk(growing, ["shop-4"], Proof(check_mode=True)).plan.text()

    def test_one_that_serves_does_not(self, growing):
        serves = words.galera("before", words.addresses(growing), ["shop-4"], FOUR)["shop-4"]
        for act in (
            lambda: shrunk(growing, ["shop-4"], self.proof(growing, serves, words.silent())),
            lambda: cluster_task(growing, "SHRINKING_CLUSTER", self.proof(growing, serves), leaving=["shop-4"]),
            # nothing is known of it
            lambda: shrunk(growing, ["shop-4"]),
            lambda: cluster_task(growing, "SHRINKING_CLUSTER", leaving=["shop-4"]),
        ):
            with pytest.raises(Refused, match=UNDONE.format("cluster", "GROWING_CLUSTER")):
                act()
        assert growing.writes == []

    def test_a_deletion_is_not_followed(self, growing):
        cluster_task(growing, "DELETING")
        with pytest.raises(Refused, match="'DELETING'. Run the verb that began it again to go on with it.$"):
            shrunk(growing, ["shop-4"], self.proof(growing, words.silent(), words.silent()))


class TestGiveUp:
    def test_by_another_verb(self, growing):
        with pytest.raises(Refused, match=UNDONE.format("cluster", "GROWING_CLUSTER")):
            cluster_task(growing, "RESTARTING_CLUSTER")
        step = cluster_task(growing, "RESTARTING_CLUSTER", clear_task=True).plan.steps[0]
        assert step.line() == "~ give up task shop: gives up GROWING_CLUSTER: whether shop-1, shop-2, shop-3, shop-4 serve was never proven"
        assert task_of(growing) == "RESTARTING_CLUSTER"
        assert not cluster_task(growing, "RESTARTING_CLUSTER", clear_task=True).changed

    def test_by_growing_and_shrinking(self, growing):
        cluster_task(growing, "RESTARTING_CLUSTER", clear_task=True)
        assert grown(growing, 5, clear_task=True).plan.steps[0].action == "give_up"
        assert task_of(growing) == "GROWING_CLUSTER"
        plan = shrunk(growing, ["shop-4"], clear_task=True).plan
        assert [step.action for step in plan.steps[:3]] == ["skip", "give_up", "update"]
        assert task_of(growing) == "SHRINKING_CLUSTER"

    def test_by_creating(self, growing):
        assert "give_up" in [step.action for step in present(growing, instances=4, clear_task=True).plan.steps]
        assert task_of(growing) == "BUILDING"

    def test_and_nothing_comes_next(self, growing):
        plan = end_task(growing, Proof(), clear_task=True).plan
        assert [(step.action, step.kind) for step in plan.steps] == [("give_up", "task"), *[("update", "last_number")] * 4, *[("update", "task")] * 4]
        assert task_of(growing) == "NONE"
        assert not end_task(growing, Proof(), clear_task=True).changed

    def test_a_deletion_is_not_given_up(self, growing):
        cluster_task(growing, "DELETING")
        with pytest.raises(Refused, match="'DELETING'"):
            grown(growing, 5, clear_task=True)

    def test_of_a_family(self, cloud):
        cloud.hypervisors = 9
        family_of_three(cloud)
        instance_task(cloud, "orders", "PROMOTING")
        for act in (
            lambda **clear: instance_task(cloud, "orders", "UPDATING", **clear),
            lambda **clear: contract_changed(cloud, "orders-replica-1", "detached", **clear),
            lambda **clear: replicas_present(cloud, count=2 if not clear else 3, **clear),
        ):
            with pytest.raises(Refused, match="while the current instance task is"):
                act()
            assert "give_up" in [step.action for step in act(clear_task=True).plan.steps]
        assert {i.name: i.task for i in observe.clusters(cloud, type_="instance")[0].instances if i.task != "NONE"} == {
            "orders-replica-3": "BUILDING",
            "orders-replica-4": "BUILDING",
        }
        instance_task(cloud, "orders", "NONE", Proof(), clear_task=True)
        instance_task(cloud, "orders", "PROMOTING")
        assert instance_present(cloud, clear_task=True).plan.steps[0].action == "give_up"


class TestTaskOfAFailedServer:
    def test_nova_takes_no_notes_for_it_so_its_note_does_not_count(self, growing):
        server = next(server for server in growing.servers.values() if server.name == "shop-4")
        server.status = server.becomes = "ERROR"
        end_task(growing, Proof(), clear_task=True)
        assert server.metadata["trove_task"] == "GROWING_CLUSTER"
        assert task_of(growing) == "NONE"


class TestRestartRequired:
    def status(self, outcome):
        return {i["name"]: i["status"] for i in outcome.after["instances"]}

    def test_it_is_noted_and_taken_away_with_the_end_of_a_task(self, cloud):
        present(cloud)
        shown = self.status(end_task(cloud, restart_required=["shop-2"]))
        assert shown == {"shop-1": "ACTIVE", "shop-2": "RESTART_REQUIRED", "shop-3": "ACTIVE"}
        assert not end_task(cloud, Proof(), restart_required=["shop-2"]).changed
        assert not end_task(cloud, Proof()).changed
        assert not present(cloud).changed
        # a note needs no proof
        assert self.status(end_task(cloud, Proof(), restart_required=["shop-1"]))["shop-1"] == "RESTART_REQUIRED"
        assert set(self.status(end_task(cloud, Proof(), restart_required=[])).values()) == {"ACTIVE"}

    def test_of_nobody(self, cloud):
        present(cloud)
        with pytest.raises(InvalidInput, match=r"restart_required\[0\]: 'shop-9' was given"):
            end_task(cloud, restart_required=["shop-9"])

    def test_of_instances(self, cloud):
        family_of_three(cloud)
        shown = instance_task(cloud, "orders", restart_required=["orders"])
        assert self.status(shown) == {"orders": "RESTART_REQUIRED", "orders-replica-1": "ACTIVE", "orders-replica-2": "ACTIVE"}


class TestSettled:
    """By which a run calls no module to end a task: it says so only where that module has nothing to do."""

    @staticmethod
    def compared(cloud):
        (found,) = observe.clusters(cloud)
        settled = tasks.is_settled(found)
        assert settled is (found.task == "NONE" and not end_task(cloud, Proof(check_mode=True), restart_required=[]).plan)
        return settled

    def test_a_new_one_is_not_and_an_ended_one_is(self, cloud):
        present(cloud)
        assert not self.compared(cloud)
        end_task(cloud)
        assert self.compared(cloud)

    def test_one_that_grows_is_not(self, growing):
        assert not self.compared(growing)

    def test_a_note_of_a_restart_is_taken_away_by_the_module(self, cloud):
        present(cloud)
        end_task(cloud, restart_required=["shop-2"])
        assert not self.compared(cloud)
        end_task(cloud, Proof(), restart_required=[])
        assert self.compared(cloud)

    def test_a_task_of_one_member_is_enough(self, cloud):
        present(cloud)
        end_task(cloud)
        (found,) = observe.clusters(cloud)
        one, *others = found.instances
        assert not tasks.is_settled(replace(found, instances=(replace(one, task="GROWING_CLUSTER"), *others)))
