# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is set up on real servers so that data would be lost in silence is refused, by the plan and by each module, before anything is touched."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules.topology import decide
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from ansible_collections.stackdb.trove.plugins.modules.trove_mysql_replication_info import look
from conftest import attach, delay, first_port, locked, rows, slave, unattached, wait_until
from servers import Engine, Family, Server

NAMES = ["source", "first", "second"]


@pytest.fixture(scope="module")
def trio(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Server]]:
    """A source with two healthy replicas, which every test leaves as it found them."""
    family = Family(engine, tmp_path_factory.mktemp("preflight") / "family", first_port())
    source, first, second = unattached(family, "first", "second")
    attach(source, first, second)
    done = source.run(state="source", ca_cert=source.tls["ca_cert"], **family.accounts("first", "second", promoter="first"))
    assert not done.get("failed"), done
    yield [source, first, second]
    family.stop()


def seen(server: Server, **options: object) -> dict:
    """The result of trove_mysql_replication_info, without the process of its own: there are many of them here."""
    given = {"socket": str(server.socket), "client_cert": server.tls["client_cert"], "name": server.name, "address": None, "asked": None, "probe": False}
    return look({**given, **options}, False)


def words(servers: list[Server], **options: object) -> dict:
    """What trove_mysql_replication_info says on each of them. All are on one host here, so that each has its port for an address."""
    found = {}
    for server in servers:
        said = seen(server, **options)
        said["identity"]["address"] = str(server.port)
        if said["replication"]["source"]:
            said["replication"]["source"]["host"] = str(said["replication"]["source"]["port"])
        found[server.name] = said
    return found


def refused(verb: str, servers: list[Server], **options: object) -> list[tuple[str, str]]:
    """``(member, reason)`` of all that stands against a verb."""
    try:
        decide(verb, [server.name for server in servers], words(servers), **options)
    except Refused as error:
        return [(one["member"], one["name"]) for one in error.details["refusals"]]
    return []


def standing(servers: list[Server]) -> list[tuple]:
    """What nothing may have changed."""
    infos = [seen(server)["replication"] for server in servers]
    return [(info["read_only"], info["super_read_only"], info["executed"], _threads(info["source"])) for info in infos]


def _threads(link: dict | None) -> tuple | None:
    return link and (link["port"], link["io_running"], link["sql_running"])


def is_mariadb(server: Server) -> bool:
    return server.family.engine.name == "mariadb"


@contextmanager
def stopped(server: Server) -> Iterator[None]:
    slave(server, "STOP")
    yield
    slave(server, "START")
    wait_until(lambda: not seen(server)["replication"]["problems"])


@contextmanager
def filtered(server: Server) -> Iterator[None]:
    maria = is_mariadb(server)
    with stopped(server):
        server.sql("SET GLOBAL replicate_wild_ignore_table = 'private.%'" if maria else "CHANGE REPLICATION FILTER REPLICATE_WILD_IGNORE_TABLE = ('private.%')")
    yield
    with stopped(server):
        server.sql("SET GLOBAL replicate_wild_ignore_table = ''" if maria else "CHANGE REPLICATION FILTER REPLICATE_WILD_IGNORE_TABLE = ()")


@contextmanager
def rewritten(server: Server) -> Iterator[None]:
    maria = is_mariadb(server)
    with stopped(server):
        server.sql("SET GLOBAL replicate_rewrite_db = 'a->b'" if maria else "CHANGE REPLICATION FILTER REPLICATE_REWRITE_DB = ((a, b))")
    yield
    with stopped(server):
        server.sql("SET GLOBAL replicate_rewrite_db = ''" if maria else "CHANGE REPLICATION FILTER REPLICATE_REWRITE_DB = ()")


@contextmanager
def with_another_link(server: Server) -> Iterator[None]:
    if is_mariadb(server):
        server.sql("CHANGE MASTER 'billing' TO MASTER_HOST = '127.0.0.9', MASTER_PORT = 9, MASTER_USER = 'x'")
    else:
        server.sql("CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.9', SOURCE_PORT = 9, SOURCE_USER = 'x' FOR CHANNEL 'billing'")
    yield
    server.sql("RESET SLAVE 'billing' ALL" if is_mariadb(server) else "RESET REPLICA ALL FOR CHANNEL 'billing'")


@contextmanager
def idempotent(server: Server) -> Iterator[None]:
    name = "slave_exec_mode" if is_mariadb(server) else "replica_exec_mode"
    server.sql(f"SET GLOBAL {name} = IDEMPOTENT")
    yield
    server.sql(f"SET GLOBAL {name} = STRICT")


@contextmanager
def lossy(server: Server) -> Iterator[None]:
    name = "slave_type_conversions" if is_mariadb(server) else "replica_type_conversions"
    server.sql(f"SET GLOBAL {name} = 'ALL_LOSSY'")
    yield
    server.sql(f"SET GLOBAL {name} = ''")


@contextmanager
def delayed(server: Server) -> Iterator[None]:
    delay(server, 3600)
    yield
    delay(server, 0)


@contextmanager
def closed(server: Server) -> Iterator[None]:
    name = "tx_read_only" if is_mariadb(server) else "transaction_read_only"
    server.sql(f"SET GLOBAL {name} = ON")
    yield
    server.sql(f"SET GLOBAL {name} = OFF")


