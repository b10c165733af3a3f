# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a snapshot says at its beginning. By real servers' snapshots: tests/redis/test_recovery.py."""

from __future__ import annotations

from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules import snapshot
from ansible_collections.stackdb.trove.tests.unit.redis_outages import SNAPSHOT


def test_where_in_which_stream_it_was_made() -> None:
    assert snapshot.fields(SNAPSHOT) == {
        "redis-ver": "7.0.15", "redis-bits": "64", "ctime": str(0x60000000), "repl-stream-db": "0", "repl-id": "ab" * 20, "repl-offset": "10000",
        "aof-base": "0",
    }  # fmt: skip


def test_what_is_none_or_ends_too_early_says_nothing_wrong() -> None:
    assert snapshot.fields(b"something else") == {}
    for length in range(len(SNAPSHOT)):
        assert snapshot.fields(SNAPSHOT[:length]).items() <= snapshot.fields(SNAPSHOT).items(), length
    # a length of four bytes that is beyond all, a compressed text, and no text
    for value in (b"\x80\xff\xff\xff\xff", b"\xc3\x01\x01a", b"\x01\xff"):
        assert snapshot.fields(b"VALKEY080\xfa\x01k" + value) == {}
