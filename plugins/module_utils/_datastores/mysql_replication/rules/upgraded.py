# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a source or a replica may be brought to another version now, and whether it is as an upgrade has to leave it. Pure, over what members say.

A replica is of its source's release series, or of a newer one. Sources: MariaDB, "Changing a Replica to Become the Primary"; MySQL Reference Manual,
"Upgrading or Downgrading a Replication Topology".
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, Optional, TypedDict

from ...mysql.rules.system_tables import upgrade_needed
from .info import Info
from .replication import problems

_FIRST = "A replica must not be older than its source, so have its turn before, by its own name"
_START = "Start it (stackdb.trove.instance_start), detach it, or delete it before"
_ANSWERS = "A replica must not be older than its source, and has its turn when its source serves: start {} (stackdb.trove.instance_start) before"


#: by a member's name the name of its source, None of one that has none
Sources = Optional[Mapping[str, Optional[str]]]


class Versions(TypedDict):
    """Of one server: the version that runs by its own word, that of the program on its disk, and that of MariaDB's system tables; None where it has none."""

    running: str | None
    installed: str | None
    tables: str | None


def _series(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:2])


def running(info: Info | Mapping[str, Any]) -> str | None:
    """The version of the server that answers: ``10.11.19-MariaDB-log`` is 10.11.19."""
    return _version(info) if info.get("reachable") else None


def _version(info: Info | Mapping[str, Any]) -> str | None:
    """That of the server that answers, else that of its program; None of a member that said nothing."""
    found = re.match(r"\d+(\.\d+)+", info.get("version") or "")
    return found.group() if found else None


def crosses(info: Info | Mapping[str, Any], new: str) -> bool:
    """Whether a version is of another release series than the server's, or may be."""
    old = _version(info)
    return old is None or _series(old) != _series(new)


def _follows(name: str, addresses: Collection[str], other: str, info: Info | Mapping[str, Any], sources: Sources) -> bool:
    """Whether a member has the server at these addresses as its source, whether or not that link runs. Of one that does not answer its contract says it, and
    where there are none it may be so.
    """
    if not info.get("reachable"):
        return sources is None or sources.get(other) == name
    link = info["source"]
    return bool(link and link["host"] in addresses)


def older_followers(
    name: str, addresses: Collection[str], new: str, infos: Mapping[str, Info | Mapping[str, Any]], also: Collection[str] = (), sources: Sources = None
) -> list[str]:
    """Why a server must not come to a version: replicas of it that would be of an older series than their source. Sentences.

    :param infos: of all members that answer, empty for the others
    :param also: those that come to it before
    :param sources: whom each member replicates from by its contract; None where there are no contracts
    """
    found = []
    for other, info in infos.items():
        version = _version(info)
        old = _series(version) < _series(new) if version else crosses(infos.get(name, {}), new)
        if other in (name, *also) or not old or not _follows(name, addresses, other, info, sources):
            continue
        if info.get("reachable"):
            way = _FIRST if infos.get(name, {"reachable": True}).get("reachable") else _ANSWERS.format(name)
            found.append(f"{other} replicates from {name} and is {version}, while {name} would be {new}. {way}")
        else:
            may = "may replicate" if sources is None else "replicates by its contract"
            found.append(f"{other} does not answer, {may} from {name}, and is {version or 'of an unknown version'}, while {name} would be {new}. {_START}")
    return found


def strangers(name: str, info: Info | Mapping[str, Any], known: Collection[str], new: str) -> list[str]:
    """Who replicates from a server that comes to another series, and is no member, so that its version is not known: sentences.

    :param known: the addresses of all members
    """
    hosts = {client["host"] for client in info.get("replicas") or []} - {*known} if crosses(info, new) else set()
    risk = "A replica that is older than its source stops, or has other data than it"
    return [f"{host} replicates from {name}, and is none of its members: it is not known whether it is as new as {new}. {risk}" for host in sorted(hosts)]


def against_now(name: str, infos: Mapping[str, Info | Mapping[str, Any]]) -> list[str]:
    """Why a server that answers must not be stopped, by what all others said right before: sentences."""
    found = []
    for other, info in infos.items():
        if other != name:
            wrong = problems(info["source"]) if info.get("source") else []
            wrong = wrong if info.get("reachable") else [str(info.get("error") or "it does not answer")]
            found += [f"{other} does not serve: {problem}" for problem in wrong]
    return found


def tables_differ(versions: Mapping[str, Any]) -> bool:
    """Whether a server runs whose system tables are of another version than itself, as between the two steps of an upgrade."""
    tables, server = versions.get("tables"), versions.get("running")
    return tables is not None and bool(upgrade_needed(tables, server))


def undone(versions: Mapping[str, Versions]) -> list[str]:
    """What is not proven of those that had their turn: sentences. By the word of the server itself, and of its program on the disk."""
    found = []
    for name, one in versions.items():
        if one["running"] != one["installed"]:
            found.append(f"{name} says that it is {one['running']}, and {one['installed']} is installed")
        elif one["tables"] is not None and upgrade_needed(one["tables"], one["running"]):
            found.append(f"{name} was not upgraded to the end: its system tables are of {one['tables']}")
    texts = [f"{name} {one['running']}" for name, one in versions.items()]
    if len({one["running"] for one in versions.values()}) > 1:
        found.append(f"those that had their turn are of different versions: {', '.join(texts)}")
    return found
