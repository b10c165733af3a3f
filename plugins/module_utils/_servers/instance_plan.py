# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plans for contracts, adoption and deletion of instances. Pure: what was observed comes in, a Plan or its steps go out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from .._model import identity, replicas
from .._model import instance as instances
from .._model.cluster import Cluster, Instance
from .._model.contract import Contract, to_metadata
from .._model.errors import Refused
from .._plan.plan import Plan, Step
from . import notes, steps


def change_contracts(family: Cluster, after: Mapping[str, Contract], last: str) -> Plan:
    """The plan that writes the contracts which differ from what they shall be.

    :param after: ``{id: Contract}``
    :param last: the id of the instance whose contract says that all others are written, so it comes last
    :raises Refused: where one of them takes no notes now, and will again: the others' would not be as its own. Of one in error nothing is written
    """
    names = instances.names(family)
    changed = [i for i in family.instances if i.contract != after[i.id] and i.status != "ERROR"]
    mute = [f"{i.name} is {i.status}" for i in changed if not i.takes_notes]
    if mute:
        raise Refused(f"No contract was written: Nova takes no metadata now, since {', '.join(mute)}. Set it to ACTIVE, and run the playbook again.")
    first, second = ([_write(i, after[i.id], names) for i in changed if (i.id == last) is is_last] for is_last in (False, True))
    return Plan.of(first, second)


def _write(instance: Instance, contract: Contract, names: Mapping[str, str]) -> notes.WriteContract:
    old, new = to_metadata(instances.contract_of(instance), names), to_metadata(contract, names)
    items = {key: value for key, value in new.items() if old.get(key) != value}
    return notes.WriteContract(instance.name, _say(contract, names), instance.id, items, tuple(sorted(set(old) - set(new))), replicas=())


def _say(contract: Contract, names: Mapping[str, str]) -> str:
    sides = (("replicates to", contract.replicates_to), ("replicates from", contract.replicates_from))
    parts = [f"{words} {', '.join(names.get(i, i) for i in ids)}" for words, ids in sides if ids]
    return ", ".join([*parts, "writable" if contract.writable else "not writable"])


def link_source(family: Cluster, source: Instance, names: Collection[str]) -> list[notes.WriteContract]:
    """The step that notes on a source the replicas of these names, new ones among them, and forgets those that are gone; or none."""
    there = instances.names(family)
    of = {name: id_ for id_, name in there.items()}
    has = source.contract.replicates_to if source.contract else ()
    gone = [id_ for id_ in has if id_ not in there]
    missing = tuple(name for name in names if of.get(name) not in has)
    if not missing and not gone:
        return []
    why = ", ".join([*(f"replicates to {name}" for name in missing), *(f"no more to {id_}, which is gone" for id_ in gone)])
    forgotten = tuple(identity.REPLICATES_TO + id_ for id_ in gone)
    return [notes.WriteContract(source.name, why, source.id, {identity.WRITABLE: "true"}, forgotten, missing)]


def adopt(family: Cluster, source: Instance) -> list[notes.AdoptServer]:
    """The step that creates an instance of a server that others have created; or none.

    :param family: with its id and datastore
    """
    if source.contract:
        return []
    group = identity.resource_name(family.name)
    metadata = {
        identity.CLUSTER_ID: family.id,
        identity.CLUSTER_NAME: family.name,
        identity.DATASTORE: family.datastore or "",
        identity.VERSION: family.version or "",
        identity.TYPE: "instance",
        identity.TASK: "NONE",
    }
    why = f"becomes an instance: metadata, tags, and the security group {group}"
    missing = None if group in source.security_groups else group
    return [notes.AdoptServer(source.name, why, source.id, metadata, identity.tags(family.id, family.name), missing)]


def absent(family: Cluster, name: str) -> Plan:
    """The plan that deletes an instance with its volume, and with the last one what the replication topology shared.

    A volume is the last that goes: by it the rest is found again.
    """
    going = family.instance(name)
    staying = [i for i in family.instances if i.name != name]
    volumes = [v for v in family.volumes if v.instance == name]
    return Plan.of(
        *(_farewell(family, going, staying) if going else ()),
        [_delete_server(going, family)] if going else [],
        *([] if staying else _delete_shared(family)),
        [steps.DeleteVolume(v.name, "the data of the instance", v.id, f"destroys {v.size} GiB of data") for v in volumes],
    )


def _delete_shared(family: Cluster) -> Iterator[list[Step]]:
    """What is the replication topology's own: an adopted source may have brought a server group of another name."""
    single, why = identity.resource_name(family.name), f"part of the replication topology {family.name}"
    if family.group and family.group.name == single:
        yield [steps.DeleteServerGroup(single, why, family.group.id, None)]
    if family.security_group:
        yield [steps.DeleteSecurityGroup(single, why, family.security_group.id, None)]


def _farewell(family: Cluster, going: Instance, staying: Sequence[Instance]) -> Iterator[list[Step]]:
    """What is noted before a server goes: its task, its number, and at its source that it is no replica any more."""
    if going.task != "DELETING" and going.takes_notes and not going.adopted:
        yield [notes.NoteTask.of(going, "DELETING")]
    noted = [i for i in staying if i.takes_notes]
    highest = max(replicas.number(going.name), replicas.last_number(family))
    why = f"the number {highest} is not used again"
    yield [notes.NoteLastNumber(i.name, why, i.id, highest) for i in noted if (i.last_number or 0) != highest]
    names = instances.names(family)
    after = {i.id: i.contract.without(going.id) for i in noted if i.contract}
    yield [_write(i, after[i.id], names) for i in noted if i.contract and i.contract != after[i.id]]


def _delete_server(going: Instance, family: Cluster) -> steps.DeleteServer | notes.ReleaseServer:
    if not going.adopted:
        risk = "the database stops" if going.volume else "destroys the data on its root disk"
        return steps.DeleteServer(going.name, "it is not wanted any more", going.id, risk)
    single = identity.resource_name(family.name)
    why = "others have created this server, so it stays, with its data; it is no instance any more"
    has = single if single in going.security_groups else None
    return notes.ReleaseServer(going.name, why, going.id, identity.tags(family.id, family.name), has)
