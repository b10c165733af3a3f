# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import itertools
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from servers import Engine, Family, Server, collection_path

sys.path.insert(0, str(collection_path()))

_FIRST_PORT = itertools.count(int(os.environ.get("REPLICATION_TEST_PORT", "12100")), 20)


def first_port() -> int:
    """Of the next family of servers: tests beside each other share none."""
    return next(_FIRST_PORT)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--promotions", type=int, default=1, help="how many times a promotion under load is measured")
    parser.addoption("--seeds", type=int, default=2, help="how many seeds of writers, and of verbs with events, are tried")
    parser.addoption("--first-seed", type=int, default=1)


@pytest.fixture(scope="session", params=["mariadb", "mysql"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    place = tmp_path_factory.mktemp("templates")
    if request.param == "mariadb":
        assert shutil.which("mariadbd"), "mariadb-server is not installed"
        return Engine.mariadb(place)
    found = Engine.mysql(place)
    if not found:
        pytest.skip("there is no root file system with MySQL (MYSQL_ROOTFS)")
    return found


@pytest.fixture
def family(engine: Engine, tmp_path: Path) -> Iterator[Family]:
    made = Family(engine, tmp_path / "family", first_port())
    yield made
    made.stop()
    shutil.rmtree(made.directory)


@pytest.fixture
def pair(family: Family) -> tuple[Server, Server]:
    """A source with data and a replica of it, healthy."""
    source, replica = unattached(family, "replica")
    attach(source, replica)
    return source, replica


def unattached(family: Family, *names: str, **settings: object) -> list[Server]:
    """A source with data and blank servers that it would let in."""
    servers = family.start("source", *names, **settings)
    source = servers[0]
    source.sql("CREATE DATABASE shop", "CREATE TABLE shop.orders (id BIGINT PRIMARY KEY, note VARCHAR(100))", "INSERT INTO shop.orders VALUES (-1, 'old')")
    made = source.run(state="source", ca_cert=source.tls["ca_cert"], **family.accounts(*names))
    assert made["changed"], made
    return servers


def attach(source: Server, *replicas: Server, **options: object) -> None:
    gtid = source.copy_to(*replicas)
    for replica in replicas:
        done = replica.attach(source, gtid=gtid, **options)
        assert done.get("changed"), done


def rows(server: Server) -> list[tuple]:
    return server.sql("SELECT id FROM shop.orders ORDER BY id")


def wait_until(condition: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that in time"
        time.sleep(0.05)


def slave(server: Server, verb: str, thread: str = "") -> None:
    """START or STOP both of a replica's threads, or one."""
    server.sql(f"{verb} {'SLAVE' if server.family.engine.name == 'mariadb' else 'REPLICA'} {thread}")


@contextmanager
def locked(server: Server) -> Iterator[None]:
    """What is received is not applied to shop.orders meanwhile."""
    with closing(server.connect()) as holder, holder.cursor() as cursor:
        cursor.execute("LOCK TABLES shop.orders READ")
        yield


def delay(server: Server, seconds: int) -> None:
    slave(server, "STOP")
    mariadb = server.family.engine.name == "mariadb"
    server.sql(f"CHANGE MASTER TO MASTER_DELAY = {seconds}" if mariadb else f"CHANGE REPLICATION SOURCE TO SOURCE_DELAY = {seconds}")
    slave(server, "START")
    wait_until(lambda: not server.info()["problems"])
