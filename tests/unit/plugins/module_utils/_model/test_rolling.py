# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Members that are taken one after the other: whose turn is next, and what proves that one was restarted."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores import registry
from ansible_collections.stackdb.trove.plugins.module_utils._model import rolling
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput
from ansible_collections.stackdb.trove.plugins.module_utils._model.evidence import SERVE, STOPPED, Act, Word
from ansible_collections.stackdb.trove.tests.unit.galera_builders import serving, stopped, wsrep

TURN = rolling.turn("run-1", "cluster_restart")
GALERA = registry.of_cluster("mariadb")
NAMES = ["m1", "m2", "m3"]


def unit(invocation: str | None, turn: str | None = None, state: str = "active", begun: str | None = None) -> Word:
    return Word({"unit": {"state": state, "enabled": True, "invocation": invocation, "turn": turn, "begun": begun}})


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        pytest.param(unit("a"), unit("b", TURN), "", id="restarted"),
        pytest.param(unit("a", "run-0/cluster_restart"), unit("b", TURN), "", id="restarted, and in an earlier turn"),
        pytest.param(unit("b", TURN), unit("b", TURN), "", id="restarted by the run that this one continues"),
        pytest.param(unit("b", state="failed"), unit("b", TURN), "", id="it was down, and systemd still said the last one"),
        pytest.param(Word(silent="it is unreachable"), unit("b", TURN), "", id="it was silent"),
        pytest.param(unit("b", begun=TURN), unit("b", TURN), "", id="it came up again in a turn that an earlier run had begun"),
        pytest.param(unit("a", begun="run-0/cluster_restart"), unit("a", TURN), "same as before", id="the turn that had begun was another one"),
        pytest.param(unit("a"), unit("a", TURN), "same as before", id="the note lies: it is the same server"),
        pytest.param(unit("a"), unit("b"), "it has noted no restart", id="restarted by somebody else"),
        pytest.param(unit("a"), unit("b", "run-0/cluster_restart"), "it has noted run-0/cluster_restart", id="of another turn"),
        pytest.param(unit("a"), unit("a"), "it has noted no restart", id="not restarted"),
        pytest.param(unit("a"), Word({}), "it has noted no restart", id="an info module that does not say"),
    ],
)
def test_what_proves_a_restart(before: Word, after: Word, text: str) -> None:
    found = rolling.not_restarted(["m1"], TURN, {"m1": before}, {"m1": after})
    assert (text in found[0]) if text else found == []
    assert all(sentence.startswith("m1 was not restarted") for sentence in found)


def test_a_restart_is_asked_of_those_that_were_to_be_restarted() -> None:
    members = dict.fromkeys(NAMES)
    words = galera(*(wsrep() for _name in NAMES))
    assert GALERA.allows(Act(SERVE, members), words, words) == []
    found = GALERA.allows(Act(SERVE, members, rolled=("m2",), turn=TURN), words, words)
    assert found == [f"m2 was not restarted: it has noted no restart, and this is {TURN}"]


def galera(*seen: Any) -> dict[str, Word]:
    """Words of m1, m2 and m3; None for one that is down."""
    return {name: Word({"galera": serving(wsrep=one) if one else stopped()}) for name, one in zip(NAMES, seen)}


@pytest.mark.parametrize(
    ("now", "before", "first"),
    [
        pytest.param([wsrep(commits=900), wsrep(commits=5), wsrep(commits=50)], None, "m2", id="fewest commits since its start"),
        pytest.param([wsrep(commits=900, uptime=90000), wsrep(commits=50), wsrep(commits=60)], None, "m1", id="by the time that it runs"),
        pytest.param([wsrep(clients=3), wsrep(clients=1), wsrep(clients=2)], None, "m2", id="fewest clients"),
        pytest.param([wsrep(), None, wsrep()], None, "m2", id="one that is down has nothing to lose"),
        pytest.param([wsrep(), wsrep(), wsrep()], None, "m1", id="all alike: by name"),
        pytest.param(
            [wsrep(commits=5000, uptime=110), wsrep(commits=400, uptime=110), wsrep(commits=100, uptime=110)],
            [wsrep(commits=5000, uptime=100), wsrep(commits=100, uptime=100), wsrep(commits=90, uptime=100)],
            "m1", id="what it has written since this run began counts more than what it once wrote",
        ),
        pytest.param(
            [wsrep(commits=9, uptime=1), wsrep(commits=300, uptime=110), wsrep(commits=300, uptime=110)],
            [wsrep(commits=100, uptime=100), wsrep(commits=10, uptime=100), wsrep(commits=20, uptime=100)],
            "m1", id="one that was started since is counted from its start",
        ),
    ],
)  # fmt: skip
def test_who_is_missed_least_is_next(now: list[Any], before: list[Any] | None, first: str) -> None:
    words = galera(*now)
    assert GALERA.next_down(NAMES, words, galera(*before) if before else words) == first


def test_a_silent_member_is_no_reason_to_fail() -> None:
    words = {**galera(wsrep(), wsrep(), wsrep()), "m3": Word(silent="it is unreachable")}
    assert GALERA.next_down(NAMES, words, words) == "m3"


def test_whom_it_is_about() -> None:
    assert GALERA.named("cluster_restart", NAMES, "shop", {}) == NAMES
    assert GALERA.named("cluster_restart", NAMES, "shop", {"members": ["m3", "m1"]}) == ["m3", "m1"]
    both, driver = ["orders-replica-1", "orders"], registry.of_instance("mariadb")
    assert driver.named("instance_restart", both, "orders", {}) == ["orders"]
    assert driver.named("instance_stop", both, "orders", {}) == driver.named("instance_start", both, "orders", {}) == both


@pytest.mark.parametrize(("members", "option"), [(["m1", "m4"], "members[1]"), (["m1", "m1"], "members[1]"), ([""], "members[0]")])
def test_names_that_are_no_members_are_refused(members: list[str], option: str) -> None:
    with pytest.raises(InvalidInput, match="m1, m2, m3") as refused:
        GALERA.named("cluster_restart", NAMES, "shop", {"members": members})
    assert refused.value.option == option


def down(noted: bool = True, enabled: bool = False, state: str = "inactive") -> Word:
    return Word({"galera": stopped(), "unit": {"state": state, "enabled": enabled, "stopped": {"others": []} if noted else None}})


def test_a_stop_is_proven_by_every_unit() -> None:
    act = Act(STOPPED, dict.fromkeys(NAMES))
    well = dict.fromkeys(NAMES, down())
    assert GALERA.allows(act, well, well) == []
    for word, text in (
        (down(state="active"), "m2 was not stopped in order: its service is active"),
        (down(enabled=True), "m2 would start at boot"),
        (Word({}), "m2 was not stopped in order: its service is not known"),
        (Word(silent="it is unreachable"), "m2 is silent"),
    ):
        assert any(text in sentence for sentence in GALERA.allows(act, well, {**well, "m2": word}))


def test_those_that_were_stopped_need_not_serve_for_the_next_one() -> None:
    words = {**dict.fromkeys(NAMES, down()), "m3": down(noted=False, state="active")}
    assert GALERA.counted("cluster_stop", NAMES, words) == ["m3"]
    assert GALERA.counted("cluster_restart", NAMES, words) == NAMES
    assert [name for name in NAMES if not GALERA.has_had(name, words, "run-1/cluster_stop", continued=True)] == ["m3"]
    assert not GALERA.has_had("m1", {"m1": down(enabled=True)}, "run-1/cluster_stop", continued=True)
