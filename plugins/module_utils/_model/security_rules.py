# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may reach the members of a cluster: the ingress rules of its security group."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from .cluster import Rule
from .datastore import Driver
from .request import ClusterRequest

SSH = ("tcp", 22, 22)
ANYWHERE, ANYWHERE6 = "0.0.0.0/0", "::/0"


def compare(request: ClusterRequest, driver: Driver, has: Collection[Rule], subnet_cidrs: Sequence[str]) -> tuple[list[Rule], list[Rule]]:
    """The rules that are missing, and those that are there and must go: two sorted lists of Rule.

    Members reach each other on every port of the datastore. Clients come from `allowed_cidrs`, management by ssh from
    `management_cidrs`. Of these two only what the user gave is compared with a group that has rules; a new one gets the
    defaults: clients from the first network's own subnets, ssh from anywhere by the versions of IP that these have. Rules for other ports are the user's own.

    :param has: the rules that are there, empty for a new group
    :param subnet_cidrs: CIDRs of the first network's subnets; only needed for a new group
    """
    clients: Sequence[str] | None = request.allowed_cidrs
    management: Sequence[str] | None = request.management_cidrs
    ours = {Rule(*ports, remote) for ports in (*driver.client_ports, *driver.member_ports) for remote in _selves(subnet_cidrs)}
    wanted = set(ours)
    if not has:
        clients = subnet_cidrs if clients is None else clients
        management = _anywhere(subnet_cidrs) if management is None else management
    wanted |= {Rule(*ports, cidr) for ports in driver.client_ports for cidr in clients or ()}
    wanted |= {Rule(*SSH, cidr) for cidr in management or ()}
    compared = {*(driver.client_ports if clients is not None else ()), *((SSH,) if management is not None else ())}
    surplus = {r for r in has if (r.protocol, r.port_min, r.port_max) in compared and r.remote not in (Rule.SELF, Rule.SELF6)} - wanted
    return sorted(wanted - set(has), key=str), sorted(surplus, key=str)


def _anywhere(subnet_cidrs: Sequence[str]) -> tuple[str, ...]:
    return tuple(cidr for cidr, mark in ((ANYWHERE, "."), (ANYWHERE6, ":")) if any(mark in subnet for subnet in subnet_cidrs)) or (ANYWHERE,)


def _selves(subnet_cidrs: Sequence[str]) -> tuple[str, ...]:
    """A rule whose remote is the group is for one version of IP."""
    return (Rule.SELF, Rule.SELF6) if any(":" in cidr for cidr in subnet_cidrs) else (Rule.SELF,)
