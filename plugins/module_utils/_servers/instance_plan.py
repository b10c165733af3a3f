# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plans for contracts, adoption and deletion of instances. Pure: what was observed comes in, a Plan or its steps go out."""

from __future__ import annotations

from .._model import identity, replicas
from .._model import instance as instances
from .._model.contract import to_metadata
from .._plan.plan import Plan, loose


def change_contracts(family, after, last):
    """The plan that writes the contracts which differ from what they shall be.

    :param after: ``{id: Contract}``
    :param last: the id of the instance whose contract says that all others are written, so it comes last
    """
    names = instances.names(family)
    changed = [i for i in family.instances if i.contract != after[i.id] and i.status != "ERROR"]
    first, second = ([_write(i, after[i.id], names) for i in changed if (i.id == last) is is_last] for is_last in (False, True))
    return Plan.of(first, second)


def _write(instance, contract, names):
    old, new = (to_metadata(c, names) for c in (instance.contract, contract))
    args = {"id": instance.id, "set": {k: v for k, v in new.items() if old.get(k) != v}, "remove": sorted(set(old) - set(new)), "links": []}
    return loose("update", "contract", instance.name, _say(contract, names), args=args)


def _say(contract, names):
    parts = [f"{words} {', '.join(names.get(i, i) for i in ids)}" for words, ids in _sides(contract) if ids]
    return ", ".join([*parts, "writable" if contract.writable else "not writable"])


def _sides(contract):
    return (("replicates to", contract.replicates_to), ("replicates from", contract.replicates_from))


def link_source(family, source, names):
    """The step that notes on a source the replicas of these names, new ones among them, and forgets those that are gone; or none."""
    there = {i.id: i.name for i in family.instances}
    of = {i.name: i.id for i in family.instances}
    has = source.contract.replicates_to if source.contract else ()
    gone = [id_ for id_ in has if id_ not in there]
    missing = [name for name in names if of.get(name) not in has]
    if not missing and not gone:
        return []
    why = ", ".join([*(f"replicates to {name}" for name in missing), *(f"no more to {id_}, which is gone" for id_ in gone)])
    args = {"id": source.id, "set": {identity.WRITABLE: "true"}, "remove": [identity.REPLICATES_TO + id_ for id_ in gone], "links": missing}
    return [loose("update", "contract", source.name, why, args=args)]


def adopt(family, source, datastore):
    """The step that makes an instance of a server that others have made; or none.

    :param datastore: (type, version)
    """
    group = identity.resource_name(family.name)
    if source.contract:
        return []
    metadata = {
        identity.CLUSTER_ID: family.id,
        identity.CLUSTER_NAME: family.name,
        identity.DATASTORE: datastore[0],
        identity.VERSION: datastore[1],
        identity.TYPE: "instance",
        identity.TASK: "NONE",
    }
    args = {"id": source.id, "metadata": metadata, "tags": tags(family), "security_group": group, "in_group": group in source.security_groups}
    return [loose("update", "server", source.name, f"becomes an instance: metadata, tags, and the security group {group}", args=args)]


def tags(family):
    return [identity.TAG, identity.cluster_tag(family.id), identity.name_tag(family.name)]


def absent(family, name):
    """The plan that takes an instance away with its volume, and with the last one what the family shared.

    A volume is the last that goes: by it the rest is found again.
    """
    going = next((i for i in family.instances if i.name == name), None)
    staying = [i for i in family.instances if i.name != name]
    volumes = [v for v in family.volumes if v.instance == name]
    single, why = identity.resource_name(family.name), f"part of the family {family.name}"
    return Plan.of(
        *_farewell(family, going, staying),
        _delete_server(going, family) if going else [],
        [] if staying or not family.group or family.group.name != single else [_delete("server_group", single, why, family.group.id)],
        [] if staying or not family.security_group else [_delete("security_group", single, why, family.security_group.id)],
        [_delete("volume", v.name, "the data of the instance", v.id, f"destroys {v.size} GiB of data") for v in volumes],
    )


def _farewell(family, going, staying):
    """What is noted before a server goes: its task, its number, and at its source that it is no replica any more."""
    if not going:
        return
    if going.task != "DELETING" and going.status != "ERROR" and not going.adopted:
        yield [loose("update", "task", going.name, f"from {going.task} to DELETING", args={"id": going.id, "task": "DELETING", "before": going.task})]
    highest = max(replicas.number(going.name), replicas.last_number(family))
    yield [
        loose("update", "last_number", i.name, f"the number {highest} is not used again", args={"id": i.id, "number": highest})
        for i in staying
        if i.last_number != highest and i.status != "ERROR"
    ]
    after = {i.id: i.contract.without(going.id) for i in staying}
    yield [_write(i, after[i.id], instances.names(family)) for i in staying if i.contract != after[i.id] and i.status != "ERROR"]


def _delete_server(going, family):
    if not going.adopted:
        risk = "the database stops" if going.volume else "destroys the data on its root disk"
        return [_delete("server", going.name, "it is not wanted any more", going.id, risk)]
    single = identity.resource_name(family.name)
    args = {"id": going.id, "tags": tags(family), "security_group": single if single in going.security_groups else None}
    return [loose("update", "release", going.name, "others have made this server, so it stays, with its data; it is no instance any more", args=args)]


def _delete(kind, name, why, id_, risk=None):
    return loose("delete", kind, name, why, risk, {"id": id_})
