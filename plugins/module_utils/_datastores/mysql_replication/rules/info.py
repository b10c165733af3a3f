# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of a server as a source or a replica: the shapes of the plain data that modules return and rules judge.

Sources: MySQL Reference Manual, "SHOW REPLICA STATUS"; MariaDB, "SHOW REPLICA STATUS".
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypedDict

from ...._model.datastore import FileSystem
from .facts import Facts


class Tls(TypedDict):
    """Paths of a member's certificate files, which the server itself reads."""

    ca_cert: str
    client_cert: str
    client_key: str


class Address(NamedTuple):
    """Where a replica finds its source, and by which account."""

    host: str
    port: int
    user: str

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class Probe(TypedDict):
    """What a replica found when it asked for its source.

    - verdict: ``dead`` (TCP refused, no route, or no answer, and nothing is received any more), ``alive`` (also where it turns us away), ``hung`` (it takes
      connections and says nothing), or ``unknown``
    - why: what was seen, in words
    """

    verdict: str
    why: str


class Link(Tls):
    """A replica's link to its source.

    `io_running` is Yes, No or Connecting; `lag` and `delay` are in seconds, `lag` None while it is unknown; `probe` is None where nobody asked whether the
    source is dead; `answers` is whether it is not, None likewise; `server_uuid` is None on MariaDB. A number of 0 is no error.
    """

    host: str
    port: int
    user: str
    server_id: int | None
    server_uuid: str | None
    tls: bool
    io_running: str
    io_errno: int
    io_error: str
    sql_running: str
    sql_errno: int
    sql_error: str
    sql_state: str | None
    lag: int | None
    delay: int
    retrieved: str
    answers: bool | None
    probe: Probe | None


def address_of(link: Link) -> Address:
    return Address(link["host"], link["port"], link["user"])


def certificate_of(link: Link) -> Tls:
    return {"ca_cert": link["ca_cert"], "client_cert": link["client_cert"], "client_key": link["client_key"]}


class Settings(TypedDict):
    """What replication needs to know of a server's variables.

    `server_uuid` and `super_read_only` are None on MariaDB; `logs_updates` says whether a replica writes what it receives to its own binary log.
    """

    version: str
    server_id: int
    server_uuid: str | None
    read_only: bool
    super_read_only: bool | None
    log_bin: bool
    gtid: bool
    logs_updates: bool
    binlog_format: str


class Gtids(TypedDict):
    """All that a server has, what it wrote to its binary logs, and where it stands as a snapshot would say: texts in its own dialect."""

    executed: str
    logged: str
    position: str


class State(Settings):
    """What any account may see of a server: the settings, the keys of Gtids, and the engine. (Of two bases pylint counts TypedDict's own twice.)"""

    executed: str
    logged: str
    position: str
    engine: str


class Logs(State):
    """The same, and what the binary logs do not hold any more."""

    purged: str


class Seen(State):
    """What the local server says of itself, with its link."""

    source: Link | None


class Candidate(Logs):
    """A replica that may take over: the same, with its link."""

    source: Link | None


class Client(TypedDict):
    """A replica that is connected."""

    user: str
    host: str


class Info(Candidate):
    """What `guest.replication.observe` reports of one server.

    Where it does not answer, `error` says why, and everything that only a running server knows is None, whatever its type here: `reachable` is asked
    first. `engine` is None where no server is installed; `service` is systemd's ActiveState; `engines_not_copyable` holds the tables that are not InnoDB's;
    `facts` is what `preflight` asks for; `events` are the names of those that are enabled; `volume` is the file system below the data directory, None where
    there is none.
    """

    service: str
    reachable: bool
    error: str | None
    replicas: list[Client]
    engines_not_copyable: dict[str, list[str]]
    data_bytes: int | None
    volume: FileSystem | None
    identity: dict[str, str] | None
    facts: Facts
    events: list[str]


class Account(TypedDict):
    """What the account of a replica is built from."""

    server_id: int
    address: str
    subject: str


class Promoter(TypedDict):
    """What the account of a candidate is built from, by which it reaches its source."""

    address: str
    subject: str


class Identity(TypedDict, total=False):
    """By what the other members know a server."""

    id: Any
    addresses: list[str]
    name: str | None
    address: str | None
    server_id: int | None
    subject: str | None


class Word(TypedDict):
    """What a member said: a result of trove_mysql_replication_info."""

    identity: Identity
    replication: Info
