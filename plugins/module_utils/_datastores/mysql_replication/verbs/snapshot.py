# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The three parts of a snapshot's way: a replica listens, the source sends, the replica has received."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import singledispatchmethod
from typing import Any, TypedDict

from ...._model.errors import Refused
from ...._plan.plan import Plan, Step
from ...._plan.runner import Reconciler
from ...mysql.guest import control, data_directory
from ...mysql.guest.data_directory import DataDirectory
from ...mysql.guest.engines import Engine
from ..guest import snapshot
from ..guest.snapshot import Note, Snapshot
from ..rules import snapshot_pipe
from ..rules.snapshot_tools import VERSIONED, Tool

#: states of a data directory that may be emptied
_NOTHING = ("blank", "initialising", "receiving")


class Sender(TypedDict):
    """The name in the source's certificate, and where its clients find it."""

    name: str
    host: str
    port: int


@dataclass(frozen=True)
class Way:
    """How a snapshot goes.

    :param port: where the replicas listen
    :param tls_directory: where ca.pem, server.pem and server.key are
    :param timeout: seconds until all must have ended
    """

    tool: Tool
    port: int
    tls_directory: str
    timeout: int


class ReceiveSnapshot(Step):
    action = "create"
    kind = "datadir"


class SendSnapshot(Step):
    action = "create"
    kind = "snapshot"


class AwaitSnapshot(Step):
    action = "update"
    kind = "datadir"


@dataclass(frozen=True)
class Listener:
    """:param missing: programs that the tool needs here"""

    datadir: DataDirectory
    missing: Sequence[str]


class Listening(Reconciler[Listener]):
    """A replica without data, which waits for the snapshot; one with data is left alone.

    :param datadir: what is to be filled
    :param dataset: plain data that is kept with the snapshot; ``bytes`` of it is what there must be room for
    """

    def __init__(self, way: Way, engine: Engine, datadir: str, source: Sender, dataset: Mapping[str, Any]) -> None:
        self.way, self.engine, self.datadir, self.source, self.dataset = way, engine, datadir, source, dataset

    def observe(self) -> Listener:
        return Listener(data_directory.look(self.datadir), snapshot.missing_programs(self.way.tool.replica_programs))

    def plan(self, observed: Listener) -> Plan:
        state, free = observed.datadir["state"], observed.datadir["free"]
        if state not in _NOTHING:
            return Plan()
        if observed.missing:
            raise Refused(f"{self.way.tool.name} needs {', '.join(observed.missing)} on a replica.", missing=observed.missing)
        needed = self.dataset.get("bytes", 0)
        if needed > free:
            message = f"The source holds {needed / 2**30:.2f} GiB, and {self.datadir} has room for {free / 2**30:.2f} GiB."
            raise Refused(message, needed=needed, free=free)
        why = "nothing is there yet" if state == "blank" else "an earlier run has left it half-filled"
        return Plan.of([ReceiveSnapshot(self.datadir, f"{why}: it receives the snapshot of {self.source['name']}")])

    @singledispatchmethod
    def carry_out(self, step: Step, observed: Listener) -> None:
        super().carry_out(step, observed)

    @carry_out.register(ReceiveSnapshot)
    def _receive_snapshot(self, step: ReceiveSnapshot, observed: Listener) -> None:
        receiving, received = (os.path.join(self.datadir, name) for name in (data_directory.RECEIVING, data_directory.RECEIVED))
        way, peer = self.way, (self.source["name"], self.source["host"])
        call = snapshot_pipe.receiver(way.tool, self.datadir, way.port, way.tls_directory, peer, way.timeout, (receiving, received))
        # Not by the plan: in check mode the role has not installed it yet.
        snapshot.check(call)
        if self.engine.service.show()["state"] != "inactive" and observed.datadir["state"] != "blank":
            control.stop(self.engine)
        snapshot.RECEIVER.forget()
        if way.tool.into_server:
            self._create_server()
        else:
            snapshot.mark(self.datadir, self._note())
        snapshot.listen(call, way.port, way.timeout, user="root" if way.tool.into_server else "mysql")

    def _note(self) -> Note:
        return {
            "master": {"host": self.source["host"], "port": self.source["port"]},
            "dataset": {name: value for name, value in self.dataset.items() if name != "bytes"},
        }

    def _create_server(self) -> None:
        """A server for a tool that needs one to be unpacked by. What it writes by itself is no transaction of its own."""
        control.initialise(self.engine, self.datadir)
        snapshot.write_note(self.datadir, self._note())
        control.start(self.engine, self.way.timeout)
        # It starts as a replica, where not even root may write.
        control.set_live(self.engine.let_root_write)

    def view(self, observed: Listener) -> dict[str, Any]:
        return {**observed.datadir}

    def predict(self, plan: Plan, observed: Listener) -> dict[str, Any]:
        return {**observed.datadir, "state": "receiving"}


