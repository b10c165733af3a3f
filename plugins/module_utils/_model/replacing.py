# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Members that are lost for good: what is left of them in the cloud, and what a run that was killed has created in their place. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from . import identity
from .cluster import Cluster, Instance, Volume
from .datastore import Driver
from .errors import InvalidInput
from .leaving import names_of_left
from .request import ClusterRequest
from .scaling import Otherwise, joined_by, last_number, noted_number

REPLACING = "REPLACING_MEMBERS"


@dataclass(frozen=True)
class Lost:
    """
    - names: the members that get a new server
    - servers, volumes: what is left of the lost ones, and has to go from the cluster
    - begun: the servers that an earlier run has created in their place; done: those that serve in their place already
    - rest: the cluster without what is left of the lost ones
    """

    names: tuple[str, ...]
    servers: tuple[Instance, ...]
    volumes: tuple[Volume, ...]
    begun: tuple[Instance, ...]
    done: tuple[Instance, ...]
    rest: Cluster

    @property
    def leaving(self) -> dict[str, str | None]:
        """``{name: address}`` of those in whose place there is no server yet; the address is None where the old server is gone."""
        addresses = {i.name: i.address() for i in self.servers}
        there = {i.name for i in (*self.begun, *self.done)}
        return {name: addresses.get(name) for name in self.names if name not in there}

    @property
    def staying(self) -> list[Instance]:
        return [i for i in self.rest.instances if i.name not in self.names]


def find(cluster: Cluster, driver: Driver, members: Sequence[str], serving: Collection[str] | None) -> Lost:
    """What there is of the members that are to be replaced.

    :param serving: the names of those that said that they serve; None where nobody was asked: then a server that has replaced another one is taken to serve
    :raises InvalidInput: for a name that no member has or had, and where nobody would stay
    """
    names = tuple(dict.fromkeys(members))
    _check(cluster, driver, names)
    own = [i for i in cluster.instances if i.name in names]
    begun = [i for i in own if _is_begun(i)]
    done = [i for i in own if i.replaces and i not in begun and i.status == "ACTIVE" and (serving is None or i.name in serving)]
    servers = [i for i in own if i not in begun and i not in done]
    there = {i.name for i in (*begun, *done)}
    # one that was never attached is blank: an earlier run has created it for the new server
    volumes = [v for v in cluster.volumes if v.instance in names and v.instance not in there and v.used]
    rest = replace(
        cluster,
        instances=tuple(i for i in cluster.instances if i not in servers),
        volumes=tuple(v for v in cluster.volumes if v not in volumes),
    )
    return Lost(names, tuple(servers), tuple(volumes), tuple(begun), tuple(done), rest)


def _is_begun(instance: Instance) -> bool:
    """Whether an earlier run has created it, in a task that has not ended. One that died since, after it ran, is lost like any other."""
    return bool(instance.replaces) and instance.task == REPLACING and (instance.status in ("ACTIVE", "BUILD") or not instance.launched)


def _check(cluster: Cluster, driver: Driver, names: Sequence[str]) -> None:
    """A server and volume that are both gone leave no trace but the highest number that a member ever had: a name of the cluster's series up to that is taken
    at its word. Where no number was noted, by older versions of this collection, there may have been one member more than those that stay.
    """
    living = [i.name for i in cluster.instances if i.name not in names]
    known = {*(i.name for i in cluster.instances), *(v.instance for v in cluster.volumes)}
    gone = [name for name in names if name not in known]
    most = last_number(cluster, driver) if noted_number(cluster) is not None else max(last_number(cluster, driver), len(living) + len(names))
    left = names_of_left(cluster)
    for number, name in enumerate(names):
        series = driver.member_number(cluster.name, name)
        if name in gone and name in left:
            raise InvalidInput(f"members[{number}]", name, sorted(known), rule=f"{name} is not lost: it left by cluster_shrink. cluster_grow adds a member.")
        if name in gone and not (series and series <= most):
            rule = "A member of another name, of which neither a server nor a volume is left, is one that cluster_grow adds."
            raise InvalidInput(f"members[{number}]", name, sorted(known), rule=rule)
    if not names or not living:
        rule = "Those that stay have to tell that the others are lost, and have the data."
        raise InvalidInput("members", list(names), f"the names of some of the members, and not all of {', '.join(sorted(known))}", rule=rule)


def request(lost: Lost, otherwise: Otherwise, standings: Mapping[str, str]) -> ClusterRequest:
    """The ClusterRequest for all members, with new servers in the place of the lost ones.

    :param standings: ``{name: what the lost one was}``, as the datastore's driver says
    :raises InvalidInput, Refused: as `scaling.joined_by`
    """
    missing = [name for name in lost.names if not lost.rest.instance(name)]
    asked = joined_by(lost.rest, missing, otherwise, REPLACING)
    noted = {name: ((identity.REPLACES, standings.get(name, "member")),) for name in missing}
    return replace(asked, instances=tuple(replace(w, metadata=noted.get(w.name, w.metadata)) for w in asked.instances))
