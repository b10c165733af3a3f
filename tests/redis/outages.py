# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Outages of Redis Cluster on loopback, and the entry point `recover` without hosts."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from typing import Any

import redis
from chaos import connect
from servers import Servers
from test_failovers import wait_for
from test_lost_members import KEYS, SIX, formed

MODULE = "trove_redis_recovery"
#: the directory of the log of changes
LOG = "appendonlydir"


def row(servers: Servers, name: str, persistence: str, **changes: Any) -> dict[str, Any]:
    """What trove_redis_recovery reads on a guest, which has a unit; these servers have none."""
    from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules import snapshot

    home = servers.directory / name
    text = (home / "nodes.conf").read_text() if (home / "nodes.conf").exists() else None
    own = next((line.split()[0] for line in (text or "").splitlines() if "myself" in line), None)
    ok = text is not None and own and "vars currentEpoch" in text
    data = bool(list((home / LOG).glob("*.manifest"))) if persistence == "aof" else (home / "dump.rdb").exists()
    runs = name in servers.processes
    dump = home / "dump.rdb"
    found = snapshot.fields(dump.read_bytes()) if persistence == "rdb" and dump.exists() else {}
    return {
        "state": "active" if runs else "failed", "answers": runs, "why": [] if runs else ["it was killed (SIGKILL)"], "damaged": False, "tried": False,
        "file": "ok" if ok else "missing" if text is None else "damaged", "nodes": text if ok else "", "id": own if ok else None,
        "persistence": persistence, "data": data, "announced": servers.address(name), "at": time.time(),
        "down_for": None if runs else time.monotonic() - servers.ended[name], "replid": found.get("repl-id"),
        "offset": int(found["repl-offset"]) if "repl-offset" in found else None, "saved": None, **changes,
    }  # fmt: skip


class Recovery:
    """The entry point without hosts.

    :param unreachable: the members whose hosts cannot be reached
    :ivar started: who was started, in this order
    """

    def __init__(self, servers: Servers, names: Collection[str] = SIX, persistence: str = "aof", unreachable: Collection[str] = (), **rows: Mapping[str, Any]):
        self.servers, self.names, self.persistence, self.unreachable, self.rows = servers, tuple(names), persistence, unreachable, rows
        self.started: list[str] = []

    def evidence(self) -> dict[str, Any]:
        found = {name: {} if name in self.unreachable else row(self.servers, name, self.persistence) for name in self.names}
        return {name: {**one, **self.rows.get(name, {})} for name, one in found.items()}

    def reach(self, state: str, **options: Any) -> dict[str, Any]:
        return self.servers.run(self.names, module=MODULE, state=state, member="m1", timeout=options.pop("timeout", 30), **options)

    def decide(self, lost: Collection[str] = ()) -> dict[str, Any]:
        found = self.reach("decided", evidence=self.evidence(), lost=list(lost))
        assert not found.get("failed"), found
        return found

    def run(self, lost: Collection[str] = (), until: str = "") -> dict[str, Any]:
        """Of the last step that ran, with whether any of them changed something.

        :param until: the step before which the run is killed
        """
        found = self.decide(lost)
        if found["refused"]:
            return found
        decided, evidence, changed = found["decided"], self.evidence(), False
        for step in ("first", "met", "taken_over", "then", "met_again", "forgotten", "fixed", "proven"):
            if step == until:
                break
            if step in ("first", "then"):
                self._start(decided[step])
                changed = changed or bool(decided[step])
                continue
            if step == "fixed":
                found = self.servers.run(self.names, state="fixed") if found["redis_cluster"]["open_slots"] else {}
            else:
                found = self.reach(step.replace("_again", ""), evidence=evidence, decided=decided)
            changed = changed or bool(found.get("changed"))
            if found.get("failed"):
                break
        return {**found, "changed": changed, "decided": decided}

    def _start(self, names: Collection[str]) -> None:
        self.started += names
        self.servers.start(*(name for name in names if name not in self.servers.processes), **settings(self.persistence))


def settings(persistence: str) -> dict[str, str]:
    kept_by = {"aof": {"appendonly": "yes"}, "rdb": {"save": "3600 1"}, "none": {}}
    return {"cluster_node_timeout": "1000", **kept_by[persistence]}


def outage(servers: Servers, persistence: str = "aof", names: tuple[str, ...] = SIX, replicas: int = 1) -> dict[str, str]:
    """A cluster of six: ``{replica: its master}``, with the keys written."""
    return formed(servers, names, replicas, **settings(persistence))


def healthy(servers: Servers, names: tuple[str, ...] = SIX) -> None:
    for name in names:
        text = connect(servers, name).execute_command("CLUSTER", "INFO").decode()
        assert {"cluster_state:ok", "cluster_slots_ok:16384"} <= {*text.split()}, (name, text)


def assert_done(done: Mapping[str, Any]) -> None:
    assert (done.get("failed"), done.get("refused")) == (None, None), done


def replication(servers: Servers, name: str) -> dict[str, Any]:
    found: dict[str, Any] = redis.Redis(port=servers.port(name), **servers.client_options()).info("replication")
    return found


def part(servers: Servers, replica: str, master: str) -> None:
    """Break the link between them; the bus stays, and nobody is failed over by itself. Keys are written then that the replica never gets."""
    connect(servers, replica).execute_command("CONFIG", "SET", "cluster-replica-no-failover", "yes")
    connect(servers, replica).execute_command("CONFIG", "SET", "masterauth", "wrong")
    connect(servers, master).execute_command("CLIENT", "KILL", "TYPE", "REPLICA")
    wait_for(lambda: replication(servers, replica)["master_link_status"] == "down")
    client = redis.RedisCluster(host="127.0.0.1", port=servers.port(master), **servers.client_options())
    for key, value in KEYS.items():
        client.set(f"late:{key}", value)
    # longer than the node timeout, before which writes would not count
    wait_for(lambda: replication(servers, replica)["master_link_down_since_seconds"] > 3)


def late(servers: Servers, port_of: str) -> int:
    client = redis.RedisCluster(host="127.0.0.1", port=servers.port(port_of), **servers.client_options())
    return sum(client.get(f"late:{key}") == value.encode() for key, value in KEYS.items())


def caught_up(servers: Servers, name: str) -> bool:
    info = replication(servers, name)
    if info["role"] == "master":
        return True
    return bool(info["slave_repl_offset"] >= redis.Redis(port=int(info["master_port"]), **servers.client_options()).info("replication")["master_repl_offset"])


def suspected(servers: Servers, name: str, gone: Collection[str]) -> bool:
    ports = {str(servers.port(other)) for other in gone}
    lines = connect(servers, name).execute_command("CLUSTER", "NODES").decode().splitlines()
    return all("fail" in line.split()[2] for line in lines if line.split()[1].partition("@")[0].rpartition(":")[2] in ports)
