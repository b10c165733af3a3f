# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may reach a datastore's ports on the host: what is asked for, and in what the host has it otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._model import firewall as rules
from .._model.errors import InvalidInput
from . import firewall, text_file
from .systemd import Unit

_TEXTS = {"type": "list", "elements": "str", "default": []}
_DICTS = {"type": "list", "elements": "dict", "default": []}
#: how modules are given it
SPEC = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "ports": {"type": "dict", "options": {"client": _DICTS, "member": _DICTS}},
    "members": _TEXTS,
    "clients": _TEXTS,
    "option": {"type": "str", "default": "clients"},
}


@dataclass(frozen=True)
class Access:
    """:param groups: the ports with who may reach them; :param text: the script that says so to nft"""

    members: list[rules.Network]
    clients: list[rules.Network]
    groups: list[rules.Ports]
    text: str


def of(params: Mapping[str, Any]) -> tuple[firewall.Firewall, Access | None]:
    """The table, and what shall be in it; None where it shall not be there.

    :param params: as `SPEC` has them
    :raises InvalidInput: for a name, ports or clients that are none; clients are looked at in either case, since a later run may close the ports
    """
    if not params["name"].replace("_", "").isalnum() or not params["name"].isascii():
        raise InvalidInput("name", params["name"], "letters, digits and _")
    wall = firewall.Firewall(params["name"])
    if params["state"] == "absent":
        firewall.networks(params["option"], params["clients"], resolve=False)
        return wall, None
    members = firewall.networks("members", params["members"])
    clients = firewall.networks(params["option"], params["clients"])
    groups = [*_ports(params, "client", (*members, *clients)), *_ports(params, "member", tuple(members))]
    return wall, Access(members, clients, groups, rules.render(wall.name, groups))


def reasons(wall: firewall.Firewall, access: Access | None) -> list[str]:
    """Why something has to be changed, a sentence each."""
    if access is None:
        loaded = [f"table inet {rules.table(wall.name)}: it is loaded"] if wall.live() else []
        return [*(f"{path}: it is there" for path in wall.files()), *loaded]
    outdated = [path for path, wanted in wall.unit_files().items() if text_file.text(path) != wanted]
    return [
        *compared(wall, access),
        *([f"{wall.rules}: it has other rules"] if text_file.text(wall.rules) != access.text else []),
        *(f"{path}: it is not there, or another one" for path in outdated),
        *([] if outdated or _serves(Unit(wall.unit)) else [f"{wall.unit}: it is not enabled and active"]),
    ]


def compared(wall: firewall.Firewall, access: Access) -> list[str]:
    """Why the table in the kernel is not what is asked for; empty where it is."""
    live, name = wall.live(), f"table inet {rules.table(wall.name)}"
    if live is None:
        return [f"{name}: it is not loaded"]
    return [] if rules.listed(live) == rules.wanted(access.groups) else [f"{name}: it has other rules"]


def _serves(unit: Unit) -> bool:
    seen = unit.show()
    return seen["enabled"] and seen["state"] == "active" and not seen["outdated"]


def _ports(params: Mapping[str, Any], who: str, sources: tuple[rules.Network, ...]) -> list[rules.Ports]:
    found = []
    for number, one in enumerate((params["ports"] or {}).get(who) or []):
        first, _dash, last = str(one.get("ports")).partition("-")
        inside = first.isdigit() and (last or first).isdigit() and 0 < int(first) <= int(last or first) < 65536
        if not inside or one.get("protocol") not in ("tcp", "udp"):
            raise InvalidInput(f"ports.{who}[{number}]", one, "protocol tcp or udp, and ports from 1 to 65535, one or first and last with - between them")
        found.append(rules.Ports(one["protocol"], int(first), int(last or first), sources))
    return found
