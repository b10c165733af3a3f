# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What MariaDB and MySQL are told, and how their answers are read, over an autospecced Connection. Real servers are in tests/replication."""

from __future__ import annotations

from unittest.mock import create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.guest.connection import Connection
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.guest.mariadb import MariaDb
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.guest.mysql import MySql
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules.info import Address
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError

SOURCE = Address("10.0.0.1", 3306, "trove_r_2")
TLS = {"ca_cert": "/tls/ca.pem", "client_cert": "/tls/server.pem", "client_key": "/tls/server.key"}
MARIADB_ROW = {
    "Master_Host": "10.0.0.1", "Master_Port": 3306, "Master_User": "trove_r_2", "Master_Server_Id": 1, "Master_SSL_Allowed": "Yes",
    "Master_SSL_Verify_Server_Cert": "Yes", "Master_SSL_CA_File": "/tls/ca.pem", "Master_SSL_Cert": "/tls/server.pem", "Master_SSL_Key": "/tls/server.key",
    "Slave_IO_Running": "Yes", "Last_IO_Errno": 0, "Last_IO_Error": "", "Slave_SQL_Running": "Yes", "Last_SQL_Errno": 0, "Last_SQL_Error": "",
    "Slave_SQL_Running_State": "has read",
    "Seconds_Behind_Master": 0, "SQL_Delay": 0, "Gtid_IO_Pos": "0-1-100",
}  # fmt: skip
MYSQL_ROW = {
    "Channel_Name": "", "Source_Host": "10.0.0.1", "Source_Port": 3306, "Source_User": "trove_r_2", "Source_Server_Id": 1, "Source_UUID": "uuid-1",
    "Source_SSL_Allowed": "Yes", "Source_SSL_Verify_Server_Cert": "Yes", "Source_SSL_CA_File": "/tls/ca.pem", "Source_SSL_Cert": "/tls/server.pem",
    "Source_SSL_Key": "/tls/server.key", "Replica_IO_Running": "Yes", "Last_IO_Errno": 0, "Last_IO_Error": "",
    "Replica_SQL_Running": "Yes", "Last_SQL_Errno": 0, "Last_SQL_Error": "",
    "Replica_SQL_Running_State": "has read", "Seconds_Behind_Source": 0, "SQL_Delay": 0, "Retrieved_Gtid_Set": "uuid-1:1-5,\nuuid-2:1",
}  # fmt: skip


class FakeConnection:
    """An autospecced Connection that writes statements down; `answers` are rows by the start of a statement, `values` those of a select."""

    def __init__(self, answers: dict | None = None, **values: object) -> None:
        self.statements: list[str] = []
        self.given: list[tuple] = []
        self.answers = answers or {}
        self.connection = create_autospec(Connection, instance=True)
        self.connection.rows.side_effect = self._rows
        self.connection.run.side_effect = lambda *statements: self.statements.extend(statements)
        self.connection.select.side_effect = lambda **asked: {name: values.get(name) for name in asked}

    def _rows(self, statement: str, *given: object) -> list[dict]:
        self.statements.append(statement)
        self.given.append(given)
        return next((rows for start, rows in self.answers.items() if statement.startswith(start)), [])


def mariadb(answers: dict | None = None, **values: object) -> tuple[MariaDb, FakeConnection]:
    fake = FakeConnection(answers, **values)
    return MariaDb(fake.connection), fake


def mysql(answers: dict | None = None, **values: object) -> tuple[MySql, FakeConnection]:
    fake = FakeConnection(answers, **values)
    return MySql(fake.connection), fake


LINKS = [(mariadb, "SHOW SLAVE STATUS", MARIADB_ROW), (mysql, "SHOW REPLICA STATUS", MYSQL_ROW)]


@pytest.mark.parametrize(("server", "statement", "row"), LINKS)
def test_a_link(server, statement: str, row: dict) -> None:
    link = server({statement: [row]})[0].source()
    assert (link["host"], link["port"], link["user"], link["server_id"], link["tls"], link["answers"]) == ("10.0.0.1", 3306, "trove_r_2", 1, True, None)
    assert {key: link[key] for key in TLS} == TLS
    assert (link["io_running"], link["sql_running"], link["lag"], link["sql_state"]) == ("Yes", "Yes", 0, "has read")


