# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules.eject import choose
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused
from ansible_collections.stackdb.trove.tests.unit.replication_builders import UUIDS, replica, silent

A = UUIDS[1]


def left(number: int, executed: str, engine: str = "mariadb", **of_link) -> dict:
    """A replica of a source that is dead."""
    return replica(number, executed, engine, link={"io_running": "Connecting", "answers": False, **of_link})


@pytest.mark.parametrize(
    ("infos", "name"),
    [
        ({"b": left(2, "0-1-100"), "c": left(3, "0-1-101")}, "c"),
        # equal: by name
        ({"c": left(3, "0-1-100"), "b": left(2, "0-1-100")}, "b"),
        # received counts, too
        ({"b": left(2, "0-1-100"), "c": left(3, "0-1-90", retrieved="0-1-101")}, "c"),
        # but not what cannot be applied
        ({"b": left(2, "0-1-100"), "c": left(3, "0-1-90", retrieved="0-1-101", sql_error="duplicate")}, "b"),
        ({"b": left(2, f"{A}:1-90", "mysql"), "c": left(3, f"{A}:1-50", "mysql", retrieved=f"{A}:51-91")}, "c"),
        ({"only": left(2, "")}, "only"),
        # the source of old times, alone and with another that knows them
        ({"only": left(2, f"{A}:1-90,{UUIDS[2]}:1-7", "mysql")}, "only"),
        ({"b": left(2, "0-1-100,0-2-50"), "c": left(3, "0-1-101,0-2-50")}, "c"),
    ],
)
def test_the_most_advanced_takes_over(infos: dict, name: str) -> None:
    assert choose(infos) == name


@pytest.mark.parametrize(
    ("infos", "words"),
    [
        ({"b": left(2, "0-1-100"), "c": left(3, "0-1-1", answers=True)}, r"not dead to all of its replicas \(c: alive, it greets\). A living source"),
        ({"b": left(2, "0-1-100", answers=None)}, "b: it was not asked"),
        ({"b": left(2, "0-1-100"), "c": left(3, "0-1-100", host="10.0.0.9")}, "b from 10.0.0.1:3306, c from 10.0.0.9:3306"),
        ({"b": left(2, "0-1-100"), "c": silent()}, "c did not report"),
        ({"b": left(2, "0-1-100"), "c": {}}, "c did not report"),
        ({"b": left(2, "0-1-100"), "c": dict(left(3, "0-1-100"), source=None)}, "c replicate from no source"),
        ({"b": left(2, "0-1-100"), "c": left(3, "0-1-100,0-3-101")}, "c has transactions of its own.* 0-3-101"),
        ({"b": left(2, "0-1-100"), "c": left(3, "0-7-101")}, "No replica has all.*b: 0-1-100; c: 0-7-101"),
        ({"b": left(2, f"{A}:1-5:7", "mysql"), "c": left(3, f"{A}:1-6", "mysql")}, "No replica has all"),
    ],
)
def test_nobody_takes_over_where_something_could_be_lost(infos: dict, words: str) -> None:
    with pytest.raises(Refused, match=words):
        choose(infos)


def test_there_have_to_be_replicas() -> None:
    with pytest.raises(InvalidInput, match="replicas"):
        choose({})
