# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No verb is left out by the runner that kills verbs (tests/chaos): each has a line in its table, and a scenario over the recording cloud."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from ansible_collections.stackdb.trove.plugins.module_utils._datastores import registry
from ansible_collections.stackdb.trove.plugins.plugin_utils.verbs import VERBS

TESTS = Path(__file__).resolve().parents[1]


def _load(path: str) -> ModuleType:
    name = "chaos_" + Path(path).stem
    spec = importlib.util.spec_from_file_location(name, TESTS / path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    # dataclasses look for their module
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


TABLE = _load("chaos/table.py")


def test_each_verb_has_a_line_in_the_table_of_the_runner_that_kills_verbs() -> None:
    assert {*TABLE.VERBS, *TABLE.READS} == {*VERBS}, "tests/chaos/table.py: how a verb is run, and what brings the servers to its beginning and back"
    assert not {*TABLE.VERBS} & {*TABLE.READS}


def test_what_begins_a_task_is_no_verb_that_only_reads() -> None:
    assert [verb for verb in TABLE.READS if VERBS[verb].task or VERBS[verb].settle] == []


def test_each_verb_that_changes_something_is_killed_over_the_recording_cloud() -> None:
    scenarios = _load("playbooks/scenarios.py").SCENARIOS
    # the others are in chaos/staged_level.py
    staged = {scenario.verb for scenario in scenarios} | {"cluster_replace", "cluster_initialize"}
    assert {*TABLE.VERBS} - staged == set()


def test_steps_are_verbs_of_a_topology_that_has_them() -> None:
    topologies = {TABLE.GALERA: "galera", TABLE.REDIS: "redis_cluster", TABLE.REPLICA: "mysql_replication"}
    verbs: dict[str, set[str]] = {}
    for driver in registry.DRIVERS.values():
        verbs.setdefault(driver.topology, set()).update(driver.verbs)
    used = {
        (scenario, verb)
        for named, ways in TABLE.VERBS.items()
        for scenario, way in ways.items()
        for verb in (named, *(step[0] for step in (*way.before, *way.after) if not isinstance(step, str)))
    }
    deletes = {"cluster_delete", "instance_delete"}
    assert [one for one in sorted(used) if one[1] not in verbs[topologies[one[0]]] | deletes] == []


def test_who_says_nothing_does_not_serve() -> None:
    """The runner waits for those that do not serve, and looks for lost rows when all do."""
    sys.path.insert(0, str(TESTS / "chaos"))
    try:
        problems = _load("chaos/world.py").problems
    finally:
        sys.path.pop(0)
    assert problems({}) == ["it said nothing"]
    assert problems({"msg": "Failed to connect", "unreachable": True}) == ["it said nothing"]
    assert (problems({"galera": {}, "problems": ["wsrep_ready is OFF"]}), problems({"galera": {}, "problems": []})) == (["wsrep_ready is OFF"], [])
    down, up, broken = ({"reachable": where, "problems": found} for where, found in ((False, None), (True, None), (True, ["the link is broken"])))
    assert [bool(problems({"replication": shown})) for shown in (down, up, broken)] == [True, False, True]
    members = ({"error": "no answer", "state": None}, {"error": None, "state": "ok"}, {"error": None, "state": "fail"})
    assert [bool(problems({"redis_cluster": {"members": [one]}})) for one in members] == [True, False, True]
