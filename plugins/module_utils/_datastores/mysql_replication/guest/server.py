# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What replication needs of a server, in the same words for MariaDB and MySQL. All GTIDs are texts in the server's own dialect."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from typing import ClassVar, TypedDict

from ...mysql.guest.connection import Connection
from ..rules.facts import Facts
from ..rules.info import Address, Client, Gtids, Link, Settings, Tls
from . import facts
from .clients import ServerClients
from .events import ServerEvents

#: seconds between two attempts of a replica to reach its source
RETRY = 5
#: seconds after which a source that writes nothing says that it is there; the role's slave_net_timeout (replica_net_timeout) is three times as long
HEARTBEAT = 5
_SYSTEM_SCHEMAS = "'mysql', 'sys', 'performance_schema', 'information_schema'"


class Paths(TypedDict):
    """Where a server keeps its data and its logs; the base names are None without such logs."""

    datadir: str
    log_bin_basename: str | None
    relay_log_basename: str | None


class FoundAccount(TypedDict):
    """An account as it stands in the server's tables."""

    user: str
    host: str
    issuer: str
    subject: str
    replicates: bool


class Server(ServerEvents, ServerClients, ABC):
    """A server behind a connection. Every method raises GuestError in the server's own words."""

    engine: ClassVar[str]
    #: what an account needs to replicate and to be asked for its binary logs; and to hand a source's part over
    replication_privileges: ClassVar[str]
    promotion_privileges: ClassVar[str]
    _processlist: ClassVar[str]

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    @abstractmethod
    def settings(self) -> Settings:
        """The variables that replication needs to know of."""

    def paths(self) -> Paths:
        found = self.connection.select(datadir="@@datadir", log_bin_basename="@@log_bin_basename", relay_log_basename="@@relay_log_basename")
        return {"datadir": found["datadir"], "log_bin_basename": found["log_bin_basename"], "relay_log_basename": found["relay_log_basename"]}

    def facts(self) -> Facts:
        """What it leaves out, holds back or changes of what it replicates; asked of the local server."""
        return facts.look(self.engine, self.connection)

    def binlog_filters(self) -> list[str]:
        """What its binary log leaves out; also asked from elsewhere."""
        return facts.binlog_filters(self.engine, self.connection)

    @abstractmethod
    def gtids(self) -> Gtids:
        """What it has, and where it stands."""

    @abstractmethod
    def purged(self) -> str:
        """The GTIDs that its binary logs do not hold any more."""

    @abstractmethod
    def source(self) -> Link | None:
        """The link to its source; None of a server that replicates from no source."""

    @abstractmethod
    def receiving(self) -> str | None:
        """What the replica has received so far, heartbeats too, as a text that changes with each; None where no connection to the source stands."""

    @abstractmethod
    def net_timeout(self) -> float:
        """Seconds of silence after which a replica takes its connection for broken."""

    @abstractmethod
    def follow(self, source: Address, tls: Tls) -> None:
        """Name the source, by GTID, TLS and certificate. Does not start."""

    @abstractmethod
    def take_position(self, gtid: str, source_state: str) -> None:
        """Let a fresh copy know where its data stand; see each dialect for what it needs.

        :param source_state: what the source has executed
        """

    @abstractmethod
    def start(self) -> None:
        """Start both threads."""

    @abstractmethod
    def start_applying(self) -> None:
        """Start the thread that applies; the other one stays as it is."""

    @abstractmethod
    def start_receiving(self) -> None:
        """Start the thread that receives; the other one stays as it is."""

    @abstractmethod
    def stop_applying(self) -> None:
        """Stop the thread that applies; the other one stays as it is."""

    @abstractmethod
    def stop(self) -> None:
        """Stop both threads; transactions under way are finished or undone."""

    @abstractmethod
    def stop_receiving(self) -> None:
        """Stop the thread that receives; what was received is still applied."""

    @abstractmethod
    def drop_received(self) -> None:
        """Stop both threads, and throw away what was received, so that it is received again from behind what was applied. The source is named again then."""

    @abstractmethod
    def forget(self) -> None:
        """Forget the source, with what was received and not applied."""

    @abstractmethod
    def wait(self, gtid: str, seconds: float) -> bool:
        """Whether the GTIDs were executed here within so many seconds."""

    @abstractmethod
    def set_read_only(self, on: bool, remember: bool = True) -> None:
        """Refuse writes of everybody but replication, as far as the engine can; `remember` it over a restart where the engine can."""

    @abstractmethod
    def fence(self, seconds: float) -> None:
        """Refuse new writes and wait for commits in flight, but no longer than `seconds`; remembered over no restart.

        When it returns no XA transaction is prepared, and nothing is acknowledged any more until it is released.
        """

    @abstractmethod
    def release(self) -> None:
        """Let go what a fence holds besides read_only."""

    @abstractmethod
    def privileged_writers(self, seconds: float) -> list[str]:
        """Clients that are seen writing within so many seconds, and may do so in spite of read_only; as `rules.fence.privileged_writers`."""

    @abstractmethod
    def writable_by_us(self, logged: bool = False) -> AbstractContextManager[None]:
        """A context in which this session may write on a read-only server, and what it writes is in no binary log unless `logged`.

        On MySQL others with SUPER may write meanwhile, too.
        """

    def accounts(self, prefix: str) -> list[FoundAccount]:
        """The accounts whose names begin so."""
        rows = self.connection.rows(
            "SELECT User AS user, Host AS host, x509_issuer AS issuer, x509_subject AS subject, Repl_slave_priv AS replicates"
            " FROM mysql.user WHERE LEFT(User, CHAR_LENGTH(%s)) = %s",
            prefix,
            prefix,
        )
        return [
            {
                "user": _text(row["user"]),
                "host": _text(row["host"]),
                "issuer": _text(row["issuer"]),
                "subject": _text(row["subject"]),
                "replicates": _text(row["replicates"]) == "Y",
            }
            for row in rows
        ]

    def make_account(self, user: str, host: str, subject: str, privileges: str) -> None:
        """An account without a password, which only the owner of one certificate can use, signed by a CA that this server trusts.

        It requires no ISSUER: that would turn the replica away as soon as its certificate is of another CA or of an intermediate one.
        """
        rule = "REQUIRE SUBJECT %s"
        self.connection.rows(f"CREATE USER IF NOT EXISTS %s@%s {rule}", user, host, subject)
        self.connection.rows(f"ALTER USER %s@%s {rule}", user, host, subject)
        self.connection.rows(f"GRANT {privileges} ON *.* TO %s@%s", user, host)

    def drop_account(self, user: str, host: str) -> None:
        self.connection.rows("DROP USER IF EXISTS %s@%s", user, host)

    def replicas(self) -> list[Client]:
        """The replicas that are connected."""
        rows = self.connection.rows(f"SELECT USER AS user, HOST AS host FROM {self._processlist} WHERE COMMAND LIKE 'Binlog Dump%%'")
        return [{"user": row["user"], "host": row["host"].rpartition(":")[0]} for row in rows]

    def other_engines(self) -> dict[str, list[str]]:
        """``{engine: ["schema.table", …]}`` of the users' tables that are not InnoDB's."""
        rows = self.connection.rows(
            "SELECT ENGINE AS engine, CONCAT(TABLE_SCHEMA, '.', TABLE_NAME) AS name FROM information_schema.TABLES"
            " WHERE TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED', 'SEQUENCE') AND ENGINE IS NOT NULL AND ENGINE <> 'InnoDB'"
            f" AND TABLE_SCHEMA NOT IN ({_SYSTEM_SCHEMAS}) ORDER BY 1, 2"
        )
        found: dict[str, list[str]] = {}
        for row in rows:
            found.setdefault(row["engine"], []).append(row["name"])
        return found

    def versioned(self) -> dict[str, list[str]]:
        """``{kind: ["schema.table", …]}`` of the tables that keep their history; MySQL has none."""
        return {}

    def close(self) -> None:
        self.connection.close()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def _text(value: object) -> str:
    """What some versions return as bytes."""
    return value.decode() if isinstance(value, bytes) else str(value)
