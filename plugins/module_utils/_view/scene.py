# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a picture of a topology shows, before anything has a place: members, links between them, and the groups that they form. Pure."""

from __future__ import annotations

from dataclasses import dataclass

#: how a member is: it serves; something is to be looked at; something is wrong; nobody asked it
GOOD, WARN, BAD, UNKNOWN = "good", "warn", "bad", "unknown"
#: how a group is drawn: members on one line that connects them all, each below the one that it follows, beside it, in a circle, or with arcs; or side by side
BUS, SHARDS, TREE, RING, ARCS, APART = "bus", "shards", "tree", "ring", "arcs", "apart"


@dataclass(frozen=True)
class Card:
    """A member, as it is shown.

    :param state: GOOD, WARN, BAD or UNKNOWN
    :param status: in Trove's words
    :param role: a few words
    :param lines: what else there is to say of it, a short line each
    :param host: a short name of the hypervisor, None where it is on none
    :param host_wrong: whether it should not be there
    :param used: (GiB used or None, GiB) of its volume
    :param filling: WARN or BAD where that is nearly full
    :param wrong: what is wrong with it, sentences; the first one is shown on the card
    :param missing: whether there is no server of it
    :param shard: the number of the colour in which its slots are shown; None without slots
    """

    name: str
    state: str = UNKNOWN
    status: str = ""
    role: str = ""
    lines: tuple[str, ...] = ()
    host: str | None = None
    host_wrong: bool = False
    used: tuple[float | None, float] | None = None
    filling: str | None = None
    wrong: tuple[str, ...] = ()
    missing: bool = False
    shard: int | None = None


@dataclass(frozen=True)
class Link:
    """From the one that gives to the one that follows it, by name.

    :param text: its state, a few words
    :param state: GOOD, WARN, BAD or UNKNOWN
    """

    source: str
    target: str
    text: str = ""
    state: str = GOOD


@dataclass(frozen=True)
class Group:
    """Members that belong together.

    :param kind: BUS, SHARDS, TREE, RING, ARCS or APART
    :param cards: sources before their replicas; of a RING each before the one that follows it
    """

    kind: str
    title: str
    cards: tuple[Card, ...]
    links: tuple[Link, ...] = ()
    state: str = GOOD


@dataclass(frozen=True)
class Span:
    """Slots from one to another: whose they are, and in which colour; `shard` is None of those that no member serves, `down` says that their master is."""

    first: int
    last: int
    name: str | None
    shard: int | None
    down: bool = False


@dataclass(frozen=True)
class Scene:
    """
    :param spans: all slots in their order; empty where there are none, or nobody knows
    :param hosts: ``(short name, Nova's hostId)``
    :param findings: ``(severity, sentence)``, errors first
    :param asked: whether the members were asked
    """

    title: str
    subtitle: str
    groups: tuple[Group, ...]
    spans: tuple[Span, ...] = ()
    hosts: tuple[tuple[str, str], ...] = ()
    findings: tuple[tuple[str, str], ...] = ()
    asked: bool = True
