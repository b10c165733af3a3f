#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that the collection knows nothing of, made past it: present, or absent with flavor left out; with what it shows."""

from __future__ import annotations

import openstack
from ansible.module_utils.basic import AnsibleModule

_WORDS = ("flavor", "image", "network", "key_name")


def main():
    options = {"cloud": {"type": "str", "required": True}, "name": {"type": "str", "required": True}, "metadata": {"type": "dict", "default": {}}}
    module = AnsibleModule({**options, **{word: {"type": "str"} for word in _WORDS}}, required_together=[_WORDS])
    sdk = openstack.connect(cloud=module.params["cloud"])
    server = sdk.compute.find_server(module.params["name"])
    changed = bool(server) != bool(module.params["flavor"])
    if not module.params["flavor"]:
        if server:
            sdk.compute.delete_server(server)
            sdk.compute.wait_for_delete(server)
        module.exit_json(changed=changed)
    server = sdk.compute.get_server((server or _make(sdk, module.params)).id)
    groups = sorted({group["name"] for group in server.security_groups or []})
    module.exit_json(changed=changed, metadata=server.metadata, tags=server.tags or [], security_groups=groups)


def _make(sdk, params):
    server = sdk.compute.create_server(
        name=params["name"],
        flavor_id=sdk.compute.find_flavor(params["flavor"], ignore_missing=False).id,
        image_id=sdk.image.find_image(params["image"], ignore_missing=False).id,
        networks=[{"uuid": sdk.network.find_network(params["network"], ignore_missing=False).id}],
        key_name=params["key_name"],
        metadata=params["metadata"],
    )
    return sdk.compute.wait_for_server(server)


if __name__ == "__main__":
    main()
