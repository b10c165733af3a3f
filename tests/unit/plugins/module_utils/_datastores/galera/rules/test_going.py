# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a Galera member may go down."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.driver import Galera
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.rules import going
from ansible_collections.stackdb.trove.plugins.module_utils._model.evidence import SERVE, Act, Word
from ansible_collections.stackdb.trove.tests.unit.galera_builders import OTHER, grastate, info, serving, stopped, wsrep

NAMES = ("m1", "m2", "m3")
HUGE = 2**64 - 1


def looks(*queues: int) -> list[dict[str, Any]]:
    """Of a member that applies all the time."""
    rest = {"paused_ns": 0, "flow_control": False, "waiting": []}
    return [{"at": at * 0.4, "recv_queue": queue, "last_committed": 9 + at, **rest} for at, queue in enumerate(queues)]


def ask(*seen: Any, name: str = "m1", asked: bool = False) -> tuple[list[str], list[str]]:
    """(refusals, risks) of the first; the infos of all."""
    names = NAMES[: len(seen)]
    words = {own: Word({"galera": one}) if one else Word(silent="it is unreachable") for own, one in zip(names, seen)}
    found = Galera().may_go_down(Act(SERVE, dict.fromkeys(names)), name, words, asked)
    return list(found.refusals), list(found.risks)


def member(**changes: Any) -> Any:
    return serving(wsrep=wsrep(**changes))


WELL = member()


def test_all_others_serve_and_keep_up() -> None:
    assert ask(WELL, WELL, WELL) == ([], [])
    assert ask(WELL, member(looks=looks(7, 0, 3)), WELL) == ([], [])


@pytest.mark.parametrize(
    ("others", "text"),
    [
        ([WELL, None], "m3 is silent"),
        ([WELL, stopped()], "m3 does not serve: its service is inactive"),
        ([WELL, member(local_state="Donor/Desynced")], "m3 does not serve: wsrep_local_state_comment is Donor/Desynced"),
        ([WELL, member(cluster_status="non-Primary")], "m3 does not serve"),
        ([WELL, member(looks=looks(7, 2, 3))], "m3 has not applied what it received: 2 write sets wait"),
        ([WELL, member(cluster_size=2)], "m3 counts 2 members"),
        ([WELL, serving(wsrep=wsrep(cluster_state_uuid=OTHER, local_state_uuid=OTHER), grastate=grastate(OTHER))], "the members are in different clusters"),
    ],
)
def test_another_member_that_is_not_well_keeps_it_up(others: list[Any], text: str) -> None:
    refusals, _risks = ask(WELL, *others)
    assert any(text in sentence for sentence in refusals), refusals


def test_one_that_is_down_itself_may_have_its_turn() -> None:
    two = [member(cluster_size=2, members=2)] * 2
    refusals, risks = ask(stopped(), *two)
    assert refusals == []
    assert risks == ["m1 may need a full state transfer when it returns: its position is not known (wsrep_local_cached_downto)"]
    assert ask(stopped(), WELL, WELL)[0] == [f"{name} counts 3 members (wsrep_cluster_size), and 2 serve" for name in ("m2", "m3")]


def test_one_that_is_down_and_has_data_of_its_own_is_not_started() -> None:
    two = [member(cluster_size=2, members=2)] * 2
    other = stopped(grastate=grastate(OTHER))
    assert "data of another cluster" in ask(other, *two)[0][0]
    alone = info(version="10.11.18", datadir__initialised=True, datadir__schemas=["app"])
    assert "nothing says that they were part of the cluster" in ask(alone, *two)[0][0]


def test_the_only_member_is_restarted_when_it_is_named() -> None:
    alone = member(cluster_size=1, members=1)
    assert "name it in trove_members" in ask(alone)[0][0]
    assert ask(alone, asked=True) == ([], ["no member serves while m1 is down"])


@pytest.mark.parametrize(
    ("caches", "risk"),
    [((10, HUGE), False), ((HUGE, 10), False), ((11, HUGE), True), ((HUGE, HUGE), True), ((1, 1), False)],
)
def test_a_full_state_transfer_is_a_risk_that_is_said(caches: tuple[int, int], risk: bool) -> None:
    """It has write set 9, and needs 10. Measured on 26.4.23: IST is possible where 10 is not below the donor's wsrep_local_cached_downto."""
    refusals, risks = ask(member(last_committed=9), *(member(cached_downto=first) for first in caches))
    assert refusals == []
    assert bool(risks) == risk
    if risk:
        assert "it needs write set 10" in risks[0]


def test_use_is_commits_a_second_and_then_clients() -> None:
    assert going.used(wsrep(commits=50, uptime=100), None) == pytest.approx(0.5)
    assert going.used(wsrep(commits=0, uptime=0, clients=7), None) == pytest.approx(0.007)