@contextmanager
def with_statements(server: Server) -> Iterator[None]:
    with stopped(server):
        server.sql("SET GLOBAL binlog_format = STATEMENT")
    yield
    with stopped(server):
        server.sql("SET GLOBAL binlog_format = ROW")


@contextmanager
def keeping_nothing(server: Server) -> Iterator[None]:
    """The table's engine is changed on the replica alone, in no binary log."""
    before = ["SET sql_log_bin = 0", "INSTALL SONAME 'ha_blackhole'"] if is_mariadb(server) else ["SET GLOBAL super_read_only = OFF", "SET sql_log_bin = 0"]
    server.sql(*before, "CREATE TABLE IF NOT EXISTS shop.void (id INT) ENGINE = BLACKHOLE")
    yield
    server.sql("SET sql_log_bin = 0", "DROP TABLE shop.void")


@contextmanager
def errant(server: Server) -> Iterator[None]:
    """Nothing takes a GTID back, so this fault comes last."""
    server.sql(*([] if is_mariadb(server) else ["SET GLOBAL super_read_only = OFF"]), "CREATE DATABASE own")
    yield


#: on whom, and which reason it is; the last one stays
FAULTS = [
    (filtered, "replica_filters"), (rewritten, "replica_filters"), (with_another_link, "other_links"), (idempotent, "leniency"), (lossy, "leniency"),
    (delayed, "delay"), (closed, "closed"), (with_statements, "binlog_format"), (keeping_nothing, "blackhole"), (errant, "errant"),
]  # fmt: skip


def test_each_fault_of_a_candidate_is_refused_before_anything_is_touched(trio: list[Server]) -> None:
    """By the plan for all members, and by the module on the candidate, which a playbook of others may call alone."""
    source, first, _second = trio
    assert refused("promote", trio, candidate="first") == []
    for fault, reason in FAULTS:
        if fault is keeping_nothing and is_mariadb(first) and not Path(f"{first.value('@@plugin_dir')}ha_blackhole.so").exists():
            continue
        with fault(first):
            before = standing(trio)
            assert refused("promote", trio, candidate="first") == [("first", reason)], fault.__name__
            if reason not in ("closed", "binlog_format", "blackhole"):
                done = first.run(state="promoted", followers={}, timeout=30)
                assert done.get("failed"), (fault.__name__, done)
                assert reason in done["msg"] or reason == "errant", done["msg"]
            if reason in ("replica_filters", "other_links", "leniency"):
                done = first.attach(source)
                assert reason in done.get("msg", ""), (fault.__name__, done)
                assert refused("replicate", trio, source="source") == [("first", reason)]
            if reason == "delay":
                assert refused("detach", trio, leaving=["first"]) == [("first", reason)]
                assert "3600 s later" in first.run(state="detached", timeout=30)["msg"]
            assert standing(trio) == before, fault.__name__


def test_filters_of_a_binary_log_are_refused(family: Family) -> None:
    """Replicas have the GTIDs of what is left out of it, and not the data."""
    source, first = unattached(family, "first", binlog_ignore_db="private")
    gtid = source.copy_to(first)
    assert refused("replicate", [source, first], source="source") == [("source", "binlog_filters")]
    before = standing([source, first])
    done = first.attach(source, gtid=gtid)
    assert "binlog_filters: binlog_ignore_db = private" in done["msg"]
    assert standing([source, first]) == before


def test_a_filter_in_the_option_file_of_a_new_replica_is_refused(family: Family) -> None:
    """There is no connection yet that could say it."""
    (source,) = family.start("source")
    source.sql("CREATE DATABASE shop", "CREATE TABLE shop.orders (id BIGINT PRIMARY KEY, note VARCHAR(100))")
    (first,) = family.start("first", replicate_wild_ignore_table="private.%")
    made = source.run(state="source", ca_cert=source.tls["ca_cert"], **family.accounts("first"))
    assert made["changed"], made
    done = first.attach(source, gtid=source.copy_to(first))
    assert "replica_filters: replicate_wild_ignore_table = private.%" in done["msg"]
    assert first.info()["source"] is None


def test_other_links_are_left_alone(family: Family) -> None:
    """A detachment stops and forgets ours. MySQL takes a statement without a channel for all of them."""
    source, first = unattached(family, "first")
    attach(source, first)
    with with_another_link(first):
        done = first.run(state="detached", timeout=20)
        assert done.get("changed"), done
        info = first.info()
        assert (info["source"], info["facts"]["other_links"]) == (None, ["billing"])


def test_a_detachment_that_fails_lets_the_replica_go_on(pair: tuple[Server, Server]) -> None:
    """A lock keeps what was received from being applied."""
    source, replica = pair
    with locked(replica):
        source.sql("INSERT INTO shop.orders VALUES (7, 'held up')")
        wait_until(lambda: not _has_received_nothing(source, replica))
        done = replica.run(state="detached", timeout=2)
        assert "could not apply what it received" in done["msg"], done
        link = replica.info()["source"]
        assert (link["io_running"], link["sql_running"]) == ("Yes", "Yes")
    assert replica.run(state="caught_up", timeout=20).get("caught_up")
    assert rows(replica) == rows(source)
    assert replica.info()["read_only"] is True


def _has_received_nothing(source: Server, replica: Server) -> bool:
    position = source.info()["position"].replace(":", "-").split("-")[-1]
    return replica.info()["source"]["retrieved"].replace(":", "-").split("-")[-1] != position
