# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Members whose data are set aside while they get all of them again from the others. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .datastore import FileSystem
from .errors import InvalidInput

VERB = "cluster_initialize"
#: what a plan says of its data
RISK = "what is on its volume is set aside, and deleted when all members serve"
INITIALIZING = "INITIALIZING_MEMBERS"
#: more than what is used now, since clients write meanwhile
_MARGIN = 1.1


def asked(names: Sequence[str], options: Mapping[str, Any]) -> list[str]:
    """Who is initialized: the members that were named, or all but the one that is asked to keep its data.

    :raises InvalidInput: where neither was given, or both; for names that no member has; and where nobody else would have the data
    """
    members, keep = list(options.get("members") or ()), options.get("keep")
    if bool(members) == bool(keep):
        allowed = "the names of members to initialize, or trove_keep, the name of the one that keeps its data; one of both"
        raise InvalidInput("members", members or None, allowed)
    for option, name in [("keep", keep)] if keep else [(f"members[{number}]", name) for number, name in enumerate(members)]:
        if name not in names or members.count(name) > 1:
            raise InvalidInput(option, name, list(names), rule="Each is named once." if name in names else "")
    found = members or [name for name in names if name != keep]
    if len(names) < 2 or not found:
        raise InvalidInput("members", found, "members of a cluster that has others", rule="It is the only one that has the data.")
    return found


def check_volumes(rolled: Sequence[str], instances: Sequence[Mapping[str, Any]]) -> None:
    """
    :param rolled: who is initialized
    :param instances: all members, as a cluster shows them
    :raises InvalidInput: for a snapshot of members that have no data volume
    """
    without = [one["name"] for one in instances if one["name"] in rolled and not one["volume"]]
    if without:
        raise InvalidInput("snapshot", True, f"false, since {', '.join(without)} has no data volume")


def too_little_room(names: Sequence[str], systems: Mapping[str, FileSystem | None], from_others: bool) -> list[str]:
    """Where the data that are set aside and those that come do not fit on one file system: sentences.

    :param names: who is initialized
    :param systems: of all members; None where it is not known
    :param from_others: whether as much comes as another one uses; else as much as the own data are
    """
    found = []
    for name in names:
        own = systems.get(name)
        sources = [system for other, system in systems.items() if system and (other != name if from_others else other == name)]
        if own is None or not sources:
            found.append(f"how much room there is for a second copy of the data on {name} is not known")
            continue
        needed, free = round(_MARGIN * max(source["used"] for source in sources), 2), round(own["size"] - own["used"], 2)
        if free < needed:
            found.append(
                f"{name} has {free} GiB free of {own['size']}, and {needed} GiB are needed for the data beside those that are set aside; create the volume"
                " larger first, or replace the member"
            )
    return found
