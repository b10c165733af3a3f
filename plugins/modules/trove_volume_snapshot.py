#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_volume_snapshot
short_description: Have Cinder create a snapshot of the data volume of a cluster's member
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - The snapshot holds what is on the volume at one moment while the server runs, as after a power cut. MariaDB and Redis recover from it as they do then.
  - One of that name that is there already is taken for it. Only the user deletes it, and a cluster whose volume has one is not deleted.
options:
  name:
    description: Name of the cluster. Required unless O(id) is given.
    type: str
  id:
    description: The cluster's id, where two clusters came to have the same name.
    type: str
  member:
    description: Name of the member.
    type: str
    required: true
  snapshot:
    description: Name of the snapshot.
    type: str
    required: true
  timeout:
    description: Seconds to wait for it.
    type: int
    default: 600
extends_documentation_fragment:
  - stackdb.trove.cloud
  - stackdb.trove.progress
  - stackdb.trove.cloud.actiongroup
  - stackdb.trove.cloud.attributes
"""

EXAMPLES = r"""
- name: Create a snapshot of the data of products-2
  stackdb.trove.trove_volume_snapshot:
    cloud: mycloud
    name: products
    member: products-2
    snapshot: products-2-before-the-move
"""

RETURN = r"""
cluster:
  description: The cluster, as RV(stackdb.trove.trove_cluster#module:cluster).
  returned: success
  type: dict
plan:
  description: The steps that were created, or would be created in check mode.
  returned: success
  type: list
  elements: dict
"""

from typing import Any

from ..module_utils._module.cloud import Connect, Options, make_module, reconciled, run
from ..module_utils._servers.member_snapshot import MemberSnapshotted

ARGUMENT_SPEC: dict[str, Any] = {
    "name": {"type": "str"},
    "id": {"type": "str"},
    "member": {"type": "str", "required": True},
    "snapshot": {"type": "str", "required": True},
    "timeout": {"type": "int", "default": 600},
}


def main() -> None:
    module = make_module(ARGUMENT_SPEC, required_one_of=[("name", "id")])

    def act(options: Options, connect: Connect) -> dict[str, Any]:
        wanted = MemberSnapshotted(connect(), options["name"], options["member"], options["snapshot"], options["timeout"], options["id"])
        _outcome, result = reconciled(module, wanted, "cluster")
        return result

    run(module, act)


if __name__ == "__main__":
    main()
