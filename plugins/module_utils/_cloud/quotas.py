# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Look whether the project's quotas hold what a plan would make, before anything is created."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._model.errors import Refused
from .connection import Cloud, at_once, courtesy, translated

#: ``{name of a field of Need: (limit, used)}``, a limit of -1 is none
Limits = dict[str, tuple[int, int]]


@dataclass(frozen=True)
class Need:
    """What a plan adds to the project's use of its quotas; volumes in GiB, ram in MiB."""

    instances: int = 0
    cores: int = 0
    ram: int = 0
    server_groups: int = 0
    server_group_members: int = 0
    ports: int = 0
    security_groups: int = 0
    security_group_rules: int = 0
    volumes: int = 0
    gigabytes: int = 0


def read(cloud: Cloud) -> Limits:
    """The project's quotas; what a cloud does not tell is not in them, and is a warning where it should."""
    parts = at_once(*(lambda part=part: courtesy(cloud, lambda: part(cloud), {}, _UNKNOWN, harmless=True) for part in (_nova, _neutron, _cinder)))
    return {what: row for part in parts for what, row in part.items()}


_UNKNOWN = "Whether the quota holds what is to be created is not known before."


def _row(limit: Any, used: Any) -> tuple[int, int] | None:
    """A cloud may have either as None, as text, or not at all."""
    try:
        return int(limit), int(used)
    except (TypeError, ValueError):
        return None


def _known(rows: Mapping[str, tuple[Any, Any]]) -> Limits:
    found = {what: _row(*row) for what, row in rows.items()}
    return {what: row for what, row in found.items() if row}


def check(limits: Mapping[str, tuple[int, int]], need: Need) -> None:
    """Refuse what the quotas of Nova, Neutron or Cinder would not hold.

    :raises Refused: naming every quota that is too small, with what is needed, free and allowed
    """
    short = [
        f"{what}: {wanted} needed, {max(limit - used, 0)} free ({limit} allowed, {used} used)"
        for what, (limit, used) in limits.items()
        for wanted in [getattr(need, what)]
        if wanted and limit >= 0 and used + wanted > limit
    ]
    if short:
        raise Refused(f"The project's quota is too small. {'; '.join(short)}.", quotas=[text.partition(":")[0] for text in short])


def _nova(cloud: Cloud) -> Limits:
    with translated("read Nova's limits"):
        limits = cloud.compute.get_limits().absolute
    rows = {
        "instances": (limits.instances, limits.instances_used),
        "cores": (limits.total_cores, limits.total_cores_used),
        "ram": (limits.total_ram, limits.total_ram_used),
        "server_groups": (limits.server_groups, limits.server_groups_used),
        # a limit for one group: what this one has already is in the need
        "server_group_members": (limits.server_group_members, 0),
    }
    return _known(rows)


def _neutron(cloud: Cloud) -> Limits:
    with translated("read Neutron's quotas"):
        quotas = cloud.sdk.network.get_quota(cloud.project_id, details=True)
    rows = {what: getattr(quotas, what, None) for what in ("ports", "security_groups", "security_group_rules")}
    return _known({what: _limit_and_use(row) for what, row in rows.items()})


def _limit_and_use(row: Any) -> tuple[Any, Any]:
    """A Neutron without details gives the limit alone."""
    if not isinstance(row, Mapping) or row.get("used") is None:
        return None, None
    return row.get("limit"), int(row["used"]) + int(row.get("reserved") or 0)


def _cinder(cloud: Cloud) -> Limits:
    """A cloud without Cinder has no limits, and no volumes either: that is for the lookup to say."""
    if not cloud.sdk.has_service("block-storage"):
        return {}
    with translated("read Cinder's limits"):
        limits = cloud.sdk.block_storage.get_limits().absolute
    rows = {
        "volumes": (limits.max_total_volumes, limits.total_volumes_used),
        "gigabytes": (limits.max_total_volume_gigabytes, limits.total_gigabytes_used),
    }
    return _known(rows)
