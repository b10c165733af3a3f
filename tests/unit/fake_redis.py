# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers of a Redis Cluster without servers, for what decides about them: each function of the guest's is in place by its own signature.

What talks to servers is tested by tests/redis, against real ones.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from unittest.mock import create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest import belongings, form, observe, probe, sizes, strays, weights
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest.connection import Access, Connections, NodeError, Words
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest.importer import Importer
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest.mover import Mover
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest.together import Answers
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest.weights import Weight
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.belongings import Belongings
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.big_values import Value
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.moves import Size
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.nodes import Found
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.topology import Cluster
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.verbs import move
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.verbs.cluster import Nodes
from ansible_collections.stackdb.trove.tests.unit.redis_builders import Node, met, node_id

#: what a member has that nobody has changed
_SETTINGS = {
    "cluster-node-timeout": "15000", "proto-max-bulk-len": str(512 << 20), "client-query-buffer-limit": str(1 << 30), "proc-title-template": "{title}",
    "appendonly": "no", "save": "",
}  # fmt: skip


def one_after_another(connections: Connections, wanted: Mapping[str, Sequence[Words]]) -> Answers:
    """In place of `together.calls`, by each node's own method."""

    def answers(name: str) -> Any:
        try:
            return connections[name].calls(wanted[name], check=False)
        except NodeError as error:
            return error

    return {name: answers(name) for name in wanted}


