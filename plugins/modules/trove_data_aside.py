#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_data_aside
short_description: Delete the data that were set aside while a member was initialized
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - When a member is initialized, its old data stay in its data directory, in C(.stackdb-trove-aside.sst). This deletes them.
  - That the member serves with all data of the others is asked by the playbook C(stackdb.trove.cluster_initialize), before.
  - Data of which it is not known that they were set aside in full are left. Runs on the guest, as root.
options:
  directory:
    description: The data directory.
    type: path
    required: true
extends_documentation_fragment:
  - stackdb.trove.cloud.attributes
"""

EXAMPLES = r"""
- name: Delete the old data
  become: true
  stackdb.trove.trove_data_aside:
    directory: /var/lib/mysql
"""

RETURN = r"""
set_aside_by:
  description: The run and verb by which the data that were deleted had been set aside; V(none) where there were none.
  returned: success
  type: str
"""

from collections.abc import Mapping
from typing import Any

from ..module_utils._guest import aside
from ..module_utils._module import guest


def act(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """The module's result."""
    found = aside.by(params["directory"]) or None
    if found and not check_mode:
        aside.delete(params["directory"])
    return {"changed": bool(found), "set_aside_by": found}


def main() -> None:
    guest.run(act, {"directory": {"type": "path", "required": True}})


if __name__ == "__main__":
    main()
