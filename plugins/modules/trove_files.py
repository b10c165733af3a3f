#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_files
short_description: Write several text files in one task
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - Does for a list of small files what M(ansible.builtin.template), M(ansible.builtin.file) and a task each would do. Every task costs a start of Python on
    every guest, which is most of the time of a run that has nothing to do.
  - The files belong to root. A directory above them that is missing is created with the mode 0755. No secrets, since differences are shown.
  - Runs on the guest, as root.
options:
  files:
    description: The files, in the order in which they are written.
    type: list
    elements: dict
    required: true
    suboptions:
      path:
        description: Its absolute path.
        type: path
        required: true
      content:
        description: The text that it has to hold. Without it the file is deleted.
        type: str
      mode:
        description: Its permissions, four digits.
        type: str
        default: "0644"
extends_documentation_fragment:
  - stackdb.trove.cloud.attributes
"""

EXAMPLES = r"""
- name: Keep needrestart from restarting the database
  become: true
  stackdb.trove.trove_files:
    files:
      - path: /etc/needrestart/conf.d/database.conf
        content: "{{ lookup('ansible.builtin.template', 'needrestart.conf.j2') }}"
      - path: /etc/apt/preferences.d/former
"""

RETURN = r"""
written:
  description: The paths of those that were written or deleted, or would be in check mode.
  returned: success
  type: list
  elements: str
"""

from collections.abc import Mapping
from typing import Any

from ..module_utils._guest import files
from ..module_utils._module import guest


def act(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """The module's result."""
    wanted = [files.of(one) for one in params["files"]]
    found = {one.path: files.look(one.path) for one in wanted}
    due = [one for one in wanted if not files.is_right(one, found[one.path])]
    for one in () if check_mode else due:
        files.put(one)
    return {"changed": bool(due), "written": [one.path for one in due], "diff": [_difference(one, found[one.path]) for one in due]}


def _difference(wanted: files.File, found: files.Found) -> dict[str, str]:
    """As Ansible shows it; the modes stand in the headers where they are different."""
    differ = wanted.content is not None and found.mode != wanted.mode
    before, after = (f"{wanted.path} ({mode or 0:04o})" if differ else wanted.path for mode in (found.mode, wanted.mode))
    return {"before": found.content or "", "after": wanted.content or "", "before_header": before, "after_header": after}


def main() -> None:
    guest.run(act, {"files": {"type": "list", "elements": "dict", "required": True, "options": files.SPEC}})


if __name__ == "__main__":
    main()
