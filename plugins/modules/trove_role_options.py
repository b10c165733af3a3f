#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_role_options
short_description: Read the options of the role that this task belongs to
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - Takes the role's C(meta/argument_specs.yml) and the variables of its options, and returns them typed, so that text as C(-e) and surveys give it becomes
    what the spec says. Empty text and null are not given.
  - What this run does not give is what the members keep of earlier runs (M(stackdb.trove.trove_kept_options)), and else the spec's default.
  - Returns what follows from them for the host and its datastore, too, such as the address, the ports to close, and the sizes by memory. So facts have to
    be gathered before.
  - Refused, naming option and values, are a value that the members keep otherwise, in a playbook that is not there to change it; and members that keep
    different values, where none is given. So are members that are not those of the play's other hosts, or have not this host among them.
options:
  kept:
    description: The variable in which M(stackdb.trove.trove_kept_options) was registered on every member.
    type: str
  keeps:
    description: The options that members keep, without the role's prefix.
    type: list
    elements: str
    default: []
  fixed:
    description: Those of O(keeps) that cannot be changed once members have them.
    type: list
    elements: str
    default: []
  of_verbs:
    description: Those of O(keeps) that verbs set, and no user, so that every verb may change them.
    type: list
    elements: str
    default: []
  known:
    description:
      - What the cloud says of the host, by option without the role's prefix, such as the datastore. It counts as given, unless this run gives another value.
      - For options with choices. A default of the role for hosts that no cloud knows would count as given, and empty text is none of the choices.
    type: dict
    default: {}
  shared:
    description: Whether all members keep the same. If not, each keeps its own, and a new one takes what the one that the role's option C(source) names keeps.
    type: bool
    default: true
  guarded:
    description:
      - The members that the first host of the play names, as M(stackdb.trove.trove_guard) returns them. A host that names others is refused, since what is done
        once in a play is done for one cluster.
    type: list
    elements: str
    default: []
    version_added: 1.3.0
extends_documentation_fragment:
  - stackdb.trove.cloud.info
attributes:
  action:
    description: Runs on the controller.
    support: full
"""

EXAMPLES = r"""
- name: Read the options
  stackdb.trove.trove_role_options:
    kept: __galera_kept
    keeps: [settings, firewall]
  register: __galera
"""

RETURN = r"""
options:
  description: The value of every option, without the role's prefix.
  returned: success
  type: dict
members:
  description: The inventory names of the members. Where none were named, all hosts of the play.
  returned: success
  type: list
  elements: str
named:
  description: Whether the members were named.
  returned: success
  type: bool
keep:
  description: What the members have to keep, by the names of the role's variables.
  returned: success
  type: dict
secret:
  description: Whether an option in RV(keep) is secret.
  returned: success
  type: bool
holder:
  description: The first member that has all passwords of the cluster (M(stackdb.trove.trove_kept_options)); none where no member has.
  returned: success
  type: str
member:
  description: >-
    How other members know this host: its C(name) in the inventory, its C(address) (the option's, else the one of the default route), its C(port) where the
    role has that option, and C(host), its hypervisor.
  returned: success
  type: dict
  sample: {name: db1, address: 10.0.0.11, port: 6379, host: compute-1}
number:
  description: The member's address as a number of 32 bits, of IPv4 as it stands, else of its hash.
  returned: success
  type: int
  sample: 167772171
ports:
  description: The datastore's ports, those of C(client)s and those that only members use (C(member)), each C(protocol) and C(ports), one port or a range.
  returned: success
  type: dict
  sample: {client: [{protocol: tcp, ports: "3306"}], member: [{protocol: tcp, ports: 4567-4568}]}
sizes:
  description: The server's settings that follow from the memory and the CPUs of the host.
  returned: success
  type: dict
  sample: {innodb_buffer_pool_size: 1024M, max_connections: 256}
may_change:
  description: Whether this run may change what the members keep. Passwords and keys are not kept with the rest, so the role compares these itself.
  returned: success
  type: bool
changes:
  description: The names of the variables that some member keeps otherwise.
  returned: success
  type: list
  elements: str
"""
