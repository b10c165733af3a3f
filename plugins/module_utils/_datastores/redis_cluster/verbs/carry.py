# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes along with a move of slots: libraries of functions before it, settings that are other ones during it, and a save of what has arrived after it."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from ...._guest.command import GuestError
from ...._plan.plan import Plan, Step
from ..guest import belongings as guest
from ..guest import weights
from ..guest.weights import Weight
from ..rules import belongings, big_values, notes
from ..rules.belongings import Belongings
from ..rules.big_values import Limits, Value
from ..rules.nodes import NODE_TIMEOUT
from ..rules.slots import Move
from ..rules.topology import Cluster
from .cluster import Nodes


@dataclass(frozen=True)
class CopyLibraries(Step):
    action = "copy"
    kind = "functions"

    member: str
    libraries: Mapping[str, str] = field(repr=False)

    @classmethod
    def to(cls, member: str, libraries: Mapping[str, str]) -> CopyLibraries:
        return cls(", ".join(sorted(libraries)), f"{member} gets its first slots, and FCALL fails there without them", member, libraries)


@dataclass(frozen=True)
class RaiseSettings(Step):
    action = "raise"
    kind = "settings"

    member: str
    wanted: Mapping[str, int | str]

    @property
    def risk(self) -> str | None:
        timeout = int(self.wanted.get("cluster-node-timeout") or 0)
        return f"if {self.member} finds that a member really fails meanwhile, it says so only after {timeout // 1000} s" if timeout else None

    @classmethod
    def of(cls, member: str, wanted: Mapping[str, int | str]) -> RaiseSettings:
        listed = ", ".join(f"{name} to {value}" for name, value in sorted(wanted.items()))
        return cls(listed, f"on {member}, until the slots have moved; put back at the end, or by the next run", member, wanted)


@dataclass(frozen=True)
class PutBackSettings(Step):
    action = "put_back"
    kind = "settings"

    member: str

    @classmethod
    def of(cls, member: str, changes: Collection[str]) -> PutBackSettings:
        return cls(", ".join(sorted(changes)) or "a note", f"on {member}, an earlier run has changed them and was stopped", member)


@dataclass(frozen=True)
class SaveKeys(Step):
    action = "save"
    kind = "keys"

    member: str
    disk: str | None

    @classmethod
    def of(cls, member: str, disk: str | None) -> SaveKeys:
        how = {"aof": "its log is synced", "rdb": "a snapshot is written (BGSAVE)"}.get(disk or "", "it keeps nothing on disk")
        return cls(member, f"what has arrived must not be in its memory alone: {how}", member, disk)


@dataclass(frozen=True)
class Baggage:
    """What members have besides keys, by name, and what each move carries."""

    has: Mapping[str, Belongings] = field(default_factory=dict)
    weights: Mapping[Move, Weight] = field(default_factory=dict)

    def of_target(self, name: str) -> list[Value]:
        return [value for move, weight in self.weights.items() if move.target == name for value in weight.large]


def look(nodes: Nodes, cluster: Cluster, moves: Sequence[Move]) -> Baggage:
    """What the members have, and what moves carry, all sources asked at the same time, each by one connection."""
    by_source: dict[str, list[Move]] = {}
    for move in moves:
        by_source.setdefault(move.source, []).append(move)

    def weigh(source: str) -> list[tuple[Move, Weight]]:
        return [(move, weights.weigh(nodes.connections[source], move.slots)) for move in by_source[source]]

    has = guest.inspect(nodes.connections, [member.name for member in cluster.reachable])
    with ThreadPoolExecutor(max_workers=max(len(by_source), 1)) as pool:
        return Baggage(has, dict(pair for pairs in pool.map(weigh, by_source) for pair in pairs))


def told(baggage: Baggage, move: Move) -> str:
    """The large values of a move, by name, and whether there may be others."""
    weight = baggage.weights[move]
    unweighed = f"{weight.unweighed} keys were not weighed" if weight.unweighed else ""
    return "; ".join(filter(None, [big_values.told(weight.large), unweighed]))


def is_left(baggage: Baggage) -> bool:
    """Whether a run that was stopped has left anything to be done."""
    return any(notes.read(has.settings.get(notes.TITLE, ""))[1] for has in baggage.has.values())


def put_back(baggage: Baggage) -> list[PutBackSettings]:
    """The steps that end what a stopped run has begun."""
    found = {name: notes.putting_back(has.settings) for name, has in baggage.has.items()}
    return [PutBackSettings.of(name, changes.keys() - {notes.TITLE}) for name, changes in found.items() if changes]


