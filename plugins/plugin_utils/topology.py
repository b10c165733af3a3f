# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The changes of a replication topology, as trove_replica returns them, as batches of the role's entry points, and in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..module_utils._model.errors import Refused

Change = Mapping[str, Any]

#: what a change may cost
_RISKS = {
    "promote": "no client can write for a moment, and clients of the old source are disconnected",
    "one_writer": "the others take no writes from then on, and clients of all are disconnected",
    "detach": "takes writes of its own from then on, with which it cannot be attached again",
    "ring": "two members may write the same row, which stops a link or leaves them different; the loss of one link stops all that comes after it; clients of a"
    " member are disconnected where its settings change",
    "attach": "who follows a replica receives nothing while that one is down, and has to be attached again when it is lost",
}


def batches(changes: Iterable[Change]) -> list[dict[str, Any]]:
    """A batch for each: its members act, and the role is told who it is about."""
    return [
        {
            "number": number,
            "entry_point": change["verb"],
            "names": change["members"],
            "members": change["members"],
            "source": change["source"],
            "subjects": change["names"],
            "chain": change["chain"],
            "ring": change["ring"],
        }
        for number, change in enumerate(changes, 1)
    ]


def joining(changes: Iterable[Change]) -> list[str]:
    """Who need not serve before: whose link is about to be created, or repaired."""
    return list(dict.fromkeys(name for change in changes if change["verb"] in ("attach", "ring", "one_writer") for name in _links_of(change)))


def _links_of(change: Change) -> list[str]:
    """Whose link is changed by it."""
    found: list[str] = change["members"] if change["verb"] == "one_writer" else change["names"]
    return found


def check_ejected(subject: str, hosts: Iterable[Mapping[str, Any]]) -> None:
    """:raises Refused: for a replica, which has no place that another could take; its own replicas would be left with the contract of another source"""
    for instance in [host["trove_instance"] for host in hosts if host["name"] == subject]:
        contract = instance.get("replication_contract") or {}
        if all(contract.get(word) for word in ("replicates_from", "replicates_to", "writable")):
            raise Refused(
                f"{subject} is part of a ring, in which each takes writes and none has to take over. One that is down is started again, and the contracts of"
                " the ring given to stackdb.trove.replica_topology once more. Where it is lost for good, delete its server, and name one of the others as"
                " the source of the rest by contracts."
            )
        if contract.get("replicates_from"):
            raise Refused(
                f"{subject} is a replica, and only a source is ejected. Where it has replicas that shall replicate on, start it again; where it is lost, delete"
                " its server, and let each of them leave by stackdb.trove.replica_detach and return by stackdb.trove.replica_attach."
            )


def text(changes: Iterable[Change]) -> str:
    """A line for each, for the plan that people read."""
    return "".join(_line(change) for change in changes)


def _line(change: Change) -> str:
    names = ", ".join(change["names"])
    if change["verb"] == "ring":
        around = " -> ".join([*change["names"], change["names"][0]])
        return f"~ ring {around}: each takes writes; nothing changes where its links run (risk: {_RISKS['ring']})\n"
    if change["verb"] == "attach":
        risk = f" (risk: {_RISKS['attach']})" if change["chain"] else ""
        return f"~ attach {names}: to {change['source']}; nothing changes where they replicate from it{risk}\n"
    return f"~ {change['verb']} {names}: by the contract (risk: {_RISKS[change['verb']]})\n"
