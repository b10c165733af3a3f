# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs that no table holds: begun in the middle, told lies by variables, two verbs that change something, started twice, seen first, not proven and forced."""

from __future__ import annotations

import pickle

import cases
import oracle
import pytest
from scenarios import CHANGES, CREATES, READS, SCENARIOS, SESS

BY_ID = {scenario.id: scenario for scenario in SCENARIOS}
SHRINK = BY_ID["cluster_shrink-mariadb"]
GROW = BY_ID["cluster_grow-mariadb"]
#: what runs twice, or is seen first; with --quick one of each datastore and kind
_QUICK = (SHRINK.id, "cluster_grow-redis", "replica_create-instance", "replica_promote-instance", "cluster_delete-redis", "cluster_stop-redis",
          "cluster_failover-redis")  # fmt: skip
JUDGED = [scenario for scenario in SCENARIOS if scenario.kind in (CREATES, CHANGES)]
#: of one that grows, and one whose leaving member is named
_BOTH = {**SHRINK.variables, **GROW.variables, "trove_members": list(SHRINK.leaving)}
_LAST = "Delete servers, write contracts and end the cluster task, as far as the members prove it"


def test_each_verb_of_each_topology_is_run(bench):
    from ansible_collections.stackdb.trove.plugins.module_utils._datastores import registry

    run = {(scenario.driver.topology, scenario.verb) for scenario in SCENARIOS}
    # see test_replacement.py and test_initialization.py
    run |= {(topology, verb) for topology in ("galera", "redis_cluster") for verb in ("cluster_replace", "cluster_initialize")}
    assert {(driver.topology, verb) for driver in registry.DRIVERS.values() for verb in driver.verbs} - run == set()


def _of(scenarios):
    marks = {True: (), False: pytest.mark.thorough}
    params = [pytest.param(scenario, id=scenario.id, marks=marks[scenario.id in _QUICK]) for scenario in scenarios]
    return pytest.mark.parametrize("scenario", params)


@pytest.mark.parametrize("scenario", [SHRINK, BY_ID["replica_promote-instance"]], ids=lambda scenario: scenario.id)
@pytest.mark.parametrize("task", [_LAST, "Run the batches, one after the other", "no such task"])
def test_a_run_that_starts_in_the_middle_writes_nothing(bench, tmp_path, scenario, task):
    result = bench.run(tmp_path / "run", scenario.verb, scenario.variables, scenario.script([]), arguments=["--start-at-task", task])
    assert not result.writes, result.output
    # where nothing matches the exit code is Ansible's own
    assert result.code or task != _LAST, result.output


@pytest.mark.parametrize("scenario", [SHRINK, BY_ID["cluster_create-mariadb"], BY_ID["replica_detach-instance"]], ids=lambda scenario: scenario.id)
def test_words_that_were_given_as_variables_prove_nothing(bench, tmp_path, scenario):
    """Extra variables win over what is registered: of all members there is only that word, which is of no round."""
    word = {"asked": "x/cluster_shrink/0/after", "identity": {"addresses": []}, "galera": {"wsrep": None}}
    result = bench.run(tmp_path / "run", scenario.verb, {**scenario.variables, "trove_health": word}, scenario.script([]))
    assert result.code, result.output
    assert "another round" in result.output
    assert not result.deleted
    assert not result.acts
    assert all(one["contract"] == result.after[name]["contract"] for name, one in result.before.items())


def test_two_verbs_that_change_something_in_one_run(bench, tmp_path):
    """The second one has words, batches and a plan of its own."""
    result = bench.run(tmp_path / "run", ["cluster_grow", "cluster_shrink"], _BOTH, SHRINK.script([]))
    assert result.code == 0, result.output
    assert set(result.after) - set(result.before) == {"shop-4"}
    assert set(result.before) - set(result.after) == {"shop-3"}
    assert result.tasks() == {"NONE"}


def test_the_second_verb_of_a_run_is_not_begun_when_the_first_was_refused(bench, tmp_path):
    script = SHRINK.script([oracle.Trouble("shop-1", "unreachable", "after")])
    result = bench.run(tmp_path / "run", ["cluster_grow", "cluster_shrink"], _BOTH, script)
    assert result.code, result.output
    assert "shop-4" in result.after, "the first one has begun"
    assert not result.deleted
    assert "SHRINKING_CLUSTER" not in result.tasks()


@_of(JUDGED)
def test_a_second_run_makes_nothing_twice(trial, bench, tmp_path, scenario):
    if trial(cases.Case(scenario)).code:
        pytest.skip("the datastore does not have this verb")
    again = _again(bench, tmp_path, scenario)
    assert set(again.before) == set(again.after), again.output
    assert {name: one["contract"] for name, one in again.before.items()} == {name: one["contract"] for name, one in again.after.items()}
    if scenario.verb != "replica_eject":
        # of what was ejected nothing answers any more
        assert again.code == 0, again.output
        assert again.tasks(scenario.members) <= {scenario.task}