def test_what_was_received_is_one_line() -> None:
    assert mysql({"SHOW REPLICA": [MYSQL_ROW]})[0].source()["retrieved"] == "uuid-1:1-5,uuid-2:1"
    assert mariadb({"SHOW SLAVE": [{**MARIADB_ROW, "Gtid_IO_Pos": None}]})[0].source()["retrieved"] == ""


@pytest.mark.parametrize(("server", "statement", "row"), LINKS)
def test_no_link(server, statement: str, row: dict) -> None:
    assert server()[0].source() is None
    host = next(key for key in row if key.endswith("_Host"))
    assert server({statement: [{**row, host: ""}]})[0].source() is None, "a source that was forgotten"


@pytest.mark.parametrize(("server", "statement", "row"), LINKS)
@pytest.mark.parametrize("part", ["_SSL_Allowed", "_SSL_Verify_Server_Cert"])
def test_a_link_that_does_not_verify_its_source_has_no_tls(server, statement: str, row: dict, part: str) -> None:
    changed = {**row, next(key for key in row if key.endswith(part)): "No"}
    assert server({statement: [changed]})[0].source()["tls"] is False


@pytest.mark.parametrize(("says", "means"), [("Yes", "Yes"), ("No", "No"), ("Connecting", "Connecting"), ("Preparing", "Connecting")])
def test_mariadb_prepares_before_it_connects(says: str, means: str) -> None:
    assert mariadb({"SHOW SLAVE": [{**MARIADB_ROW, "Slave_IO_Running": says}]})[0].source()["io_running"] == means


def test_a_channel_of_another_name_is_not_ours() -> None:
    assert mysql({"SHOW REPLICA": [{**MYSQL_ROW, "Channel_Name": "group"}]})[0].source() is None


def test_settings() -> None:
    seen = mariadb(version="10.11", server_id=7, read_only=1, log_bin=1, logs_updates=0, binlog_format="ROW")[0].settings()
    assert (seen["server_id"], seen["read_only"], seen["super_read_only"]) == (7, True, None)
    assert (seen["log_bin"], seen["gtid"], seen["logs_updates"]) == (True, True, False)
    assert mariadb(log_bin=0)[0].settings()["gtid"] is False, "without a binary log there are no GTIDs"
    seen = mysql(version="9.1", server_uuid="u", read_only=1, super_read_only=0, log_bin=1, gtid=0, logs_updates=1)[0].settings()
    assert (seen["server_uuid"], seen["read_only"], seen["super_read_only"], seen["gtid"], seen["logs_updates"]) == ("u", True, False, False, True)


def test_what_was_executed() -> None:
    server, _fake = mariadb(state="0-1-100,0-2-90", applied="0-2-90,7-1-4", position="0-1-100")
    assert server.gtids() == {"executed": "0-1-100,0-2-90,7-1-4", "logged": "0-1-100,0-2-90", "position": "0-1-100"}
    assert mariadb(state="", applied="", position="")[0].gtids()["executed"] == ""
    assert mysql(executed="a:1-5,\nb:1")[0].gtids() == {"executed": "a:1-5,b:1", "logged": "a:1-5,b:1", "position": "a:1-5,b:1"}


def test_what_was_purged() -> None:
    events = [{"Event_type": "Format_desc", "Info": ""}, {"Event_type": "Gtid_list", "Info": "[0-1-95, 0-2-90]"}]
    server, fake = mariadb({"SHOW BINARY LOGS": [{"Log_name": "bin.2"}, {"Log_name": "bin.3"}], "SHOW BINLOG EVENTS": events})
    assert server.purged() == "0-1-95,0-2-90"
    assert fake.given[-1] == ("bin.2",), "the first log that is there tells"
    assert mariadb()[0].purged() == ""
    assert mysql(purged="a:1-5,\nb:1")[0].purged() == "a:1-5,b:1"


@pytest.mark.parametrize("server", [mariadb, mysql])
def test_a_source_is_named_with_tls_and_gtids(server) -> None:
    one, fake = server()
    one.follow(SOURCE, TLS)
    assert fake.given[-1] == ("10.0.0.1", 3306, "trove_r_2", 5, *TLS.values())
    assert "SSL_VERIFY_SERVER_CERT=1" in fake.statements[-1]
    assert "MASTER_USE_GTID=slave_pos" in fake.statements[-1] or "SOURCE_AUTO_POSITION=1" in fake.statements[-1]


