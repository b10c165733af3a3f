# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replicas come in, go on, go their own way, and are refused where they have to be."""

from __future__ import annotations

from conftest import attach, delay, locked, rows, slave, unattached, wait_until
from servers import ADDRESS, Family, Server


def test_attach_by_certificate_alone_and_once(family: Family) -> None:
    source, replica = unattached(family, "replica")
    gtid = source.copy_to(replica)
    source.sql("INSERT INTO shop.orders VALUES (1, 'after the snapshot')")
    foretold = replica.attach(source, gtid=gtid, check=True)
    assert foretold["changed"]
    assert replica.info()["source"] is None
    done = replica.attach(source, gtid=gtid)
    assert done["plan"] == foretold["plan"]
    assert {key: done["diff"]["after"][key] for key in ("source", "read_only")} == foretold["diff"]["after"]
    assert replica.run(state="caught_up", timeout=10)["caught_up"]["target"] == source.info()["position"]
    assert rows(replica) == rows(source) == [(-1,), (1,)]
    again = replica.attach(source, gtid=gtid)
    assert again["changed"] is False, again["plan"]
    info = replica.info(client_cert=replica.tls["client_cert"], probe=True)
    assert info["problems"] == []
    assert info["read_only"] is True
    assert info["source"]["tls"] is True
    assert info["source"]["answers"] is True
    assert info["identity"] == {"subject": "/CN=replica", "issuer": "/CN=family"}
    wait_until(lambda: source.info()["replicas"] == [{"user": f"trove_r_{replica.port}", "host": ADDRESS}])


def test_an_account_is_its_owners_alone(family: Family) -> None:
    source, replica, thief = unattached(family, "replica", "thief")
    gtid = source.copy_to(thief)
    stolen = thief.attach(source, gtid=gtid, source_user=f"trove_r_{replica.port}")
    assert "Access denied" in stolen["msg"]
    plain = thief.attach(source, gtid=gtid, source_user="root")
    assert "Access denied" in plain["msg"]
    assert thief.info()["source"] is None


def test_accounts_are_made_once_and_dropped(family: Family) -> None:
    source, replica = unattached(family, "replica")
    wanted = {"state": "source", "ca_cert": source.tls["ca_cert"]}
    assert source.run(**wanted, **family.accounts("replica"))["changed"] is False
    before = source.info()["executed"]
    assert source.run(**wanted, **family.accounts("replica", promoter="replica"))["changed"]
    assert source.info()["executed"] != before, "the promoter's account is in the binary log: its deletion arrives on a source that was made a replica"
    assert source.run(**wanted, **family.accounts("replica", promoter="replica"))["changed"] is False
    gone = source.run(**wanted, exclusive=True)
    assert sorted(step["name"] for step in gone["plan"]) == [f"trove_promote@{ADDRESS}", f"trove_r_{replica.port}@{ADDRESS}"]
    assert source.sql("SELECT User FROM mysql.user WHERE User LIKE 'trove%'") == []


def test_accounts_of_replicas_are_made_on_the_source_only(pair: tuple[Server, Server], family: Family) -> None:
    _source, replica = pair
    refused = replica.run(state="source", ca_cert=replica.tls["ca_cert"], **family.accounts("source"))
    assert "read-only" in refused["msg"]
    assert not replica.info()["problems"]


def test_data_of_another_snapshot_are_refused(family: Family) -> None:
    source, replica = unattached(family, "replica")
    source.copy_to(replica)
    replica.sql("INSERT INTO shop.orders VALUES (2, 'written to the copy')")
    gtid = source.info()["position"]
    refused = replica.attach(source, gtid=gtid)
    assert "not those of the snapshot" in refused["msg"]
    assert gtid in refused["msg"]
    assert refused["executed"] in refused["msg"]
    assert replica.info()["source"] is None


def test_purged_binary_logs_are_refused(family: Family) -> None:
    source, replica = unattached(family, "replica")
    gtid = source.copy_to(replica)
    source.sql("INSERT INTO shop.orders VALUES (3, 'lost to the replica')", "FLUSH BINARY LOGS", "INSERT INTO shop.orders VALUES (4, '')", "FLUSH BINARY LOGS")
    last = source.sql("SHOW BINARY LOGS")[-1][0]
    source.sql("DO SLEEP(0.5)", f"PURGE BINARY LOGS TO '{last}'")
    refused = replica.attach(source, gtid=gtid)
    assert "do not reach back" in refused["msg"]
    assert refused["source_purged"] in refused["msg"]
    assert replica.info()["source"] is None


def test_errant_transactions_are_refused(pair: tuple[Server, Server]) -> None:
    source, replica = pair
    assert replica.run(state="detached")["changed"]
    replica.sql("INSERT INTO shop.orders VALUES (5, 'on the detached one')")
    refused = replica.attach(source)
    assert "transactions that" in refused["msg"]
    assert refused["errant"] in refused["executed"]
    assert refused["errant"] not in source.info()["executed"]


