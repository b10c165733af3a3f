# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a verb is asked for, and what it has to do: plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypedDict

from .info import Account, Promoter


class Dataset(TypedDict):
    """What goes with a snapshot, in Trove's words, and how many bytes a replica must have room for."""

    datastore: str
    datastore_version: str
    dataset_size: float
    snapshot_href: str | None
    bytes: int


class Place(TypedDict):
    """A member's in a ring: whom it replicates from, which one it is from 1, and of how many."""

    source: str
    position: int
    size: int


class Wanted(TypedDict):
    """A member's contract, by names: whom it replicates from, None for nobody, and whether clients write there."""

    source: str | None
    writable: bool


@dataclass(frozen=True)
class Asked:
    """The names that a verb was given.

    :param source: for main and replicate the source; for eject the dead one, which may be no member
    :param candidate: for promote, the replica that takes over
    :param leaving: for detach, the replicas that leave
    :param returning: for attach, those that become replicas of the source
    :param chain: for attach, whether the source may be a replica itself
    :param ring: for ring the members, each before the one that replicates from it; for attach, the ring that the chain is created for
    :param contracts: for recover, who replicates from whom, and who takes writes
    :param refill: for recover, those whose data are given up, where nothing else heals them
    :param tried: for recover, whether those that were down have been started, as far as they can be
    :param defers: for promote, whether the old source follows the new one later, and may be older until then
    """

    source: str | None = None
    candidate: str | None = None
    leaving: tuple[str, ...] = ()
    returning: tuple[str, ...] = ()
    chain: bool = False
    ring: tuple[str, ...] = ()
    contracts: Mapping[str, Wanted] = field(default_factory=dict)
    refill: tuple[str, ...] = ()
    tried: bool = False
    defers: bool = False


class Recovery(TypedDict):
    """What a recovery does, member by member.

    - starting: whose server is down, and is started as one that takes no writes
    - replicating: of all, whether they replicate by the contracts
    - fencing: who takes writes, and must not
    - opening: who takes no writes, and has to
    - acts: what is done to each of the others: ``none``, ``start``, ``attach``, ``refetch``, ``refill``, ``refused``, or ``wait`` until those are started
    - sources: whom each of the others replicates from when all is done
    - refused: why nothing is done to it, and what to do instead, by name
    - destroyed: what is lost by a refill, in words, by name
    - text: the evidence and the decision, for people
    """

    starting: list[str]
    replicating: dict[str, bool]
    fencing: list[str]
    opening: list[str]
    acts: dict[str, str]
    sources: dict[str, str]
    refused: dict[str, str]
    destroyed: dict[str, str]
    text: str


@dataclass(frozen=True)
class Decision:
    """Who does what, the same for every verb; see plugins/modules/trove_mysql_replication_plan.py."""

    source: str | None = None
    new_source: str | None = None
    old_source: str | None = None
    resumed: bool = False
    replicas: list[str] = field(default_factory=list)
    attach: list[str] = field(default_factory=list)
    path: list[str] = field(default_factory=list)
    leaving: list[str] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    promoter: Promoter | None = None
    executed: dict[str, str] = field(default_factory=dict)
    dataset: Dataset | None = None
    order: list[str] = field(default_factory=list)
    opening: list[str] = field(default_factory=list)
    ring: dict[str, Place] = field(default_factory=dict)
    recovery: Recovery | None = None
