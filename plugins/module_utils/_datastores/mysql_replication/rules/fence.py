# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What could still be acknowledged by a source that is read-only, so that its replica would not have it. Pure.

Sources: MariaDB, "Read-Only Replicas", "READ_ONLY ADMIN"; MySQL Reference Manual, "super_read_only", "XA Transactions"; tried on 10.11 and 9.7.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TypedDict

from ...._model.errors import Refused
from .info import Gtids

#: first words of statements that write nothing
_READS = frozenset(
    {"select", "show", "set", "use", "explain", "describe", "desc", "analyze", "begin", "start", "rollback", "kill", "flush", "do", "values", "with",
     "lock", "unlock", "checksum", "help", "ping", "prepare", "deallocate", "savepoint", "release"}
)  # fmt: skip
_COMMENT = re.compile(r"\s*(?:/\*(?!!).*?\*/|--\s[^\n]*\n|#[^\n]*\n|\()", re.DOTALL)
_FIRST_WORD = re.compile(r"\s*(?:/\*!\d*\s*)?([a-z]+)", re.IGNORECASE)

#: bits of ``access`` in MariaDB's mysql.global_priv, and the first version (as its ``version_id``) in which SUPER does not bring READ_ONLY ADMIN along
_SUPER, _READ_ONLY_ADMIN, _APART = 1 << 15, 1 << 33, 101100


class Client(TypedDict):
    """A client's session.

    :param verb: the first word of what it does, in lower case; empty while it does nothing
    :param modified: rows that its open transaction has changed
    """

    user: str
    host: str
    verb: str
    modified: int


def first_word(statement: str | None) -> str:
    """The statement's verb, behind comments. No more of it: a statement may hold what is secret."""
    text = statement or ""
    while True:
        comment = _COMMENT.match(text)
        if not comment:
            break
        text = text[comment.end() :]
    found = _FIRST_WORD.match(text)
    return found.group(1).lower() if found else ""


def may_bypass(access: int, version: int) -> bool:
    """Whether an account or role of MariaDB may itself write in spite of read_only.

    :param version: by which it was granted, e.g. 101118; 0 where it is not known
    """
    return bool(access & _READ_ONLY_ADMIN or (access & _SUPER and version < _APART))


def privileged(holders: Iterable[str], granted: Iterable[tuple[str, str]]) -> set[str]:
    """The names of the users that may write in spite of read_only.

    By name alone, so that no account is missed for its host.

    :param holders: users and roles that hold the privilege themselves
    :param granted: (user or role, role) for each role that was granted
    """
    edges, found = set(granted), set(holders)
    while True:
        more = {one for one, role in edges if role in found} - found
        if not more:
            return found
        found |= more


def privileged_writers(looks: Iterable[Sequence[Client]], names: set[str]) -> list[str]:
    """``user@host (what)`` of those that were seen writing, each once.

    :param looks: at the clients' sessions, at different moments
    :param names: of the users that may; PUBLIC is everybody
    """
    found: dict[str, str] = {}
    for client in (client for look in looks for client in look):
        writes = client["modified"] > 0 or (client["verb"] and client["verb"] not in _READS)
        if writes and (client["user"] in names or "PUBLIC" in names):
            found.setdefault(f"{client['user']}@{client['host'].rpartition(':')[0] or client['host']}", client["verb"] or "an open transaction")
    return [f"{who} ({what.upper() if ' ' not in what else what})" for who, what in sorted(found.items())]


def check_privileged_writers(found: Sequence[str]) -> None:
    """:raises Refused: where clients write that a read-only server would not keep from it"""
    if found:
        raise Refused(
            f"Clients write that may do so on a read-only server, too (READ_ONLY ADMIN): {', '.join(found)}. After a promotion they could go on"
            " writing to the old source, and what it acknowledges then is not on the new source. Stop them, or let them use an account without that"
            " privilege. With allow_privileged_writers the promotion disconnects them; whoever connects to the old source again has to know that it"
            " is a replica.",
            writers=list(found),
        )


def check_pending(prepared: Iterable[str], temporary: int, name: str) -> None:
    """What a promotion would tear apart.

    :param prepared: XA transactions that are prepared on the source, and were before
    :param temporary: temporary tables that the replica holds open for sessions of its source
    :raises Refused: where there are any
    """
    pending = sorted(prepared)
    if pending:
        raise Refused(f"{unfinished(pending, name)} Commit them or roll them back first (XA RECOVER lists them).", prepared=pending)
    if temporary:
        raise Refused(temporary_tables(temporary, name), temporary=temporary)


def unfinished(prepared: Iterable[str], name: str) -> str:
    return f"XA transactions are prepared on {name}, and neither committed nor rolled back: {', '.join(sorted(prepared))}."


def temporary_tables(count: int, name: str) -> str:
    return (
        f"The candidate holds {count} temporary tables for sessions of {name} that write by statement (binlog_format STATEMENT or MIXED): a"
        " promotion would tear their transactions apart. End these sessions, or drop their temporary tables. Tables of sessions that are gone"
        " for long go with a restart of the candidate."
    )


def moved(before: Gtids, after: Gtids) -> bool:
    """Whether a server has written a transaction between two looks at its GTIDs."""
    return before["logged"] != after["logged"]
