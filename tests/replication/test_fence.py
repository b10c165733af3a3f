# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No commit that anybody was told of is lost by a promotion: writers of every kind, chosen and timed by a seed; and what is refused before that."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

import pymysql
import pytest
from conftest import attach, rows, unattached, wait_until
from servers import ADDRESS, Family, Server
from writers import KINDS

PASSWORD = "only for loopback"


def connect(server: Server, user: str = "writer") -> pymysql.Connection:
    return pymysql.connect(host=ADDRESS, port=server.port, user=user, password=PASSWORD, autocommit=True, ssl={"check_hostname": False})


@pytest.fixture
def trio(family: Family) -> tuple[Server, Server, Server]:
    """A source with accounts of every kind, and two healthy replicas."""
    mariadb = family.engine.name == "mariadb"
    bypass = "READ_ONLY ADMIN" if mariadb else "CONNECTION_ADMIN, SYSTEM_VARIABLES_ADMIN"
    source, first, second = unattached(family, "first", "second")
    source.sql(
        f"CREATE USER writer@'127.0.0.1' IDENTIFIED BY '{PASSWORD}'", "GRANT ALL ON shop.* TO writer@'127.0.0.1'",
        f"CREATE USER administrator@'127.0.0.1' IDENTIFIED BY '{PASSWORD}'", "GRANT ALL ON *.* TO administrator@'127.0.0.1'",
        f"CREATE USER manager@'127.0.0.1' IDENTIFIED BY '{PASSWORD}'", "CREATE ROLE staff", "CREATE ROLE managers", f"GRANT {bypass} ON *.* TO managers",
        "GRANT ALL ON shop.* TO managers", "GRANT managers TO staff", "GRANT staff TO manager@'127.0.0.1'",
        "SET DEFAULT ROLE staff FOR manager@'127.0.0.1'" if mariadb else "SET DEFAULT ROLE staff TO manager@'127.0.0.1'",
        "CREATE DEFINER=root@localhost PROCEDURE shop.place(IN number BIGINT) INSERT INTO shop.orders VALUES (number, 'acknowledged')",
    )  # fmt: skip
    attach(source, first, second)
    return source, first, second


def let_promote(source: Server, candidate: Server, **options: object) -> dict:
    return source.run(state="source", ca_cert=source.tls["ca_cert"], **source.family.accounts(promoter=candidate.name), **options)


def follow(candidate: Server, *others: Server) -> None:
    """What a playbook does after a promotion."""
    made = candidate.run(state="source", ca_cert=candidate.tls["ca_cert"], **candidate.family.accounts(*(server.name for server in others)))
    assert not made.get("failed"), made
    for server in others:
        done = server.attach(candidate)
        assert done.get("changed"), done


