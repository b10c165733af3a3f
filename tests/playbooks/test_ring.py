# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""replica_topology with a ring: the batches of a run, contracts by proof alone, the same run again, one that goes on after a failure, and the way out."""

from __future__ import annotations

import oracle
import pytest
from scenarios import SCENARIOS

STAR = {scenario.id: scenario for scenario in SCENARIOS}["replica_topology-instance"]
ORDERS = ["orders", "orders-replica-1", "orders-replica-2"]
AROUND = {"orders": "orders-replica-2", "orders-replica-1": "orders", "orders-replica-2": "orders-replica-1"}
RING = {name: {"replicates_from": [source], "writeable": True} for name, source in AROUND.items()}
BEGUN = {"orders": {"replicates_to": ORDERS[1:]}, "orders-replica-1": {}, "orders-replica-2": {}}


def _run(bench, tmp_path, contract, troubles=(), keep=False):
    result = bench.run(
        tmp_path / "run", "replica_topology", {"trove_timeout": 2, "trove_name": "orders", "trove_contract": contract}, STAR.script(troubles), keep=keep
    )
    entries = list(dict.fromkeys((event["entry_point"], *event["subjects"]) for event in result.acts))
    return result, entries


def _truth(*runs):
    from ansible_collections.stackdb.trove.plugins.module_utils._scripted import database

    found = database.truth(STAR.script([]), [event for run in runs for event in run.journal])
    return {name: found["sources"][name] for name in ORDERS}, sorted(found["ring"])


def _sources(result):
    """By the contracts in the cloud: ``{name: (names of its sources, writable)}``."""
    return {name: result.after[name]["contract"] for name in ORDERS}


def test_a_star_becomes_a_ring_which_the_same_run_leaves_alone_and_one_goes_on_as_the_source(bench, tmp_path):
    made, entries = _run(bench, tmp_path, RING)
    assert made.code == 0, made.output
    assert entries == [("attach", "orders-replica-1"), ("attach", "orders-replica-2"), ("ring", *ORDERS)]
    assert _truth(made) == (AROUND, ORDERS)
    assert made.tasks() == {"NONE"}
    assert all(one["contract"] != made.before[name]["contract"] for name, one in made.after.items() if name in ORDERS)
    again, entries = _run(bench, tmp_path, RING, keep=True)
    assert (again.code, entries) == (0, [("ring", *ORDERS)]), again.output
    assert _sources(again) == _sources(made)
    out, entries = _run(bench, tmp_path, BEGUN, keep=True)
    assert (out.code, entries) == (0, [("one_writer", "orders"), ("attach", *ORDERS[1:])]), out.output
    assert _truth(made, again, out) == ({"orders": None, "orders-replica-1": "orders", "orders-replica-2": "orders"}, [])
    assert _sources(out) == {name: made.before[name]["contract"] for name in ORDERS}
    assert out.tasks() == {"NONE"}


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(oracle.Trouble("orders-replica-1", "unreachable", "after"), id="unreachable"),
        pytest.param(oracle.Trouble("orders-replica-2", "act_fails"), id="act_fails", marks=pytest.mark.thorough),
    ],
)
def test_a_ring_that_is_not_proven_has_no_contracts_and_the_same_run_goes_on(bench, tmp_path, trouble):
    first, _entries = _run(bench, tmp_path, RING, [trouble])
    assert first.code, first.output
    assert _sources(first) == {name: first.before[name]["contract"] for name in ORDERS}
    again, _entries = _run(bench, tmp_path, RING, keep=True)
    assert again.code == 0, again.output
    assert _truth(first, again)[0] == AROUND
    assert again.tasks() == {"NONE"}


@pytest.mark.parametrize(
    ("contract", "says"),
    [
        ({**RING, "orders": {**RING["orders"], "writeable": False}}, "orders is not writable. In a ring each member takes writes"),
        ({name: own for name, own in RING.items() if name != "orders"} | {"orders": {"replicates_from": ["orders-replica-1"]}}, "contracts describe a mesh"),
    ],
)
def test_what_is_no_ring_is_refused_before_the_first_write(bench, tmp_path, contract, says):
    result, entries = _run(bench, tmp_path, contract)
    assert result.code, result.output
    assert (entries, result.writes) == ([], [])
    assert says in " ".join(result.output.split())
