# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who becomes a master and who its replica, so that a hypervisor's loss never takes both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ...._model.errors import Refused
from .nodes import Member

#: a master's name, and the number of one of its replicas
Place = tuple[str, int]


def spread(members: Iterable[Member]) -> list[Member]:
    """The members with their hosts taking turns, so that the first n are on as many hosts as can be. A member without a host counts as alone on one."""
    members = list(members)
    turns: dict[str, int] = {}
    order: dict[str, tuple[int, int]] = {}
    for position, member in enumerate(members):
        host = _host(member)
        order[member.name] = (turns.get(host, 0), position)
        turns[host] = turns.get(host, 0) + 1
    return sorted(members, key=lambda member: order[member.name])


def place(masters: Sequence[Member], spares: Sequence[Member], wanted: int, taken: Mapping[str, int] | None = None) -> dict[str, str]:
    """Give every master its replicas from the spares, each on another host than its master: ``{replica: master}`` by name.

    :param wanted: replicas per master
    :param taken: ``{master: replicas that it has already}``
    :raises Refused: when there is no such placement
    """
    taken = taken or {}
    # The places of all masters take turns, so that no master gets its second before another its first.
    hosts = {master.name: _host(master) for master in masters}
    places = [(name, number) for number in range(wanted) for name in hosts if number >= taken.get(name, 0)]
    allowed = {spare.name: [place for place in places if hosts[place[0]] != _host(spare)] for spare in spares}
    given: dict[Place, str] = {}
    for spare in spares:
        if not _seat(spare.name, allowed, given, set()):
            raise Refused(
                f"{spare.name} on hypervisor {spare.host} cannot be a replica: every master that still needs one is on the same hypervisor,"
                " and a replica there would be lost together with its master.",
                member=spare.name,
            )
    return {replica: master for (master, _number), replica in given.items()}


def _seat(spare: str, allowed: Mapping[str, list[Place]], given: dict[Place, str], tried: set[Place]) -> bool:
    """Find the spare a place, moving others to different places where that helps (augmenting paths)."""
    for place in sorted(allowed[spare], key=lambda place: place in given):
        if place not in tried:
            tried.add(place)
            if place not in given or _seat(given[place], allowed, given, tried):
                given[place] = spare
                return True
    return False


def _host(member: Member) -> str:
    return member.host or f"alone: {member.name}"
