# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nova's servers as its lists show them.

openstacksdk takes more time for a server than Nova does: it makes resources of its flavor and its image, and both again each time that they are asked for.
A project may have a thousand servers.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

#: it shows the flavor itself (2.47), takes filters by tag (2.26), and is the highest one that was tried; a cloud that has less answers by its own
MICROVERSION = "2.100"


def server(body: Mapping[str, Any]) -> Any:
    """A server of Nova's answer to GET /servers or /servers/detail, with those attributes of openstacksdk's Server that the collection reads.

    What a brief list does not show is None.
    """
    flavor, image = body.get("flavor") or {}, body.get("image") or {}
    name = flavor.get("original_name")
    return SimpleNamespace(
        id=body["id"],
        name=body["name"],
        status=body.get("status"),
        task_state=body.get("OS-EXT-STS:task_state"),
        metadata=body.get("metadata"),
        tags=body.get("tags"),
        host_id=body.get("hostId"),
        flavor=SimpleNamespace(original_name=name, name=name, vcpus=flavor.get("vcpus"), ram=flavor.get("ram"), disk=flavor.get("disk")),
        # one that boots from a volume has an empty text
        image=SimpleNamespace(id=image["id"]) if image else None,
        key_name=body.get("key_name"),
        availability_zone=body.get("OS-EXT-AZ:availability_zone"),
        addresses=body.get("addresses"),
        security_groups=body.get("security_groups"),
        attached_volumes=body.get("os-extended-volumes:volumes_attached"),
        created_at=body.get("created"),
        updated_at=body.get("updated"),
        launched_at=body.get("OS-SRV-USG:launched_at"),
        fault=body.get("fault"),
        is_locked=body.get("locked"),
    )
