# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The local server: what it runs with, and how it takes something else."""

from __future__ import annotations

import ssl
from unittest.mock import call, create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest import live, server
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest.connection import Node, NodeError
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest.server import Seen, Server
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.settings import Running
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError, run
from ansible_collections.stackdb.trove.plugins.module_utils._guest.systemd import Unit
from ansible_collections.stackdb.trove.tests.unit.fake_redis import FakeClock


@pytest.fixture
def fake(monkeypatch):
    """A Server whose node, unit and clock are ours."""
    monkeypatch.setattr(server, "Unit", create_autospec(Unit))
    monkeypatch.setattr(server, "run", create_autospec(run))
    monkeypatch.setattr(server, "time", FakeClock())
    monkeypatch.setattr(ssl, "get_server_certificate", create_autospec(ssl.get_server_certificate, return_value="PEM"))
    node = create_autospec(Node, instance=True)
    node.name = "m1"
    made = Server("redis-server.service", node, ("10.0.0.1", 6379), None)
    made.unit.show.return_value = {"state": "active", "outdated": False, "started": 1000.0}
    made.unit.name = "redis-server.service"
    return made


def test_a_running_server(fake):
    fake.node.calls.return_value = [[b"maxmemory", b"5"], [b"user a on"], 3, b"process_id:0"]
    assert fake.observe() == Seen("active", Running({"maxmemory": "5"}, ["user a on"], "PEM", 3))
    fake.address = None
    assert fake.observe().running.certificate is None


def test_a_server_that_shows_no_certificate(fake):
    fake.node.calls.return_value = [[], [], 0, b""]
    ssl.get_server_certificate.side_effect = OSError("refused")
    with pytest.raises(GuestError, match="m1 shows no certificate: refused"):
        fake.observe()


def test_a_server_that_is_down_is_not_asked_but_looked_at_on_disk(fake, tmp_path):
    (tmp_path / "dump.rdb").touch()
    fake.directory = str(tmp_path)
    fake.unit.show.return_value = {"state": "failed", "outdated": False, "started": 1000.0}
    assert fake.observe() == Seen("failed", None, ("dump.rdb",))
    fake.node.calls.assert_not_called()
    fake.unit.show.return_value = {"state": "reloading", "outdated": False, "started": 1000.0}
    fake.node.calls.return_value = [[], [], 0, b""]
    assert fake.observe().running


def test_what_it_is_told(fake, monkeypatch, tmp_path):
    fake.set({"a": "1", "b": "2"})
    fake.load_users()
    assert fake.node.mock_calls == [call.call("CONFIG", "SET", "a", "1", "b", "2"), call.call("ACL", "LOAD"), call.close()]
    fake.node.call.return_value = [b"tls-session-cache-timeout", b"300"]
    monkeypatch.setattr(server, "_TLS_STAMP", str(tmp_path / "stamp"))
    fake.load_certificate()
    fake.node.calls.assert_called_once_with([("CONFIG", "SET", "tls-session-cache-timeout", 301), ("CONFIG", "SET", "tls-session-cache-timeout", 300)])


@pytest.mark.parametrize("outdated", [True, False])
def test_a_restart_waits_until_the_cluster_is_whole_again(fake, outdated):
    fake.unit.show.return_value = {"state": "active", "outdated": outdated}
    fake.node.call.side_effect = [b"cluster_state:ok", NodeError("down"), b"cluster_state:fail", b"cluster_state:ok"]
    fake.restart(60)
    server.run.assert_called_once_with(["systemctl", "restart", "redis-server.service"], timeout=60)
    assert fake.unit.reload_files.called is outdated
    assert fake.node.call.call_count == 4


def test_a_restart_of_who_did_not_find_it_whole_waits_for_nothing(fake):
    fake.node.call.side_effect = [b"cluster_state:fail"]
    fake.restart(60)
    assert server.time.now == 0


def test_a_restart_that_does_not_bring_it_back(fake):
    fake.node.call.side_effect = [b"cluster_state:ok", *[b"nothing"] * 100]
    with pytest.raises(GuestError, match="m1 was restarted, but did not find the cluster whole within 5 s"):
        fake.restart(5)
    assert 5 <= server.time.now <= 10


def test_what_lies_on_disk(tmp_path, monkeypatch):
    (tmp_path / "users").write_text("a\nb\n")
    assert server.lines(str(tmp_path / "users")) == ["a\n", "b\n"]
    assert server.lines(str(tmp_path / "none")) is server.lines(None) is None
    assert server.entries(str(tmp_path)) == ["users"]
    assert server.entries(str(tmp_path / "users")) == server.entries(None) == []
    program = tmp_path / "redis-server"
    program.write_text("#!/bin/sh\necho Redis server v=7.0.15 sha=0 malloc=libc\n")
    program.chmod(0o755)
    assert server.version(str(program)) == "7.0.15"
    assert server.version(str(tmp_path / "none")) is None


def test_settings_of_a_node(fake):
    fake.node.call.return_value = [b"a", b"1", b"b", b""]
    assert live.settings(fake.node) == {"a": "1", "b": ""}
    fake.node.call.assert_called_once_with("CONFIG", "GET", "*")