class Writers:
    """The process of writers.py."""

    def __init__(self, directory: Path, servers: list[Server], kinds: list[str], seed: int):
        self.directory = directory
        for name in ("stop", "started"):
            (directory / name).unlink(missing_ok=True)
        self.process = subprocess.Popen([sys.executable, str(Path(__file__).with_name("writers.py"))], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        options = {"servers": [(server.port, str(server.socket)) for server in servers], "password": PASSWORD, "kinds": kinds, "seed": seed}
        assert self.process.stdin
        self.process.stdin.write(json.dumps({**options, "stop": str(directory / "stop"), "started": str(directory / "started")}))
        self.process.stdin.close()
        self.process.stdin = None

    def started(self) -> None:
        wait_until((self.directory / "started").exists)

    def end(self) -> dict:
        (self.directory / "stop").touch()
        out, _err = self.process.communicate(timeout=60)
        assert self.process.returncode == 0
        return json.loads(out)


def settle_two_phases(source: Server) -> None:
    """What a transaction manager does about transactions of clients that are gone."""
    for row in source.sql("XA RECOVER"):
        name = row[3].decode() if isinstance(row[3], bytes) else row[3]
        with suppress(pymysql.MySQLError):
            source.sql(f"XA ROLLBACK '{name}'")


def test_no_writer_loses_what_it_was_told_of(trio: tuple[Server, ...], tmp_path: Path, pytestconfig: pytest.Config) -> None:
    """Each seed promotes once, there and back in turns. A promotion may be rolled back for an XA transaction in doubt, and then loses nothing, either."""
    source, candidate, other = trio
    told: dict[int, str] = {}
    promoted = 0
    for seed in range(pytestconfig.getoption("--first-seed"), pytestconfig.getoption("--first-seed") + pytestconfig.getoption("--seeds")):
        chance = random.Random(seed)
        kinds = sorted(chance.sample(sorted(KINDS), chance.randint(3, len(KINDS))))
        writing = Writers(tmp_path, [source, candidate], kinds, seed)
        try:
            writing.started()
            time.sleep(chance.uniform(0, 1.5))
            let = let_promote(source, candidate, allow_privileged_writers=True)
            assert not let.get("failed"), let
            done = candidate.run(state="promoted", followers={other.name: other.info()["executed"]}, timeout=60)
            if done.get("changed"):
                follow(candidate, other, source)
            time.sleep(chance.uniform(0, 1))
        finally:
            seen = writing.end()
        told |= {number: f"{kind}, seed {seed}" for kind, one in seen.items() for number in one["acknowledged"]}
        print(f"{seed}: {done.get('promotion') or done['msg']}", {kind: (len(one["acknowledged"]), one["errors"]) for kind, one in seen.items()})
        if not done.get("changed"):
            # On a busy machine a replica may come no closer, and an XA transaction may stay in doubt.
            assert any(words in done["msg"] for words in ("takes writes again", "was not touched", "XA")), done
        else:
            promoted += 1
            source, candidate = candidate, source
        settle_two_phases(source)
        _all_have(trio, source, told)
    assert promoted, "each of them was rolled back"


def _all_have(trio: tuple[Server, ...], source: Server, told: dict[int, str]) -> None:
    for server in trio:
        if server is not source:
            caught = server.run(state="caught_up", timeout=30)
            assert caught.get("caught_up"), (server.name, caught)
        missing = [told[number] for number in sorted(set(told) - {number for (number,) in rows(server)})]
        assert missing == [], f"{server.name} lacks {len(missing)} of {len(told)}, of {sorted(set(missing))}"
    assert len({server.info()["executed"] for server in trio}) == 1


@pytest.mark.parametrize("kind", ["root", "by role"])
def test_a_privileged_writer_is_named_before_the_source_is_touched(trio: tuple[Server, ...], tmp_path: Path, kind: str) -> None:
    source, candidate, _other = trio
    if source.family.engine.name == "mysql":
        pytest.skip("super_read_only binds it")
    writing = Writers(tmp_path, [source], [kind], 1)
    try:
        writing.started()
        before = source.sql("SELECT User FROM mysql.user ORDER BY 1")
        refused = let_promote(source, candidate)
    finally:
        seen = writing.end()
    who = {"root": "root@localhost", "by role": "manager@127.0.0.1"}[kind]
    assert refused.get("failed"), refused
    assert who in refused["msg"]
    assert refused["writers"][0].startswith(f"{who} ("), refused["writers"]
    assert seen[kind]["errors"] == {}
    assert source.sql("SELECT User FROM mysql.user ORDER BY 1") == before


def test_prepared_transactions_are_named_before_the_source_is_touched(trio: tuple[Server, ...]) -> None:
    source, candidate, _other = trio
    with closing(connect(source)) as connection, connection.cursor() as cursor:
        for statement in ("XA START 'pending'", "INSERT INTO shop.orders VALUES (1, 'x')", "XA END 'pending'", "XA PREPARE 'pending'"):
            cursor.execute(statement)
        let_promote(source, candidate)
        refused = candidate.run(state="promoted", timeout=10)
        assert refused.get("failed"), refused
        assert refused["prepared"] == ["pending"]
        assert "neither committed nor rolled back: pending" in refused["msg"]
        # Nobody was disconnected for that.
        cursor.execute("XA COMMIT 'pending'")
    assert source.info()["read_only"] is False
    done = candidate.run(state="promoted", timeout=20)
    assert done.get("changed"), done
    assert (1,) in rows(candidate)


def test_what_was_begun_in_two_phases_does_not_end_behind_the_fence(trio: tuple[Server, ...]) -> None:
    """MySQL's super_read_only lets it be prepared and committed."""
    source, candidate, _other = trio
    let_promote(source, candidate)
    with closing(connect(source)) as connection, connection.cursor() as cursor:
        for statement in ("XA START 'begun'", "INSERT INTO shop.orders VALUES (3, 'x')", "XA END 'begun'"):
            cursor.execute(statement)
        done = candidate.run(state="promoted", timeout=30)
        assert done.get("changed"), done
        at_end = source.info()["executed"]
        with pytest.raises(pymysql.MySQLError):
            cursor.execute("XA PREPARE 'begun'")
    assert source.info()["executed"] == at_end


def test_temporary_tables_written_by_statement_are_named_before_the_source_is_touched(trio: tuple[Server, ...]) -> None:
    source, candidate, _other = trio
    with closing(source.connect()) as connection, connection.cursor() as cursor:
        for statement in ("SET SESSION binlog_format = 'STATEMENT'", "CREATE TEMPORARY TABLE shop.cart (id BIGINT PRIMARY KEY)"):
            cursor.execute(statement)
        wait_until(lambda: candidate.sql("SHOW STATUS LIKE 'Slave_open_temp_tables'")[0][1] == "1")
        let_promote(source, candidate)
        refused = candidate.run(state="promoted", timeout=10)
        assert refused.get("failed"), refused
        assert refused["temporary"] == 1
        assert "1 temporary tables for sessions of" in refused["msg"]
        cursor.execute("DROP TEMPORARY TABLE shop.cart")
    assert source.info()["read_only"] is False
    assert candidate.run(state="caught_up", timeout=20).get("caught_up")
    assert candidate.run(state="promoted", timeout=20).get("changed")


def test_a_lock_that_lasts_longer_than_the_window_gives_the_source_back(trio: tuple[Server, ...]) -> None:
    source, candidate, _other = trio
    let_promote(source, candidate)
    with closing(connect(source)) as connection, connection.cursor() as cursor:
        cursor.execute("LOCK TABLES shop.orders WRITE")
        late = candidate.run(state="promoted", timeout=10, window=1)
        assert "takes writes again" in late["msg"], late
        cursor.execute("INSERT INTO shop.orders VALUES (2, 'under the lock')")
        cursor.execute("UNLOCK TABLES")
    assert source.info()["read_only"] is False
    assert candidate.run(state="promoted", timeout=20).get("changed")
    assert (2,) in rows(candidate)
