# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  nodes:
    description: All nodes of the cluster, in the order in which slots are given.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: The member's name.
        type: str
        required: true
      address:
        description: The address by which this module, and the other members, reach it.
        type: str
        required: true
      port:
        description: The port for clients; the TLS port where O(tls=true).
        type: int
        default: 6379
      host:
        description: What tells members on one hypervisor from those on others, such as Nova's C(hostId).
        type: str
  username:
    description: The ACL user. Without it the password is the default user's.
    type: str
  password:
    description: The password. Nodes give it to each other when keys move, too.
    type: str
  tls:
    description: Whether to speak TLS. Certificates are always verified, and have to name the nodes' addresses.
    type: bool
    default: true
  ca_cert:
    description: The CA that signed the nodes' certificates. Without it the system's CAs are used.
    type: path
  client_cert:
    description: A certificate to show to the nodes.
    type: path
  client_key:
    description: The key of O(client_cert).
    type: path
requirements:
  - redis >= 4.3 (Python library), where the module runs
"""
