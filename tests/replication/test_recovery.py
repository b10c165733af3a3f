# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Broken links of real servers: each says why, in the server's own words, and is healed where nothing is lost by it."""

from __future__ import annotations

import os
import signal

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules import causes
from conftest import attach, rows, slave, unattached, wait_until


def cause(server):
    """The kind and the words of what the server's info says of its link."""
    link = server.info()["source"]
    found = causes.of_link(link) if link else None
    return (found.kind, found.why) if found else (None, "")


def heal(source, replica, **options):
    return replica.run(state="healed", source_host="127.0.0.1", source_port=source.port, **{**replica.tls, "timeout": 20, **options})


def proven(replica):
    done = replica.run(state="caught_up", heard=True, timeout=20)
    assert not done.get("failed"), done


def put(source, *numbers):
    source.sql(*(f"INSERT INTO shop.orders VALUES ({number}, 'n')" for number in numbers))


def followed(source, replica):
    wait_until(lambda: rows(replica) == rows(source))


def mariadb(server):
    return server.family.engine.name == "mariadb"


def test_a_healthy_link_is_left_alone_and_proven(pair):
    source, replica = pair
    put(source, 1)
    proven(replica)
    done = heal(source, replica)
    assert (done.get("failed"), done["changed"], done["plan"]) == (None, False, []), done


@pytest.mark.parametrize("thread", ["", "IO_THREAD", "SQL_THREAD"])
def test_threads_that_were_stopped_by_hand_are_started(pair, thread):
    source, replica = pair
    slave(replica, "STOP", thread)
    put(source, 1, 2)
    assert cause(replica)[0] == "stopped"
    done = heal(source, replica)
    assert done.get("changed"), done
    assert [step["kind"] for step in done["plan"]] == ["replication"], done
    proven(replica)
    followed(source, replica)
    assert heal(source, replica)["changed"] is False


def test_relay_logs_that_cannot_be_read_are_received_again_and_nothing_is_executed_twice(pair):
    source, replica = pair
    put(source, *range(10))
    followed(source, replica)
    slave(replica, "STOP", "SQL_THREAD")
    put(source, *range(10, 60))
    target = source.info()["executed"]
    wait_until(lambda: target.split("-")[-1] in replica.info()["source"]["retrieved"])
    _garble(replica)
    slave(replica, "START", "SQL_THREAD")
    wait_until(lambda: replica.info()["source"]["sql_errno"])
    kind, why = cause(replica)
    assert kind == "relay", why
    assert rows(replica) != rows(source)
    done = heal(source, replica)
    assert [step["kind"] for step in done.get("plan", [])] == ["relay_logs", "replication"], done
    proven(replica)
    followed(source, replica)
    assert heal(source, replica)["changed"] is False


def _garble(replica):
    """The second half of what was received, where the applier has not been yet."""
    path = max((replica.home / "data").glob("relay*.0*"))
    with path.open("r+b") as file:
        half = path.stat().st_size // 2
        file.seek(half)
        file.write(b"\xa5" * (path.stat().st_size - half))


def test_an_account_that_is_gone_is_made_again_and_the_link_is_started(pair):
    source, replica = pair
    user = f"trove_r_{replica.port}"
    source.sql(f"DROP USER '{user}'@'127.0.0.1'")
    followed(source, replica)
    slave(replica, "STOP")
    slave(replica, "START")
    wait_until(lambda: cause(replica)[0] == "credentials")
    refused = heal(source, replica)
    assert refused.get("failed"), refused
    assert "denied" in refused["msg"] or "not allowed" in refused["msg"], refused
    made = source.run(state="source", ca_cert=source.tls["ca_cert"], **source.family.accounts("replica"))
    assert made["changed"], made
    put(source, 1)
    done = heal(source, replica)
    assert not done.get("failed"), done
    proven(replica)
    followed(source, replica)


def test_a_link_to_another_server_is_pointed_at_the_right_one(family):
    source, replica, other = unattached(family, "replica", "other")
    attach(source, replica, other)
    put(source, 1)
    followed(source, other)
    made = other.run(state="source", ca_cert=other.tls["ca_cert"], replicas=[])
    assert not made.get("failed"), made
    wrong = replica.attach(other)
    assert wrong.get("changed"), wrong
    done = heal(source, replica)
    assert done.get("changed"), done
    assert replica.info()["source"]["port"] == source.port
    put(source, 2)
    proven(replica)
    followed(source, replica)


