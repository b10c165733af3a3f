# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a snapshot says of itself at its beginning: where in which replication stream it was created, and when. Pure.

Sources: rdb.c of Redis 7.0 (rdbSaveInfoAuxFields, rdbLoadLenByRef, rdbSaveRawString), the same in Valkey 8 and 9.
"""

from __future__ import annotations

#: the magic and the version, ``REDIS0010`` or ``VALKEY080``; the mark of a field; how many bytes have all fields
_MAGIC, _FIELD, HEAD = 9, 0xFA, 4096
#: how many bytes the integers have that a text is spelled with where it is one
_INTEGERS = {0: 1, 1: 2, 2: 4}


def fields(head: bytes) -> dict[str, str]:
    """``{redis-ver, ctime, repl-id, repl-offset, …}`` of a snapshot's first bytes; empty for what is no snapshot, and only those before a damage."""
    found: dict[str, str] = {}
    at = _MAGIC if head.startswith((b"REDIS", b"VALKEY")) else len(head)
    try:
        while at < len(head) and head[at] == _FIELD:
            name, at = _text(head, at + 1)
            found[name], at = _text(head, at)
    except (IndexError, KeyError, UnicodeDecodeError):
        pass
    return found


def _text(head: bytes, at: int) -> tuple[str, int]:
    kind, rest = head[at] >> 6, head[at] & 63
    at += 1
    if kind == 3:
        size = _INTEGERS[rest]
        return str(int.from_bytes(_part(head, at, size), "little", signed=True)), at + size
    if kind == 1:
        rest, at = rest << 8 | head[at], at + 1
    elif kind == 2:
        rest, at = int.from_bytes(_part(head, at, 4), "big"), at + 4
    return _part(head, at, rest).decode(), at + rest


def _part(head: bytes, at: int, size: int) -> bytes:
    if at + size > len(head):
        raise IndexError(size)
    return head[at: at + size]
