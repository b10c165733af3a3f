# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The three parts of a snapshot's way: a replica listens, the source sends, the replica has received."""

from __future__ import annotations

import os

from ...._model.errors import Refused
from ...._plan.plan import Plan, loose
from ...._plan.runner import Reconciler
from ...mysql.guest import control, data_directory
from ..guest import snapshot
from ..rules import snapshot_pipe

#: states of a data directory that may be emptied
_NOTHING = ("blank", "initialising", "receiving")


class Listening(Reconciler):
    """A replica without data, which waits for the snapshot; one with data is left alone.

    :param tool: a snapshot_tools.Tool
    :param engine: a mysql.guest.engines.Engine
    :param datadir: what is to be filled
    :param source: ``{name, host, port}``: the name in the source's certificate, and where its clients find it
    :param port: where to listen
    :param tls_directory: where ca.pem, server.pem and server.key are
    :param dataset: plain data that is kept with the snapshot
    :param timeout: seconds until all must have ended
    """

    def __init__(self, tool, engine, datadir, source, port, tls_directory, dataset, timeout):
        self.tool, self.engine, self.datadir, self.source = tool, engine, datadir, source
        self.port, self.tls_directory, self.dataset, self.timeout = port, tls_directory, dataset, timeout

    def observe(self):
        return data_directory.look(self.datadir)

    def plan(self, observed):
        if observed["state"] not in _NOTHING:
            return Plan()
        missing = snapshot.missing_programs(self.tool.replica_programs)
        if missing:
            raise Refused(f"{self.tool.name} needs {', '.join(missing)} on a replica.", missing=missing)
        needed = (self.dataset or {}).get("bytes", 0)
        if needed > observed["free"]:
            raise Refused(
                f"The source holds {needed / 2**30:.2f} GiB, and {self.datadir} has room for {observed['free'] / 2**30:.2f} GiB.",
                needed=needed,
                free=observed["free"],
            )
        why = "nothing is there yet" if observed["state"] == "blank" else "it is half-made, and begins anew"
        return Plan.of([loose("create", "datadir", self.datadir, f"{why}: it receives the snapshot of {self.source['name']}")])

    def apply(self, plan, observed):
        if self.engine.service.show()["state"] != "inactive" and observed["state"] != "blank":
            control.stop(self.engine)
        note = {
            "master": {"host": self.source["host"], "port": self.source["port"]},
            "dataset": {name: value for name, value in (self.dataset or {}).items() if name != "bytes"},
        }
        paths = [os.path.join(self.datadir, name) for name in (data_directory.RECEIVING, data_directory.RECEIVED)]
        script = snapshot_pipe.receiver(self.tool, self.datadir, self.port, self.tls_directory, self.source["name"], self.timeout, paths)
        snapshot.RECEIVER.forget()
        if self.tool.into_server:
            self._make_server(note)
        else:
            snapshot.mark(self.datadir, note)
        snapshot.listen(script, self.port, self.timeout, user="root" if self.tool.into_server else "mysql")

    def _make_server(self, note):
        """A server for a tool that needs one to be unpacked by. What it writes by itself is no transaction of its own."""
        control.initialise(self.engine, self.datadir)
        snapshot.write_note(self.datadir, note)
        control.start(self.engine, self.timeout)
        # It starts as a replica, where not even root may write.
        control.set_live(self.engine.let_root_write)

    def view(self, observed):
        return observed

    def predict(self, plan, observed):
        return dict(observed, state="receiving")


class Sent(Reconciler):
    """The source's part: one snapshot to all that listen.

    :param tool: a snapshot_tools.Tool
    :param storage_engines: ``{name: [table]}`` that there are
    :param replicas: addresses by the names in the replicas' certificates
    :param workspace: a directory for the tool, on the data volume
    """

    def __init__(self, tool, storage_engines, replicas, workspace, port, tls_directory, timeout):
        self.tool, self.storage_engines, self.replicas = tool, storage_engines, replicas
        self.workspace, self.port, self.tls_directory, self.timeout = workspace, port, tls_directory, timeout
        self.result = {"streams": {}, "bytes": 0, "seconds": 0}

    def observe(self):
        return {"replicas": sorted(self.replicas)}

    def plan(self, observed):
        if not self.replicas:
            return Plan()
        self.tool.check(self.storage_engines)
        missing = snapshot.missing_programs(self.tool.source_programs)
        if missing:
            raise Refused(f"{self.tool.name} needs {', '.join(missing)} on the source.", missing=missing)
        return Plan.of([loose("create", "snapshot", ", ".join(self.replicas), f"one stream of {self.tool.name} to {len(self.replicas)} that have no data")])

    def apply(self, plan, observed):
        streams = list(self.replicas.items())
        script = snapshot_pipe.sender(self.tool, self.storage_engines, self.workspace, streams, self.port, self.tls_directory)
        done = snapshot.send(script, self.workspace, len(streams), self.timeout)
        self.result = dict(done, streams={name: code == 0 and done["complete"] for (name, _address), code in zip(streams, done["streams"])})
        if not any(self.result["streams"].values()):
            raise Refused("No replica has received the snapshot. The log says:\n" + "\n".join(done["log"][-12:]), **self.result)

    def view(self, observed):
        return observed

    def predict(self, plan, observed):
        return observed


class Received(Reconciler):
    """A replica that has listened: its data directory is complete."""

    def __init__(self, tool, datadir, timeout):
        self.tool, self.datadir, self.timeout = tool, datadir, timeout

    def observe(self):
        return dict(data_directory.look(self.datadir), snapshot=snapshot.received(self.datadir, self.tool.binlog_info))

    def plan(self, observed):
        if observed["state"] in ("blank", "initialising"):
            raise Refused(f"{self.datadir} is {observed['state']}: it has not listened for a snapshot.")
        if observed["state"] != "receiving":
            return Plan()
        return Plan.of([loose("update", "datadir", self.datadir, "it is being received")])

    def apply(self, plan, observed):
        snapshot.wait_until_received(self.datadir, self.timeout)

    def view(self, observed):
        return observed

    def predict(self, plan, observed):
        return dict(observed, state="received")
