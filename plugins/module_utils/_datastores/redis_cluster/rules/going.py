# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a node of a Redis Cluster may go down for a while, and who takes its slots then. Pure, over what each member said of itself.

A *member* is what trove_redis_node_info returns of one, ``redis_cluster.members[0]``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

#: by name; None for one that does not answer
Members = Mapping[str, "Mapping[str, Any] | None"]


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
        if member["keys"] and persistent.get(name) is False:
            found.append(f"{name} has no replica and keeps nothing on disk: its {member['keys']} keys would be lost")
        elif not asked:
            found.append(f"{name} has no replica, so nobody serves its {member['slot_count']} slots while it is down; name it in trove_members to have it so")
    return found


def holding(names: Sequence[str], members: Members) -> list[str]:
    """Why some of these must not lose their data: masters that serve slots, since what they have is what their replicas follow. Sentences."""
    serving = {name: member for name in names for member in [members[name]] if member and is_serving(member)}
    return [
        f"{name} is a master that serves {member['slot_count']} slots, and only a replica gets its data from another one: have a replica take its place first"
        for name, member in serving.items()
    ]


def risks(name: str, members: Members) -> list[str]:
    """What it costs that this one goes down: sentences."""
    member = members[name]
    if member is None or not is_serving(member) or replicas(name, members):
        return []
    return [f"nobody serves the {member['slot_count']} slots of {name} while it is down: it has no replica"]


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
