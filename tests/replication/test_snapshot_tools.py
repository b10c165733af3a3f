# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tools for MariaDB copy, run for real as the module calls them: histories, accounts, and more tables than a program may have files open."""

from __future__ import annotations

import glob
import os
import resource
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
import test_snapshot_pipe as pipe
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules.snapshot_tools import MariadbBackup, MariaDbDump, Tool
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from conftest import first_port
from servers import Engine, Family, Server

#: the harness that runs the programs of a snapshot, and the certificates of their ends
scripts, tls = pipe.scripts, pipe.family

#: where the programs are: this machine's, or those of the embedded cloud's image
_PLACES = [*os.environ["PATH"].split(":"), *glob.glob("/var/lib/stackdb-devcloud/images/debian-12-mariadb-10.11*/rootfs/usr/bin")]
_TABLES = 1_200


def program(name: str) -> str | None:
    return shutil.which(name, path=":".join(_PLACES))


pytestmark = pytest.mark.skipif(not all(map(program, ("mariadb-backup", "mariadb-dump", "mariadb"))), reason="needs mariadb-backup and the client")


@pytest.fixture
def family(tmp_path: Path) -> Iterator[Family]:
    made = Family(Engine.mariadb(tmp_path / "template"), tmp_path / "family", first_port())
    yield made
    made.stop()


def command(argv: list[str], server: Server) -> list[str]:
    """The tool's own command line, with this server's socket."""
    found = program(argv[0])
    assert found
    words = [found, *(f"--socket={server.socket}" if word.startswith("--socket=") else word for word in argv[1:])]
    # The one of this machine would be read: a server that is not ours.
    return words if "--no-defaults" in words else [words[0], "--no-defaults", *words[1:]]


def test_a_dump_takes_histories_and_accounts_along(family: Family) -> None:
    source, replica = family.start("source", "replica")
    source.sql(
        "CREATE DATABASE shop", "CREATE TABLE shop.prices (id INT PRIMARY KEY, price INT) WITH SYSTEM VERSIONING", "INSERT INTO shop.prices VALUES (1, 10)",
        "UPDATE shop.prices SET price = 20", "UPDATE shop.prices SET price = 30", "CREATE SEQUENCE shop.numbers START WITH 7",
        "CREATE TABLE shop.hidden (id INT PRIMARY KEY, pin INT INVISIBLE DEFAULT 7, twice INT AS (id * 2) STORED)",
        "INSERT INTO shop.hidden (id, pin) VALUES (1, 42)",
        "CREATE TABLE shop.log (id INT) ENGINE = MyISAM", "INSERT INTO shop.log VALUES (5)", "CREATE VIEW shop.now AS SELECT * FROM shop.prices",
        "CREATE TRIGGER shop.noted AFTER INSERT ON shop.log FOR EACH ROW SET @noted = 1", "CREATE EVENT shop.nightly ON SCHEDULE EVERY 1 DAY DO SET @a = 1",
        "CREATE ROLE reader", "GRANT SELECT ON shop.* TO reader", "CREATE USER clerk@'10.0.0.9' IDENTIFIED BY 'x'", "GRANT reader TO clerk@'10.0.0.9'",
    )  # fmt: skip
    engines = source.info()["engines_not_copyable"]
    assert engines == {"MyISAM": ["shop.log"], "SYSTEM VERSIONED": ["shop.prices"]}
    tool = MariaDbDump()
    tool.check(engines)
    dumped = subprocess.run(command(tool.send("", engines), source), check=True, capture_output=True).stdout
    subprocess.run(command(tool.unpack(""), replica), check=True, input=dumped)
    for statement in (
        "SELECT id, price FROM shop.prices FOR SYSTEM_TIME ALL ORDER BY 2", "SELECT id, pin, twice FROM shop.hidden", "SELECT * FROM shop.log",
        "SELECT * FROM shop.now", "SHOW GRANTS FOR reader", "SHOW GRANTS FOR clerk@'10.0.0.9'", "SELECT EVENT_NAME FROM information_schema.EVENTS",
        "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS",
    ):  # fmt: skip
        assert replica.sql(statement) == source.sql(statement), statement
    assert len(replica.sql("SELECT * FROM shop.prices FOR SYSTEM_TIME ALL")) == 3
    assert replica.value("NEXTVAL(shop.numbers)") >= 7
    assert replica.value("@@gtid_slave_pos") == source.value("@@gtid_binlog_pos")


def test_a_history_by_transactions_is_named_and_not_lost(family: Family) -> None:
    (source,) = family.start("source")
    period = "s BIGINT UNSIGNED GENERATED ALWAYS AS ROW START, e BIGINT UNSIGNED GENERATED ALWAYS AS ROW END, PERIOD FOR SYSTEM_TIME (s, e)"
    source.sql("CREATE DATABASE shop", f"CREATE TABLE shop.prices (x INT, {period}) WITH SYSTEM VERSIONING ENGINE = InnoDB")
    engines = source.info()["engines_not_copyable"]
    assert engines == {"SYSTEM VERSIONED by transactions": ["shop.prices"]}
    MariadbBackup().check(engines)
    with pytest.raises(Refused, match=r"history of tables that keep it by transactions \(shop.prices\). The tool mariadb_backup does"):
        MariaDbDump().check(engines)


class Backup(Tool):
    """The real mariadb-backup of a server, whose stream is kept in a file."""

    name, engines, source_programs, replica_programs = "backup", (), (), ()

    def __init__(self, server: Server) -> None:
        self.server = server

    def send(self, workspace: str, storage_engines: Iterable[str]) -> list[str]:
        return command(MariadbBackup().send(workspace, storage_engines), self.server)

    def unpack(self, datadir: str) -> list[str]:
        return ["dd", f"of={datadir}/stream", "status=none"]


def test_more_tables_than_a_program_may_open_by_default(family: Family, tls: Path, scripts: pipe.Scripts) -> None:
    """A unit of systemd begins with a soft limit of 1,024 open files; here it is as low as a quarter of the tables."""
    (source,) = family.start("source", table_open_cache=200)
    source.sql("CREATE DATABASE shop")
    source.sql(*(f"CREATE TABLE shop.t{number} (id INT PRIMARY KEY)" for number in range(_TABLES)))
    tool = Backup(source)
    receiver = scripts.receive("one", tls, tool)
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (_TABLES // 4, before[1]))
    try:
        sender = scripts.send(tls, tool, ("one", "one"))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    _out, said = sender.communicate(timeout=120)
    assert (sender.returncode, receiver.wait(60)) == (0, 0), said[-1500:]
    assert "completed OK!" in said
    assert (scripts.folder / "one" / "stream").stat().st_size > _TABLES * 16 * 1024
