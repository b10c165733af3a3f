#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_kept_options
short_description: Read or write what a member keeps of what was asked for
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - Every member of a cluster keeps the options of its role that matter later, such as settings, TLS and firewall, in C(/etc/stackdb-trove/<role>.json), for
    root alone. A run that does not give an option goes by it.
  - Without O(options) it only reads. Runs on the guest, as root.
  - Passwords and keys are not among them; they have files of their own, C(/etc/stackdb-trove/<name>.password).
options:
  role:
    description: The role, by its short name.
    type: str
    required: true
  options:
    description: What the member has to keep, by the names of the role's variables. It replaces what is there.
    type: dict
  passwords:
    description: The names of the passwords that a member has, when it has joined. Only whether they are there is read.
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - stackdb.trove.cloud.attributes
seealso:
  - module: stackdb.trove.trove_role_options
"""

EXAMPLES = r"""
- name: Read what was asked for
  become: true
  stackdb.trove.trove_kept_options:
    role: galera
  register: kept
"""

RETURN = r"""
options:
  description: What the member keeps, by the names of the role's variables; empty before the first run.
  returned: when O(options) was not given
  type: dict
  sample: {galera_firewall: true, galera_settings: {max_connections: 500}}
private:
  description: Whether nobody but root may read the file. So it is of one that is not there.
  returned: when O(options) was not given
  type: bool
passwords:
  description: Whether the member has all of O(passwords); V(false) where none are named.
  returned: when O(options) was not given
  type: bool
written:
  description: The names of the options that were kept otherwise, or not at all.
  returned: when O(options) was given
  type: list
  elements: str
"""

from collections.abc import Mapping
from typing import Any

from ..module_utils._guest import kept_options
from ..module_utils._module import guest


def act(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """The module's result."""
    role, wanted = params["role"], params["options"]
    if wanted is None:
        return {"changed": False, **kept_options.look(role, params["passwords"])}
    file = kept_options.of_role(role)
    kept = kept_options.read(file)
    written = sorted(name for name in {*kept, *wanted} if name not in kept or name not in wanted or kept[name] != wanted[name])
    changed = bool(written) or not kept_options.is_private(file)
    if changed and not check_mode:
        kept_options.write(file, wanted)
    before, after = ({name: options[name] for name in written if name in options} for options in (kept, wanted))
    return {"changed": changed, "written": written, "diff": {"before": before, "after": after, "before_header": file, "after_header": file}}


def main() -> None:
    passwords = {"type": "list", "elements": "str", "default": [], "no_log": False}
    guest.run(act, {"role": {"type": "str", "required": True}, "options": {"type": "dict"}, "passwords": passwords})


if __name__ == "__main__":
    main()