@dataclass(frozen=True)
class Origin:
    """:param missing: programs that the tool needs here
    :param lacks: an option that its program does not have, and that these tables need
    """

    missing: Sequence[str]
    lacks: str | None


class Sent(Reconciler[Origin]):
    """The source's part: one snapshot to all that listen.

    :param storage_engines: tables by storage engine, of those that are not InnoDB's
    :param replicas: addresses by the names in the replicas' certificates
    :param workspace: a directory for the tool, on the data volume
    """

    def __init__(self, way: Way, storage_engines: Mapping[str, Sequence[str]], replicas: Mapping[str, str], workspace: str) -> None:
        self.way, self.storage_engines, self.replicas, self.workspace = way, storage_engines, replicas, workspace

    def observe(self) -> Origin:
        programs = self.way.tool.source_programs
        missing, option = snapshot.missing_programs(programs), self.way.tool.option(self.storage_engines)
        return Origin(missing, option if option and not missing and snapshot.lacks_option(programs[0], option) else None)

    def plan(self, observed: Origin) -> Plan:
        if not self.replicas:
            return Plan()
        self.way.tool.check(self.storage_engines)
        if observed.missing:
            raise Refused(f"{self.way.tool.name} needs {', '.join(observed.missing)} on the source.", missing=observed.missing)
        if observed.lacks:
            program, tables = self.way.tool.source_programs[0], ", ".join(self.storage_engines.get(VERSIONED, ()))
            raise Refused(f"{program} of this version has no {observed.lacks}, and the history of {tables} would be lost. The tool mariadb_backup copies it.")
        return Plan.of([SendSnapshot(", ".join(self.replicas), f"one stream of {self.way.tool.name} to {len(self.replicas)} that have no data")])

    @singledispatchmethod
    def carry_out(self, step: Step, observed: Origin) -> Mapping[str, Any] | None:
        return super().carry_out(step, observed)

    @carry_out.register(SendSnapshot)
    def _send_snapshot(self, step: SendSnapshot, observed: Origin) -> Mapping[str, Any]:
        streams = list(self.replicas.items())
        call = snapshot_pipe.sender(self.way.tool, self.storage_engines, self.workspace, streams, self.way.port, self.way.tls_directory)
        snapshot.check(call)
        done = snapshot.send(call, self.workspace, len(streams), self.way.timeout)
        sent = {name: code == 0 and done["complete"] for name, code in zip(self.replicas, done["streams"])}
        if not any(sent.values()):
            raise Refused("No replica has received the snapshot. The log says:\n" + "\n".join(done["log"][-12:]), **{**done, "streams": sent})
        return {"streams": sent, "bytes": done["bytes"], "seconds": done["seconds"]}

    def view(self, observed: Origin) -> dict[str, Any]:
        return {"replicas": sorted(self.replicas)}

    def predict(self, plan: Plan, observed: Origin) -> dict[str, Any]:
        return self.view(observed)


@dataclass(frozen=True)
class Receipt:
    """:param snapshot: None where the data have come in another way"""

    datadir: DataDirectory
    snapshot: Snapshot | None


class Received(Reconciler[Receipt]):
    """A replica that has listened: its data directory is complete."""

    def __init__(self, tool: Tool, datadir: str, timeout: float) -> None:
        self.tool, self.datadir, self.timeout = tool, datadir, timeout

    def observe(self) -> Receipt:
        return Receipt(data_directory.look(self.datadir), snapshot.received(self.datadir, self.tool.binlog_info))

    def plan(self, observed: Receipt) -> Plan:
        state = observed.datadir["state"]
        if state in ("blank", "initialising"):
            raise Refused(f"{self.datadir} is {state}: it has not listened for a snapshot.")
        return Plan.of([AwaitSnapshot(self.datadir, "it is being received")]) if state == "receiving" else Plan()

    @singledispatchmethod
    def carry_out(self, step: Step, observed: Receipt) -> None:
        super().carry_out(step, observed)

    @carry_out.register(AwaitSnapshot)
    def _await_snapshot(self, step: AwaitSnapshot, observed: Receipt) -> None:
        snapshot.wait_until_received(self.datadir, self.timeout)

    def view(self, observed: Receipt) -> dict[str, Any]:
        return {**observed.datadir, "snapshot": observed.snapshot}

    def predict(self, plan: Plan, observed: Receipt) -> dict[str, Any]:
        return {**self.view(observed), "state": "received"}
