# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each event runs on the source and nowhere else, and is what it was, after any sequence of verbs: events and verbs are chosen by a seed."""

from __future__ import annotations

import random
import time
from contextlib import closing

import pytest
from conftest import unattached, wait_until
from servers import Family, Server
from test_fence import follow, let_promote

_KEPT = (
    "EVENT_SCHEMA, EVENT_NAME, DEFINER, EVENT_TYPE, EXECUTE_AT, INTERVAL_VALUE, INTERVAL_FIELD, SQL_MODE, STARTS, ENDS, ON_COMPLETION, EVENT_DEFINITION,"
    " TIME_ZONE, EVENT_COMMENT, CHARACTER_SET_CLIENT, COLLATION_CONNECTION, DATABASE_COLLATION"
)


def events(server: Server, status: bool = True) -> list[tuple]:
    return server.sql(f"SELECT {_KEPT}{', STATUS' if status else ''} FROM information_schema.EVENTS ORDER BY 1, 2")


def scheduler(server: Server) -> object:
    return server.value("@@global.event_scheduler")


def create_events(server: Server, chance: random.Random, count: int) -> None:
    """Events of accounts, modes, time zones and character sets that the seed chooses; those that run write where and when they did."""
    with closing(server.connect()) as connection, connection.cursor() as cursor:
        for number in range(count):
            charset = chance.choice(["latin1", "utf8mb4"])
            cursor.execute(f"SET NAMES {charset}")
            cursor.execute(f"SET time_zone = '{chance.choice(['SYSTEM', '+05:00', '-03:30'])}'")
            cursor.execute(f"SET sql_mode = '{chance.choice(['', 'ANSI_QUOTES', 'STRICT_ALL_TABLES,PIPES_AS_CONCAT'])}'")
            definer = chance.choice(["root@localhost", "clerk@'%'", "`odd@name`@localhost"])
            when = chance.choice(
                ["EVERY 1 SECOND", "EVERY 90 MINUTE STARTS '2020-02-29 03:00:00'", "AT '2037-01-01 00:00:00'", "EVERY 1 DAY ENDS '2037-01-01 00:00:00'"]
            )
            rest = f"{chance.choice(['', 'ON COMPLETION PRESERVE'])} {chance.choice(['', 'ENABLE', 'DISABLE'])} COMMENT 'number {number}'"
            name = f"`e{number} {chance.choice(['plain', 'a%b', 'tick``s'])}`"
            body = f"INSERT INTO shop.runs (server, at, event) VALUES (@@server_id, NOW(6), {number})"
            cursor.execute(f"CREATE DEFINER={definer} EVENT shop.{name} ON SCHEDULE {when} {rest} DO {body}")


@pytest.fixture
def trio(family: Family) -> list[Server]:
    """A source with a table and accounts for events, and two blank servers that run no events when they start, as the role has it."""
    source, first, second = unattached(family, "first", "second", event_scheduler="OFF")
    source.sql(
        "CREATE TABLE shop.runs (id BIGINT PRIMARY KEY AUTO_INCREMENT, server INT, at DATETIME(6), event INT)",
        "CREATE USER clerk@'%'", "GRANT ALL ON shop.* TO clerk@'%'", "CREATE USER `odd@name`@localhost", "GRANT ALL ON shop.* TO `odd@name`@localhost",
    )  # fmt: skip
    return [source, first, second]


def attach_copies(source: Server, *replicas: Server) -> None:
    gtid = source.copy_to(*replicas)
    for replica in replicas:
        done = replica.attach(source, gtid=gtid)
        assert done.get("changed"), done


def check(source: Server, replicas: list[Server], expected: list[tuple], asked: str) -> None:
    assert events(source) == expected, f"after {source.name} has taken over"
    assert scheduler(source) == asked
    for replica in replicas:
        caught = replica.run(state="caught_up", timeout=30)
        assert caught.get("caught_up"), (replica.name, caught)
        assert scheduler(replica) == "OFF"
        assert "ENABLED" not in {row[-1] for row in events(replica)}, replica.name
        assert events(replica, status=False) == events(source, status=False), replica.name


def check_runs(source: Server, turns: list[int]) -> None:
    """Whatever ran did so on the source of its time, one server after the other."""
    ran = [server for (server,) in source.sql("SELECT server FROM shop.runs ORDER BY id")]
    assert [server for number, server in enumerate(ran) if number == 0 or ran[number - 1] != server] in (turns, turns[:-1]), (ran, turns)


