# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules in a real kernel: who comes in while they are loaded again and again, and whether what is live is seen as what it is."""

from __future__ import annotations

from pathlib import Path

import pytest

PORT = 3306
ADDRESSES = ["192.0.2.1", "fd00:99::1"]
ALLOWED = ["192.0.2.2/32", "fd00:99::2/128"]


def under_load(hosts, tmp_path: Path, how: str, turns: int) -> tuple[dict, dict]:
    """What the client that is allowed and the one that is not say of `turns` loads."""
    hosts.ready("s", "serve", port=PORT)
    rules = {"folder": str(tmp_path), "clients": ALLOWED, "port": PORT, "how": how}
    hosts.run("s", "reloads", turns=1, seed=0, **rules)
    allowed = hosts.ready("a", "connect", addresses=ADDRESSES, port=PORT, patience=5)
    # a first packet that is dropped is sent again after a second, which this client does not wait for
    other = hosts.ready("b", "connect", addresses=ADDRESSES, port=PORT, patience=0.005)
    hosts.run("s", "reloads", turns=turns, seed=1, **rules)
    return hosts.end(allowed), hosts.end(other)


def test_while_rules_are_loaded_nobody_comes_in_who_may_not_and_nobody_is_refused_who_may(hosts, tmp_path: Path) -> None:
    allowed, other = under_load(hosts, tmp_path, "as the collection does", turns=100)
    assert (allowed["failed"], allowed["errors"]) == (0, []), allowed
    assert other["in"] == 0, other
    assert allowed["in"] == allowed["tried"] > 100
    assert other["failed"] == other["tried"] > 100


def test_the_client_would_notice_a_table_that_is_away_for_a_moment(hosts, tmp_path: Path) -> None:
    """As it was before: a restart of the unit deleted the old table first."""
    _allowed, other = under_load(hosts, tmp_path, "apart", turns=40)
    assert other["in"] > 0


def test_who_is_not_allowed_any_more_loses_its_connection_and_who_is_keeps_it(hosts, tmp_path: Path) -> None:
    hosts.ready("s", "serve", port=PORT)
    rules = {"folder": str(tmp_path), "port": PORT, "how": "", "seed": 0, "turns": 1}
    hosts.run("s", "reloads", clients=["192.0.2.0/24"], **rules)
    stays, goes = (hosts.ready(who, "session", address="192.0.2.1", port=PORT) for who in "ab")
    hosts.run("s", "reloads", clients=ALLOWED, **rules)
    assert (hosts.end(stays), hosts.end(goes)) == ({"before": True, "after": True}, {"before": True, "after": False})


def test_the_host_itself_gets_answers_on_a_port_that_is_closed_and_reaches_its_own(hosts, tmp_path: Path) -> None:
    hosts.ready("s", "serve", port=PORT)
    hosts.ready("b", "serve", port=PORT)
    hosts.run("s", "reloads", folder=str(tmp_path), port=PORT, how="", seed=0, turns=1, clients=[])
    assert hosts.run("s", "outgoing", address="192.0.2.3", port=PORT, **{"from": PORT + 1}) == {"answered": True}
    assert hosts.run("s", "outgoing", address="192.0.2.1", port=PORT, **{"from": 0}) == {"answered": True}


@pytest.mark.parametrize("seed", range(2))
def test_what_is_live_is_seen_as_what_it_is(hosts, tmp_path: Path, seed: int) -> None:
    assert hosts.run("s", "compared", folder=str(tmp_path), seed=seed, turns=60)["wrong"] == []


def test_rules_with_an_error_change_nothing(hosts, tmp_path: Path) -> None:
    assert hosts.run("s", "refused", folder=str(tmp_path), clients=ALLOWED, port=PORT) == {"errors": 4, "live": True, "kept": True}
