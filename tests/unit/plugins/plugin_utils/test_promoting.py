# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A replica takes the place of a source before that one is restarted or resized: which, when, and once."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.action.trove_begin import begin
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused
from ansible_collections.stackdb.trove.plugins.plugin_utils import plan as plans
from ansible_collections.stackdb.trove.plugins.plugin_utils import promoting
from ansible_collections.stackdb.trove.plugins.plugin_utils.verbs import FIRST, of
from ansible_collections.stackdb.trove.tests.unit.plugins.plugin_utils.test_stops import STAR, Family

PROMOTED = {"orders": "orders-replica-1", "orders-replica-1": None, "orders-replica-2": "orders-replica-1"}
APART = {"orders": None, "orders-replica-1": "orders", "goods": None}
CHAIN = {"orders": None, "orders-replica-1": "orders", "orders-replica-2": "orders-replica-1"}


def first(sources, first=None, name="orders", running="NONE"):
    options = {"name": name, **({promoting.OPTION: first} if first else {})}
    return plans.make("instance_restart", of("instance_restart", FIRST), options, Family(sources).result(running), FIRST)


def resized(sources, flavor, running="NONE", **options):
    """With how far each server has come."""
    asked = {"name": "orders", "flavor": "db.large", **options}
    due = {"flavor": {}, "volume_size": None, "members": [{"name": name, "flavor": at, "volume": "todo"} for name, at in flavor.items()]}
    found = {**Family(sources).result(running), "resize": due, "diff": {"prepared": "~ resize server orders: to db.large\n"}}
    return plans.make("instance_resize", of("instance_resize", FIRST), asked, found, FIRST)


@pytest.mark.parametrize("given", ["orders-replica-1", "id-orders-replica-1"])
@pytest.mark.parametrize("running", ["NONE", "PROMOTING"])
def test_it_is_the_promotion_of_replica_promote_with_its_task_and_its_proof(given, running):
    made = first(STAR, given, running=running)
    promotion = plans.make("replica_promote", of("replica_promote"), {"name": "orders-replica-1", "window": 5.0}, Family(STAR).result(running))
    assert [{**batch, "subjects": ["orders-replica-1"]} for batch in promotion["batches"]] == made["batches"]
    assert [made[key] for key in ("role", "names", "begin", "joining", "turn")] == [promotion[key] for key in ("role", "names", "begin", "joining", "turn")]
    assert made["text"] == "~ promote orders-replica-1: it takes the place of orders first, which is its replica then\n"
    call, same = begin(made, {}), begin(promotion, {})
    given_options = {"name": "orders", promoting.OPTION: given}
    assert (call.module, call.arguments(given_options)) == (same.module, {**same.arguments({"name": given})})
    settle = [one.arguments({**given_options, "name": "orders"}) for one in of("instance_restart", FIRST).settle]
    assert settle == [one.arguments({"name": given}) for one in of("replica_promote").settle]


@pytest.mark.parametrize(("sources", "given"), [(STAR, None), (PROMOTED, "orders-replica-1"), (PROMOTED, "id-orders-replica-1")])
def test_where_it_was_not_asked_for_or_was_done_nobody_is_promoted(sources, given):
    made = first(sources, given)
    assert (made["names"], made["batches"], made["instances"], made["text"]) == ([], [], [], "")


@pytest.mark.parametrize("sources", [PROMOTED, {**PROMOTED, "orders-replica-1": "orders"}, {**PROMOTED, "orders-replica-2": "orders"}])
def test_a_promotion_whose_contracts_are_written_and_whose_task_has_not_ended_goes_on(sources):
    """Killed between two writes: how far it came is asked of the databases."""
    made = first(sources, "orders-replica-1", running="PROMOTING")
    assert (sorted(made["names"]), [batch["subjects"] for batch in made["batches"]]) == (sorted(STAR), [["orders-replica-1"]] * len(made["batches"]))
    assert made["batches"]


@pytest.mark.parametrize(
    ("sources", "given", "name", "says"),
    [
        (STAR, "orders", "orders", "allowed: a replica of orders: orders-replica-1, orders-replica-2"),
        (STAR, "nobody", "orders", "trove_promote_first: 'nobody' was given"),
        (APART, "goods", "orders", "allowed: a replica of orders: orders-replica-1"),
        (STAR, "orders-replica-1", "orders-replica-2", "allowed: nothing, since orders-replica-2 has no replica"),
        (CHAIN, "orders-replica-2", "orders", "allowed: a replica of orders: orders-replica-1"),
        (CHAIN, "orders-replica-2", "orders-replica-1", "allowed: nothing, since orders-replica-1 is a replica itself"),
        ({"orders": None}, "orders", "orders", "allowed: nothing, since orders has no replica"),
    ],
)
def test_who_is_no_replica_of_that_source_is_refused(sources, given, name, says):
    with pytest.raises(InvalidInput) as refused:
        first(sources, given, name)
    assert says in refused.value.message


def test_of_what_is_stopped_nobody_is_promoted():
    with pytest.raises(Refused, match="stackdb.trove.instance_start"):
        first(STAR, "orders-replica-1", running="STOPPED")


FIRST_REPLICA = {promoting.OPTION: "orders-replica-1"}


@pytest.mark.parametrize("running", ["NONE", "PROMOTING"])
def test_before_a_source_gets_a_flavor_it_is_the_promotion_of_a_restart(running):
    made = resized(STAR, {"orders-replica-1": "done", "orders": "todo"}, running, **FIRST_REPLICA)
    restart = first(STAR, "orders-replica-1", running=running)
    assert made["batches"]
    same = ("role", "names", "batches", "begin", "joining", "turn", "text")
    assert [made[key] for key in same] == [restart[key] for key in same]


@pytest.mark.parametrize(
    ("sources", "flavor", "options"),
    [
        pytest.param(STAR, {"orders": "todo"}, {}, id="not asked for"),
        pytest.param(STAR, {"orders": "todo"}, {"members": ["orders"]}, id="members without it"),
        pytest.param(STAR, {"orders": "done", "orders-replica-1": "todo"}, FIRST_REPLICA, id="the source has it"),
        pytest.param(STAR, {"orders": "verify"}, FIRST_REPLICA, id="Nova waits for a decision"),
        pytest.param(PROMOTED, {"orders": "todo"}, FIRST_REPLICA, id="done by an earlier run"),
    ],
)
def test_where_the_source_is_not_taken_down_for_a_flavor_nobody_is_promoted(sources, flavor, options):
    made = resized(sources, flavor, **options)
    assert (made["names"], made["batches"], made["instances"], made["text"]) == ([], [], [], "")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({promoting.OPTION: "goods"}, "allowed: a replica of orders: orders-replica-1, orders-replica-2"),
        ({**FIRST_REPLICA, "members": ["orders", "orders-replica-2"]}, "allowed: nothing with trove_promote_first; give the replicas their sizes"),
    ],
)
@pytest.mark.parametrize("flavor", ["todo", "done"])
def test_a_resize_refuses_who_is_no_replica_and_who_else_is_named(options, says, flavor):
    with pytest.raises(InvalidInput) as refused:
        resized(STAR, {"orders": flavor}, **options)
    assert says in refused.value.message


def test_sizes_are_refused_before_anybody_is_promoted():
    """The promotion's plan is the resize's own, which changes nothing."""
    before, main = of("instance_resize", FIRST).plan, of("instance_resize").plan
    assert before == main
    assert (before.module, {**before.fixed}) == ("trove_resize", {"of": "instance"})
