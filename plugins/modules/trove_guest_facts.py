#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_guest_facts
short_description: Read the facts of a guest that roles go by
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - Returns some of the facts of M(ansible.builtin.setup), under its names. That one asks LVM, PCI and every disk for the size of the memory, which takes a
    second on each guest, in every run.
  - With O(role) it returns what M(stackdb.trove.trove_kept_options) reads, too.
  - Runs on the guest, with O(role) as root. It only reads.
options:
  role:
    description: The role whose kept options are read, by its short name. Without it none are.
    type: str
  passwords:
    description: The names of the passwords that a member has, when it has joined. Only whether they are there is read.
    type: list
    elements: str
    default: []
  supported:
    description:
      - By OS family, the distributions that are supported. Of a guest of another one RV(unsupported) says so.
      - It is no failure of this module, since its result may be secret, and the reason is not.
    version_added: 1.1.0
    type: dict
extends_documentation_fragment:
  - stackdb.trove.cloud.info
seealso:
  - module: ansible.builtin.setup
  - module: stackdb.trove.trove_kept_options
"""

EXAMPLES = r"""
- name: Read the memory and the address of the guest
  stackdb.trove.trove_guest_facts:

- name: Show them
  ansible.builtin.debug:
    msg: "{{ ansible_facts['memtotal_mb'] }} MiB at {{ ansible_facts['default_ipv4']['address'] }}"
"""

RETURN = r"""
ansible_facts:
  description: The facts.
  returned: success
  type: dict
  contains:
    distribution:
      description: The name of the distribution.
      type: str
      sample: Debian
    distribution_version:
      description: Its version.
      type: str
      sample: "12.8"
    os_family:
      description: The distribution that it derives from, as Ansible groups them.
      type: str
      sample: Debian
    memtotal_mb:
      description: The memory in MiB.
      type: int
    processor_vcpus:
      description: The number of CPUs.
      type: int
    default_ipv4:
      description: C(address), that of the default route of IPv4; empty where there is none.
      type: dict
      sample: {address: 10.0.0.5}
    default_ipv6:
      description: The same of IPv6.
      type: dict
unsupported:
  description: Why the guest is refused, with what it runs and what is supported; empty where it is not.
  returned: when O(supported) is given
  type: str
  sample: "This host runs Ubuntu 24.04, of the OS family Debian; supported: Debian."
options:
  description: What the member keeps, by the names of the role's variables; empty before the first run.
  returned: when O(role) is given
  type: dict
private:
  description: Whether nobody but root may read the file. So it is of one that is not there.
  returned: when O(role) is given
  type: bool
passwords:
  description: Whether the member has all of O(passwords); V(false) where none are named.
  returned: when O(role) is given
  type: bool
"""

from collections.abc import Mapping
from typing import Any

from ..module_utils._guest import facts, kept_options
from ..module_utils._module import guest


def look(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """The module's result."""
    seen = facts.look()
    kept = kept_options.look(params["role"], params["passwords"]) if params["role"] else {}
    reason = {} if params["supported"] is None else {"unsupported": facts.unsupported(seen, params["supported"])}
    return {"changed": False, "ansible_facts": seen, **reason, **kept}


def main() -> None:
    passwords = {"type": "list", "elements": "str", "default": [], "no_log": False}
    guest.run(look, {"role": {"type": "str"}, "passwords": passwords, "supported": {"type": "dict"}})


if __name__ == "__main__":
    main()