@_of(JUDGED)
def test_a_run_that_was_refused_at_its_end_is_continued_by_the_same_run(trial, bench, tmp_path, scenario):
    """The member that was lost in the last look is back."""
    if not trial(cases.Case(scenario, (oracle.Trouble(scenario.proving[0], "unreachable", "after"),))).acts:
        pytest.skip("the datastore does not have this verb")
    again = _again(bench, tmp_path, scenario)
    assert again.code == 0, again.output
    assert again.tasks(set(again.after) & {*scenario.members}) <= {scenario.task}
    assert not set(scenario.leaving) & set(again.after)


def _again(bench, tmp_path, scenario):
    return bench.run(tmp_path / "run", scenario.verb, {"trove_timeout": 2, **scenario.variables}, scenario.script([]), keep=True)


@_of([scenario for scenario in SCENARIOS if scenario.kind != READS])
def test_check_mode_writes_nothing(bench, tmp_path, scenario):
    result = bench.run(tmp_path / "run", scenario.verb, {"trove_timeout": 2, **scenario.variables}, scenario.script([]), arguments=["--check", "--diff"])
    assert not result.writes, result.output
    assert not result.acts


def test_a_member_that_was_removed_by_its_id_is_not_missed_by_the_same_run(bench, tmp_path):
    servers = pickle.loads(bench.cloud.read_bytes())["servers"].values()
    (id_,) = [server.id for server in servers if server.name == "shop-3"]
    by_id = {"trove_name": "shop", "trove_members": [id_], "trove_timeout": 2}
    first = bench.run(tmp_path / "run", "cluster_shrink", by_id, SHRINK.script([]))
    assert (first.code, first.deleted, first.tasks()) == (0, {"shop-3"}, {"NONE"}), first.output
    again = bench.run(tmp_path / "run", "cluster_shrink", by_id, SHRINK.script([]), keep=True)
    assert (again.code, again.writes, again.acts) == (0, [], []), again.output


def test_force_deletes_without_proof_and_says_what_is_lost(bench, tmp_path):
    script = SHRINK.script([oracle.Trouble("shop-1", "silent")])
    result = bench.run(tmp_path / "run", "cluster_shrink", {**SHRINK.variables, "trove_force": True}, script)
    assert result.deleted == {"shop-3"}, result.output
    assert "lost for good" in result.output


def test_what_another_verb_has_begun_is_not_touched(bench, tmp_path):
    """Trove's own words, and who has to be run again."""
    script = GROW.script([oracle.Trouble("shop-4", "unreachable")])
    bench.run(tmp_path / "run", "cluster_grow", {"trove_timeout": 2, **GROW.variables}, script)
    result = bench.run(tmp_path / "run", "cluster_shrink", SHRINK.variables, SHRINK.script([]), keep=True)
    assert result.code, result.output
    assert "while the current cluster task is 'GROWING_CLUSTER'" in result.output
    assert not result.writes


def test_another_verb_does_not_end_a_resize_that_was_stopped(bench, tmp_path):
    """Neither is what the members noted in it taken for a turn of the other verb."""
    resize, scenario = BY_ID["cluster_resize-redis"], BY_ID["cluster_failover-redis"]
    script = resize.script([oracle.Trouble(SESS[0], "unreachable", "after")])
    stopped = bench.run(tmp_path / "run", resize.verb, {"trove_timeout": 2, **resize.variables}, script)
    assert stopped.code, stopped.output
    result = bench.run(tmp_path / "run", scenario.verb, scenario.variables, scenario.script([]), keep=True)
    assert result.code, result.output
    assert "while the current cluster task is 'RESIZING_CLUSTER'" in result.output
    assert (result.writes, result.acts) == ([], [])


def test_an_unreachable_member_over_ssh(bench, tmp_path):
    """By Ansible's own connection, to a port on which nobody listens."""
    (tmp_path / "run" / "host_vars").mkdir(parents=True)
    lines = "ansible_connection: ansible.builtin.ssh\nansible_host: 127.0.0.1\nansible_port: 1\nansible_ssh_common_args: -o ConnectTimeout=1\n"
    (tmp_path / "run/host_vars/shop-1.yml").write_text(lines)
    result = bench.run(tmp_path / "run", "cluster_shrink", SHRINK.variables, SHRINK.script([]), inventory="shop-1\n")
    assert result.code, result.output
    assert "shop-1 is silent" in result.output
    assert not result.writes
