# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plans that note a task, take a cluster away, and take members away: what goes, in which order, and whose data."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._servers import cluster_removal
from ansible_collections.stackdb.trove.tests.unit.builders import NAMES, cluster, empty, instance, security_group, volume


def stages(plan):
    """What a plan does, by stage: a list of sets of (action, kind, name)."""
    return [{(step.action, step.kind, step.name) for step in stage} for stage in plan.stages]


class TestAbsent:
    def test_the_task_is_noted_before_servers_go_and_the_security_group_last(self):
        plan = cluster_removal.absent(cluster())
        assert stages(plan) == [
            {*(("update", "task", name) for name in NAMES), ("update", "security_group", "trove-shop")},
            {("delete", "server", name) for name in NAMES},
            {*(("delete", "volume", name) for name in NAMES), ("delete", "server_group", "trove-shop")},
            {("delete", "security_group", "trove-shop")},
        ]

    def test_it_names_the_data_that_it_destroys(self):
        assert "- delete volume shop-2: part of the cluster shop [destroys 5 GiB of data]" in cluster_removal.absent(cluster()).text()

    def test_a_deletion_goes_on_where_it_was_killed(self):
        deleting = [instance("shop-1", task="DELETING"), instance("shop-2", task="DELETING")]
        plan = cluster_removal.absent(cluster(*deleting, security_group=security_group(deleting=True)))
        assert stages(plan)[0] == {("delete", "server", "shop-1"), ("delete", "server", "shop-2")}
        assert stages(cluster_removal.absent(empty(volumes=(volume("shop-3"),)))) == [{("delete", "volume", "shop-3")}]


class TestNoteTask:
    def test_it_is_noted_on_those_that_do_not_have_it(self):
        begun = cluster(instance("shop-1", task="GROWING_CLUSTER"), instance("shop-2"))
        (step,) = cluster_removal.note_task(begun, "GROWING_CLUSTER")
        assert (step.name, step.task, step.before) == ("shop-2", "GROWING_CLUSTER", "NONE")

    def test_nothing_to_note_is_no_step(self):
        assert not cluster_removal.note_task(cluster(), "NONE")


class TestShrunk:
    FIVE = tuple(instance(f"shop-{number}") for number in range(1, 6))

    def test_servers_go_before_their_volumes_and_the_survivors_remember_the_number(self):
        left = {"id-shop-4": "shop-4/vol-shop-4"}
        assert stages(cluster_removal.shrunk(cluster(*self.FIVE), ["shop-4", "shop-5"], 5, left)) == [
            {("update", "task", f"shop-{number}") for number in range(1, 6)},
            {("update", "last_number", f"shop-{number}") for number in range(1, 4)},
            {("update", "left", f"shop-{number}") for number in range(1, 4)},
            {("delete", "server", "shop-4"), ("delete", "server", "shop-5")},
            {("delete", "volume", "shop-4"), ("delete", "volume", "shop-5")},
        ]

    def test_it_names_the_data_that_it_destroys(self):
        text = cluster_removal.shrunk(cluster(*self.FIVE), ["shop-5"], 5, {}).text()
        assert "- delete volume shop-5: leaves the cluster shop [destroys 5 GiB of data]" in text

    def test_a_killed_run_goes_on_with_the_volumes(self):
        left = cluster(
            *(instance(f"shop-{number}", task="SHRINKING_CLUSTER", last_number=5) for number in range(1, 5)),
            volumes=tuple(volume(f"shop-{number}") for number in range(1, 6)),
        )
        assert stages(cluster_removal.shrunk(left, ["shop-5"], 5, {})) == [{("delete", "volume", "shop-5")}]

    def test_the_data_of_a_member_that_is_not_named_stay(self):
        """Its server may be lost, and its volume all that is left of it."""
        lost = cluster(*(self.FIVE[n] for n in (0, 2, 3, 4)), volumes=tuple(volume(f"shop-{number}") for number in range(1, 6)))
        plan = cluster_removal.shrunk(lost, ["shop-5"], 5, {})
        assert [step.name for step in plan.steps if step.kind == "volume"] == ["shop-5"]

    @pytest.mark.parametrize("members", [[], ["shop-9"]])
    def test_who_has_gone_already_is_nothing_to_do(self, members):
        assert not cluster_removal.shrunk(cluster(*self.FIVE), members, 9, {})