def test_a_former_mariadb_source_takes_its_own_last_transaction_along() -> None:
    one, fake = mariadb(moved=1)
    one.follow(SOURCE, TLS)
    assert fake.statements[0] == "SET GLOBAL gtid_slave_pos = @@gtid_current_pos"


def test_a_fresh_copy_is_told_where_it_stands() -> None:
    one, fake = mariadb()
    one.take_position("0-1-120", "0-9-80,0-1-120")
    assert fake.statements == ["SET GLOBAL gtid_binlog_state = %s", "SET GLOBAL gtid_slave_pos = %s"]
    assert fake.given == [("0-9-80,0-1-120",), ("0-1-120",)]
    for executed, gtid, told in (("", "a:1-5", True), ("a:1-5", "a:1-5", False), ("", "", False)):
        other, seen = mysql(executed=executed)
        other.take_position(gtid, "a:1-9")
        assert seen.statements == (["SET GLOBAL gtid_purged = %s"] if told else [])


@pytest.mark.parametrize(("server", "function"), [(mariadb, "SELECT MASTER_GTID_WAIT"), (mysql, "SELECT WAIT_FOR_EXECUTED_GTID_SET")])
def test_waiting(server, function: str) -> None:
    assert server({function: [{"failed": 0}]})[0].wait("0-1-1", 1)
    assert not server({function: [{"failed": 1}]})[0].wait("0-1-1", 1)
    assert server()[0].wait("", 1), "there is nothing to wait for"
    one, fake = server({function: [{"failed": 0}]})
    one.wait("0-1-1", -3)
    assert fake.given[-1][1] in (0.0, 0.001), "a negative time, and 0 on MySQL, would be for ever"


def test_read_only() -> None:
    one, fake = mariadb()
    one.set_read_only(True)
    one.set_read_only(False)
    assert fake.statements == ["SET GLOBAL read_only = 1", "SET GLOBAL read_only = 0"]
    other, seen = mysql()
    other.set_read_only(True)
    other.set_read_only(False, remember=False)
    assert seen.statements == [
        "SET PERSIST read_only = ON", "SET PERSIST super_read_only = ON", "SET GLOBAL super_read_only = OFF", "SET GLOBAL read_only = OFF",
    ]  # fmt: skip


def test_a_fence_waits_no_longer_than_it_may() -> None:
    one, fake = mariadb()
    one.fence(2.5)
    one.release()
    locked = ["SET SESSION lock_wait_timeout = 2", "FLUSH TABLES WITH READ LOCK", "XA RECOVER", "SET GLOBAL read_only = 1", "UNLOCK TABLES"]
    assert fake.statements == locked
    other, seen = mysql()
    other.fence(0.2)
    other.release()
    assert seen.statements[:3] == ["SET SESSION lock_wait_timeout = 1", "SET GLOBAL super_read_only = ON", "XA RECOVER"]
    assert seen.statements[3].startswith("SELECT ID AS id FROM performance_schema.processlist"), "clients go before the last transaction is read"
    assert seen.statements[-1] == "XA RECOVER"


def test_a_fence_is_not_put_up_between_the_halves_of_a_commit() -> None:
    one, fake = mariadb({"XA RECOVER": [{"data": b"x\xff"}]})
    with pytest.raises(GuestError, match=r"neither committed nor rolled back: x\\xff\."):
        one.fence(0.05)
    assert fake.statements[-1] == "UNLOCK TABLES"
    assert "SET GLOBAL read_only = 1" not in fake.statements
    other, _seen = mysql({"XA RECOVER": [{"data": "x"}]})
    with pytest.raises(GuestError, match="rolled back: x"):
        other.fence(0.05)


