# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the programs are called that carry a snapshot. They run for real in tests/replication/test_snapshot_pipe.py."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules import snapshot_pipe
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules.snapshot_tools import choose

FILES = Path(__file__).resolve().parents[7] / "roles/mysql_replication/files/snapshot"
STREAMS = [("shop-1", "192.0.2.11"), ("shop-2", "2001:db8::2")]


def parts(call: snapshot_pipe.Call) -> list[list[str]]:
    """The lists of words between ``--``."""
    found: list[list[str]] = [[]]
    for word in call.arguments:
        if word == "--":
            found.append([])
        else:
            found[-1].append(word)
    return found


@pytest.mark.parametrize("program", [path.name for path in FILES.iterdir()])
def test_a_guests_program_is_compared_with_the_one_that_the_role_has(program: str) -> None:
    assert snapshot_pipe.PROGRAMS[program] == hashlib.sha256((FILES / program).read_bytes()).hexdigest(), "rules/snapshot_pipe.py: PROGRAMS"


def test_the_role_has_every_program() -> None:
    assert set(snapshot_pipe.PROGRAMS) == {path.name for path in FILES.iterdir()}


@pytest.mark.parametrize(("name", "engine"), [("mariadb_backup", "mariadb"), ("clone", "mysql")])
def test_the_sender_gets_the_tools_commands_and_every_stream(name: str, engine: str) -> None:
    tool = choose(name, engine)
    call = snapshot_pipe.sender(tool, {}, "/data/work", STREAMS, 4444, "/tls")
    assert parts(call) == [tool.stage("/data/work"), tool.send("/data/work", {}), ["shop-1", "192.0.2.11:4444", "shop-2", "[2001:db8::2]:4444"]]
    assert call.environment == {"TLS_DIRECTORY": "/tls", "WORKSPACE": "/data/work"}
    assert call.path == "/usr/local/lib/stackdb-trove/snapshot-send"
    assert call.sha256 == snapshot_pipe.PROGRAMS["snapshot-send"]


@pytest.mark.parametrize(("address", "family"), [("192.0.2.5", {}), ("2001:db8::5", {"SOCAT_DEFAULT_LISTEN_IP": "6"}), ("shop.example", {})])
@pytest.mark.parametrize(("name", "engine"), [("mariadb_backup", "mariadb"), ("dump", "mysql")])
def test_the_receiver_gets_the_tools_commands(name: str, engine: str, address: str, family: dict[str, str]) -> None:
    tool = choose(name, engine)
    call = snapshot_pipe.receiver(tool, "/data", 4444, "/tls", ("shop", address), 60, ("/data/.receiving", "/data/.received"))
    assert parts(call) == [tool.unpack("/data"), tool.prepare("/data")]
    assert call.environment == {
        "TLS_DIRECTORY": "/tls", "PORT": "4444", "PEER": "shop", "PATIENCE": "60", "RECEIVING": "/data/.receiving", "RECEIVED": "/data/.received",
        **family,
    }  # fmt: skip
    assert call.path == "/usr/local/lib/stackdb-trove/snapshot-receive"
