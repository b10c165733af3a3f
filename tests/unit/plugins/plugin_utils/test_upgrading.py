# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An upgrade of an instance and its replicas: whom it is about, who takes the source's place, and what is said of it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused
from ansible_collections.stackdb.trove.plugins.plugin_utils import plan as plans
from ansible_collections.stackdb.trove.plugins.plugin_utils import recovering, upgrading
from ansible_collections.stackdb.trove.plugins.plugin_utils.verbs import of
from ansible_collections.stackdb.trove.tests.unit.plugins.plugin_utils.test_promoting import PROMOTED
from ansible_collections.stackdb.trove.tests.unit.plugins.plugin_utils.test_stops import STAR, Family
from ansible_collections.stackdb.trove.tests.unit.replication_builders import info, replica, silent

VERB = "instance_upgrade"


def made(sources: Any = None, running: str = "NONE", **options: Any) -> dict[str, Any]:
    return plans.make(VERB, of(VERB), {"name": "orders", **options}, Family(sources or STAR).result(running))


def test_a_source_stands_for_its_replicas_which_come_first() -> None:
    found = made()
    assert found["rolled"] == ["orders-replica-1", "orders-replica-2", "orders"]
    assert [(batch["names"], batch["all"]) for batch in found["batches"]] == [(found["rolled"], True)] * 3
    assert (found["promotes"], found["begin"], found["turn"]) == (None, "UPGRADING", f"{found['run']}/{VERB}")
    assert "! nobody can write to orders while its server is upgraded" in found["text"]
    assert "trove_promote_first" in found["text"]


def test_whom_each_replicates_from_is_said_by_name() -> None:
    assert made()["sources"] == {"orders": None, "orders-replica-1": "orders", "orders-replica-2": "orders"}


@pytest.mark.parametrize(
    ("options", "rolled"),
    [({"name": "orders-replica-1"}, ["orders-replica-1"]), ({"members": ["orders-replica-2"]}, ["orders-replica-2"])],
)
def test_a_replica_stands_for_itself_and_a_part_may_be_named(options: Any, rolled: list[str]) -> None:
    found = made(**options)
    assert found["rolled"] == rolled
    assert "nobody can write" not in found["text"]


def test_an_upgraded_replica_takes_the_place_of_the_source_in_its_turn() -> None:
    found = made(promote_first="orders-replica-1")
    assert found["promotes"] == "orders-replica-1"
    assert "~ promote orders-replica-1: it takes the place of orders before that one's turn" in found["text"]
    assert "nobody can write" not in found["text"]


def test_after_it_was_done_the_same_command_is_about_the_old_source_alone() -> None:
    found = made(PROMOTED, promote_first="orders-replica-1")
    assert (found["rolled"], found["promotes"]) == (["orders"], None)
    goes_on = made(PROMOTED, running="UPGRADING", promote_first="orders-replica-1")
    assert goes_on["promotes"] == "orders-replica-1"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"members": ["goods"]}, r"trove_members\[0\]: 'goods' was given"),
        ({"members": ["orders", "orders"]}, "Each is named once"),
        ({"name": "orders-replica-1", "members": ["orders"]}, r"trove_members\[0\]: 'orders' was given; allowed: one of \['orders-replica-1'\]|orders"),
        ({"promote_first": "orders-replica-1", "members": ["orders"]}, "nothing with trove_promote_first"),
        ({"promote_first": "nobody"}, "trove_promote_first: 'nobody' was given"),
    ],
)
def test_names_that_do_not_fit_are_refused(options: Any, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        made(**options)


def test_a_source_that_an_upgrade_has_left_down_has_its_turn_before_the_replicas_that_lost_it() -> None:
    at = Family(STAR)
    at.up = at.up - {"orders"}
    assert at.turns(at.plan(VERB, "orders", running="UPGRADING")) == (["orders", "orders-replica-1", "orders-replica-2"], [])


@pytest.mark.parametrize(
    ("said", "found"),
    [(info(2), True), (info(2, read_only=True), False), (replica(2, ""), False), (silent(), False)],
)
def test_contracts_follow_a_candidate_that_has_taken_over(said: Any, found: bool) -> None:
    plan = {"promotes": "r1"}
    assert upgrading.took_over(plan, {"r1": {"said": {"replication": said}}}) is found
    assert not upgrading.took_over({"promotes": None}, {"r1": {"said": {"replication": said}}})
    assert not upgrading.took_over(plan, {"r1": {"silent": "it is unreachable"}})
    assert not upgrading.took_over(plan, {})


def test_a_recovery_does_not_go_by_contracts_that_an_upgrade_may_have_left_behind() -> None:
    """The candidate takes writes then, and by the contracts the old source does."""
    one = {"name": "orders", "task": {"name": "UPGRADING"}}
    with pytest.raises(Refused, match="stackdb.trove.instance_upgrade, with trove_promote_first"):
        recovering.check_moves([one], clear_task=False)
    recovering.check_moves([one], clear_task=True)
