#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_firewall
short_description: Close a datastore's ports to all but its members and clients
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - A table of nftables of its own, C(stackdb_trove_<name>); other tables, and ports that are not named, are not touched. Both versions of IP are filtered.
  - Each run compares the table in the kernel with what is asked for, so that a table that was flushed or changed is loaded again.
  - The rules are checked by C(nft --check) before they are loaded, and loaded in one transaction. At any moment the old table or the new one filters.
  - A unit loads them at boot, before the network is up. Where C(nftables.service) is started, reloaded, restarted or stopped, which flushes all tables,
    they are loaded again right after, by a drop-in of that service; for the milliseconds between the two the ports are open. What is flushed by hand stays
    flushed until the next run.
  - A client that is not allowed any more loses the connections that it has.
  - Runs on the guest, as root.
options:
  name:
    description: The last part of the table's name.
    type: str
    required: true
  state:
    description: V(present) closes the ports. V(absent) removes the table, its unit and its files.
    type: str
    choices: [present, absent]
    default: present
  ports:
    description: The ports, as M(stackdb.trove.trove_role_options) returns them.
    type: dict
    suboptions:
      client:
        description: Those for members and clients. Each has C(protocol) and C(ports), one port or a range.
        type: list
        elements: dict
        default: []
      member:
        description: Those for members alone.
        type: list
        elements: dict
        default: []
  members:
    description: The addresses of the members.
    type: list
    elements: str
    default: []
  clients:
    description:
      - Addresses (IPv4 or IPv6), networks (CIDR) or host names of the clients.
      - A name is resolved on the guest in each run, to all its addresses of both versions of IP; one that cannot be resolved is refused, and nothing is
        changed. An address that a name gets later needs another run.
    type: list
    elements: str
    default: []
  option:
    description: What a message calls O(clients), for roles.
    type: str
    default: clients
extends_documentation_fragment:
  - stackdb.trove.cloud.attributes
"""

EXAMPLES = r"""
- name: Close the ports to all but members and clients
  become: true
  stackdb.trove.trove_firewall:
    name: galera
    ports:
      client: [{protocol: tcp, ports: "3306"}]
      member: [{protocol: tcp, ports: 4567-4568}]
    members: [10.0.0.11, 2001:db8::11]
    clients: [10.1.0.0/16, app.example.org]

- name: Open them again
  become: true
  stackdb.trove.trove_firewall:
    name: galera
    state: absent
"""

RETURN = r"""
reasons:
  description: Why something was changed, or would be, a sentence each.
  returned: success
  type: list
  elements: str
  sample: ["table inet stackdb_trove_galera: it is not loaded"]
sources:
  description: The addresses and networks of O(members) and O(clients), with those of names.
  returned: when O(state=present)
  type: dict
  sample: {members: [10.0.0.11/32], clients: [10.1.0.0/16]}
"""

from collections.abc import Mapping
from typing import Any

from ..module_utils._guest import firewall, text_file
from ..module_utils._guest.command import GuestError
from ..module_utils._guest.systemd import Unit
from ..module_utils._model import firewall as rules
from ..module_utils._model.errors import InvalidInput
from ..module_utils._module import guest


def act(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """The module's result."""
    if not params["name"].replace("_", "").isalnum() or not params["name"].isascii():
        raise InvalidInput("name", params["name"], "letters, digits and _")
    wall = firewall.Firewall(params["name"])
    if params["state"] == "absent":
        # looked at, since a later run may switch it on
        firewall.networks(params["option"], params["clients"], resolve=False)
        return open_ports(wall, check_mode)
    return close_ports(wall, params, check_mode)


def close_ports(wall: firewall.Firewall, params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    members = firewall.networks("members", params["members"])
    clients = firewall.networks(params["option"], params["clients"])
    groups = [*ports(params, "client", (*members, *clients)), *ports(params, "member", tuple(members))]
    text, before = rules.render(wall.name, groups), text_file.text(wall.rules)
    outdated = [path for path, wanted in wall.unit_files().items() if text_file.text(path) != wanted]
    unit = Unit(wall.unit)
    reasons = [
        *_compared(wall, groups),
        *([f"{wall.rules}: it has other rules"] if before != text else []),
        *(f"{path}: it is not there, or another one" for path in outdated),
        *([] if outdated or _serves(unit) else [f"{wall.unit}: it is not enabled and active"]),
    ]
    if reasons and wall.nft is not None:
        wall.check(text)
    if reasons and not check_mode:
        wall.load(text)
        wall.write_units()
        unit.reload_files()
        unit.enable()
        unit.start()
        _refuse_unless([*_compared(wall, groups)])
    return {
        "changed": bool(reasons),
        "reasons": reasons,
        "sources": {"members": [str(one) for one in members], "clients": [str(one) for one in clients]},
        "diff": {"before": before or "", "after": text, "before_header": wall.rules, "after_header": wall.rules},
    }


def open_ports(wall: firewall.Firewall, check_mode: bool) -> dict[str, Any]:
    files, before = wall.files(), text_file.text(wall.rules)
    reasons = [*(f"{path}: it is there" for path in files), *([f"table inet {rules.table(wall.name)}: it is loaded"] if wall.live() else [])]
    if reasons and not check_mode:
        if wall.unit_file in files:
            Unit(wall.unit).disable()
        wall.remove_files()
        Unit(wall.unit).reload_files()
        if wall.live() is not None:
            wall.delete()
    diff = {"before": before or "", "after": "", "before_header": wall.rules, "after_header": wall.rules}
    return {"changed": bool(reasons), "reasons": reasons, "diff": diff}


def ports(params: Mapping[str, Any], who: str, sources: tuple[rules.Network, ...]) -> list[rules.Ports]:
    """:raises InvalidInput: for ports that are none"""
    found = []
    for number, one in enumerate((params["ports"] or {}).get(who) or []):
        first, _dash, last = str(one.get("ports")).partition("-")
        inside = first.isdigit() and (last or first).isdigit() and 0 < int(first) <= int(last or first) < 65536
        if not inside or one.get("protocol") not in ("tcp", "udp"):
            raise InvalidInput(f"ports.{who}[{number}]", one, "protocol tcp or udp, and ports from 1 to 65535, one or first and last with - between them")
        found.append(rules.Ports(one["protocol"], int(first), int(last or first), sources))
    return found


def _compared(wall: firewall.Firewall, groups: list[rules.Ports]) -> list[str]:
    live, name = wall.live(), f"table inet {rules.table(wall.name)}"
    if live is None:
        return [f"{name}: it is not loaded"]
    return [] if rules.listed(live) == rules.wanted(groups) else [f"{name}: it has other rules"]


def _serves(unit: Unit) -> bool:
    seen = unit.show()
    return seen["enabled"] and seen["state"] == "active" and not seen["outdated"]


def _refuse_unless(reasons: list[str]) -> None:
    if reasons:
        raise GuestError(f"{'; '.join(reasons)}, though it was loaded without an error: another program changes nftables at the same time.")


def main() -> None:
    texts = {"type": "list", "elements": "str", "default": []}
    dicts = {"type": "list", "elements": "dict", "default": []}
    guest.run(
        act,
        {
            "name": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "ports": {"type": "dict", "options": {"client": dicts, "member": dicts}},
            "members": texts,
            "clients": texts,
            "option": {"type": "str", "default": "clients"},
        },
    )


if __name__ == "__main__":
    main()
