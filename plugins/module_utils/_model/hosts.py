# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the inventory says of a member: its variables and its groups. A playbook needs no table of datastores: topology and role are facts of a host."""

from __future__ import annotations

from typing import Any

from .cluster import Cluster, Instance
from .datastore import Driver


def hostvars(cluster: Cluster, instance: Instance, driver: Driver | None, address: str | None = None) -> dict[str, Any]:
    """What a playbook and the inventory plugin tell the roles of a member: ``{ansible_host, trove_instance}``.

    :param driver: of the datastore; None where there is none (yet), then topology and role are None
    :param address: what ansible_host becomes; None leaves it out, for the user's own jump host or name service
    """
    shown = instance.view()
    shown["volume"] = instance.volume and {"id": instance.volume.id, "size": instance.volume.size, "device": instance.volume.device}
    shown["datastore"] = {
        "type": cluster.datastore,
        "version": cluster.version,
        "topology": driver and driver.topology,
        "role": driver and driver.role,
    }
    shown["cluster"] = {"id": cluster.id, "name": cluster.name}
    if instance.replaces:
        shown["replaces"] = instance.replaces
    shown["metadata"] = dict(instance.metadata)
    if instance.contract:
        shown["replication_contract"] = instance.contract.view()
    return {"trove_instance": shown, **({"ansible_host": address} if address else {})}


def groups(cluster: Cluster, instance: Instance, driver: Driver | None) -> list[str]:
    """The inventory groups of a member: by cluster or replication topology, datastore, topology and role in it."""
    kind, role = "cluster", instance.type
    if instance.contract:
        kind, role = "family", "replica" if instance.contract.replicates_from else "source" if instance.contract.replicates_to else "instance"
    names = [f"trove_{kind}_{cluster.name}", f"trove_datastore_{cluster.datastore}", f"trove_role_{role}"]
    if driver:
        names.append(f"trove_topology_{driver.topology}")
    return [name.replace("-", "_") for name in names]
