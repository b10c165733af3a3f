# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cinder's volumes that are marked as ours, and which of them are a cluster's."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from .._model import identity
from .._model.cluster import Volume
from .connection import Cloud, translated

MARK = "trove"


def metadata_for(cluster_id: str, cluster_name: str, instance: str, type_id: str | None) -> dict[str, str]:
    """What a volume carries, see _model.identity."""
    known = {MARK: "member", identity.CLUSTER_ID: cluster_id, identity.CLUSTER_NAME: cluster_name, identity.INSTANCE: instance}
    return {**known, identity.VOLUME_TYPE: type_id} if type_id else known


def of_cluster(cloud: Cloud, cluster_id: str) -> list[Volume]:
    """The volumes of a cluster as Cinder shows them now: one request."""
    return [model(v) for v in having(cloud, {identity.CLUSTER_ID: cluster_id})]


def having(cloud: Cloud, metadata: Mapping[str, str]) -> list[dict[str, Any]]:
    """Volumes by metadata, which the SDK's own list cannot ask for; clouds that don't filter by it give all of them."""
    with translated("list the volumes"):
        found: list[dict[str, Any]] = []
        url: str | None = "/volumes/detail"
        query: dict[str, str] | None = {"metadata": json.dumps(metadata).replace('"', "'")}
        while url:
            body = cloud.get_volumes(url, query)
            found.extend(body["volumes"])
            url = next((link["href"] for link in body.get("volumes_links", ()) if link["rel"] == "next"), None)
            query = None
    return [v for v in found if metadata.items() <= v["metadata"].items()]


def own(bodies: Sequence[Mapping[str, Any]], servers: Sequence[Any]) -> tuple[Volume, ...]:
    """The volumes of the cluster, those that are attached to the servers that they belong to first.

    One that was restored from a backup brings the metadata of its origin along. It is the cluster's when somebody has attached it to the server, only.
    """
    names = {server.id: server.name for server in servers}
    attached = [body for body in bodies if body["metadata"][identity.INSTANCE] in {names.get(a["server_id"]) for a in body["attachments"]}]
    others = [body for body in bodies if body not in attached and not is_copy(body)]
    return tuple(model(body) for body in (*attached, *others))


def is_copy(body: Mapping[str, Any]) -> bool:
    """Whether the metadata of a volume is that of another one."""
    return bool(body["metadata"].get(identity.VOLUME_ID, body["id"]) != body["id"])


def model(body: Mapping[str, Any]) -> Volume:
    return Volume(
        id=body["id"],
        name=body["name"],
        size=body["size"],
        type=body["volume_type"],
        status=body["status"],
        instance=body["metadata"][identity.INSTANCE],
        type_id=body["metadata"].get(identity.VOLUME_TYPE),
        server_id=next((a["server_id"] for a in body["attachments"]), None),
        server_ids=tuple(a["server_id"] for a in body["attachments"]),
        zone=body.get("availability_zone"),
        used=identity.VOLUME_ID in body["metadata"] or bool(body["attachments"]),
    )
