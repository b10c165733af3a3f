# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Look whether the project's quotas hold what a plan would make, before anything is made."""

from __future__ import annotations

from dataclasses import dataclass

from .._model.errors import Refused
from .connection import at_once, translated


@dataclass(frozen=True)
class Need:
    """What a plan adds to the project's use of its quotas; volumes in GiB, ram in MiB."""

    instances: int = 0
    vcpus: int = 0
    ram: int = 0
    server_groups: int = 0
    group_members: int = 0
    ports: int = 0
    security_groups: int = 0
    security_group_rules: int = 0
    volumes: int = 0
    gigabytes: int = 0


def check(cloud, need):
    """Refuse what the quotas of Nova, Neutron or Cinder would not hold.

    :raises Refused: naming every quota that is too small, with what is needed, free and allowed
    """
    rows = [row for rows in at_once(*_readers(cloud, need)) for row in rows]
    short = [(what, wanted, limit, used) for what, wanted, limit, used in rows if wanted and limit >= 0 and used + wanted > limit]
    if short:
        text = "; ".join(f"{what}: {wanted} needed, {max(limit - used, 0)} free ({limit} allowed, {used} used)" for what, wanted, limit, used in short)
        raise Refused(f"The project's quota is too small. {text}.", quotas=[row[0] for row in short])


def _readers(cloud, need):
    yield lambda: _nova_quotas(cloud, need)
    yield lambda: _neutron_quotas(cloud, need)
    if need.volumes:
        yield lambda: _cinder_quotas(cloud, need)


def _nova_quotas(cloud, need):
    with translated("read Nova's limits"):
        limits = cloud.compute.get_limits().absolute
    return [
        ("instances", need.instances, limits.instances, limits.instances_used),
        ("cores", need.vcpus, limits.total_cores, limits.total_cores_used),
        ("ram", need.ram, limits.total_ram, limits.total_ram_used),
        ("server_groups", need.server_groups, limits.server_groups, limits.server_groups_used),
        # a limit for one group: what this one has already is in the need
        ("server_group_members", need.group_members, limits.server_group_members, 0),
    ]


def _neutron_quotas(cloud, need):
    with translated("read Neutron's quotas"):
        quotas = cloud.sdk.network.get_quota(cloud.project_id, details=True)
    wanted = {"ports": need.ports, "security_groups": need.security_groups, "security_group_rules": need.security_group_rules}
    rows = ((what, count, getattr(quotas, what)) for what, count in wanted.items())
    return [(what, count, quota["limit"], quota["used"] + int(quota.get("reserved") or 0)) for what, count, quota in rows]


def _cinder_quotas(cloud, need):
    with translated("read Cinder's limits"):
        limits = cloud.sdk.block_storage.get_limits().absolute
    return [
        ("volumes", need.volumes, limits.max_total_volumes, limits.total_volumes_used),
        ("gigabytes", need.gigabytes, limits.max_total_volume_gigabytes, limits.total_gigabytes_used),
    ]
