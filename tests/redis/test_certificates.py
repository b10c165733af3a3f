# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The CA of a running cluster with TLS changes in its three phases while clients connect and verify: nobody is turned away, and no server restarts.

The steps are the guest's own, in the role's order; systemd's word on the service is the one thing that is not real.
"""

from __future__ import annotations

import importlib
import threading
import time
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest
import redis
from servers import PASSWORD, Servers

NAMES = ["m1", "m2", "m3"]
GUEST = "ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest"


class Members:
    """Three masters, each with TLS files of its own."""

    def __init__(self, servers: Servers, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.syspath_prepend(servers.tree)
        self.servers, self.place, self.monkeypatch = servers, place, monkeypatch
        self.connection = importlib.import_module(f"{GUEST}.connection")
        self.guest = importlib.import_module(f"{GUEST}.server")
        self.build = importlib.import_module("ansible_collections.stackdb.trove.tests.unit.certificate_builders")
        self.bundle = place / "clients.pem"
        self.began = time.time()

    def file(self, name: str, file: str) -> Path:
        return self.place / name / file

    def write(self, name: str, file: str, text: str) -> None:
        self.file(name, file).parent.mkdir(exist_ok=True)
        self.file(name, file).write_text(text)

    def sign(self, name: str, authority: object, **options: object) -> None:
        made = self.build.make(name, authority, sans=["127.0.0.1"], **options)
        self.write(name, "server.pem", made.pem)
        self.write(name, "server.key", made.key)

    def start(self, *names: str) -> None:
        for name in names:
            options = {"tls_cert_file": "server.pem", "tls_key_file": "server.key", "tls_ca_cert_file": "ca.pem"}
            self.servers.start(name, **{option: str(self.file(name, file)) for option, file in options.items()})

    def server(self, name: str) -> object:
        access = self.connection.Access(password=PASSWORD, ca_cert=str(self.file(name, "ca.pem")))
        node = self.guest.local(access, name, "127.0.0.1", self.servers.port(name))
        files = [str(self.file(name, file)) for file in ("ca.pem", "server.pem", "server.key")]
        made = self.guest.Server("redis", node, ("127.0.0.1", self.servers.port(name)), None, files)
        made.unit = SimpleNamespace(show=lambda: {"state": "active", "started": self.began})
        self.monkeypatch.setattr(self.guest, "_TLS_STAMP", str(self.place / name / "stamp"))
        return made

    def load(self, name: str) -> None:
        server = self.server(name)
        if server.observe().unread:
            server.load_certificate()
        assert server.observe().unread == ()

    def trust(self, *authorities: object) -> None:
        for name in NAMES:
            self.write(name, "ca.pem", "".join(one.pem for one in authorities))
            self.load(name)
        self.bundle.write_text("".join(one.pem for one in authorities))


class Clients(threading.Thread):
    """Connects anew all the time to each member in turn, and verifies."""

    def __init__(self, members: Members) -> None:
        super().__init__(daemon=True)
        self.members, self.served, self.refused = members, Counter(), []
        self.resting: set[str] = set()
        self.end = threading.Event()

    def run(self) -> None:
        while not self.end.wait(0.002):
            for name in [name for name in NAMES if name not in self.resting]:
                try:
                    port = self.members.servers.port(name)
                    verified = {"ssl": True, "ssl_ca_certs": str(self.members.bundle), "ssl_check_hostname": True}
                    with redis.Redis(host="127.0.0.1", port=port, password=PASSWORD, **verified) as client:
                        client.ping()
                    self.served[name] += 1
                except redis.RedisError as error:
                    if name not in self.resting:
                        self.refused.append(f"{name}: {error}")


@pytest.fixture
def members(make_servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Members:
    tls = dict.fromkeys(("ca", "cert", "key"), str(tmp_path / "clients.pem"))
    return Members(make_servers(tls), tmp_path, monkeypatch)


def whole(members: Members) -> bool:
    said = [members.server(name).node.text("CLUSTER", "INFO") for name in NAMES]
    return all("cluster_state:ok" in one and "cluster_known_nodes:3" in one for one in said)


def test_the_ca_changes_under_clients_and_members_come_back_in_every_phase(members: Members) -> None:
    old, new = members.build.ca("old"), members.build.ca("new")
    members.bundle.write_text(old.pem)
    for name in NAMES:
        members.write(name, "ca.pem", old.pem)
        members.sign(name, old)
    members.start(*NAMES)
    assert "failed" not in members.servers.run(NAMES, replicas=0, timeout=30)
    pids = {name: members.servers.processes[name].pid for name in NAMES}
    clients = Clients(members)
    clients.start()

    def come_back(name: str) -> None:
        """It was killed and starts: its links to the others are new, in both directions."""
        clients.resting.add(name)
        time.sleep(0.2)
        members.servers.kill(name)
        members.start(name)
        pids[name] = members.servers.processes[name].pid
        deadline = time.monotonic() + 30
        while not whole(members):
            assert time.monotonic() < deadline, name
            time.sleep(0.1)
        clients.resting.discard(name)

    members.trust(new, old)
    come_back("m2")
    for name in NAMES:
        members.sign(name, new)
        members.load(name)
        if name == "m1":
            come_back("m3")
    members.trust(new)
    come_back("m1")
    clients.end.set()
    clients.join(10)
    assert clients.refused == []
    assert min(clients.served[name] for name in NAMES) > 5
    assert {name: members.servers.processes[name].pid for name in NAMES} == pids


def test_files_that_redis_refuses_leave_it_with_those_that_it_had(members: Members) -> None:
    old, new = members.build.ca("old"), members.build.ca("new")
    members.write("m1", "ca.pem", old.pem)
    members.sign("m1", old)
    members.start("m1")
    members.sign("m1", new)
    members.write("m1", "server.key", members.build.make("other").key)
    with pytest.raises(members.connection.NodeError, match="m1"):
        members.server("m1").load_certificate()
    assert members.server("m1").node.call("PING") == b"PONG"
    assert members.server("m1").observe().unread


def test_a_server_whose_certificate_has_expired_is_told_to_read_a_new_one(members: Members, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = members.build.ca("old")
    members.write("m1", "ca.pem", authority.pem)
    members.sign("m1", authority, begins=-9, days=8)
    members.start("m1")
    members.sign("m1", authority)
    monkeypatch.setattr(members.guest.host, "addresses", list)
    with pytest.raises(members.connection.NodeError, match="certificate has expired"):
        members.server("m1").load_certificate()
    monkeypatch.setattr(members.guest.host, "addresses", lambda: ["127.0.0.1"])
    members.load("m1")
    monkeypatch.setattr(members.guest.host, "addresses", list)
    assert members.server("m1").node.call("PING") == b"PONG"
