# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role has to know of the contracts when a source and its replicas are recovered: by names, since Trove's are by ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..module_utils._model.errors import InvalidInput, Refused

VERB = "replica_recover"
#: tasks in which another one begins to take writes, and what goes on with each. How far it came the databases say, not the contracts, by which a recovery
#: would fence the new source and open the old one, or fence a replica that was let go
_MOVES = {
    "PROMOTING": "stackdb.trove.replica_promote, or the verb that has promoted first (instance_resize)",
    "UPGRADING": "stackdb.trove.instance_upgrade, with trove_promote_first where it was given",
    "EJECTING": "stackdb.trove.replica_eject",
    "REARRANGING": "stackdb.trove.replica_topology",
    "DETACHING": "stackdb.trove.replica_detach",
}


def check_moves(instances: Sequence[Mapping[str, Any]], clear_task: bool) -> None:
    """
    :param clear_task: whether what has not ended is given up
    :raises Refused: where another one was to take writes, naming the verb that goes on with that
    """
    for one in instances:
        running = one["task"]["name"]
        if running in _MOVES and not clear_task:
            raise Refused(
                f"The task of {one['name']} is '{running}': another instance was to take writes, and the contracts do not say yet how far that came."
                f" Run the verb that began it again to go on with it ({_MOVES[running]}), or give it up with trove_clear_task=true: then the contracts count.",
                task=one["task"],
            )


def contracts(hosts: Sequence[Mapping[str, Any]], instances: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """``{name: {source: name, its id where that is gone, or None, writable: bool}}`` of all hosts.

    :raises Refused: for one with more than one source, of which the databases' links know one
    """
    names = {one["id"]: one["name"] for one in instances}
    found = {}
    for host in hosts:
        own = host["trove_instance"].get("replication_contract") or {}
        sources = own.get("replicates_from") or []
        if len(sources) > 1:
            said = ", ".join(names.get(one, one) for one in sources)
            raise Refused(f"{host['name']} replicates from {said} by its contract, and a link to one source is all that can be recovered.")
        found[host["name"]] = {"source": names.get(sources[0], sources[0]) if sources else None, "writable": bool(own.get("writable", True))}
    return found


def refilled(names: Sequence[str], given: object) -> list[str]:
    """Those whose data are given up by name, each once.

    :raises InvalidInput: for a name that no instance here has
    """
    asked = list(dict.fromkeys(given if isinstance(given, list) else []))
    for number, name in enumerate(asked):
        if name not in names:
            raise InvalidInput(f"trove_refill[{number}]", name, list(names))
    return asked