def test_detach_applies_what_was_received(pair: tuple[Server, Server]) -> None:
    source, replica = pair
    slave(replica, "STOP", "SQL_THREAD")
    source.sql(*(f"INSERT INTO shop.orders VALUES ({number}, 'received')" for number in range(10, 30)))
    position = source.info()["position"]
    wait_until(lambda: _same(replica.info()["source"]["retrieved"], position))
    source.kill()
    assert replica.run(state="detached", check=True)["changed"]
    done = replica.run(state="detached")
    assert done["changed"], done
    assert len(rows(replica)) == 21
    replica.sql("INSERT INTO shop.orders VALUES (31, 'a site of its own')")
    assert replica.run(state="detached")["changed"] is False
    replica.kill()
    replica.start()
    info = replica.info()
    assert info["source"] is None
    assert info["read_only"] is False


def test_a_stopped_link_is_started_and_goes_on(pair: tuple[Server, Server]) -> None:
    source, replica = pair
    slave(replica, "STOP")
    source.sql("INSERT INTO shop.orders VALUES (40, 'meanwhile')")
    assert len(replica.info()["problems"]) == 2
    again = replica.attach(source)
    assert [step["action"] for step in again["plan"]] == ["start"]
    assert replica.run(state="caught_up", timeout=10)["caught_up"]
    assert rows(replica) == rows(source)


def test_a_broken_link_is_named_and_not_mended_by_a_start(pair: tuple[Server, Server]) -> None:
    source, replica = pair
    _break(source, replica)
    refused = replica.attach(source)
    assert "cannot apply" in refused["msg"]
    assert replica.info()["problems"]
    late = replica.run(state="caught_up", timeout=5)
    assert "did not catch up" in late["msg"]
    assert late["target"] in late["msg"]
    kept = replica.run(state="detached")
    assert "cannot apply" in kept["msg"]


def test_waiting_has_a_deadline_with_both_gtids(pair: tuple[Server, Server]) -> None:
    source, replica = pair
    with locked(replica):
        source.sql("INSERT INTO shop.orders VALUES (50, 'held up')")
        late = replica.run(state="caught_up", timeout=2)
        assert "not within 2 s" in late["msg"]
        assert late["executed"] != late["target"]
    assert replica.run(state="caught_up", timeout=10)["caught_up"]


def test_a_delayed_replica_has_caught_up_when_it_has_received_all(pair: tuple[Server, Server]) -> None:
    source, replica = pair
    delay(replica, 3600)
    source.sql("INSERT INTO shop.orders VALUES (51, 'applied in an hour')")
    assert replica.run(state="caught_up", timeout=20)["caught_up"]["target"] == source.info()["position"]
    assert rows(replica) != rows(source)


def test_a_source_without_a_binary_log_is_refused(family: Family) -> None:
    (source,) = family.start("source", skip_log_bin="1") if family.engine.name == "mysql" else family.start("source", skip_log_bin="")
    refused = source.run(state="source", ca_cert=source.tls["ca_cert"], replicas=[{"server_id": 1, "address": ADDRESS, "subject": "/CN=x"}])
    assert "no binary log" in refused["msg"], refused


def test_the_source_is_not_followed_by_itself(pair: tuple[Server, Server], family: Family) -> None:
    source, _replica = pair
    source.run(state="source", ca_cert=source.tls["ca_cert"], **family.accounts("source"))
    refused = source.attach(source)
    assert "same server_id" in refused["msg"]


def test_tables_of_other_engines_are_named(family: Family) -> None:
    (source,) = family.start("source")
    source.sql("CREATE DATABASE shop", "CREATE TABLE shop.log (id INT) ENGINE=MyISAM", "CREATE TABLE shop.good (id INT) ENGINE=InnoDB")
    info = source.info()
    assert info["engines_not_copyable"] == {"MyISAM": ["shop.log"]}
    assert info["data_bytes"] > 10**7


def test_a_server_that_is_down_is_reported(family: Family) -> None:
    (source,) = family.start("source")
    source.kill()
    info = source.info()
    assert info["reachable"] is False
    assert info["error"]
    assert info["executed"] is None


def test_a_second_replica_of_the_same_source(family: Family) -> None:
    source, first, second = unattached(family, "first", "second")
    attach(source, first, second)
    source.sql("INSERT INTO shop.orders VALUES (60, 'for both')")
    for replica in (first, second):
        assert replica.run(state="caught_up", timeout=10)["caught_up"]
        assert rows(replica) == rows(source)


def _same(retrieved: str, position: str) -> bool:
    """Whether the last transaction was received: MySQL names only those received since the last start."""
    return retrieved.replace(":", "-").split("-")[-1] == position.replace(":", "-").split("-")[-1]


def _break(source: Server, replica: Server) -> None:
    """A row on the replica that the source does not know, in no binary log: its next transaction cannot be applied."""
    lift = ["SET GLOBAL super_read_only = OFF"] if replica.family.engine.name == "mysql" else []
    replica.sql(*lift, "SET sql_log_bin = 0", "INSERT INTO shop.orders VALUES (70, 'in the way')")
    source.sql("INSERT INTO shop.orders VALUES (70, 'cannot be applied')")
    wait_until(lambda: replica.info()["source"]["sql_error"])
