# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a node of a Redis Cluster may go down for a while, and who takes its slots then. Pure, over what each member said of itself.

A *member* is what trove_redis_node_info returns of one, ``redis_cluster.members[0]``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from . import upgrade_paths
from .nodes import Line

#: by name; None for one that does not answer
Members = Mapping[str, "Mapping[str, Any] | None"]

_REPLACED_FIRST = "have a replica take its place first"


def is_serving(member: Mapping[str, Any] | None) -> bool:
    """Whether it is a master that serves slots."""
    return bool(member and member["role"] == "master" and member["slot_count"])


def replicas(name: str, members: Members) -> list[str]:
    """Those that could take the place of a master: its replicas whose link is up."""
    own = members[name]
    found = [other for other, member in members.items() if member and own and member["role"] == "replica" and member["master_id"] == own["id"]]
    return [other for other in found if (members[other] or {})["master_link"] == "up"]


def against(names: Sequence[str], members: Members, persistent: Mapping[str, bool | None], asked: bool) -> list[str]:
    """Why some of these must not be restarted: masters whose slots nobody would serve meanwhile, and those whose keys would be lost.

    :param persistent: whether each keeps its data on disk
    :param asked: whether they were named by the user
    """
    found = []
    for name in names:
        member = members[name]
        if member is None or not is_serving(member) or replicas(name, members):
            continue
        if member["key_count"] and persistent.get(name) is False:
            found.append(f"{name} has no replica and keeps nothing on disk: its {member['key_count']} keys would be lost")
        elif not asked:
            found.append(f"{name} has no replica, so no member serves its {member['slot_count']} slots while it is down; name it in trove_members to allow it")
    return found


def holding(names: Sequence[str], members: Members, addresses: Mapping[str, str | None]) -> list[str]:
    """Why some of these must not lose their data: sentences. Masters that serve slots, since what they have is what their replicas follow; and those that do
    not answer and own slots, whose disk may have the only copy.

    :param addresses: by which the others know those that do not answer; None where one's settings could not be read
    """
    found = []
    for name in names:
        owned = slots_by_others(name, members, addresses.get(name))
        if is_serving(members[name]):
            slots = (members[name] or {})["slot_count"]
            found.append(f"{name} is a master that serves {slots} slots, and only a replica gets its data from another one: {_REPLACED_FIRST}")
        elif owned is None:
            found.append(f"{name} does not answer, and no other member does that could say whether it owns slots")
        elif owned:
            what = "says that it serves none" if members[name] else "does not answer"
            found.append(f"{name} {what}, and owns {owned} slots in the eyes of the others, so what it has may be the only copy: {_REPLACED_FIRST}")
    return found


def more_than_one(broken: Sequence[str]) -> list[str]:
    """Why these are not initialized: each replica gets its data from one other member, so that all others have to serve meanwhile. Sentences.

    :param broken: the names of those that do not serve
    """
    text = "{} do not serve, and a member is initialized while all others do: have all but one of them replaced first (stackdb.trove.cluster_replace)"
    return [text.format(", ".join(broken))] if len(broken) > 1 else []


def slots_by_others(name: str, members: Members, address: str | None) -> int | None:
    """How many slots a member owns in the eyes of the others, the most that any of them says; None where nobody answers who could say it.

    :param address: by which the others know one that does not answer; without it, it may be any of the nodes that do not
    """
    others = [member for other, member in members.items() if member and other != name]
    if not others:
        return 0 if members[name] else None
    own = ids(name, members, address)
    return max((node["slot_count"] for member in others for node in member["nodes"] if node["id"] in own), default=0)


def ids(name: str, members: Members, address: str | None) -> set[str]:
    """Which nodes a member is: its id by its own word, and those at its address in the eyes of the others that nobody says to be: with a lost nodes.conf a
    node runs under a new id, and the others hold its slots for the old one.

    :param address: without it, one that does not answer may be any of the nodes that do not
    """
    own, answering = members[name], {member["id"] for member in members.values() if member}
    nodes = (node for member in members.values() if member for node in member["nodes"])
    unclaimed = {node["id"]: node["address"] for node in nodes if node["id"] not in answering}
    if own:
        return {own["id"], *(id_ for id_, at in unclaimed.items() if address and at == address)}
    return {id_ for id_, at in unclaimed.items() if address in (None, at)}


