# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A replica takes over from a living source while writers write, or does not and leaves everything as it was; or from a dead one."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules.eject import choose
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules.health import health
from conftest import attach, delay, locked, rows, slave, unattached, wait_until
from servers import ADDRESS, Family, Server

PASSWORD = "only for loopback"


class Load:
    """The process of load.py: writers at full speed, on the first server until it refuses."""

    def __init__(self, directory: Path, servers: list[Server], threads: int = 4):
        self.directory = directory
        for name in ("stop", "started"):
            (directory / name).unlink(missing_ok=True)
        self.process = subprocess.Popen([sys.executable, str(Path(__file__).with_name("load.py"))], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        options = {"servers": [(ADDRESS, server.port) for server in servers], "password": PASSWORD, "threads": threads}
        assert self.process.stdin
        self.process.stdin.write(json.dumps({**options, "stop": str(directory / "stop"), "started": str(directory / "started")}))
        self.process.stdin.close()
        self.process.stdin = None
        wait_until((directory / "started").exists)

    def end(self) -> dict:
        (self.directory / "stop").touch()
        out, _err = self.process.communicate(timeout=60)
        assert self.process.returncode == 0
        return json.loads(out)


@contextmanager
def load(directory: Path, servers: list[Server], result: dict, threads: int = 4) -> Iterator[None]:
    running = Load(directory, servers, threads)
    try:
        yield
    finally:
        result.update(running.end())


@pytest.fixture
def trio(family: Family) -> tuple[Server, Server, Server]:
    """A source that writers may write to, and two healthy replicas."""
    source, first, second = unattached(family, "first", "second")
    source.sql(f"CREATE USER writer@'127.0.0.1' IDENTIFIED BY '{PASSWORD}'", "GRANT SELECT, INSERT, UPDATE, DELETE ON shop.* TO writer@'127.0.0.1'")
    attach(source, first, second)
    return source, first, second


def let_promote(source: Server, candidate: Server) -> None:
    done = source.run(state="source", ca_cert=source.tls["ca_cert"], **source.family.accounts(promoter=candidate.name))
    assert not done.get("failed"), done


def hand_over(source: Server, candidate: Server, other: Server) -> dict:
    """Everything that a promotion is, in the order in which a playbook does it; the result of state=promoted."""
    let_promote(source, candidate)
    promoted = candidate.run(state="promoted", followers={other.name: other.info()["executed"]}, timeout=30)
    assert promoted.get("changed"), promoted
    # The first time; later they are there, since they replicate.
    made = candidate.run(state="source", ca_cert=candidate.tls["ca_cert"], **source.family.accounts(source.name, other.name))
    assert not made.get("failed"), made
    for server in (other, source):
        done = server.attach(candidate)
        assert done.get("changed"), done
    caught = source.run(state="caught_up", timeout=30)
    assert caught.get("caught_up"), caught
    for server in (source, candidate, other):
        wait_until(lambda server=server: server.value("COUNT(*) FROM mysql.user WHERE User = 'trove_promote'") == 0)
    return promoted["promotion"]


def test_no_acknowledged_commit_is_lost(trio: tuple[Server, ...], tmp_path: Path, pytestconfig: pytest.Config) -> None:
    source, candidate, other = trio
    acknowledged: set[int] = set()
    for number in range(pytestconfig.getoption("--promotions")):
        seen: dict = {}
        with load(tmp_path, [source, candidate], seen, threads=2):
            time.sleep(2)
            promotion = hand_over(source, candidate, other)
            time.sleep(1)
        acknowledged |= set(seen["acknowledged"])
        rate = len(seen["acknowledged"]) / seen["seconds"]
        print(f"{number}: window {promotion['window_ms']} ms, writers saw {seen['gap_ms']} ms, {rate:.0f} commits/s, waited {promotion['waited_s']} s")
        assert seen["switches"], seen["errors"]
        assert promotion["window_ms"] < 1000
        for server in (source, other):
            caught = server.run(state="caught_up", timeout=30)
            assert caught.get("caught_up"), caught
        for server in trio:
            missing = acknowledged - {number for (number,) in rows(server)}
            assert missing == set(), f"{server.name} lacks {len(missing)} of {len(acknowledged)}"
        infos = {server.name: server.info() for server in trio}
        assert {name: (one["problems"], one["errant"]) for name, one in health(infos, candidate.name).items() if name != candidate.name} == {
            source.name: ([], ""),
            other.name: ([], ""),
        }
        assert [server.info()["read_only"] for server in (candidate, source, other)] == [False, True, True]
        source, candidate = candidate, source


def test_promoting_twice_changes_nothing(trio: tuple[Server, ...]) -> None:
    source, candidate, _other = trio
    let_promote(source, candidate)
    foretold = candidate.run(state="promoted", check=True)
    assert foretold["changed"]
    assert source.info()["read_only"] is False
    done = candidate.run(state="promoted")
    assert done["plan"] == foretold["plan"]
    assert candidate.run(state="promoted")["changed"] is False


def test_a_stopped_candidate_leaves_the_source_untouched(trio: tuple[Server, ...]) -> None:
    source, candidate, _other = trio
    let_promote(source, candidate)
    slave(candidate, "STOP", "SQL_THREAD")
    refused = candidate.run(state="promoted", timeout=3)
    assert "no healthy replica" in refused["msg"]
    _still(source, candidate)


def test_a_candidate_that_is_late_leaves_the_source_untouched(trio: tuple[Server, ...], tmp_path: Path) -> None:
    source, candidate, _other = trio
    let_promote(source, candidate)
    seen: dict = {}
    with locked(candidate), load(tmp_path, [source], seen):
        time.sleep(1)
        late = candidate.run(state="promoted", timeout=3)
        time.sleep(0.5)
    assert "which was not touched" in late["msg"]
    assert late["target"] in late["msg"]
    assert seen["errors"] == {}
    _still(source, candidate)


def test_a_candidate_that_cannot_finish_in_the_window_gives_the_source_back(trio: tuple[Server, ...], tmp_path: Path) -> None:
    source, candidate, _other = trio
    let_promote(source, candidate)
    delay(candidate, 1)
    seen: dict = {}
    with load(tmp_path, [source], seen, threads=1):
        process = candidate.popen(state="promoted", timeout=20, window=60)
        wait_until(lambda: source.value("@@global.read_only"))
        slave(candidate, "STOP", "SQL_THREAD")
        late = json.loads(process.communicate(timeout=30)[0])
        time.sleep(1)
    assert "it does not apply" in late["msg"], late
    assert "takes writes again" in late["msg"], late
    assert late["target"] in late["msg"]
    # It was in the middle of it: writers were refused, or waited for MariaDB's lock, and went on afterwards.
    assert any("read" in error for error in seen["errors"]) or source.family.engine.name == "mariadb", seen["errors"]
    assert 10 < seen["gap_ms"] < 5000
    _still(source, candidate)
    assert candidate.info()["problems"] == []
    delay(candidate, 0)
    assert candidate.run(state="promoted", timeout=20)["changed"]
    assert set(seen["acknowledged"]) <= {number for (number,) in rows(candidate)}


def test_told_to_end_in_the_window_gives_the_source_back(trio: tuple[Server, ...], tmp_path: Path) -> None:
    source, candidate, _other = trio
    let_promote(source, candidate)
    delay(candidate, 1)
    with load(tmp_path, [source], {}, threads=1):
        process = candidate.popen(state="promoted", timeout=20, window=60)
        wait_until(lambda: source.value("@@global.read_only"))
        process.terminate()
        out, _err = process.communicate(timeout=30)
    assert "SIGTERM" in json.loads(out)["msg"]
    _still(source, candidate)


def test_killed_in_the_window_the_next_run_goes_on(trio: tuple[Server, ...], tmp_path: Path) -> None:
    source, candidate, _other = trio
    let_promote(source, candidate)
    delay(candidate, 1)
    seen: dict = {}
    with load(tmp_path, [source], seen, threads=1):
        process = candidate.popen(state="promoted", timeout=20, window=60)
        wait_until(lambda: source.value("@@global.read_only"))
        process.kill()
        process.communicate()
    # With a shorter window its delay would be refused.
    done = candidate.run(state="promoted", timeout=20, window=60)
    assert done.get("changed"), done
    assert set(seen["acknowledged"]) <= {number for (number,) in rows(candidate)}
    assert candidate.info()["read_only"] is False


@pytest.mark.parametrize("writable", [False, True], ids=["threads stopped", "writable"])
def test_killed_after_the_window_the_next_run_goes_on(trio: tuple[Server, ...], writable: bool) -> None:
    """The states that a run killed between two statements leaves, made by hand."""
    source, candidate, _other = trio
    let_promote(source, candidate)
    mysql = source.family.engine.name == "mysql"
    source.sql("SET GLOBAL super_read_only = ON" if mysql else "SET GLOBAL read_only = ON")
    wait_until(lambda: rows(candidate) == rows(source))
    slave(candidate, "STOP")
    if writable:
        candidate.sql("SET GLOBAL read_only = OFF")
    done = candidate.run(state="promoted", timeout=20)
    assert done.get("changed"), done
    info = candidate.info()
    assert info["source"] is None
    assert info["read_only"] is False


def test_errant_transactions_keep_a_replica_from_promotion(trio: tuple[Server, ...]) -> None:
    source, candidate, _other = trio
    let_promote(source, candidate)
    lift = ["SET GLOBAL super_read_only = OFF"] if candidate.family.engine.name == "mysql" else []
    candidate.sql(*lift, "INSERT INTO shop.orders VALUES (80, 'errant')")
    refused = candidate.run(state="promoted")
    assert "transactions that" in refused["msg"]
    assert refused["errant"] in refused["executed"]
    _still(source, candidate)


def test_a_candidate_that_others_could_not_follow_is_refused(trio: tuple[Server, ...]) -> None:
    source, candidate, other = trio
    let_promote(source, candidate)
    behind = other.info()["executed"]
    slave(other, "STOP")
    source.sql("INSERT INTO shop.orders VALUES (90, 'in a log that goes')")
    assert candidate.run(state="caught_up", timeout=10)["caught_up"]
    # MariaDB keeps one for a while that InnoDB may need after a crash, and says nothing.
    for _attempt in range(20):
        candidate.sql("FLUSH BINARY LOGS", "DO SLEEP(0.2)")
        candidate.sql(f"PURGE BINARY LOGS TO '{candidate.sql('SHOW BINARY LOGS')[-1][0]}'")
        if len(candidate.sql("SHOW BINARY LOGS")) == 1:
            break
    refused = candidate.run(state="promoted", followers={"second": behind})
    assert "second could not follow" in refused["msg"]
    _still(source, candidate)


def test_the_most_advanced_replica_of_a_dead_source_takes_over(trio: tuple[Server, ...]) -> None:
    source, behind, ahead = trio
    slave(behind, "STOP", "IO_THREAD")
    # Received, but not applied: that counts, and is applied before it takes over.
    slave(ahead, "STOP", "SQL_THREAD")
    source.sql(*(f"INSERT INTO shop.orders VALUES ({number}, '')" for number in range(100, 120)))
    last = source.info()["position"].replace(":", "-").split("-")[-1]
    wait_until(lambda: ahead.info()["source"]["retrieved"].replace(":", "-").split("-")[-1] == last)
    with pytest.raises(Exception, match="not dead to all of its replicas"):
        choose({server.name: server.info(probe=True) for server in (behind, ahead)})
    source.kill()
    assert choose({server.name: server.info(probe=True) for server in (behind, ahead)}) == ahead.name
    assert ahead.run(state="detached")["changed"]
    assert len(rows(ahead)) == 21
    assert ahead.run(state="source", ca_cert=ahead.tls["ca_cert"], **ahead.family.accounts(behind.name))["changed"] is False, "it has the accounts already"
    done = behind.attach(ahead)
    assert done.get("changed"), done
    assert behind.run(state="caught_up", timeout=10)["caught_up"]
    assert rows(behind) == rows(ahead)


def _still(source: Server, candidate: Server) -> None:
    """Everything is as it was before the promotion."""
    info = source.info()
    assert info["read_only"] is False
    assert not info["super_read_only"]
    source.sql("INSERT INTO shop.orders VALUES (-2, 'it takes writes')")
    info = candidate.info()
    assert info["source"]["port"] == source.port
    assert info["read_only"] is True
