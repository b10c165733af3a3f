#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server as others than the collection make, stop, start and delete it."""

from __future__ import annotations

import openstack
from ansible.module_utils.basic import AnsibleModule

_WORDS = ("flavor", "image", "network", "key_name")
_OPTIONS = {
    "cloud": {"type": "str", "required": True},
    "name": {"type": "str", "required": True},
    "metadata": {"type": "dict", "default": {}},
    "state": {"type": "str", "choices": ["present", "stopped", "started", "absent"], "default": "present"},
}


def main():
    module = AnsibleModule({**_OPTIONS, **{word: {"type": "str"} for word in _WORDS}}, required_if=[("state", "present", _WORDS)])
    sdk = openstack.connect(cloud=module.params["cloud"])
    server = sdk.compute.find_server(module.params["name"])
    module.exit_json(**{"present": _present, "stopped": _stopped, "started": _started, "absent": _absent}[module.params["state"]](sdk, server, module.params))


def _present(sdk, server, params):
    seen = sdk.compute.get_server((server or _make(sdk, params)).id)
    groups = sorted({group["name"] for group in seen.security_groups or []})
    return {"changed": not server, "metadata": seen.metadata, "tags": seen.tags or [], "security_groups": groups}


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


def _stopped(sdk, server, params):
    sdk.compute.stop_server(server)
    sdk.compute.wait_for_server(server, status="SHUTOFF")
    return {"changed": True}


def _started(sdk, server, params):
    sdk.compute.start_server(server)
    sdk.compute.wait_for_server(server, status="ACTIVE")
    return {"changed": True}


def _absent(sdk, server, params):
    if server:
        sdk.compute.delete_server(server)
        sdk.compute.wait_for_delete(server)
    return {"changed": bool(server)}


if __name__ == "__main__":
    main()