def lacks_only(member: Mapping[str, Any], down: Collection[str]) -> bool:
    """Whether the slots of one that is down are all that a member finds unserved: of those that own slots it finds that one failed, and no other.

    :param down: its ids
    """
    failed = {node["id"] for node in member["nodes"] if node["failed"] and node["slot_count"]}
    return bool(failed) and failed <= {*down}


def owned(name: str, own_id: str | None, views: Mapping[str, Mapping[str, Line]]) -> list[str]:
    """Why the data of a node that is down must not be set aside, by what other nodes say now: sentences.

    :param own_id: which node it is, by its nodes.conf; None where that does not say it
    :param views: ``{name: {id: Line}}`` of the others that answer
    """
    if own_id is None:
        return [f"its nodes.conf does not say which node {name} is"]
    known = {other: len(view[own_id].slots) for other, view in views.items() if own_id in view}
    if not known:
        return [f"none of the other members that answer ({', '.join(views) or 'none'}) knows {name} ({own_id}), and could say whether it owns slots"]
    return [f"{name} owns {slots} slots in the eyes of {other}, and what is on its disk may be the only copy" for other, slots in known.items() if slots]


def risks(name: str, members: Members) -> list[str]:
    """What it costs that this one goes down: sentences."""
    member = members[name]
    if member is None or not is_serving(member) or replicas(name, members):
        return []
    return [f"no member serves the {member['slot_count']} slots of {name} while it is down: it has no replica"]


def no_replica(names: Sequence[str], members: Members) -> list[str]:
    """Why some of these cannot take the place of their masters: sentences."""
    found = []
    for name in names:
        member = members[name]
        if member is None:
            found.append(f"{name} does not answer")
        elif member["role"] != "replica":
            own = replicas(name, members)
            hint = f"; its replicas are {', '.join(own)}" if own else ""
            found.append(f"{name} is a master: a failover is asked for by the name of a replica{hint}")
        elif member["master_link"] != "up":
            found.append(f"the link of {name} to its master is {member['master_link']} (master_link_status)")
    return found


def same_shard(shards: Mapping[str, str | None]) -> list[str]:
    """Which of these cannot all be masters: sentences.

    :param shards: by name, the id of the node that is the master of its shard now; None where that is not known
    """
    found: dict[str, list[str]] = {}
    for name, master in shards.items():
        if master:
            found.setdefault(master, []).append(name)
    return [f"{' and '.join(names)} are of one shard, which has one master: name one of them" for names in found.values() if len(names) > 1]


def masters_already(names: Sequence[str], members: Members) -> list[str]:
    """What is said of those that need not take any place: sentences."""
    own = {name: ", ".join(replicas(name, members)) or "it has none" for name in names}
    text = "{} is the master of its shard already, and was not changed; to have another one take its place, name a replica of it: {}"
    return [text.format(name, of) for name, of in own.items()]


def not_taken_over(names: Sequence[str], before: Members, after: Members) -> list[str]:
    """Whose failover is not proven: sentences. The one that is no replica any more serves what its master did, and that one follows it.

    :param before: where an earlier run has failed it over, it was a master already, and there is nothing to compare
    """
    found = []
    for name in names:
        now, was = after[name], before.get(name)
        if now is None or now["role"] != "master" or not now["slot_count"]:
            found.append(f"{name} did not take the place of its master: it is {'a ' + now['role'] if now else 'down'}")
            continue
        of = was["master_id"] if was and was["role"] == "replica" else None
        for master, member in before.items():
            if member and member["id"] == of:
                follows, served = (after.get(master) or {}).get("master_id"), member["slots"]
                found += [] if follows == now["id"] else [f"{name} took the place of {master}, and that one does not follow it"]
                found += [] if served == now["slots"] else [f"{name} does not serve what {master} served"]
    return found


def newest(versions: Mapping[str, str | None]) -> list[str]:
    """Who has the newest version, where somebody has an older one: those that an upgrade has done already."""
    orders = {name: upgrade_paths.order(version) for name, version in versions.items() if version}
    last = max(orders.values(), default=())
    return [name for name, place in orders.items() if place == last] if len(set(orders.values())) > 1 else []


def of_versions(versions: Mapping[str, str | None]) -> list[str]:
    """Where those that were upgraded are not all of one version: sentences."""
    unknown = [f"{name} does not say of which version it is" for name, version in versions.items() if not version]
    if unknown or len(set(versions.values())) < 2:
        return unknown
    return [f"those that had their turn are of different versions: {', '.join(f'{name} {version}' for name, version in versions.items())}"]
