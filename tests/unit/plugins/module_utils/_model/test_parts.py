# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tasks, names, paging and errors: the small parts of the model."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model import identity, paging, task
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused


class TestTask:
    def test_the_numbers_are_troves(self):
        # trove/cluster/tasks.py and trove/instance/tasks.py
        assert {name: task.view(name)["id"] for name in task.NAMES} == {
            "NONE": 1, "BUILDING": 2, "DELETING": 3, "GROWING_CLUSTER": 5, "SHRINKING_CLUSTER": 6, "UPGRADING_CLUSTER": 7, "RESTARTING_CLUSTER": 8,
            "UPDATING_CLUSTER": 9, "RESIZING_CLUSTER": 87, "REBALANCING_CLUSTER": 88, "FAILING_OVER_MASTERS": 89,
            "REPLACING_MEMBERS": 90, "INITIALIZING_MEMBERS": 91, "RECOVERING_CLUSTER": 92, "ROTATING_CLUSTER": 93, "STOPPED": 98,
        }  # fmt: skip
        assert {name: task.view(name, "instance")["id"] for name in task.INSTANCE_NAMES} == {
            "NONE": 1, "DELETING": 2, "REBOOTING": 3, "RESIZING": 4, "BUILDING": 5, "PROMOTING": 8, "EJECTING": 9, "DETACHING": 11, "UPGRADING": 89,
            "ROTATING": 93, "RECOVERING": 94, "STOPPED": 95, "UPDATING": 96, "ATTACHING": 97, "REARRANGING": 98,
        }  # fmt: skip

    def test_a_task_may_be_let_follow_any_but_a_deletion(self):
        task.check("GROWING_CLUSTER", "SHRINKING_CLUSTER", may_follow=True)
        with pytest.raises(Refused):
            task.check("DELETING", "SHRINKING_CLUSTER", may_follow=True)

    @pytest.mark.parametrize("clear", [False, True])
    def test_what_is_stopped_is_started_before_anything_else(self, clear):
        for wanted in set(task.NAMES) - {"STOPPED", "DELETING", "RECOVERING_CLUSTER"}:
            with pytest.raises(Refused, match="start it with stackdb.trove.cluster_start"):
                task.check("STOPPED", wanted, may_follow=clear)
        task.check("STOPPED", "STOPPED")
        task.check("STOPPED", "DELETING")

    def test_a_recovery_follows_all_but_a_deletion(self):
        for running in set(task.NAMES) - {"DELETING"}:
            task.check(running, "RECOVERING_CLUSTER")
        with pytest.raises(Refused):
            task.check("DELETING", "RECOVERING_CLUSTER")

    def test_an_instances_task_is_refused_as_an_instances(self):
        with pytest.raises(Refused, match="on the instance while the current instance task is 'PROMOTING'") as error:
            task.check("PROMOTING", "DETACHING", "instance")
        assert error.value.details["task"]["id"] == 8

    def test_the_descriptions_are_troves(self):
        assert task.view("NONE")["description"] == "No tasks for the cluster."
        assert task.view("BUILDING")["description"] == "Building the initial cluster."

    def test_what_somebody_wrote_by_hand_is_no_task(self):
        assert task.view("SLEEPING")["name"] == "NONE"

    @pytest.mark.parametrize("wanted", task.NAMES)
    def test_a_task_begins_when_none_runs_and_goes_on_when_it_is_the_same(self, wanted):
        task.check("NONE", wanted)
        task.check(wanted, wanted)

    @pytest.mark.parametrize(("running", "wanted"), [("BUILDING", "GROWING_CLUSTER"), ("DELETING", "BUILDING"), ("RESTARTING_CLUSTER", "BUILDING")])
    def test_another_task_is_refused_in_troves_words(self, running, wanted):
        with pytest.raises(Refused) as error:
            task.check(running, wanted)
        assert error.value.message.startswith(f"This action cannot be performed on the cluster while the current cluster task is '{running}'.")
        # a deletion is not given up
        assert ("trove_clear_task=true" in error.value.message) is (running != "DELETING")

    @pytest.mark.parametrize("running", task.NAMES)
    def test_deleting_may_interrupt_everything(self, running):
        task.check(running, "DELETING")


class TestIdentity:
    @pytest.mark.parametrize("name", ["a", "Z", "shop", "shop-2", "s" * 49, "a-b-c9"])
    def test_names_that_are_allowed(self, name):
        identity.check_name(name)

    @pytest.mark.parametrize("name", [None, "", "-shop", "9shop", "shop-", "sh.op", "sh op", "shöp", "s" * 50, "shop\n"])
    def test_names_that_are_not(self, name):
        with pytest.raises(InvalidInput) as error:
            identity.check_name(name, "instances[2].name")
        assert error.value.option == "instances[2].name"

    def test_the_longest_name_fits_into_novas_limits(self):
        longest = "s" * identity.MAX_NAME
        identity.check_name(longest)
        assert len(identity.name_tag(longest)) <= 60
        assert len(f"{longest}-member-12345") <= 63
        assert len(identity.cluster_tag("c33385b2-6c2a-491e-b44e-bcbb4af24136")) <= 60


class TestPaging:
    THINGS = [SimpleNamespace(id=id_) for id_ in "abcde"]

    @pytest.mark.parametrize(
        ("limit", "marker", "shown", "following"),
        [
            (None, None, "abcde", None),
            (2, None, "ab", "b"),
            (2, "b", "cd", "d"),
            (2, "d", "e", None),
            (5, None, "abcde", None),
            (None, "c", "de", None),
            (3, "e", "", None),
            # the marker's thing was deleted between two pages
            (2, "bb", "cd", "d"),
        ],
    )
    def test_a_page(self, limit, marker, shown, following):
        things, next_marker = paging.page(self.THINGS, limit, marker)
        assert ("".join(t.id for t in things), next_marker) == (shown, following)

    @pytest.mark.parametrize("limit", [0, -1])
    def test_a_limit_below_one_is_refused(self, limit):
        with pytest.raises(InvalidInput, match=f"limit: {limit} was given"):
            paging.check_limit(limit)

    @pytest.mark.parametrize("limit", [None, 1, 1000])
    def test_other_limits_are_not(self, limit):
        paging.check_limit(limit)


class TestInvalidInput:
    @pytest.mark.parametrize(
        ("allowed", "text"),
        [
            (["b", "a"], "flavor: 'x' was given; allowed: one of a, b."),
            ((), "flavor: 'x' was given; allowed: nothing, there is none."),
            ("a name or id", "flavor: 'x' was given; allowed: a name or id."),
        ],
    )
    def test_it_says_what_is_allowed(self, allowed, text):
        assert str(InvalidInput("flavor", "x", allowed)) == text

    def test_a_rule_comes_first(self):
        error = InvalidInput("flavor", "x", "'y'", rule="They must be the same.")
        assert error.message == "They must be the same. (flavor: 'x' was given; allowed: 'y'.)"
        assert error.details == {"option": "flavor", "given": "x", "allowed": "'y'"}
