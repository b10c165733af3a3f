# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The addresses by which Ansible reaches the members of a plan."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from ..module_utils._model.errors import Refused

#: plain data, as it goes through Ansible
Data = Mapping[str, Any]


def reached(hosts: Iterable[Data], known: Mapping[str, str | None], choice: str | None) -> tuple[list[dict[str, Any]], list[str]]:
    """The hosts with the address by which Ansible reaches them, `ansible_host`, or without one; and the names of those without the floating one.

    :param known: ``{name: ansible_host or None}`` of the hosts that the inventory has: its choice counts, unless there is one for this run
    :param choice: ``fixed``, ``floating`` or ``none``; None where nothing was said
    """
    found, missing = [], []
    for host in hosts:
        name, addresses = host["name"], host.get("addresses") or {}
        address = addresses.get(choice or "fixed") if choice or name not in known else known[name]
        if choice == "floating" and not address:
            missing.append(name)
        found.append({**{key: value for key, value in host.items() if key != "ansible_host"}, **({"ansible_host": address} if address else {})})
    return found, missing


def without_floating(plan: Data, missing: Collection[str]) -> list[str]:
    """Warnings of those that shall be reached by a floating address and have none.

    :raises Refused: where the run would wait for one of them by ssh, which ends in nothing
    """
    needed = [name for name in missing if plan["waits"] and name in plan["names"] and name not in plan["excused"]]
    if needed:
        raise Refused(
            f"trove_address is floating, and there is no floating address of {', '.join(needed)}: associate one with each of these servers, and run the same"
            " again, which goes on from here. Or give trove_address=fixed.",
            missing=needed,
        )
    return [f"{name} has no floating address: associate one with its server, and run it again." for name in missing]
