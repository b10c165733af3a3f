# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""MariaDB Galera Cluster, as seen from the cloud."""

from __future__ import annotations

from .base import Datastore


class MariaDB(Datastore):
    """Sizes and names: Trove, "Implement Galera cluster provisioning". Ports: Galera documentation, "Firewall settings"."""

    type = "mariadb"
    versions = ("10.6", "10.11", "11.4", "11.8")
    min_instances = 3
    min_after_shrink = 1
    client_ports = (("tcp", 3306, 3306),)
    # group communication (TCP, and UDP for multicast), incremental and full state transfer
    member_ports = (("tcp", 4567, 4568), ("udp", 4567, 4567), ("tcp", 4444, 4444))

    def member_name(self, cluster, number):
        return f"{cluster}-{number}"

    def health(self, info):
        """The member's state in Galera's words (wsrep_local_state_comment, wsrep_cluster_status, wsrep_cluster_size)."""
        galera = (info or {}).get("galera")
        if not galera:
            return {"State": "unreachable"}, None
        wsrep = galera.get("wsrep") or {}
        health = {"State": wsrep.get("local_state") or "down", "Component": wsrep.get("cluster_status"), "Size": wsrep.get("cluster_size")}
        return health, (galera.get("volume") or {}).get("used")
