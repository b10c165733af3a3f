# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An upgrade of an instance and its replicas: whom it is about, and who takes the place of the source before that one's turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..module_utils._model.errors import InvalidInput
from . import promoting

Data = Mapping[str, Any]
_OPTION = f"trove_{promoting.OPTION}"


def rolled(plan: Data, options: Data) -> list[str]:
    """Of a source it and its replicas, or those that were named; of a replica, and of a member of a ring, itself alone.

    :raises InvalidInput: for a name that none of them has, and for one that is named twice
    """
    names: list[str] = list(plan["names"]) if plan["subject"] == plan["source"] else [plan["subject"]]
    asked = list(options.get("members") or ())
    for number, name in enumerate(asked):
        if name not in names or name in asked[:number]:
            raise InvalidInput(f"trove_members[{number}]", name, names, rule="Each is named once." if name in names else "")
    return [name for name in names if name in asked] if asked else names


def promotes(plan: Data, options: Data) -> str | None:
    """The name of the replica that takes the place of the source before its turn; None where that was not asked for, or was done to the end of its task.

    :raises InvalidInput: for one that is no replica of it, and with a part of the members
    """
    given, members = options.get(promoting.OPTION), options.get("members")
    if given and members:
        rule = f"With {_OPTION} all are upgraded, so that the source follows one that is as new as itself."
        raise InvalidInput("trove_members", list(members), f"nothing with {_OPTION}", rule=rule)
    return promoting.candidate(plan, given)


def sources(hosts: Sequence[Data], instances: Sequence[Data]) -> dict[str, str | None]:
    """By name the source that each instance replicates from by its contract, the first one where there are more; None where it has none."""
    names = {one["id"]: one["name"] for one in instances}
    found: dict[str, str | None] = {}
    for host in hosts:
        above = (host["trove_instance"].get("replication_contract") or {}).get("replicates_from") or [None]
        found[host["name"]] = names.get(above[0], above[0])
    return found


def text(plan: Data) -> str:
    """What is said of the source's turn."""
    source = plan["source"]
    if plan["promotes"]:
        return f"~ promote {plan['promotes']}: it takes the place of {plan['subject']} before that one's turn, which is its replica then\n"
    if source not in plan["rolled"]:
        return ""
    way = f"; {_OPTION} puts an upgraded replica in its place before" if len(plan["names"]) > 1 else ""
    return f"! nobody can write to {source} while its server is upgraded, which is the last turn{way}\n"


def took_over(plan: Data, words: Mapping[str, Data]) -> bool:
    """Whether the candidate follows nobody and takes writes, by its own word: the contracts are to say so then.

    :param words: after the last turn
    """
    said = (words.get(plan.get("promotes") or "") or {}).get("said") or {}
    shown = said.get("replication") or {}
    return bool(shown.get("reachable")) and not shown["source"] and not shown["read_only"]
