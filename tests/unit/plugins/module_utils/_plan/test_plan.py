# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans: stages of typed steps, and what people see of them."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._plan.plan import Plan, Step


@dataclass(frozen=True)
class CreateVolume(Step):
    action = "create"
    kind = "volume"
    size: int


@dataclass(frozen=True)
class DeleteServerGroup(Step):
    action = "delete"
    kind = "server_group"
    risk = "the promise is lost"
    id: str


@dataclass(frozen=True)
class UpdateTask(Step):
    action = "update"
    kind = "task"


VOLUME = CreateVolume("shop-1", "5 GiB for the data", 5)
GROUP = DeleteServerGroup("trove-shop", "part of the cluster", "g1")


class TestPlan:
    def test_stages_without_steps_are_left_out(self):
        assert Plan.of([], [VOLUME], iter(()), [GROUP]).stages == ((VOLUME,), (GROUP,))

    @pytest.mark.parametrize(("stages", "something"), [((), False), (([], []), False), (([VOLUME],), True)])
    def test_a_plan_without_steps_is_false(self, stages, something):
        assert bool(Plan.of(*stages)) is something

    def test_the_view_is_plain_and_keeps_what_is_needed_inside_to_itself(self):
        assert Plan.of([VOLUME], [GROUP]).view() == [
            {"stage": 1, "action": "create", "kind": "volume", "name": "shop-1", "why": "5 GiB for the data", "risk": None},
            {
                "stage": 2,
                "action": "delete",
                "kind": "server_group",
                "name": "trove-shop",
                "why": "part of the cluster",
                "risk": "the promise is lost",
            },
        ]

    def test_the_text_has_a_line_a_step_in_order(self):
        update = UpdateTask("shop-1", "from NONE to DELETING")
        assert Plan.of([update], [GROUP], [VOLUME]).text().splitlines() == [
            "~ update task shop-1: from NONE to DELETING",
            "- delete server group trove-shop: part of the cluster [the promise is lost]",
            "+ create volume shop-1: 5 GiB for the data",
        ]

    def test_nobody_is_warned_of_a_step_unless_its_kind_says_so(self):
        assert [step.warns for step in (VOLUME, GROUP)] == [False, False]
        assert VOLUME.risk is None

    def test_a_step_and_a_plan_are_values(self):
        assert CreateVolume("shop-1", "5 GiB for the data", 5) == VOLUME
        with pytest.raises(AttributeError):
            VOLUME.name = "shop-2"
        with pytest.raises(AttributeError):
            Plan.of([VOLUME]).stages = ()

    def test_warnings_are_kept_and_are_no_steps(self):
        plan = Plan.of(warnings=iter(["the group holds others"]))
        assert (plan.warnings, bool(plan), plan.text()) == (("the group holds others",), False, "")
