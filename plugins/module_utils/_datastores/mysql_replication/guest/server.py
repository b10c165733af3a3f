# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What replication needs of a server, in the same words for MariaDB and MySQL. All GTIDs are texts in the server's own dialect."""

from __future__ import annotations

from abc import ABC, abstractmethod

#: seconds between two attempts of a replica to reach its source
RETRY = 5
_SYSTEM_SCHEMAS = "'mysql', 'sys', 'performance_schema', 'information_schema'"


class Server(ABC):
    """A server behind a connection. Every method raises GuestError in the server's own words."""

    engine: str
    #: what an account needs to replicate and to be asked for its binary logs; and to hand a source's part over
    replication_privileges: str
    promotion_privileges: str

    def __init__(self, connection):
        self.connection = connection

    @abstractmethod
    def settings(self):
        """``{version, server_id, server_uuid, read_only, super_read_only, log_bin, gtid, logs_updates, binlog_format, datadir,
        log_bin_basename, relay_log_basename}``.

        server_uuid and super_read_only are None on MariaDB; `logs_updates` says whether a replica writes what it receives to its own binary log.
        """

    @abstractmethod
    def gtids(self):
        """``{executed, logged, position}``: all that the server has, what it wrote to its binary logs, and where it stands as a snapshot would say."""

    @abstractmethod
    def purged(self):
        """The GTIDs that its binary logs do not hold any more."""

    @abstractmethod
    def source(self):
        """None, or the link to its source.

        ``{host, port, user, server_id, server_uuid, tls, ca_cert, client_cert, client_key, io_running, io_error, sql_running, sql_error, sql_state,
        lag, delay, retrieved}``; io_running is Yes, No or Connecting; lag and delay in seconds, lag None while unknown.
        """

    @abstractmethod
    def follow(self, host, port, user, tls):
        """Name the source, by GTID, TLS and certificate. Does not start."""

    @abstractmethod
    def take_position(self, gtid, source_state):
        """Let a fresh copy know where its data stand; see each dialect for what it needs.

        :param source_state: what the source has executed
        """

    @abstractmethod
    def start(self):
        """Start both threads."""

    @abstractmethod
    def stop(self):
        """Stop both threads; transactions under way are finished or undone."""

    @abstractmethod
    def stop_receiving(self):
        """Stop the thread that receives; what was received is still applied."""

    @abstractmethod
    def forget(self):
        """Forget the source, with what was received and not applied."""

    @abstractmethod
    def wait(self, gtid, seconds):
        """Whether the GTIDs were executed here within so many seconds."""

    @abstractmethod
    def set_read_only(self, on, remember=True):
        """Refuse writes of everybody but replication, as far as the engine can; `remember` it over a restart where the engine can."""

    @abstractmethod
    def fence(self, seconds):
        """Refuse new writes and wait for commits in flight, but no longer than `seconds`; remembered over no restart."""

    @abstractmethod
    def release(self):
        """Let go what a fence holds besides read_only."""

    @abstractmethod
    def writable_by_us(self):
        """A context in which this session may write on a read-only server, and what it writes is in no binary log."""

    def accounts(self, prefix):
        """``[{user, host, issuer, subject, replicates}]`` of the accounts whose names begin so."""
        rows = self.connection.rows(
            "SELECT User AS user, Host AS host, ssl_type AS type, x509_issuer AS issuer, x509_subject AS subject, Repl_slave_priv AS replicates"
            " FROM mysql.user WHERE LEFT(User, CHAR_LENGTH(%s)) = %s",
            prefix,
            prefix,
        )
        found = [{key: value.decode() if isinstance(value, bytes) else value for key, value in row.items()} for row in rows]
        return [dict(row, replicates=row["replicates"] == "Y") for row in found]

    def make_account(self, user, host, issuer, subject, privileges):
        """An account without a password, which only the owner of one certificate can use."""
        rule = "REQUIRE SUBJECT %s AND ISSUER %s"
        self.connection.rows(f"CREATE USER IF NOT EXISTS %s@%s {rule}", user, host, subject, issuer)
        self.connection.rows(f"ALTER USER %s@%s {rule}", user, host, subject, issuer)
        self.connection.rows(f"GRANT {privileges} ON *.* TO %s@%s", user, host)

    def drop_account(self, user, host):
        self.connection.rows("DROP USER IF EXISTS %s@%s", user, host)

    def replicas(self):
        """``[{user, host}]`` of the replicas that are connected."""
        rows = self.connection.rows(f"SELECT USER AS user, HOST AS host FROM {self._processlist} WHERE COMMAND LIKE 'Binlog Dump%%'")
        return [{"user": row["user"], "host": row["host"].rpartition(":")[0]} for row in rows]

    _processlist: str

    def other_engines(self):
        """``{engine: ["schema.table", …]}`` of the users' tables that are not InnoDB's."""
        rows = self.connection.rows(
            "SELECT ENGINE AS engine, CONCAT(TABLE_SCHEMA, '.', TABLE_NAME) AS name FROM information_schema.TABLES"
            f" WHERE TABLE_TYPE = 'BASE TABLE' AND ENGINE IS NOT NULL AND ENGINE <> 'InnoDB' AND TABLE_SCHEMA NOT IN ({_SYSTEM_SCHEMAS}) ORDER BY 1, 2"
        )
        found = {}
        for row in rows:
            found.setdefault(row["engine"], []).append(row["name"])
        return found

    def close(self):
        self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.close()
