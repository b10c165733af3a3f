# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""GTID sets of both dialects; MySQL's arithmetic checked against plain sets of numbers."""

from __future__ import annotations

import random

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules.dialects import parse
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules.gtid import MariaDbGtids, MySqlGtids
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput

A, B = "3e11fa47-71ca-11e1-9e33-c80aa9429562", "4f22fa47-71ca-11e1-9e33-c80aa9429563"


def mysql(numbers: set[int]) -> MySqlGtids:
    return MySqlGtids.parse(",".join(f"{A}:{number}" for number in numbers))


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("", ""),
        (f"{A}:1-5", f"{A}:1-5"),
        (f"{A.upper()}:7:1-3:4-5,\n{B}:1", f"{A}:1-5:7,{B}:1"),
        (f"{A}:1-3:audit:1-2:4,{B}:9", f"{A}:1-3,{A}:audit:1-2:4,{B}:9"),
    ],
)
def test_mysql_text(text: str, normal: str) -> None:
    assert str(MySqlGtids.parse(text)) == normal
    assert str(MySqlGtids.parse(normal)) == normal


@pytest.mark.parametrize(
    ("engine", "text"),
    [("mysql", "0-1-100"), ("mysql", A), ("mysql", f"{A}:x-3"), ("mysql", f"{A}:1-y"), ("mariadb", f"{A}:1"), ("mariadb", "0-1"), ("mariadb", "0-1-")],
)
def test_other_texts_are_refused(engine: str, text: str) -> None:
    with pytest.raises(InvalidInput, match="gtid: "):
        parse(engine, text)


def test_mysql_arithmetic_is_that_of_sets() -> None:
    chance = random.Random(7)
    for _round in range(300):
        left, right = ({chance.randrange(1, 25) for _number in range(chance.randrange(18))} for _side in "ab")
        assert mysql(left) - mysql(right) == mysql(left - right)
        assert mysql(left) | mysql(right) == mysql(left | right)
        assert (mysql(left) <= mysql(right)) == (left <= right)
        assert len(mysql(left)) == len(left)
        assert bool(mysql(left)) == bool(left)


def test_mysql_tags_are_sources_of_their_own() -> None:
    assert str(MySqlGtids.parse(f"{A}:1-3:audit:1-2") - MySqlGtids.parse(f"{A}:1-9")) == f"{A}:audit:1-2"
    assert str(MySqlGtids.parse(f"{A}:1-3:audit:1-2,{B}:1").own(A.upper())) == f"{A}:1-3,{A}:audit:1-2"


def test_mariadb_text() -> None:
    assert str(MariaDbGtids.parse(" 1-2-7, 0-3-12,\n0-1-100 ")) == "0-3-12,0-1-100,1-2-7"
    assert str(MariaDbGtids.parse("")) == ""


def test_mariadb_difference() -> None:
    source = MariaDbGtids.parse("0-2-90,0-1-150")
    assert not MariaDbGtids.parse("0-1-140") - source
    assert str(MariaDbGtids.parse("0-1-151,0-2-90") - source) == "0-1-151"
    # another server's transaction is not had because the domain went on
    assert str(MariaDbGtids.parse("0-1-100,0-9-101") - source) == "0-9-101"
    assert str(MariaDbGtids.parse("5-1-1") - source) == "5-1-1"


def test_mariadb_union_and_size() -> None:
    both = MariaDbGtids.parse("0-1-100") | MariaDbGtids.parse("0-1-90,0-2-110,1-1-5")
    assert str(both) == "0-1-100,0-2-110,1-1-5"
    assert len(both) == 115
    assert len(MariaDbGtids.parse("")) == 0


def test_mariadb_own() -> None:
    assert str(MariaDbGtids.parse("0-1-100,0-2-101,1-2-3").own(2)) == "0-2-101,1-2-3"


def test_mariadb_position() -> None:
    assert str(MariaDbGtids.parse("0-1-100,0-2-101,1-2-3").position()) == "0-2-101,1-2-3"


@pytest.mark.parametrize(
    ("state", "position", "then"),
    [
        ("0-2-90,0-1-150", "0-1-120", "0-2-90,0-1-120"),
        # server 3 became the source after the snapshot
        ("0-1-120,0-3-150", "0-1-110", "0-1-110"),
        ("0-1-120,7-1-4", "0-1-110", "0-1-110"),
        ("", "", ""),
    ],
)
def test_mariadb_state_at_a_position(state: str, position: str, then: str) -> None:
    assert str(MariaDbGtids.parse(state).up_to(MariaDbGtids.parse(position))) == then
