# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who becomes a master and who its replica, so that a hypervisor's loss never takes both."""

from __future__ import annotations

from .._model.errors import Refused


def spread(members):
    """The members with their hosts taking turns, so that the first n are on as many hosts as can be.

    :param members: objects with `name` and `host`; a member without a host counts as alone on one
    """
    turns = {}
    order = {}
    for position, member in enumerate(members):
        host = _host(member)
        order[member.name] = (turns.get(host, 0), position)
        turns[host] = turns.get(host, 0) + 1
    return sorted(members, key=lambda member: order[member.name])


def place(masters, spares, wanted, taken=None):
    """Give every master its replicas from the spares, each on another host than its master: ``{replica: master}`` by name.

    :param wanted: replicas per master
    :param taken: ``{master: replicas that it has already}``
    :raises Refused: when there is no such placement
    """
    taken = taken or {}
    places = [(master, number) for number in range(wanted) for master in masters if number >= taken.get(master.name, 0)]
    given = {}
    for spare in spares:
        if not _seat(spare, places, given, set()):
            raise Refused(
                f"{spare.name} on hypervisor {spare.host} cannot be a replica: every master that still needs one is on the same hypervisor,"
                " and a replica there would be lost together with its master.",
                member=spare.name,
            )
    return {spare.name: master.name for (master, _number), spare in given.items()}


def _seat(spare, places, given, tried):
    """Find the spare a place, moving others to different places where that helps (augmenting paths)."""
    free_first = sorted((place for place in places if _host(place[0]) != _host(spare)), key=lambda place: _key(place) in tried or place in given)
    for place in free_first:
        if _key(place) in tried:
            continue
        tried.add(_key(place))
        if place not in given or _seat(given[place], places, given, tried):
            given[place] = spare
            return True
    return False


def _key(place):
    return place[0].name, place[1]


def _host(member):
    return member.host or f"alone: {member.name}"