def before(cluster: Cluster, baggage: Baggage, moves: Sequence[Move]) -> Plan:
    """What is done before slots move.

    :raises Refused: for what a move would lose, or what would not be there for clients where their keys go
    """
    pairs = {(move.source, move.target) for move in moves}
    belongings.check_alike(baggage.has, pairs)
    serving = [member.name for member in cluster.masters if member.slots]
    targets = sorted({move.target for move in moves})
    libraries = belongings.missing_libraries(baggage.has, serving, targets)
    large = [value for weight in baggage.weights.values() for value in weight.large]
    # As they are once what a stopped run has raised is put back.
    settings = {name: {**has.settings, **notes.putting_back(has.settings)} for name, has in baggage.has.items()}
    limits = {name: _limits(has) for name, has in settings.items()}
    raised = big_values.raised(limits, large, {name: baggage.of_target(name) for name in targets})
    kept = belongings.masters_kept({member.name: member.slots for member in cluster.masters}, moves, settings)
    changed: dict[str, dict[str, int | str]] = {name: {**raised.get(name, {}), **kept.get(name, {})} for name in settings}
    return Plan.of(
        [CopyLibraries.to(name, found) for name, found in libraries.items()],
        [RaiseSettings.of(name, wanted) for name, wanted in changed.items() if wanted],
        warnings=belongings.differences(baggage.has, pairs),
    )


def after(baggage: Baggage, moves: Sequence[Move]) -> list[SaveKeys]:
    """What is done when slots have moved; also for who has got some in a run that was stopped before that."""
    owing = {name for name, has in baggage.has.items() if notes.read(has.settings.get(notes.TITLE, ""))[1].unsaved}
    names = sorted(name for name in {move.target for move in moves} | owing if name in owing or belongings.disk(baggage.has[name].settings))
    return [SaveKeys.of(name, belongings.disk(baggage.has[name].settings)) for name in names]


def _limits(settings: Mapping[str, str]) -> Limits:
    found = [int(settings.get(name) or default) for name, default in (("cluster-node-timeout", NODE_TIMEOUT), *_LIMITS)]
    return Limits(*found)


#: where they are not told, they are what redis.conf says
_LIMITS = (("proto-max-bulk-len", 512 << 20), ("client-query-buffer-limit", 1 << 30))


def copy_libraries(nodes: Nodes, stage: Sequence[CopyLibraries]) -> None:
    for step in stage:
        guest.load_libraries(nodes.connections[step.member], step.libraries)


def raise_settings(nodes: Nodes, stage: Sequence[RaiseSettings]) -> None:
    """All members before the first value moves: who still has the short timeout would hold a silent server for failed."""
    has = guest.inspect(nodes.connections, [step.member for step in stage])
    for step in stage:
        guest.set_together(nodes.connections[step.member], notes.raising(has[step.member].settings, step.wanted))


def put_settings_back(nodes: Nodes, names: Collection[str]) -> None:
    """By what the members themselves have noted."""
    for name, has in guest.inspect(nodes.connections, names).items():
        guest.set_together(nodes.connections[name], notes.putting_back(has.settings))


def owe(nodes: Nodes, names: Collection[str]) -> None:
    """Note that keys are about to arrive, before the first does."""
    for name, has in guest.inspect(nodes.connections, names).items():
        if belongings.disk(has.settings):
            guest.set_together(nodes.connections[name], notes.owing(has.settings, unsaved=True))


def save(nodes: Nodes, stage: Sequence[SaveKeys]) -> None:
    """All at the same time."""

    def one(step: SaveKeys) -> None:
        guest.save(nodes.connections[step.member], step.disk, nodes.timeout)

    with ThreadPoolExecutor(max_workers=max(len(stage), 1)) as pool:
        list(pool.map(one, stage))
    for name, has in guest.inspect(nodes.connections, [step.member for step in stage]).items():
        guest.set_together(nodes.connections[name], notes.owing(has.settings, unsaved=False))


@contextlib.contextmanager
def raised_for(nodes: Nodes, names: Collection[str]) -> Iterator[None]:
    """Whatever happens, what was raised on these members is put back; a member that does not answer keeps its note, and the next run sees that."""
    try:
        yield
    finally:
        for name in names:
            with contextlib.suppress(GuestError):
                put_settings_back(nodes, [name])
