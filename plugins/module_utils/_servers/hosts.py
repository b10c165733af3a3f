# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the cloud's modules return of members for the inventory of a run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .._datastores import registry
from .._model import instance as instances
from .._model.cluster import Cluster, Instance
from .._model.hosts import groups, hostvars


def of_cluster(cluster: Cluster) -> list[dict[str, Any]]:
    """The members as a playbook adds them to its inventory: ``[{name, groups, addresses: {fixed, floating}, ansible_host, trove_instance}]``."""
    return [_host(cluster, instance) for instance in cluster.instances]


def _host(cluster: Cluster, instance: Instance) -> dict[str, Any]:
    driver = registry.find(cluster.datastore, instance.type)
    addresses = {"fixed": instance.address(), "floating": instance.address("floating")}
    own = hostvars(cluster, instance, driver, addresses["fixed"])
    return {"name": instance.name, "groups": groups(cluster, instance, driver), "addresses": addresses, **own}


def about(family: Cluster, instance: Instance, *others: Instance) -> dict[str, Any]:
    """What modules return of an instance's replication topology beside its instances: ``{hosts, placement, drift}``.

    :param others: whose connected instances are hosts, too
    """
    connected = replace(family, instances=tuple(instances.together(family, instance, *others)))
    return {"hosts": of_cluster(connected), "placement": family.placement().view(), "drift": instances.drift(family)}
