# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps that create, attach and delete the things of a cluster or replication topology."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .._cloud.write import ServerSpec
from .._model import identity
from .._model.cluster import Rule, Volume
from .._plan.plan import Step


@dataclass(frozen=True)
class CreateSecurityGroup(Step):
    """The group alone; its rules are a step of their own, which a resumed run can take by itself."""

    action = "create"
    kind = "security_group"
    cluster_id: str

    @classmethod
    def of(cls, cluster: str, cluster_id: str) -> CreateSecurityGroup:
        return cls(identity.resource_name(cluster), "decides who may reach the members", cluster_id)


@dataclass(frozen=True)
class CreateRules(Step):
    action = "create"
    kind = "security_group_rules"
    rules: tuple[Rule, ...]

    @classmethod
    def of(cls, cluster: str, rules: Iterable[Rule]) -> CreateRules:
        return cls(identity.resource_name(cluster), ", ".join(map(str, rules)), tuple(rules))


@dataclass(frozen=True)
class DeleteRules(Step):
    action = "delete"
    kind = "security_group_rules"
    risk = "clients that use it are shut out"
    ids: tuple[str, ...]

    @classmethod
    def of(cls, cluster: str, rules: Iterable[Rule], ids: Mapping[Rule, str]) -> DeleteRules:
        why = f"no longer allowed: {', '.join(map(str, rules))}"
        return cls(identity.resource_name(cluster), why, tuple(ids[rule] for rule in rules))


@dataclass(frozen=True)
class CreateServerGroup(Step):
    action = "create"
    kind = "server_group"
    policy: str
    max_server_per_host: int | None


@dataclass(frozen=True)
class CreateVolume(Step):
    """
    :param size: GiB
    :param type_id: None for the cloud's own default
    :param zone: Cinder's, None for its default
    """

    action = "create"
    kind = "volume"
    size: int
    type_id: str | None
    cluster_id: str
    cluster_name: str
    zone: str | None = None


@dataclass(frozen=True)
class CreateServer(Step):
    """
    :param spec: without the groups that an earlier stage creates
    :param cluster_name: of the cluster or replication topology, by which these groups are named
    :param together: What Nova builds the names of the servers from that are asked for in one request; None for each by itself
    :param policy: the locality's, which says in which waves
    """

    action = "create"
    kind = "server"
    spec: ServerSpec
    cluster_id: str
    cluster_name: str
    together: str | None
    policy: str | None


@dataclass(frozen=True)
class AttachVolume(Step):
    action = "attach"
    kind = "volume"
    cluster_id: str


@dataclass(frozen=True)
class StopServer(Step):
    """Until Nova says SHUTOFF."""

    action = "stop"
    kind = "server"
    risk = "its clients are cut off; what no replica has received stays on its disk"
    id: str


@dataclass(frozen=True)
class StopIdleServer(StopServer):
    """One whose database was stopped before."""

    risk = "its disks are cut off only when its system has shut down"


@dataclass(frozen=True)
class StartServer(Step):
    """Until Nova says ACTIVE."""

    action = "start"
    kind = "server"
    id: str


@dataclass(frozen=True)
class _Delete(Step):
    """
    :param loses: what is lost with it, or None
    """

    action = "delete"
    id: str
    loses: str | None

    @property
    def risk(self) -> str | None:
        return self.loses


@dataclass(frozen=True)
class DeleteServer(_Delete):
    kind = "server"


@dataclass(frozen=True)
class DeleteVolume(_Delete):
    kind = "volume"


@dataclass(frozen=True)
class SetVolumeAside(Step):
    """
    :param whose: the member whose it was, for people
    """

    action = "keep"
    kind = "volume"
    id: str
    aside: str
    whose: str

    @classmethod
    def of(cls, volume: Volume, cluster: str) -> SetVolumeAside:
        aside = f"{volume.instance}-kept-{volume.id[:8]}"
        why = f"its {volume.size} GiB of data are kept as the volume {aside} ({volume.id}) of no cluster; delete it when they are not needed any more"
        return cls(volume.instance, why, volume.id, aside, f"{volume.instance} of the cluster {cluster}")


@dataclass(frozen=True)
class DeleteServerGroup(_Delete):
    kind = "server_group"


@dataclass(frozen=True)
class DeleteSecurityGroup(_Delete):
    kind = "security_group"
