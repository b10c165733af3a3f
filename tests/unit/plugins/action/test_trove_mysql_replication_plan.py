# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose words a plan is made of, and which plays a role refuses."""

from __future__ import annotations

from ansible_collections.stackdb.trove.plugins.action import trove_guard, trove_mysql_replication_plan
from ansible_collections.stackdb.trove.tests.unit.replication_builders import info, word

SAID = word(1, info(1))


def play(*hosts: str, removed: tuple = (), batch: tuple | None = None) -> dict:
    """A play's variables; `removed` failed or were unreachable before."""
    left = [host for host in hosts if host not in removed]
    return {
        "ansible_play_hosts_all": list(hosts),
        "ansible_play_hosts": left,
        "ansible_play_batch": [host for host in batch or hosts if host in left],
        "hostvars": {host: {"seen": SAID} for host in hosts},
    }


def test_a_host_that_failed_or_was_unreachable_since_is_silent_whatever_it_said_before():
    assert trove_mysql_replication_plan.words(["a", "b", "c"], play("a", "b", removed=("b",)), "seen") == {"a": SAID}


def test_what_is_no_word_is_silence():
    variables = play("a", "b", "c")
    variables["hostvars"].update(a={}, b={"seen": {"unreachable": True, "msg": "no route"}}, c={"seen": {"skipped": True}})
    assert trove_mysql_replication_plan.words(["a", "b", "c"], variables, "seen") == {}


def test_a_play_that_lost_a_host_is_not_taken_for_one_with_serial():
    assert trove_guard.refusals(play("a", "b", removed=("b",)), "linear", ["a", "b"]) == []
    assert "serial" in trove_guard.refusals(play("a", "b", batch=("a",)), "linear", ["a", "b"])[0]
    assert "b belong to the cluster" in trove_guard.refusals(play("a"), "linear", ["a", "b"])[0]
