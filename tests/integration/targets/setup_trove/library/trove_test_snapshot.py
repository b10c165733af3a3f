#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The snapshots of a name, deleted as their owner does, or only counted in check mode."""

from __future__ import annotations

import openstack
from ansible.module_utils.basic import AnsibleModule

_OPTIONS = {"cloud": {"type": "str", "required": True}, "name": {"type": "str", "required": True}}


def main():
    module = AnsibleModule(_OPTIONS, supports_check_mode=True)
    cinder = openstack.connect(cloud=module.params["cloud"]).block_storage
    found = list(cinder.snapshots(name=module.params["name"]))
    for snapshot in [] if module.check_mode else found:
        cinder.delete_snapshot(snapshot)
        cinder.wait_for_delete(snapshot)
    shown = [{"volume_id": one.volume_id, "status": one.status, "size": one.size} for one in found]
    module.exit_json(changed=bool(found), snapshots=shown)


if __name__ == "__main__":
    main()
