# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is there: a cluster as it was observed, and its one serializer (Trove's show shape)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from . import locality as _locality
from . import task as _task
from .contract import Contract
from .hold import Hold

#: Trove's words for the status of a server's database, beside Nova's ACTIVE
BUILD, SHUTDOWN, FAILED, RESTART_REQUIRED, UNKNOWN = "BUILD", "SHUTDOWN", "FAILED", "RESTART_REQUIRED", "UNKNOWN"

#: Nova's words for a server that is in none of the states active, paused, suspended and stopped
_WITHOUT_NOTES = ("BUILD", "DELETED", "ERROR", "RESCUE", "RESIZE", "REVERT_RESIZE", "SHELVED", "SHELVED_OFFLOADED", "SOFT_DELETED", "VERIFY_RESIZE")


@dataclass(frozen=True)
class Volume:
    """A Cinder volume of an instance; size in GiB. `server_id` is None while it is not attached."""

    id: str
    name: str
    size: int
    type: str
    status: str
    instance: str
    type_id: str | None = None
    server_id: str | None = None
    #: of all servers that it is attached to
    server_ids: tuple[str, ...] = ()
    zone: str | None = None
    #: whether it was ever attached, and so may hold data
    used: bool = True

    @property
    def device(self) -> str:
        """The stable path in the guest: libvirt gives the first 20 characters of the id as the disk's serial."""
        return f"/dev/disk/by-id/virtio-{self.id[:20]}"


@dataclass(frozen=True)
class Instance:
    """A Nova server of a cluster. `addresses` maps a network's name to [(address, 'fixed' or 'floating')]."""

    id: str
    name: str
    type: str
    status: str
    host_id: str
    flavor_name: str
    flavor_id: str | None
    image_id: str | None
    image_name: str | None
    key_name: str | None
    availability_zone: str | None
    network_ids: tuple[str, ...]
    addresses: Mapping[str, list[tuple[str, str]]]
    security_groups: tuple[str, ...]
    task: str
    created: str
    updated: str
    fault: str | None = None
    volume: Volume | None = None
    #: the highest number that a member of its cluster ever had, None where that was never noted on it
    last_number: int | None = None
    #: of members that left its cluster, by id, see identity.LEFT
    left: Mapping[str, str] = field(default_factory=dict)
    #: when it first ran, or None
    launched: str | None = None
    #: what it has agreed with its direct neighbours; None for the member of a cluster
    contract: Contract | None = None
    #: whether others have made its server, so that it is not ours to delete
    adopted: bool = False
    #: whether Nova refuses to delete it until it is unlocked
    locked: bool = False
    #: whether settings that it was given take effect at its next start
    restart_required: bool = False
    #: the run that has begun its task, where that was noted
    task_run: str | None = None
    #: the user's own metadata
    metadata: Mapping[str, str] = field(default_factory=dict)
    #: the name of its first network
    network: str | None = None
    #: the version of IP, the zone and the GiB of a root volume that were asked for, or None
    ip_version: int | None = None
    asked_zone: str | None = None
    root_size: int | None = None
    #: what the lost member was whose place its server took, see identity.REPLACES; None for one that replaced nobody
    replaces: str | None = None
    #: of its flavor: CPUs, MiB of memory, and GiB of the root disk
    flavor_sizes: tuple[int, int, int] = (0, 0, 0)
    #: whether Nova is doing something with it
    busy: bool = False

    @property
    def takes_notes(self) -> bool:
        """Whether Nova takes metadata for it: else it answers 409 (nova.compute.api, update_instance_metadata, which allows four states)."""
        return self.status not in _WITHOUT_NOTES

    @property
    def shown_status(self) -> str:
        """What the cloud knows of the database's status, in Trove's words: no database serves before its task has ended, or on a server that is off."""
        if self.status != "ACTIVE":
            return SHUTDOWN if self.status == "SHUTOFF" else self.status
        if self.task == "BUILDING":
            return BUILD
        return RESTART_REQUIRED if self.restart_required else self.status

    def address(self, kind: str = "fixed") -> str | None:
        """Its address of that kind, or None.

        On the first network that was asked for, whatever the order in which Nova lists them; of the version of IP that was asked for, else of version 4
        where there is one.
        """
        first = self.addresses.get(self.network or "", ())
        others = [pair for network, pairs in self.addresses.items() if network != self.network for pair in pairs]
        found = [ip for ip, is_kind in (*first, *others) if is_kind == kind]
        if kind != "fixed":
            # a floating address is one of version 4
            return next(iter(found), None)
        on_first = [ip for ip, is_kind in first if is_kind == kind] or found
        if self.ip_version:
            return next((ip for ip in on_first if _version(ip) == self.ip_version), None)
        return next((ip for ip in on_first if _version(ip) == 4), next(iter(on_first), None))

    def view(self) -> dict[str, Any]:
        """Trove's show form of a cluster's instance; `volume` is None without one, its `used` is known to the guest only.

        `server_status` is Nova's. `ip` is one address, as in Trove's cluster-show; `model.instance.show` has a list, as Trove's show has.
        """
        volume = self.volume and {"id": self.volume.id, "size": self.volume.size, "type": self.volume.type, "used": None}
        return {
            "id": self.id,
            "name": self.name,
            "type": self.type,
            "status": self.shown_status,
            "server_status": self.status,
            "hostname": self.name,
            "created": self.created,
            "updated": self.updated,
            "ip": self.address(),
            "flavor": {"id": self.flavor_id, "name": self.flavor_name},
            "volume": volume,
            "host_id": self.host_id,
        }


