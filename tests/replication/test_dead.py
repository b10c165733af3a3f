# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which real servers count as dead to their replicas, and which do not: those that turn them away, those that hang, and those that are gone."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress

import pymysql
import pytest
import yaml
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.guest import connection as mysql
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.guest import probe, replication
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules.eject import choose
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from conftest import attach, rows, slave, unattached, wait_until
from jinja2.nativetypes import NativeEnvironment
from servers import ROOT, Family, Server


@pytest.fixture
def trio(family: Family) -> tuple[Server, Server, Server]:
    source, first, second = unattached(family, "first", "second")
    attach(source, first, second)
    return source, first, second


def chosen(*replicas: Server) -> str:
    """Who would take over, or why nobody may."""
    try:
        return choose({server.name: server.info(probe=True) for server in replicas})
    except Refused as error:
        return error.message


@contextmanager
def stranger(source: Server) -> Iterator[None]:
    """It shows a certificate without its address, as after a renewal that went wrong, so that no TLS client takes it for itself."""
    key, cert = source.home / "other.key", source.home / "other.pem"
    new = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=elsewhere"]
    subprocess.run(["openssl", *new, "-keyout", str(key), "-out", str(cert)], check=True, capture_output=True)
    before = source.settings
    source.kill()
    source.settings = {**before, "ssl_cert": cert, "ssl_key": key}
    source.start()
    yield
    source.kill()
    source.settings = before
    source.start()


@contextmanager
def full(source: Server) -> Iterator[None]:
    """All of its connections are taken."""
    source.sql("SET GLOBAL max_connections = 10")
    with ExitStack() as stack:
        for _number in range(40):
            with suppress(pymysql.OperationalError):
                stack.enter_context(closing(source.connect()))
        with pytest.raises(pymysql.OperationalError, match="Too many"):
            source.connect()
        yield


@contextmanager
def frozen(source: Server) -> Iterator[None]:
    assert source.process
    source.process.send_signal(signal.SIGSTOP)
    yield
    source.process.send_signal(signal.SIGCONT)


def test_who_is_dead_and_who_is_not(trio: tuple[Server, ...]) -> None:
    """One source, and what it goes through. The last is its death, of which each replica has to be sure."""
    source, first, second = trio
    replicas = (first, second)
    assert "first: alive, it greets as" in chosen(*replicas)
    with stranger(source):
        # What each replica says of it: the handshake fails, by which it counted as dead.
        wait_until(lambda: all(server.info()["source"]["io_running"] == "Connecting" for server in replicas), 30)
        assert "second: alive, it greets as" in chosen(*replicas)
    with full(source):
        assert "first: alive, it says: " in chosen(*replicas)
    with frozen(source):
        assert "first: hung, it takes TCP connections, and does not greet within 5 s" in chosen(*replicas)
        assert "stop its server, or its database by SIGKILL" in chosen(*replicas)
    for server in replicas:
        slave(server, "STOP")
        slave(server, "START")
    wait_until(lambda: not any(server.info()["problems"] for server in replicas), 30)
    source.kill()
    assert chosen(*replicas) in ("first", "second")
    link = first.info(probe=True)["source"]
    assert (link["answers"], link["probe"]) == (False, {"verdict": "dead", "why": "TCP: Connection refused"})


def test_a_connection_that_stands_is_watched(trio: tuple[Server, ...]) -> None:
    """Nobody takes new connections, and what is connected goes on, as behind a firewall: the replica is asked for a port where nobody listens."""
    _source, first, _second = trio
    with replication.connect(mysql.local(str(first.socket))) as server:
        link = server.source()
        assert link
        found = probe.probe(server, {**link, "port": 9})
    assert found["verdict"] == "alive"
    assert "goes on receiving from it by a connection that stands" in found["why"]


@pytest.mark.parametrize("stopped", ["", "IO_THREAD", "SQL_THREAD", "both"])
def test_nothing_received_of_a_dead_source_is_lost(family: Family, stopped: str) -> None:
    """Whichever threads run. MariaDB deletes its relay logs when a thread starts while none runs, and then nobody has what was in them."""
    source, replica = unattached(family, "first")
    attach(source, replica)
    slave(replica, "STOP", "SQL_THREAD")
    source.sql(*(f"INSERT INTO shop.orders VALUES ({number}, 'of a source that dies')" for number in range(20)))
    has = source.info()["position"]
    wait_until(lambda: replica.info()["source"]["retrieved"].split("-")[-1] == has.split("-")[-1])
    source.kill()
    if stopped in ("", "IO_THREAD"):
        slave(replica, "START", "SQL_THREAD")
    if stopped in ("IO_THREAD", "both"):
        slave(replica, "STOP", "IO_THREAD")
    done = replica.run(state="detached", timeout=20)
    if stopped == "both" and family.engine.name == "mariadb":
        assert "stopped: both of its threads are stopped" in done.get("msg", ""), done
        as_it_says(replica)
        done = replica.run(state="detached", timeout=20)
    assert done.get("changed"), done
    assert rows(replica) == [(number,) for number in range(-1, 20)]


def as_it_says(replica: Server) -> None:
    """What the refusal tells to do."""
    with closing(replica.connect(cursorclass=pymysql.cursors.DictCursor)) as connection, connection.cursor() as cursor:
        cursor.execute("SHOW SLAVE STATUS")
        status = cursor.fetchone()
    place = f"RELAY_LOG_FILE = '{status['Relay_Log_File']}', RELAY_LOG_POS = {status['Relay_Log_Pos']}"
    replica.sql(f"CHANGE MASTER TO MASTER_USE_GTID = no, {place}", "START SLAVE SQL_THREAD")


def test_a_source_that_was_ejected_comes_back_read_only(family: Family) -> None:
    """By the role's own settings. MySQL remembers SET PERSIST over its option file, unless that says otherwise."""
    (source,) = family.start("source")
    if family.engine.name == "mysql":
        # as it was when it became writable, by set_read_only
        source.sql("SET PERSIST super_read_only = OFF", "SET PERSIST read_only = OFF")
    source.kill()
    source.option_file = source.home / "fenced.cnf"
    source.option_file.write_text(option_file(family.engine.name))
    source.start()
    info = source.info()
    assert (info["read_only"], info["super_read_only"]) == (True, True if family.engine.name == "mysql" else None)


def option_file(engine: str) -> str:
    """What the role writes of who writes on a dead source."""
    settings = yaml.safe_load((ROOT / "roles/mysql_replication/vars/main.yml").read_text())["__mysql_replication_state_settings"][engine]
    names = {"__mysql_replication_writable": False, "__mysql_replication_fenced": True}
    values = {name: NativeEnvironment().from_string(text).render(names) for name, text in settings.items()}
    return "[mysqld]\n" + "".join(f"{name} = {'ON' if value else 'OFF'}\n" for name, value in values.items())