def refilling(*seen: Any) -> list[str]:
    """Of the first one."""
    return Galera().refilling("m1", {own: Word({"galera": one}) for own, one in zip(NAMES, seen)})


def test_what_it_would_have_missed_is_known_before_an_upgrade() -> None:
    at = member(last_committed=9)
    assert refilling(at, member(cached_downto=10), member(cached_downto=HUGE)) == []
    (risk,) = refilling(at, member(cached_downto=11), member(cached_downto=HUGE))
    assert risk.startswith("m1 may need a full state transfer when it returns: it needs write set 10")
    assert refilling(at) == []


MIB = 1024**2


@pytest.mark.parametrize(
    ("caches", "mib_a_second", "refused"),
    [((128, 128), 0.4, False), ((128, 128), 0.5, True), ((128, 1024), 0.5, False), ((1024, 1024), 4, True), ((None, None), 1, True), ((None, 128), 0, False)],
)
def test_a_cache_has_to_hold_what_is_written_while_it_is_away(caches: tuple[int | None, int | None], mib_a_second: float, refused: bool) -> None:
    """Now each has what it needs: a Synced member always finds that. 300 s are asked for."""
    sizes = (size and size * MIB for size in caches)
    others = [
        member(last_committed=10**6, cached_downto=10**6, cache_bytes=size, set_bytes=int(mib_a_second * MIB * 1000), uptime=1000, cluster_size=3)
        for size in sizes
    ]
    found = refilling(member(last_committed=10**6), *others)
    assert bool(found) == refused
    assert not refused or "of write sets are written a second" in found[0]


def test_what_a_cache_holds_already_counts_where_it_is_more_than_its_size() -> None:
    other = member(last_committed=10**6, cached_downto=1, cache_bytes=MIB, set_bytes=1000 * MIB, uptime=1000)
    assert refilling(member(last_committed=10**6), other, other) == []


def test_a_server_that_has_just_started_has_received_much_at_once() -> None:
    other = member(last_committed=9, cached_downto=9, set_bytes=20 * MIB, uptime=2)
    assert refilling(member(last_committed=9), other, other) == []


def down(seqno: int, version: str = "10.11.18") -> Any:
    return stopped(grastate=grastate(seqno=seqno), version=version)


def test_of_one_that_is_down_its_file_says_what_it_needs() -> None:
    reaching, not_reaching = member(cached_downto=10), member(cached_downto=11)
    assert refilling(down(9), reaching, not_reaching) == []
    (found,) = refilling(down(9), not_reaching, not_reaching)
    assert "it needs write set 10, and the oldest in a cache is 11" in found
    assert "Have it serve with 10.11.18, which it has, before it is upgraded" in found
    (found,) = refilling(down(-1), reaching, reaching)
    assert "grastate.dat does not say its position" in found
    # it has the new version already, and nothing is gained by waiting
    assert refilling(down(9, "11.8.9"), not_reaching, not_reaching) == []
    assert refilling(down(-1, "11.8.9"), reaching, reaching) == []


def now(**changes: Any) -> list[str]:
    """Of a member that served 10 s ago."""
    then = {name: member(uptime=1000, set_bytes=0, last_committed=10**6, cached_downto=10**6) for name in NAMES}
    return going.against_now("m1", then, False, member(**{"uptime": 1010, "last_committed": 10**6, **changes}))


def test_it_is_asked_once_more_before_it_is_stopped() -> None:
    assert now() == []
    assert now(local_state="Donor/Desynced") == ["it served when it was asked, and does not any more: wsrep_local_state_comment is Donor/Desynced"]
    assert now(cluster_size=2) == ["it counts 2 members (wsrep_cluster_size), and there are 3"]
    (found,) = now(set_bytes=10 * MIB)
    assert "1024 KiB of write sets are written a second" in found
    (found,) = now(last_committed=10)
    assert "it needs write set 11" in found


def test_one_that_did_not_serve_has_nothing_to_lose() -> None:
    assert going.against_now("m1", {"m1": down(9), "m2": WELL}, False, down(9)) == []
    assert going.against_now("m1", {"m1": {}, "m2": WELL}, False, WELL) == []  # type: ignore[typeddict-item]


def test_a_full_transfer_that_is_allowed_stops_nobody() -> None:
    infos = {"m1": member(last_committed=9), "m2": member(cached_downto=HUGE), "m3": member(cached_downto=HUGE)}
    assert "full state transfer" in going.against_now("m1", infos, False, infos["m1"])[0]
    assert going.against_now("m1", infos, True, infos["m1"]) == []