@pytest.mark.parametrize(("lifted", "between"), [(1, ["SET GLOBAL super_read_only = OFF"]), (0, [])])
def test_what_is_written_for_a_moment_is_in_no_binary_log(lifted: int, between: list) -> None:
    other, seen = mysql(super_read_only=lifted)
    with other.writable_by_us():
        assert seen.statements == ["SET SESSION sql_log_bin = 0", *between]
    assert seen.statements[1 + len(between):] == ["SET SESSION sql_log_bin = 1", *(one.replace("OFF", "ON") for one in between)]
    one, fake = mariadb()
    with one.writable_by_us():
        assert fake.statements == ["SET SESSION sql_log_bin = 0"]
    assert fake.statements[1:] == ["SET SESSION sql_log_bin = 1"]
    with one.writable_by_us(logged=True):
        assert fake.statements[2:] == ["SET SESSION sql_log_bin = 1"]


@pytest.mark.parametrize(("server", "word", "ours"), [(mariadb, "SLAVE", ""), (mysql, "REPLICA", " FOR CHANNEL ''")])
def test_threads(server, word: str, ours: str) -> None:
    """MySQL takes a statement without a channel for all of them."""
    one, fake = server()
    one.start()
    one.stop_receiving()
    one.start_applying()
    one.start_receiving()
    one.stop_applying()
    one.stop()
    one.forget()
    threads = [f"STOP {word} IO_THREAD", f"START {word} SQL_THREAD", f"START {word} IO_THREAD", f"STOP {word} SQL_THREAD"]
    assert fake.statements == [f"{one}{ours}" for one in (f"START {word}", *threads, f"STOP {word}", f"STOP {word}", f"RESET {word} ALL")]


@pytest.mark.parametrize("server", [mariadb, mysql])
def test_accounts(server) -> None:
    row = {"user": b"trove_r_2", "host": "10.0.0.2", "issuer": b"/CN=ca", "subject": b"/CN=b", "replicates": b"Y"}
    one, fake = server({"SELECT User": [row, {**row, "replicates": "N"}]})
    found = one.accounts("trove_r_")
    assert found[0] == {"user": "trove_r_2", "host": "10.0.0.2", "issuer": "/CN=ca", "subject": "/CN=b", "replicates": True}
    assert found[1]["replicates"] is False
    one.make_account("trove_r_2", "10.0.0.2", "/CN=b", one.replication_privileges)
    created, required, granted = fake.statements[-3:]
    assert created.endswith("REQUIRE SUBJECT %s"), "with an ISSUER, a change of the CA would turn the replica away"
    assert required.endswith("REQUIRE SUBJECT %s"), "an account of that name may stand there with another certificate"
    assert fake.given[-3] == fake.given[-2] == ("trove_r_2", "10.0.0.2", "/CN=b")
    assert granted.startswith("GRANT REPLICATION SLAVE")
    one.drop_account("trove_r_2", "10.0.0.2")
    assert fake.statements[-1].startswith("DROP USER IF EXISTS")


@pytest.mark.parametrize("server", [mariadb, mysql])
def test_who_is_connected_and_what_is_not_innodb(server) -> None:
    one, fake = server({"SELECT USER": [{"user": "trove_r_2", "host": "10.0.0.2:51234"}], "SELECT ENGINE": [
        {"engine": "MyISAM", "name": "shop.log"}, {"engine": "Aria", "name": "shop.a"}, {"engine": "MyISAM", "name": "shop.old"},
    ]})  # fmt: skip
    assert one.replicas() == [{"user": "trove_r_2", "host": "10.0.0.2"}]
    assert one.other_engines() == {"MyISAM": ["shop.log", "shop.old"], "Aria": ["shop.a"]}


def test_a_server_is_closed_when_it_is_left() -> None:
    one, fake = mariadb(datadir="/data", log_bin_basename="/data/bin", relay_log_basename=None)
    with one:
        assert one.paths() == {"datadir": "/data", "log_bin_basename": "/data/bin", "relay_log_basename": None}
    fake.connection.close.assert_called_once_with()


def test_tables_that_keep_their_history() -> None:
    """By time, or by the numbers of transactions, of which a column tells."""
    names = "SELECT CONCAT(TABLE_SCHEMA, '.', TABLE_NAME) AS name FROM information_schema."
    one, _fake = mariadb({f"{names}TABLES": [{"name": "shop.prices"}, {"name": "shop.stock"}], f"{names}COLUMNS": [{"name": "shop.stock"}]})
    assert one.versioned() == {"SYSTEM VERSIONED": ["shop.prices"], "SYSTEM VERSIONED by transactions": ["shop.stock"]}
    assert mysql()[0].versioned() == {}
