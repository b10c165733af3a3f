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

from ..module_utils._guest import firewall_access, text_file
from ..module_utils._guest.command import GuestError
from ..module_utils._guest.firewall import Firewall
from ..module_utils._guest.firewall_access import Access
from ..module_utils._guest.systemd import Unit
from ..module_utils._module import guest


def act(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """The module's result."""
    wall, access = firewall_access.of(params)
    before, reasons = text_file.text(wall.rules), firewall_access.reasons(wall, access)
    if access is None:
        if reasons and not check_mode:
            open_ports(wall)
    elif reasons:
        close_ports(wall, access, check_mode)
    after = access.text if access else ""
    return {
        "changed": bool(reasons),
        "reasons": reasons,
        **({"sources": {"members": [str(one) for one in access.members], "clients": [str(one) for one in access.clients]}} if access else {}),
        "diff": {"before": before or "", "after": after, "before_header": wall.rules, "after_header": wall.rules},
    }


def close_ports(wall: Firewall, access: Access, check_mode: bool) -> None:
    if wall.nft is not None:
        wall.check(access.text)
    if check_mode:
        return
    unit = Unit(wall.unit)
    wall.load(access.text)
    wall.write_units()
    unit.reload_files()
    unit.enable()
    unit.start()
    left = firewall_access.compared(wall, access)
    if left:
        raise GuestError(f"{'; '.join(left)}, though it was loaded without an error: another program changes nftables at the same time.")


def open_ports(wall: Firewall) -> None:
    if wall.unit_file in wall.files():
        Unit(wall.unit).disable()
    wall.remove_files()
    Unit(wall.unit).reload_files()
    if wall.live() is not None:
        wall.delete()


def main() -> None:
    guest.run(act, firewall_access.SPEC)


if __name__ == "__main__":
    main()
