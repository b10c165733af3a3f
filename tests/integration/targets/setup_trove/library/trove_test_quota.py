#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Set one quota of a project with the admin's rights. Returns `before`, to be given back as `limit` afterwards."""

from __future__ import annotations

import openstack
from ansible.module_utils.basic import AnsibleModule


def main():
    module = AnsibleModule(
        {
            "cloud": {"type": "str", "required": True},
            "project": {"type": "str", "required": True},
            "service": {"type": "str", "required": True, "choices": ["compute", "network", "block_storage"]},
            "quota": {"type": "str", "required": True},
            "limit": {"type": "int", "required": True},
        }
    )
    given = module.params
    sdk = openstack.connect(cloud=given["cloud"])
    project = sdk.identity.find_project(given["project"], ignore_missing=False)
    proxy = getattr(sdk, given["service"])
    get = proxy.get_quota if given["service"] == "network" else proxy.get_quota_set
    before = get(project.id)[given["quota"]]
    if given["service"] == "network":
        proxy.update_quota(project.id, **{given["quota"]: given["limit"]})
    else:
        proxy.update_quota_set(project, **{given["quota"]: given["limit"]})
    module.exit_json(changed=before != given["limit"], before=before)


if __name__ == "__main__":
    main()