class FakeClock:
    """Time that passes when somebody waits, ten times as fast, so that a test of a timeout looks a few times only."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += 10 * seconds


class FakeServers:
    """Builders' nodes that do as they are told, and write down what that was.

    :ivar told: what was done, and to whom: ``[(what, name, …)]``
    :ivar deaf: names of nodes that nobody can meet
    :ivar bus: what a probe of a member's bus finds, where it is not open
    :ivar busy: who else moves slots
    :ivar measured: whose slots were measured
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, nodes: Iterable[Node]):
        self.all = {node.name: node for node in nodes}
        self.connections = Connections(Access(tls=False), [node.named() for node in self.all.values()])
        self.told: list[tuple[Any, ...]] = []
        self.deaf: set[str] = set()
        self.bus: dict[str, str] = {}
        self.busy: list[str] = []
        self.measured: list[str] = []
        #: large values, how many keys nobody weighed, and what each node has besides keys
        self.large: list[Value] = []
        self.unweighed = 0
        self.has: dict[str, dict[str, Any]] = {name: {"libraries": {}, "modules": [], "users": [], "settings": dict(_SETTINGS)} for name in self.all}
        self.clock = FakeClock()
        monkeypatch.setattr(observe, "time", self.clock)
        for module, function in _REAL:
            monkeypatch.setattr(module, function.__name__, create_autospec(function, side_effect=getattr(self, f"_{function.__name__.lower()}")))

    def nodes(self, timeout: int = 60) -> Nodes:
        return Nodes(self.connections, timeout)

    def done(self, what: str) -> list[tuple[Any, ...]]:
        return [rest for does, *rest in self.told if does == what]

    def _look(self, connections: Connections, links: bool = True) -> dict[str, Found]:
        return {name: self.all[name].found() for name in connections.nodes}

    def _movers(self, connections: Connections, names: Iterable[str]) -> list[str]:
        self.told.append(("ask for movers", *names))
        return self.busy

    def _probe(self, targets: Mapping[str, tuple[str, int]]) -> dict[str, str]:
        self.told.append(("probe", targets))
        return {name: self.bus.get(name, "open") for name in targets}

    def _weigh(self, node: Any, slots: Sequence[int], patience: float = 0) -> Weight:
        self.measured.append(node.name)
        large = [value for value in self.large if value.member == node.name]
        return Weight(Size(len(slots), 10 * len(slots)), large, self.unweighed)

    def _inspect(self, connections: Connections, names: Sequence[str]) -> dict[str, Belongings]:
        return {name: Belongings.of(**self.has[name]) for name in names}

    def _load_libraries(self, node: Any, libraries: Mapping[str, str]) -> None:
        self.told.append(("load", node.name, libraries))
        self.has[node.name]["libraries"].update(libraries)

    def _set_together(self, node: Any, settings: Mapping[str, str]) -> None:
        if settings:
            self.told.append(("set", node.name, settings))
            self.has[node.name]["settings"].update(settings)

    def _save(self, node: Any, kind: str | None, timeout: float) -> None:
        self.told.append(("save", node.name, kind))

    def _expect(self, node: Any, slots: Sequence[int]) -> dict[int, int]:
        return {slot: self.all[node.name].holds.get(slot, 1) for slot in slots}

    def _counted(self, connections: Connections, seen: Cluster) -> Cluster:
        self.told.append(("count", *(member.name for member in seen.masters)))
        held = {name: {slot: keys for slot, keys in node.holds.items() if keys and slot not in node.slots} for name, node in self.all.items()}
        return Cluster(tuple(replace(member, held=held[member.name]) if member.is_master else member for member in seen.members))

    def _carry(self, holder: Any, owner_id: str, place: tuple[str, int], slots: Collection[int], access: Access) -> None:
        self.told.append(("carry", holder.name, owner_id, place, sorted(slots)))
        self.all[holder.name].holds = {}

    def _delete(self, holder: Any, owner_id: str, slots: Collection[int]) -> None:
        self.told.append(("delete", holder.name, owner_id, sorted(slots)))
        self.all[holder.name].holds = {}

    def _set_epoch(self, node: Any, epoch: int) -> None:
        self.told.append(("epoch", node.name, epoch))

    def _add_slots(self, node: Any, runs: Sequence[tuple[int, int]], ranges: bool) -> None:
        self.told.append(("add", node.name, list(runs), ranges))
        for first, last in runs:
            self.all[node.name].slots.update(range(first, last + 1))

    def _meet(self, connections: Connections, pairs: Mapping[str, Sequence[form.Place]]) -> None:
        self.told.append(("meet", pairs))
        places = {(node.named().address, node.named().port): node for node in self.all.values()}
        together = [(self.all[name], places[ip, port]) for name, others in pairs.items() for ip, port, _bus in others]
        for one, other in together:
            if not {one.name, other.name} & self.deaf:
                names = {node.name for node in (one, *one.knows, other, *other.knows)}
                met(*(node for node in self.all.values() if node.name in names))

    def _end_delay(self, connections: Connections, timeouts: Mapping[str, int]) -> None:
        self.told.append(("end delay", timeouts))
        for name in timeouts:
            self.all[name].settings["state"] = "ok"

    def _replicate(self, node: Any, master_id: str) -> None:
        self.told.append(("replicate", node.name, master_id))
        self.all[node.name].settings["master"] = next(name for name in self.all if node_id(name) == master_id)

    def _forget(self, connections: Connections, survivors: Sequence[str], ids: Sequence[str]) -> None:
        self.told.append(("forget", *survivors, *ids))
        for name in survivors:
            self.all[name].knows = [node for node in self.all[name].knows if node_id(node.name) not in ids]

    def _reset(self, node: Any) -> None:
        self.told.append(("reset", node.name))
        self.all[node.name].knows = []

    def _assign(self, node: Any, slots: Iterable[int], owner_id: str) -> None:
        self.told.append(("assign", node.name, sorted(slots), owner_id))
        self.all[node.name].knows = [self.all[other.name] for other in self.all[node.name].knows]

    def _take_slots(self, node: Any, slots: Collection[int], own_id: str, other_id: str) -> None:
        self.told.append(("take", node.name, sorted(slots), own_id, other_id))
        self.all[node.name].slots |= set(slots)
        for one in self.all.values():
            one.knows = [self.all[other.name] for other in one.knows]
            one.settings["state"] = "ok"

    def _close_slots(self, node: Any, slots: Iterable[int]) -> None:
        self.told.append(("close", node.name, sorted(slots)))
        self.all[node.name].marks = ""

    def _mover(self, connections: Connections, masters: Mapping[str, Any], progress: Any) -> Any:
        self.told.append(("masters", masters))
        return self._moving("move", Mover, progress)

    def _importer(self, connections: Connections, progress: Any, sizes: Mapping[Any, int]) -> Any:
        return self._moving("import", Importer, progress)

    def _moving(self, what: str, kind: type, progress: Any) -> Any:
        def run(moves: Sequence[Any]) -> None:
            for one in moves:
                self.told.append((what, one))
                self.all[one.source].slots -= set(one.slots)
                self.all[one.target].slots |= set(one.slots)
                self.all[one.source].marks = self.all[one.target].marks = ""
                progress.add(one.source, one.target, len(one.slots), 7)

        made = create_autospec(kind, instance=True)
        made.run.side_effect = run
        return made


_FORM = ("set_epoch", "add_slots", "meet", "end_delay", "replicate", "forget", "reset", "assign", "take_slots", "close_slots")
#: what a FakeServers is in place of
_REAL: list[tuple[Any, Any]] = [
    *((observe, function) for function in (observe.look, observe.movers)),
    (probe, probe.probe),
    (sizes, sizes.expect),
    (weights, weights.weigh),
    *((belongings, function) for function in (belongings.inspect, belongings.load_libraries, belongings.set_together, belongings.save)),
    *((strays, function) for function in (strays.counted, strays.carry, strays.delete)),
    *((form, getattr(form, name)) for name in _FORM),
    *((move, kind) for kind in (Mover, Importer)),
]