@dataclass(frozen=True)
class ServerGroup:
    """A Nova server group; `rules` holds max_server_per_host or nothing."""

    id: str
    name: str
    policy: str
    rules: Mapping[str, Any]
    member_ids: tuple[str, ...]

    @property
    def max_server_per_host(self) -> int | None:
        return self.rules.get("max_server_per_host")


@dataclass(frozen=True)
class Rule:
    """A security group's ingress rule. `remote` is a CIDR, or SELF for the group's own members."""

    protocol: str
    port_min: int
    port_max: int
    remote: str

    SELF: ClassVar[str] = "members"
    SELF6: ClassVar[str] = "members over IPv6"

    def __str__(self) -> str:
        ports = str(self.port_min) if self.port_min == self.port_max else f"{self.port_min}-{self.port_max}"
        return f"{self.protocol} {ports} from {self.remote}"


@dataclass(frozen=True)
class SecurityGroup:
    """The cluster's own security group: `rules` maps a Rule to its id, `deleting` says that the cluster is being deleted, `hold` who has the lease."""

    id: str
    name: str
    cluster_id: str | None
    rules: Mapping[Rule, str]
    deleting: bool = False
    hold: Hold | None = None
    revision: int | None = None
    created: str = ""


@dataclass(frozen=True)
class Cluster:
    """All that was found of one cluster, or of a replication topology: a source and its replicas. Any part of it may be missing after a run that was killed.

    `datastore` and `version` are None while the source is a server of others, which is still to be adopted.
    """

    id: str
    name: str
    datastore: str | None
    version: str | None
    instances: tuple[Instance, ...] = ()
    volumes: tuple[Volume, ...] = ()
    group: ServerGroup | None = None
    security_group: SecurityGroup | None = None

    @property
    def task(self) -> str:
        """The running task: the first of its members' that is not NONE. The security group goes last, and knows of a deletion.

        Nova takes no notes for a server in error, so what stands there counts only where all are.
        """
        if self.security_group and self.security_group.deleting:
            return _task.DELETING
        noted = [i for i in self.instances if i.status != "ERROR"] or self.instances
        return next((i.task for i in noted if i.task != "NONE"), "NONE" if self.instances else "BUILDING")

    @property
    def task_run(self) -> str | None:
        """The run that has begun the task, where it was noted."""
        return next((i.task_run for i in self.instances if i.task == self.task and i.task != "NONE"), None)

    @property
    def locality(self) -> str | None:
        return self.group.policy if self.group else None

    @property
    def metadata(self) -> Mapping[str, str]:
        """The user's own, which all members have."""
        return self.instances[0].metadata if self.instances else {}

    @property
    def left(self) -> Mapping[str, str]:
        """Of the members that left, by the id of their server or volume: ``name/id of the volume``."""
        return {id_: value for i in self.instances for id_, value in i.left.items()}

    def instance(self, name: str) -> Instance | None:
        return next((i for i in self.instances if i.name == name), None)

    def volume(self, name: str) -> Volume | None:
        """The volume that belongs to the instance of that name."""
        return next((v for v in self.volumes if v.instance == name), None)

    def placement(self) -> _locality.Placement:
        """Whether the locality's promise holds now: a locality.Placement."""
        hosts = {i.name: i.host_id for i in self.instances}
        return _locality.evaluate(self.locality, hosts, self.group.max_server_per_host if self.group else None)

    def view(self) -> dict[str, Any]:
        """Trove's show form, without the links of its REST API; times are Nova's (ISO 8601, UTC)."""
        shown: dict[str, Any] = {
            "id": self.id,
            "name": self.name,
            "task": _task.view(self.task, run=self.task_run),
            "created": min((i.created for i in self.instances), default=None),
            "updated": max((i.updated for i in self.instances), default=None),
            "datastore": {"type": self.datastore, "version": self.version},
            "ip": [i.address() for i in self.instances if i.address()],
            "metadata": dict(self.metadata),
            "instances": [i.view() for i in self.instances],
        }
        if self.locality:
            shown["locality"] = self.locality
        alone = [{"id": v.id, "instance": v.instance, "size": v.size} for v in self.volumes if not self.instance(v.instance)]
        if alone:
            shown["volumes_without_server"] = alone
        return shown


def _version(address: str) -> int:
    return 6 if ":" in address else 4


def natural(name: str) -> tuple[str, int]:
    """A key that sorts products-10 after products-9."""
    head = name.rstrip("0123456789")
    return (head, int(name[len(head) :] or 0))


def datastore_of(cluster: Cluster) -> tuple[str, str]:
    """(type, version) where they are known.

    :raises ValueError: for a replication topology whose source is still to be adopted
    """
    if cluster.datastore is None or cluster.version is None:
        raise ValueError(f"the datastore of {cluster.name} was read, and is not known yet")
    return cluster.datastore, cluster.version
