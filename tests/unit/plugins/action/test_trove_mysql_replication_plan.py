# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose words a plan is made of, and which plays a role refuses."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.action import trove_guard, trove_mysql_replication_plan
from ansible_collections.stackdb.trove.tests.unit.replication_builders import info, replica, word

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


#: c follows a, and is to follow b in the ring: the step before makes a chain of them
STAR = {"a": word(1, info(1)), "b": word(2, replica(2, "0-1-10")), "c": word(3, replica(3, "0-1-10"))}
RING = {"verb": "ring", "source": None, "candidate": None, "leaving": [], "returning": [], "chain": False, "ring": ["a", "b", "c"]}
RING |= {"contracts": {}, "refill": [], "tried": False, "defers": False, "addresses": {}}


@pytest.mark.parametrize(("later", "check_mode"), [(False, True), (True, False), (False, False)])
def test_what_is_refused_is_refused(later, check_mode):
    found = trove_mysql_replication_plan.answer({**RING, "later": later}, ["a", "b", "c"], STAR, check_mode)
    assert found["failed"]
    assert "becomes a chain first" in found["msg"]


def test_the_address_of_one_that_is_silent_is_the_clouds():
    """A firewall that left it out would keep it from coming back."""
    contracts = {"a": {"source": None, "writable": True}, **{name: {"source": "a", "writable": False} for name in "bc"}}
    given = {**RING, "verb": "recover", "ring": [], "later": False, "contracts": contracts, "addresses": {"a": "10.9.9.9", "c": "10.0.0.7"}}
    found = trove_mysql_replication_plan.answer(given, ["a", "b", "c"], {name: STAR[name] for name in "ab"}, False)
    assert found["addresses"] == {"a": "10.0.0.1", "b": "10.0.0.2", "c": "10.0.0.7"}
    assert found["silent"] == ["c"]


def test_what_a_step_before_would_change_is_no_refusal_in_check_mode_and_nobody_acts():
    found = trove_mysql_replication_plan.answer({**RING, "later": True}, ["a", "b", "c"], STAR, True)
    assert "failed" not in found
    assert "becomes a chain first" in found["warnings"][0]
    assert [found[name] for name in ("source", "new_source", "replicas", "attach", "accounts", "order", "opening")] == [None, None, [], [], [], [], []]
    assert found["addresses"].keys() == {"a", "b", "c"}


def test_a_name_that_no_member_has_is_an_error_in_check_mode_too():
    found = trove_mysql_replication_plan.answer({**RING, "ring": ["a", "b"], "later": True}, ["a", "b", "c"], STAR, True)
    assert found["failed"]
