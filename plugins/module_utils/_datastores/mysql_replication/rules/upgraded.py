# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a source or a replica may be brought to another version now, and whether it is as an upgrade has to leave it. Pure, over what members say.

A replica is of its source's release series, or of a newer one. Sources: MariaDB, "Changing a Replica to Become the Primary"; MySQL Reference Manual,
"Upgrading or Downgrading a Replication Topology".
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any, TypedDict

from ...mysql.rules.system_tables import upgrade_needed
from .info import Info
from .replication import problems

_FIRST = "A replica must not be older than its source, so have its turn before, by its own name"


class Versions(TypedDict):
    """Of one server: the version that runs by its own word, that of the program on its disk, and that of MariaDB's system tables; None where it has none."""

    running: str | None
    installed: str | None
    tables: str | None


def _series(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:2])


def running(info: Info | Mapping[str, Any]) -> str | None:
    """The version of the server that answers: ``10.11.19-MariaDB-log`` is 10.11.19."""
    found = re.match(r"\d+(\.\d+)+", info["version"] or "") if info.get("reachable") else None
    return found.group() if found else None


def followers(addresses: Collection[str], infos: Mapping[str, Info | Mapping[str, Any]]) -> list[str]:
    """Who has the server at these addresses as its source, whether or not that link runs."""
    links = {name: info["source"] for name, info in infos.items() if info.get("source")}
    return [name for name, link in links.items() if link and link["host"] in addresses]


def older_followers(name: str, addresses: Collection[str], new: str, infos: Mapping[str, Info | Mapping[str, Any]], also: Iterable[str] = ()) -> list[str]:
    """Why a server must not come to a version: replicas of it that would be of an older series than their source. Sentences.

    :param infos: of all members that answer, empty for the others
    :param also: those that come to it before
    """
    found = []
    for other in followers(addresses, infos):
        version = running(infos[other])
        if other not in (name, *also) and version and _series(version) < _series(new):
            found.append(f"{other} replicates from {name} and is {version}, while {name} would be {new}. {_FIRST}")
    return found


def against_now(name: str, infos: Mapping[str, Info | Mapping[str, Any]]) -> list[str]:
    """Why a server that answers must not be stopped, by what all others said right before: sentences."""
    found = []
    for other, info in infos.items():
        if other != name:
            wrong = problems(info["source"]) if info.get("source") else []
            wrong = wrong if info.get("reachable") else [str(info.get("error") or "it does not answer")]
            found += [f"{other} does not serve: {problem}" for problem in wrong]
    return found


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
