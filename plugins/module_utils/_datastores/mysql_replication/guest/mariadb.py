# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replication in MariaDB's words (10.6 and later). Source: MariaDB, "CHANGE MASTER TO", "Global Transaction ID", "Read-Only Replicas"."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from ...._guest.command import GuestError
from ..rules import fence as rules
from ..rules.info import Address, Gtids, Link, Settings, Tls
from ..rules.snapshot_tools import VERSIONED, VERSIONED_BY_TRANSACTION
from .server import HEARTBEAT, RETRY, Server, _text

#: seconds between two attempts, or two looks
_BETWEEN = 0.02


class MariaDb(Server):
    engine = "mariadb"
    replication_privileges = "REPLICATION SLAVE, BINLOG MONITOR"
    # beside what a fence is made of: to see clients and disconnect them, to see events, and (SUPER) to switch the event scheduler
    promotion_privileges = "READ_ONLY ADMIN, RELOAD, BINLOG MONITOR, CONNECTION ADMIN, PROCESS, EVENT, SUPER"
    _processlist = "information_schema.PROCESSLIST"

    def settings(self) -> Settings:
        found = self.connection.select(
            version="@@version", server_id="@@server_id", read_only="@@read_only", log_bin="@@log_bin", binlog_format="@@binlog_format",
            logs_updates="@@log_slave_updates",
        )  # fmt: skip
        return {
            "version": found["version"],
            "server_id": found["server_id"],
            "server_uuid": None,
            "read_only": bool(found["read_only"]),
            "super_read_only": None,
            "log_bin": bool(found["log_bin"]),
            # MariaDB writes GTIDs whenever it writes a binary log.
            "gtid": bool(found["log_bin"]),
            "logs_updates": bool(found["logs_updates"]),
            "binlog_format": found["binlog_format"],
        }

    def gtids(self) -> Gtids:
        found = self.connection.select(state="@@gtid_binlog_state", applied="@@gtid_slave_pos", position="@@gtid_current_pos")
        # The state knows each server's last one; what was applied before the first binary log is in gtid_slave_pos only.
        executed = ",".join(dict.fromkeys(filter(None, f"{found['state']},{found['applied']}".split(","))))
        return {"executed": executed, "logged": found["state"], "position": found["position"]}

    def purged(self) -> str:
        logs = self.connection.rows("SHOW BINARY LOGS")
        events = self.connection.rows("SHOW BINLOG EVENTS IN %s LIMIT 3", logs[0]["Log_name"]) if logs else []
        return next((event["Info"].strip("[]").replace(" ", "") for event in events if event["Event_type"] == "Gtid_list"), "")

    def source(self) -> Link | None:
        rows = self.connection.rows("SHOW SLAVE STATUS")
        if not rows or not rows[0]["Master_Host"]:
            return None
        row = rows[0]
        return {
            "host": row["Master_Host"],
            "port": row["Master_Port"],
            "user": row["Master_User"],
            "server_id": row["Master_Server_Id"] or None,
            "server_uuid": None,
            "tls": row["Master_SSL_Allowed"] == "Yes" and row["Master_SSL_Verify_Server_Cert"] == "Yes",
            "ca_cert": row["Master_SSL_CA_File"],
            "client_cert": row["Master_SSL_Cert"],
            "client_key": row["Master_SSL_Key"],
            # "Preparing" is what MariaDB says before the first attempt.
            "io_running": {"Yes": "Yes", "No": "No"}.get(row["Slave_IO_Running"], "Connecting"),
            "io_errno": row["Last_IO_Errno"],
            "io_error": row["Last_IO_Error"],
            "sql_running": row["Slave_SQL_Running"],
            "sql_errno": row["Last_SQL_Errno"],
            "sql_error": row["Last_SQL_Error"],
            "sql_state": row["Slave_SQL_Running_State"],
            "lag": row["Seconds_Behind_Master"],
            "delay": row["SQL_Delay"],
            "retrieved": row["Gtid_IO_Pos"] or "",
            "answers": None,
            "probe": None,
        }

    def receiving(self) -> str | None:
        row = next((row for row in self.connection.rows("SHOW ALL SLAVES STATUS") if not row["Connection_name"]), None)
        if not row or row["Slave_IO_Running"] != "Yes":
            return None
        return f"{row['Master_Log_File']} {row['Read_Master_Log_Pos']} {row['Gtid_IO_Pos']} {row['Slave_received_heartbeats']}"

    def net_timeout(self) -> float:
        return float(self.connection.select(seconds="@@slave_net_timeout")["seconds"])

    def follow(self, source: Address, tls: Tls) -> None:
        # A former source knows its own last transaction from its binary log only.
        if self.connection.select(moved="@@gtid_slave_pos <> @@gtid_current_pos")["moved"]:
            self.stand_at_current()
        self.name_source(source, tls)

    def stand_at_current(self) -> None:
        self.connection.run("SET GLOBAL gtid_slave_pos = @@gtid_current_pos")

    def name_source(self, source: Address, tls: Tls) -> None:
        """From gtid_slave_pos as it stands."""
        self.connection.rows(
            "CHANGE MASTER TO MASTER_HOST=%s, MASTER_PORT=%s, MASTER_USER=%s, MASTER_PASSWORD='', MASTER_CONNECT_RETRY=%s, MASTER_USE_GTID=slave_pos,"
            f" MASTER_HEARTBEAT_PERIOD={HEARTBEAT},"
            " MASTER_SSL=1, MASTER_SSL_VERIFY_SERVER_CERT=1, MASTER_SSL_CA=%s, MASTER_SSL_CERT=%s, MASTER_SSL_KEY=%s",
            source.host, source.port, source.user, RETRY, tls["ca_cert"], tls["client_cert"], tls["client_key"],
        )  # fmt: skip

    def take_position(self, gtid: str, source_state: str) -> None:
        """Set gtid_slave_pos, and begin the binary log with the state that belongs to it, so that others see what is not in it.

        The server allows the latter only while no GTID was written to it, so nothing is lost.
        """
        self.connection.rows("SET GLOBAL gtid_binlog_state = %s", source_state)
        self.connection.rows("SET GLOBAL gtid_slave_pos = %s", gtid)

    def start(self) -> None:
        self.connection.run("START SLAVE")

    def start_applying(self) -> None:
        self.connection.run("START SLAVE SQL_THREAD")

    def start_receiving(self) -> None:
        self.connection.run("START SLAVE IO_THREAD")

    def stop_applying(self) -> None:
        self.connection.run("STOP SLAVE SQL_THREAD")

    def stop(self) -> None:
        self.connection.run("STOP SLAVE")

    def stop_receiving(self) -> None:
        self.connection.run("STOP SLAVE IO_THREAD")

    def drop_received(self) -> None:
        """gtid_slave_pos stays: what was applied is in a table of the data."""
        self.connection.run("STOP SLAVE", "RESET SLAVE")

    def forget(self) -> None:
        self.connection.run("STOP SLAVE", "RESET SLAVE ALL")

    def wait(self, gtid: str, seconds: float) -> bool:
        return not gtid or self.connection.rows("SELECT MASTER_GTID_WAIT(%s, %s) AS failed", gtid, max(0.0, seconds))[0]["failed"] == 0

    def versioned(self) -> dict[str, list[str]]:
        """Source: MariaDB, "System-Versioned Tables": a history by transactions has a column of their numbers, generated as ROW START."""
        name = "SELECT CONCAT(TABLE_SCHEMA, '.', TABLE_NAME) AS name FROM information_schema"
        versioned = self.connection.rows(f"{name}.TABLES WHERE TABLE_TYPE = 'SYSTEM VERSIONED' ORDER BY 1")
        numbered = [row["name"] for row in self.connection.rows(f"{name}.COLUMNS WHERE GENERATION_EXPRESSION = 'ROW START' AND DATA_TYPE = 'bigint'")]
        found: dict[str, list[str]] = {}
        for row in versioned:
            found.setdefault(VERSIONED_BY_TRANSACTION if row["name"] in numbered else VERSIONED, []).append(row["name"])
        return found

    def set_read_only(self, on: bool, remember: bool = True) -> None:
        """Over a restart it is the configuration file that counts."""
        self.connection.run(f"SET GLOBAL read_only = {int(on)}")

    def fence(self, seconds: float) -> None:
        """Besides read_only, hold the global read lock: there is no super_read_only, and an account with READ_ONLY ADMIN would go on writing.

        So would whoever calls a procedure of such an account. The lock also holds up the second half of an XA transaction, so it is taken between two of them.
        """
        deadline = time.monotonic() + seconds
        self.connection.run(f"SET SESSION lock_wait_timeout = {max(1, int(seconds))}")
        while True:
            self.connection.run("FLUSH TABLES WITH READ LOCK")
            prepared = self.prepared()
            if not prepared:
                break
            self.release()
            if time.monotonic() > deadline:
                raise GuestError(rules.unfinished(prepared, "the source"), prepared=sorted(prepared))
            time.sleep(_BETWEEN)
        self.connection.run("SET GLOBAL read_only = 1")

    def release(self) -> None:
        self.connection.run("UNLOCK TABLES")

    def privileged_writers(self, seconds: float) -> list[str]:
        names = self._privileged()
        looks, deadline = [], time.monotonic() + seconds
        while time.monotonic() < deadline:
            looks.append(self._seen_clients())
            time.sleep(_BETWEEN)
        return rules.privileged_writers(looks, names)

    def _privileged(self) -> set[str]:
        """information_schema.USER_PRIVILEGES does not list what roles hold."""
        accounts = self.connection.rows(
            "SELECT User AS user, CAST(JSON_VALUE(Priv, '$.access') AS UNSIGNED) AS access, CAST(COALESCE(JSON_VALUE(Priv, '$.version_id'), 0) AS UNSIGNED)"
            " AS version FROM mysql.global_priv"
        )
        holders = [_text(row["user"]) for row in accounts if rules.may_bypass(int(row["access"] or 0), int(row["version"]))]
        granted = self.connection.rows("SELECT User AS user, Role AS role FROM mysql.roles_mapping")
        edges = [(_text(row["user"]), _text(row["role"])) for row in granted]
        return rules.privileged(holders, edges)

    def _seen_clients(self) -> list[rules.Client]:
        rows = self.connection.rows(
            "SELECT p.USER AS user, p.HOST AS host, p.INFO AS info, COALESCE(t.trx_rows_modified, 0) AS modified FROM information_schema.PROCESSLIST AS p"
            " LEFT JOIN information_schema.INNODB_TRX AS t ON t.trx_mysql_thread_id = p.ID"
            " WHERE p.ID <> CONNECTION_ID() AND p.USER NOT IN ('system user', 'event_scheduler') AND p.COMMAND IN ('Query', 'Execute', 'Sleep')"
        )
        return [{"user": row["user"], "host": row["host"], "verb": rules.first_word(row["info"]), "modified": int(row["modified"])} for row in rows]

    @contextmanager
    def writable_by_us(self, logged: bool = False) -> Iterator[None]:
        """root has READ_ONLY ADMIN."""
        self.connection.run(f"SET SESSION sql_log_bin = {int(logged)}")
        try:
            yield
        finally:
            self.connection.run("SET SESSION sql_log_bin = 1")