def test_a_sequence_of_verbs(trio: list[Server], pytestconfig: pytest.Config) -> None:
    source, candidate, other = trio
    seed = pytestconfig.getoption("--first-seed")
    chance = random.Random(seed)
    create_events(source, chance, 6)
    source.sql("CREATE EVENT shop.ticks ON SCHEDULE EVERY 1 SECOND DO INSERT INTO shop.runs (server, at, event) VALUES (@@server_id, NOW(6), 99)")
    before = source.info()["executed"]
    attach_copies(source, candidate, other)
    source.sql("SET GLOBAL event_scheduler = ON")
    turns = [source.port]
    expected = events(source)
    check(source, [candidate, other], expected, "ON")
    for number in range(pytestconfig.getoption("--seeds")):
        # Some that replicas know from replication alone, and that look alike there whether they are enabled or not.
        if number == 0:
            source.sql("CREATE EVENT shop.`later, off` ON SCHEDULE EVERY 1 SECOND DISABLE DO DELETE FROM shop.runs")
            expected = events(source)
        wait_until(lambda where=source: where.sql(f"SELECT 1 FROM shop.runs WHERE server = {where.port}"))
        assert not let_promote(source, candidate).get("failed")
        done = candidate.run(state="promoted", timeout=30)
        assert done.get("changed"), done
        assert done["events"]["failed"] == {}
        assert done["event_scheduler"] == "ON"
        turns.append(candidate.port)
        if chance.random() < 0.5:
            # What the old source runs between is seen when it cannot be attached.
            time.sleep(1.5)
        follow(candidate, other, source)
        source, candidate = candidate, source
        check(source, [candidate, other], expected, "ON")
        check_runs(source, turns)
    assert before != source.info()["executed"]
    left = other.run(state="detached")
    assert set(left["disabled_events"]) >= {"shop.ticks"}
    assert events(source) == expected
    count = other.value("COUNT(*) FROM shop.runs")
    other.sql("SET GLOBAL event_scheduler = ON", "DO SLEEP(1.5)")
    assert other.value("COUNT(*) FROM shop.runs") == count, "the source runs them"


def test_a_dead_sources_events_go_on(trio: list[Server]) -> None:
    source, candidate, other = trio
    source.sql(
        "CREATE EVENT shop.off ON SCHEDULE EVERY 1 SECOND DISABLE DO DELETE FROM shop.runs",
        "CREATE EVENT shop.ticks ON SCHEDULE EVERY 1 SECOND DO INSERT INTO shop.runs (server, at, event) VALUES (@@server_id, NOW(6), 99)",
    )
    attach_copies(source, candidate, other)
    source.sql("SET GLOBAL event_scheduler = ON", "CREATE EVENT shop.once ON SCHEDULE AT NOW() + INTERVAL 2 SECOND ON COMPLETION PRESERVE DO SELECT 1")
    wait_until(lambda: candidate.sql("SELECT 1 FROM shop.runs"))
    time.sleep(2)
    source.kill()
    done = candidate.run(state="detached", takes_over=True, event_scheduler="on")
    assert done.get("changed"), done
    assert done["disabled_events"] == ["shop.once"]
    assert {row[1]: row[-1] for row in events(candidate)}["off"] == "DISABLED"
    assert scheduler(candidate) == "ON"
    wait_until(lambda: candidate.sql(f"SELECT 1 FROM shop.runs WHERE server = {candidate.port}"))
    assert candidate.run(state="detached", takes_over=True, event_scheduler="on")["changed"] is False


def test_a_promotion_that_is_rolled_back_leaves_events_alone(trio: list[Server]) -> None:
    source, candidate, other = trio
    attach_copies(source, candidate, other)
    source.sql("SET GLOBAL event_scheduler = ON", "CREATE EVENT shop.ticks ON SCHEDULE EVERY 1 SECOND DO INSERT INTO shop.runs (server) VALUES (@@server_id)")
    let_promote(source, candidate)
    with closing(source.connect()) as connection, connection.cursor() as cursor:
        cursor.execute("LOCK TABLES shop.orders WRITE")
        late = candidate.run(state="promoted", timeout=10, window=1)
    assert "takes writes again" in late["msg"], late
    assert scheduler(source) == "ON"
    assert scheduler(candidate) == "OFF"
    assert {row[-1] for row in events(source)} == {"ENABLED"}
    count = source.value("COUNT(*) FROM shop.runs")
    wait_until(lambda: source.value("COUNT(*) FROM shop.runs") > count)
