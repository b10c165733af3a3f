#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Set one quota of a project with the admin's rights: to a `limit`, or so that there is `room` beside what is used now.

Returns the limit that was there before, to be given back afterwards.
"""

from __future__ import annotations

import openstack
from ansible.module_utils.basic import AnsibleModule


def read(sdk, service, project, quota):
    """(limit, used) of one quota."""
    if service == "network":
        detail = sdk.network.get_quota(project.id, details=True)[quota]
        return detail["limit"], detail["used"]
    detail = getattr(sdk, service).get_quota_set(project.id, usage=True)
    return detail[quota], detail.usage.get(quota, 0)


def write(sdk, service, project, quota, limit):
    if service == "network":
        sdk.network.update_quota(project.id, **{quota: limit})
    else:
        getattr(sdk, service).update_quota_set(project, **{quota: limit})


def main():
    module = AnsibleModule(
        {
            "cloud": {"type": "str", "required": True},
            "project": {"type": "str", "required": True},
            "service": {"type": "str", "required": True, "choices": ["compute", "network", "block_storage"]},
            "quota": {"type": "str", "required": True},
            "limit": {"type": "int"},
            "room": {"type": "int"},
        },
        required_one_of=[("limit", "room")],
        mutually_exclusive=[("limit", "room")],
    )
    given = module.params
    sdk = openstack.connect(cloud=given["cloud"])
    project = sdk.identity.find_project(given["project"], ignore_missing=False)
    before, used = read(sdk, given["service"], project, given["quota"])
    limit = given["limit"] if given["limit"] is not None else used + given["room"]
    write(sdk, given["service"], project, given["quota"], limit)
    module.exit_json(changed=before != limit, before=before, limit=limit)


if __name__ == "__main__":
    main()
