# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who leaves a cluster: by name, by id, or by how many are to stay."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from . import identity
from .cluster import Cluster, natural
from .datastore import Driver
from .errors import InvalidInput


def by_name(cluster: Cluster, members: Sequence[str]) -> list[str]:
    """The names of members that were given by name or id, in that order, each once.

    What is neither is left as it is: it may be the name of one that has gone already. An id that was noted when its server left is that one's, of which a
    killed run may have left the volume; where another member has got its name since, it is no member's.

    :raises InvalidInput: for an id that no member has or had
    """
    names = {i.id: i.name for i in cluster.instances}
    found = []
    for number, asked in enumerate(members):
        given = asked.lower() if _is_id(asked) else asked
        if given not in names and given in cluster.left:
            name, _slash, volume_id = cluster.left[given].partition("/")
            volume = cluster.volume(name)
            found += [] if cluster.instance(name) or (volume and volume.id != volume_id) else [name]
            continue
        if given not in names and _is_id(given):
            raise InvalidInput(f"members[{number}]", given, sorted(_known(cluster), key=natural), rule=f"Instance {given} does not exist.")
        found.append(names.get(given, given))
    return list(dict.fromkeys(found))


def gone(cluster: Cluster) -> dict[str, str]:
    """What is noted of those that left and are no members now, by their id or by their name."""
    return {id_: value for id_, value in cluster.left.items() if not any(id_ == i.id or value.partition("/")[0] == i.name for i in cluster.instances)}


def names_of_left(cluster: Cluster) -> set[str]:
    """The names of those of which it is noted that they left."""
    return {value.partition("/")[0] for value in cluster.left.values()}


def to_note(cluster: Cluster, driver: Driver, members: Sequence[str]) -> dict[str, str]:
    """What the members that stay note of all that left, with those that leave now: ``{id: name/id of the volume}``.

    Of more than identity.MAX_LEFT those with the lowest numbers are forgotten, which left first.
    """
    servers = {i.id: i for i in cluster.instances if i.name in members}
    alone = {v.id: v for v in cluster.volumes if v.instance in members and not cluster.instance(v.instance) and not _is_noted(cluster, v.id)}
    now = {id_: f"{i.name}/{i.volume.id if i.volume else ''}" for id_, i in servers.items()}
    now.update({id_: f"{v.instance}/{v.id}" for id_, v in alone.items()})

    def number(id_: str) -> int:
        return driver.member_number(cluster.name, cluster.left[id_].partition("/")[0]) or 0

    earlier = sorted((id_ for id_ in cluster.left if id_ not in now), key=lambda id_: (-number(id_), id_))
    return {**now, **{id_: cluster.left[id_] for id_ in earlier[: max(identity.MAX_LEFT - len(now), 0)]}}


def _is_noted(cluster: Cluster, volume_id: str) -> bool:
    return any(value.partition("/")[2] == volume_id for value in cluster.left.values())


def _known(cluster: Cluster) -> set[str]:
    """Of a member whose server is gone its volume may be left: it has a name, and its id is not known any more."""
    return {i.name for i in cluster.instances} | {v.instance for v in cluster.volumes}


def by_count(cluster: Cluster, driver: Driver, total: Any) -> list[str]:
    """The names of the members that leave so that `total` stay: those with the highest numbers. One without a number stays as long as it can.

    A killed run may have left the volumes of members whose servers have gone: those of higher numbers than all that stay leave, too.

    :raises InvalidInput: for what is no number, for fewer than may stay, and for more than there are
    """
    if isinstance(total, str) and total.isdecimal():
        total = int(total)
    living = len(cluster.instances)
    if isinstance(total, bool) or not isinstance(total, int):
        raise InvalidInput("instances", total, "the number of instances that are to stay, as a number")
    if not driver.min_after_shrink <= total <= living:
        rule = f"The cluster {cluster.name} has {living} instances."
        raise InvalidInput("instances", total, f"a number from {driver.min_after_shrink} to {living}; state=grown adds instances", rule=rule)

    def number(name: str) -> int:
        return driver.member_number(cluster.name, name) or 0

    order = sorted((i.name for i in cluster.instances), key=lambda name: (number(name), natural(name)))
    staying, going = order[:total], order[total:]
    highest = max(map(number, staying), default=0)
    left = {v.instance for v in cluster.volumes if not cluster.instance(v.instance) and number(v.instance) > highest}
    return sorted([*going, *left], key=natural)


def _is_id(given: str) -> bool:
    try:
        return str(uuid.UUID(given)) == given.lower()
    except ValueError:
        return False
