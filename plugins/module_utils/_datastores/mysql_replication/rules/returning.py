# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers that have data and follow nobody become replicas of a source. Pure, over the members' words."""

from __future__ import annotations

from ...._model.errors import InvalidInput, Refused
from .decision import Asked, Decision
from .members import Members, without


def attach(members: Members, asked: Asked) -> Decision:
    """Those whose database is down are not known until they run: what stands against them is asked in a second look."""
    source = asked.source
    if not source or source not in members.names:
        raise InvalidInput("source", source, members.names)
    root, *path = _path(members, source, asked)
    _check_source(members, root)
    for name in asked.returning:
        _check_returning(members, source, name, asked)
    others = without(members.names, root, *asked.returning)
    following = [name for name in others if members.source_of(name)]
    running = without(asked.returning, *members.down(asked.returning))
    return Decision(
        source=root,
        new_source=source,
        replicas=[*following, *asked.returning],
        attach=list(asked.returning),
        path=path,
        accounts=members.accounts(following) + members.every_account(running),
    )


def _path(members: Members, source: str, asked: Asked) -> list[str]:
    """From the one that replicates from no source down to the source, which is that one itself but in a chain.

    :raises Refused: where one of them is down, or would replicate from itself in the end
    """
    found = [source]
    while True:
        info = members.up(found[0])
        if not info:
            raise Refused(f"{found[0]} cannot be followed: its server does not run. Start it first.")
        if not info["source"]:
            return found
        if not asked.chain:
            raise Refused(f"Cannot create a replica of a replica. ({source} replicates from {info['source']['host']}.)")
        above = members.source_of(found[0])
        if not above:
            raise Refused(f"{found[0]} replicates from {info['source']['host']}, which is none of {', '.join(members.names)}.")
        if above in found or above in asked.returning:
            raise Refused(f"{source} replicates from {above}, itself or by others, so {above} cannot become a replica of it.")
        found.insert(0, above)


def _check_source(members: Members, source: str) -> None:
    info = members.words[source]["replication"]
    if info["read_only"]:
        raise Refused(f"{source} is read-only, so it is not a source now. To use it as the source, run SET GLOBAL read_only = OFF on it first.")


def _check_returning(members: Members, source: str, name: str, asked: Asked) -> None:
    """One that follows another member moves to the source, and so does who follows it, where that returns, too. In a chain that stays."""
    if name not in members.names or name == source:
        raise InvalidInput("returning", name, without(members.names, source))
    link = members.link(name)
    if link and not any(members.follows(name, other) for other in members.names):
        known = f"which is not {source}, nor any other member"
        raise Refused(f"{name} replicates from {link['host']}, {known}. stackdb.trove.replica_detach makes it independent first.")
    behind = [other for other in members.names if members.follows(other, name) and other not in asked.returning]
    if behind and not asked.chain:
        raise Refused(f"{', '.join(behind)} replicate from {name}, and would be replicas of a replica. Detach them first.")
