#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a project holds, seen past the collection: names by kind, only `prefix` itself and what begins with it and a hyphen, also after
`trove-`; of ports, those without a server.
"""

from __future__ import annotations

import re

import openstack
from ansible.module_utils.basic import AnsibleModule


def main():
    module = AnsibleModule({"cloud": {"type": "str", "required": True}, "prefix": {"type": "str", "required": True}}, supports_check_mode=True)
    sdk = openstack.connect(cloud=module.params["cloud"])

    ours = re.compile(rf"(trove-)?{re.escape(module.params['prefix'])}(-.*)?")

    def names(things):
        return sorted(thing.name for thing in things if ours.fullmatch(thing.name or ""))

    servers = list(sdk.compute.servers(details=False))
    server_ids = {server.id for server in servers}
    ports = [p for p in sdk.network.ports(project_id=sdk.current_project_id) if not p.device_owner.startswith("network:")]
    module.exit_json(
        changed=False,
        servers=names(servers),
        volumes=names(sdk.block_storage.volumes(details=False)),
        server_groups=names(sdk.compute.server_groups()),
        security_groups=names(sdk.network.security_groups(project_id=sdk.current_project_id)),
        ports=sorted(port.id for port in ports if port.device_id not in server_ids),
    )


if __name__ == "__main__":
    main()
