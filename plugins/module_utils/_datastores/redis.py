# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Redis Cluster, as seen from the cloud."""

from __future__ import annotations

from .base import Datastore


class Redis(Datastore):
    """Names and slots: Trove, "Redis Clustering". Ports: Redis documentation, "Scale with Redis Cluster"."""

    type = "redis"
    versions = ("7.0", "7.2", "7.4", "8.0", "8.2", "8.4")
    min_instances = 3
    min_on_request = 1
    # Who serves slots cannot go, and a cluster of few masters has to be asked for by name: trove_redis_cluster sees to both.
    min_after_shrink = 1
    client_ports = (("tcp", 6379, 6379),)
    # the cluster bus
    member_ports = (("tcp", 16379, 16379),)

    def member_name(self, cluster, number):
        return f"{cluster}-member-{number}"

    def health(self, info):
        """The member's cluster_state, role, slots, keys and memory, as it says of itself."""
        redis = (info or {}).get("redis_cluster")
        if not redis:
            return {"State": "unreachable"}, None
        member = redis["members"][0]
        if member["error"]:
            return {"State": "down"}, None
        return {
            "State": member["state"],
            "Role": member["role"],
            "Slots": member["slots"] or "-",
            "Keys": member["keys"],
            "Memory": _of(member["used_memory"], member["maxmemory"]),
        }, None


def _of(used, limit):
    """Bytes used of a limit, in MiB; a limit of 0 is none."""
    text = f"{used / 2**20:.0f} MiB"
    return f"{used / 2**20:.0f} of {limit / 2**20:.0f} MiB" if limit else text
