# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A source with replicas becomes a chain and the other way round, while somebody writes; and every verb on its members does as the plan says."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules.topology import decide
from conftest import attach, rows, slave, unattached, wait_until
from servers import ADDRESS, Family, Server
from test_preflight import words


@contextmanager
def written(source: Server) -> Iterator[list[int]]:
    """Somebody writes to the source all the time: the numbers that were acknowledged."""
    done: list[int] = []
    stop = threading.Event()

    def write() -> None:
        with source.connect() as connection, connection.cursor() as cursor:
            while not stop.is_set():
                cursor.execute("INSERT INTO shop.orders VALUES (%s, 'meanwhile')", (len(done) + 1,))
                done.append(len(done) + 1)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield done
    finally:
        stop.set()
        thread.join()


def made(servers: list[Server], source: str, *who: str) -> list[dict]:
    """What the role does for a change of a chain: accounts at its top, wait until they have come down, and attach. The modules' results."""
    names = {server.name: server for server in servers}
    plan = decide("attach", list(names), words(servers), source=source, returning=list(who), chain=True)
    top = names[plan["source"]]
    accounts = [{**account, "address": ADDRESS} for account in plan["accounts"]]
    done = [top.run(state="source", ca_cert=top.tls["ca_cert"], replicas=accounts)]
    done += [names[name].run(state="caught_up", timeout=20) for name in plan["path"]]
    done += [names[name].attach(names[plan["new_source"]], source_behind=bool(plan["path"])) for name in plan["attach"]]
    done += [names[name].run(state="caught_up", timeout=20) for name in plan["attach"]]
    assert not [one for one in done if one.get("failed")], done
    return done


def sources(servers: list[Server]) -> dict[str, str | None]:
    ports = {server.port: server.name for server in servers}
    infos = {server.name: server.info() for server in servers}
    return {name: info["source"] and ports[info["source"]["port"]] for name, info in infos.items()}


@pytest.fixture
def star(family: Family) -> list[Server]:
    if family.engine.name != "mariadb":
        pytest.skip("a chain is built on MariaDB")
    servers = unattached(family, "first", "second")
    attach(servers[0], *servers[1:])
    return servers


def test_a_star_becomes_a_chain_and_is_turned_round_and_a_star_again_under_a_writer(star: list[Server]) -> None:
    source, first, second = star
    with written(source) as acknowledged:
        for changes, wanted in (
            ([("source", "first"), ("first", "second")], {"source": None, "first": "source", "second": "first"}),
            ([("source", "second"), ("second", "first")], {"source": None, "first": "second", "second": "source"}),
            ([("source", "first"), ("source", "second")], {"source": None, "first": "source", "second": "source"}),
            ([("source", "first"), ("first", "second")], {"source": None, "first": "source", "second": "first"}),
        ):
            for change in changes:
                made(star, *change)
            assert sources(star) == wanted
            assert [server.info()["read_only"] for server in star] == [False, True, True]
            again = [done for change in changes for done in made(star, *change)]
            assert not any(done["changed"] for done in again), again
    for server in (first, second):
        assert server.run(state="caught_up", timeout=20)["caught_up"]
        wait_until(lambda server=server: rows(server) == rows(source))
    assert len(rows(source)) == len(acknowledged) + 1


def test_a_replica_that_has_more_than_its_new_source_will_have_stays_where_it_is(star: list[Server]) -> None:
    """The one that it is to follow receives nothing at this moment, although it was healthy when the plan was made."""
    source, first, second = star
    made(star, "source", "first")
    slave(first, "STOP")
    source.sql("INSERT INTO shop.orders VALUES (7, 'not there')")
    assert second.run(state="caught_up", timeout=20)["caught_up"]
    made_accounts = source.run(state="source", ca_cert=source.tls["ca_cert"], **source.family.accounts("first", "second"))
    assert not made_accounts.get("failed")
    done = second.attach(first, source_behind=True, timeout=2)
    assert "has not received" in done["msg"], done
    info = second.info()
    assert (info["source"]["port"], info["problems"], info["read_only"]) == (source.port, [], True)
    slave(first, "START")
    made(star, "first", "second")
    assert rows(second) == rows(source)


def test_one_of_a_chain_takes_over_and_who_follows_it_stays(star: list[Server]) -> None:
    source, first, second = star
    made(star, "source", "first")
    made(star, "first", "second")
    names = {server.name: server for server in star}
    plan = decide("promote", list(names), words(star), candidate="first")
    accounts = [{**account, "address": ADDRESS} for account in plan["accounts"]]
    opened = source.run(state="source", ca_cert=source.tls["ca_cert"], promoter={"address": ADDRESS, "subject": "/CN=first"})
    assert opened.get("changed"), opened
    done = first.run(state="promoted", followers=plan["executed"], timeout=30)
    assert done.get("promotion"), done
    assert not first.run(state="source", ca_cert=first.tls["ca_cert"], replicas=accounts, exclusive=True).get("failed")
    for server in (second, source):
        assert not server.attach(first).get("failed")
    first.sql("INSERT INTO shop.orders VALUES (9, 'after')")
    for server in (second, source):
        assert server.run(state="caught_up", timeout=20)["caught_up"]
        assert rows(server) == rows(first)
    assert sources(star) == {"source": "first", "first": None, "second": "first"}


def test_the_top_of_a_chain_is_dead_and_who_follows_its_successor_stays(star: list[Server]) -> None:
    source, first, second = star
    made(star, "source", "first")
    made(star, "first", "second")
    source.sql("INSERT INTO shop.orders VALUES (5, 'the last')")
    for server in (first, second):
        assert server.run(state="caught_up", timeout=20)["caught_up"]
    source.kill()
    wait_until(lambda: first.info()["source"]["io_running"] != "Yes")
    plan = decide("eject", ["first", "second"], words([first, second], probe=True), source="source")
    assert (plan["new_source"], plan["attach"]) == ("first", [])
    assert first.run(state="detached", takes_over=True)["changed"]
    accounts = [{**account, "address": ADDRESS} for account in plan["accounts"]]
    assert not first.run(state="source", ca_cert=first.tls["ca_cert"], replicas=accounts, exclusive=True).get("failed")
    first.sql("INSERT INTO shop.orders VALUES (6, 'after')")
    assert second.run(state="caught_up", timeout=20)["caught_up"]
    assert rows(second) == rows(first) == [(-1,), (5,), (6,)]
    assert second.info()["problems"] == []


def test_the_end_of_a_chain_keeps_its_account_when_another_replica_leaves(star: list[Server]) -> None:
    source, first, second = star
    (third,) = source.family.start("third")
    servers = [*star, third]
    source.run(state="source", ca_cert=source.tls["ca_cert"], **source.family.accounts("first", "second", "third"))
    attach(source, third)
    made(servers, "first", "second")
    plan = decide("detach", [server.name for server in servers], words(servers), leaving=["third"])
    accounts = [{**account, "address": ADDRESS} for account in plan["accounts"]]
    assert third.run(state="detached")["changed"]
    assert source.run(state="source", ca_cert=source.tls["ca_cert"], replicas=accounts, exclusive=True)["changed"]
    source.sql("INSERT INTO shop.orders VALUES (3, '')")
    assert first.run(state="caught_up", timeout=20)["caught_up"]
    slave(second, "STOP")
    slave(second, "START")
    assert second.run(state="caught_up", timeout=20)["caught_up"]
    assert rows(second) == rows(source)
