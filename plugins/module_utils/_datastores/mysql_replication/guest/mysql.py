# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replication in MySQL's words (8.0.23 and later; 9 knows no others). Source: MySQL Reference Manual, "Replication Statements", "super_read_only"."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from ...._guest.command import GuestError
from ..rules import fence as rules
from ..rules.info import Address, Gtids, Link, Settings, Tls
from .server import HEARTBEAT, RETRY, Server

#: the unnamed channel; without it MySQL takes a statement for all channels, or refuses it where there are more
_OURS = "FOR CHANNEL ''"
#: seconds between two looks at XA transactions
_BETWEEN = 0.02


class MySql(Server):
    engine = "mysql"
    replication_privileges = "REPLICATION SLAVE, REPLICATION CLIENT"
    # beside what a fence is made of: to see clients and disconnect them, root's included, and to see events and XA transactions
    promotion_privileges = "SYSTEM_VARIABLES_ADMIN, CONNECTION_ADMIN, SYSTEM_USER, PROCESS, EVENT, XA_RECOVER_ADMIN, REPLICATION CLIENT"
    _processlist = "performance_schema.processlist"

    def settings(self) -> Settings:
        found = self.connection.select(
            version="@@version", server_id="@@server_id", server_uuid="@@server_uuid", read_only="@@global.read_only",
            super_read_only="@@global.super_read_only", log_bin="@@log_bin", binlog_format="@@binlog_format", gtid="@@gtid_mode = 'ON'",
            logs_updates="@@log_replica_updates",
        )  # fmt: skip
        return {
            "version": found["version"],
            "server_id": found["server_id"],
            "server_uuid": found["server_uuid"],
            "read_only": bool(found["read_only"]),
            "super_read_only": bool(found["super_read_only"]),
            "log_bin": bool(found["log_bin"]),
            "gtid": bool(found["gtid"]),
            "logs_updates": bool(found["logs_updates"]),
            "binlog_format": found["binlog_format"],
        }

    def gtids(self) -> Gtids:
        executed: str = self.connection.select(executed="@@global.gtid_executed")["executed"].replace("\n", "")
        return {"executed": executed, "logged": executed, "position": executed}

    def purged(self) -> str:
        purged: str = self.connection.select(purged="@@global.gtid_purged")["purged"]
        return purged.replace("\n", "")

    def source(self) -> Link | None:
        row = next((row for row in self.connection.rows("SHOW REPLICA STATUS") if not row["Channel_Name"]), None)
        if not row or not row["Source_Host"]:
            return None
        return {
            "host": row["Source_Host"],
            "port": row["Source_Port"],
            "user": row["Source_User"],
            "server_id": row["Source_Server_Id"] or None,
            "server_uuid": row["Source_UUID"] or None,
            "tls": row["Source_SSL_Allowed"] == "Yes" and row["Source_SSL_Verify_Server_Cert"] == "Yes",
            "ca_cert": row["Source_SSL_CA_File"],
            "client_cert": row["Source_SSL_Cert"],
            "client_key": row["Source_SSL_Key"],
            "io_running": row["Replica_IO_Running"],
            "io_errno": row["Last_IO_Errno"],
            "io_error": row["Last_IO_Error"],
            "sql_running": row["Replica_SQL_Running"],
            "sql_errno": row["Last_SQL_Errno"],
            "sql_error": self._applier_error(row["Last_SQL_Errno"]) or row["Last_SQL_Error"],
            "sql_state": row["Replica_SQL_Running_State"],
            "lag": row["Seconds_Behind_Source"],
            "delay": row["SQL_Delay"],
            "retrieved": row["Retrieved_Gtid_Set"].replace("\n", ""),
            "answers": None,
            "probe": None,
        }

    def _applier_error(self, number: int) -> str:
        """What the first applier that failed says itself: the coordinator's text only says where to look for it."""
        if not number:
            return ""
        rows = self.connection.rows(
            "SELECT LAST_ERROR_MESSAGE AS message FROM performance_schema.replication_applier_status_by_worker"
            " WHERE CHANNEL_NAME = '' AND LAST_ERROR_NUMBER <> 0 ORDER BY WORKER_ID LIMIT 1"
        )
        return str(rows[0]["message"]) if rows else ""

    def receiving(self) -> str | None:
        row = next((row for row in self.connection.rows("SHOW REPLICA STATUS") if not row["Channel_Name"]), None)
        if not row or row["Replica_IO_Running"] != "Yes":
            return None
        statement = "SELECT COUNT_RECEIVED_HEARTBEATS AS beats FROM performance_schema.replication_connection_status WHERE CHANNEL_NAME = ''"
        beats = [beat["beats"] for beat in self.connection.rows(statement)]
        return f"{row['Source_Log_File']} {row['Read_Source_Log_Pos']} {row['Retrieved_Gtid_Set']} {beats}"

    def net_timeout(self) -> float:
        return float(self.connection.select(seconds="@@replica_net_timeout")["seconds"])

    def follow(self, source: Address, tls: Tls) -> None:
        self.connection.rows(
            "CHANGE REPLICATION SOURCE TO SOURCE_HOST=%s, SOURCE_PORT=%s, SOURCE_USER=%s, SOURCE_PASSWORD='', SOURCE_CONNECT_RETRY=%s,"
            f" SOURCE_HEARTBEAT_PERIOD={HEARTBEAT},"
            " SOURCE_RETRY_COUNT=0, SOURCE_AUTO_POSITION=1, SOURCE_SSL=1, SOURCE_SSL_VERIFY_SERVER_CERT=1,"
            f" SOURCE_SSL_CA=%s, SOURCE_SSL_CERT=%s, SOURCE_SSL_KEY=%s {_OURS}",
            source.host, source.port, source.user, RETRY, tls["ca_cert"], tls["client_cert"], tls["client_key"],
        )  # fmt: skip

    def take_position(self, gtid: str, source_state: str) -> None:
        """A copy of a data directory brings its GTIDs along; one that was filled by a dump, without a binary log, has to be told."""
        if gtid and not self.gtids()["executed"]:
            self.connection.rows("SET GLOBAL gtid_purged = %s", gtid)

    def start(self) -> None:
        self.connection.run(f"START REPLICA {_OURS}")

    def start_applying(self) -> None:
        self.connection.run(f"START REPLICA SQL_THREAD {_OURS}")

    def start_receiving(self) -> None:
        self.connection.run(f"START REPLICA IO_THREAD {_OURS}")

    def stop_applying(self) -> None:
        self.connection.run(f"STOP REPLICA SQL_THREAD {_OURS}")

    def stop(self) -> None:
        self.connection.run(f"STOP REPLICA {_OURS}")

    def stop_receiving(self) -> None:
        self.connection.run(f"STOP REPLICA IO_THREAD {_OURS}")

    def drop_received(self) -> None:
        """gtid_executed stays. A channel whose relay logs could not be read at the server's start is set up again by it."""
        self.connection.run(f"STOP REPLICA {_OURS}", f"RESET REPLICA {_OURS}")

    def forget(self) -> None:
        self.connection.run(f"STOP REPLICA {_OURS}", f"RESET REPLICA ALL {_OURS}")

    def wait(self, gtid: str, seconds: float) -> bool:
        return not gtid or self.connection.rows("SELECT WAIT_FOR_EXECUTED_GTID_SET(%s, %s) AS failed", gtid, max(0.001, seconds))[0]["failed"] == 0

    def set_read_only(self, on: bool, remember: bool = True) -> None:
        scope = "PERSIST" if remember else "GLOBAL"
        # super_read_only = ON brings read_only with it, and read_only = OFF takes super_read_only away; persisted, each stands for itself.
        names = ("read_only", "super_read_only") if on else ("super_read_only", "read_only")
        self.connection.run(*(f"SET {scope} {name} = {'ON' if on else 'OFF'}" for name in names))

    def fence(self, seconds: float) -> None:
        """super_read_only binds everybody, but for XA: what has begun may still be prepared and committed, with a GTID of its own.

        So XA transactions are let end, and then every client is disconnected, with what it has not prepared. Those with temporary tables that they write by
        statement leave a DROP in the binary log when they go, so they go before its end is read.
        """
        deadline = time.monotonic() + seconds
        self.connection.run(f"SET SESSION lock_wait_timeout = {max(1, int(seconds))}", "SET GLOBAL super_read_only = ON")
        while self.prepared() and time.monotonic() < deadline - seconds / 2:
            time.sleep(_BETWEEN)
        self.disconnect_clients(max(0.0, deadline - time.monotonic()))
        prepared = self.prepared()
        if prepared:
            raise GuestError(rules.unfinished(prepared, "the source"), prepared=sorted(prepared))

    def release(self) -> None:
        """super_read_only is all."""

    def privileged_writers(self, seconds: float) -> list[str]:
        """None: super_read_only binds everybody, unless somebody lifts it on purpose."""
        return []

    @contextmanager
    def writable_by_us(self, logged: bool = False) -> Iterator[None]:
        """super_read_only binds root, too; read_only, which binds everybody else, stays."""
        lifted = bool(self.settings()["super_read_only"])
        self.connection.run(f"SET SESSION sql_log_bin = {int(logged)}", *["SET GLOBAL super_read_only = OFF"] * lifted)
        try:
            yield
        finally:
            self.connection.run("SET SESSION sql_log_bin = 1", *["SET GLOBAL super_read_only = ON"] * lifted)