def test_logs_that_are_purged_are_refused_with_what_is_missing(pair):
    source, replica = pair
    slave(replica, "STOP")
    put(source, 1)
    source.sql("FLUSH BINARY LOGS")
    put(source, 2)
    source.sql("FLUSH BINARY LOGS")
    last = source.sql("SHOW BINARY LOGS")[-1][0]
    source.sql(f"PURGE BINARY LOGS TO '{last}'")
    slave(replica, "START")
    wait_until(lambda: cause(replica)[0] not in ("connecting", None))
    kind, why = cause(replica)
    assert kind == "purged", (kind, why)
    assert "1236" in why, (kind, why)
    done = heal(source, replica)
    assert done.get("failed"), done
    assert "do not reach back" in done["msg"], done


def test_own_transactions_are_refused_with_their_gtids(pair):
    source, replica = pair
    if not mariadb(replica):
        replica.sql("SET GLOBAL super_read_only = OFF")
    replica.sql("INSERT INTO shop.orders VALUES (77, 'mine')")
    slave(replica, "STOP")
    put(source, 1)
    done = heal(source, replica)
    assert done.get("failed"), done
    assert "does not have" in done["msg"], done
    assert done["errant"], done


@pytest.mark.parametrize(("statement", "number"), [("DELETE FROM shop.orders WHERE id = 1", "1032"), ("INSERT INTO shop.orders VALUES (2, 'x')", "1062")])
def test_rows_that_differ_say_so_and_are_not_skipped(pair, statement, number):
    source, replica = pair
    put(source, 1)
    followed(source, replica)
    if not mariadb(replica):
        replica.sql("SET GLOBAL super_read_only = OFF")
    replica.sql("SET sql_log_bin = 0", statement)
    source.sql("UPDATE shop.orders SET note = 'changed' WHERE id = 1", "INSERT INTO shop.orders VALUES (2, 'n')")
    wait_until(lambda: cause(replica)[0] not in ("connecting", None))
    kind, why = cause(replica)
    assert kind == "rows", (kind, why)
    assert number in why, (kind, why)
    done = heal(source, replica)
    assert done.get("failed"), done
    assert number in done["msg"], done
    assert "not healed by a start" in done["msg"], done


def test_a_source_that_came_back_is_fenced_and_its_clients_are_gone(pair):
    source, _replica = pair
    client = source.connect()
    done = source.run(state="fenced", timeout=10)
    assert done.get("changed"), done
    assert source.info()["read_only"], done
    with pytest.raises(Exception, match="Lost connection|gone away"):
        client.query("SELECT 1")
    assert source.run(state="fenced", timeout=10)["changed"] is False


def test_a_source_that_hangs_is_heard_no_more_though_the_threads_say_yes(pair):
    source, replica = pair
    proven(replica)
    os.kill(source.process.pid, signal.SIGSTOP)
    try:
        done = replica.run(state="caught_up", heard=True, timeout=8)
    finally:
        os.kill(source.process.pid, signal.SIGCONT)
    assert done.get("failed"), done
    assert "received nothing" in done["msg"], done


def test_what_was_received_and_another_source_does_not_have_is_not_thrown_away(family):
    """The link is to be given to a source that lacks what came in and is not applied."""
    source, replica, other = unattached(family, "replica", "other")
    attach(source, replica, other)
    put(source, 1)
    followed(source, other)
    followed(source, replica)
    slave(other, "STOP")
    slave(replica, "STOP", "SQL_THREAD")
    put(source, 2)
    target = source.info()["executed"]
    wait_until(lambda: target.split("-")[-1] in replica.info()["source"]["retrieved"])
    made = other.run(state="source", ca_cert=other.tls["ca_cert"], replicas=[])
    assert not made.get("failed"), made
    done = heal(other, replica)
    assert done.get("failed"), done
    assert "received and not applied" in done["msg"], done
    assert done["lost"], done
    slave(replica, "START", "SQL_THREAD")
    followed(source, replica)
