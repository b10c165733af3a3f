# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of one Galera member, as plain data: it travels from guest to guest, and through a play's variables.

Sources: Galera documentation, "Galera Status Variables"; "Safe to bootstrap".
"""

from __future__ import annotations

from typing import Any, TypedDict

from ...._model.datastore import FileSystem


class Service(TypedDict):
    """What systemd says of the server: state is its ActiveState, started in seconds since the epoch; whether a client's connection would start it."""

    state: str
    started: float | None
    enabled: bool
    outdated: bool
    socket_activation: bool


class WaitingThread(TypedDict):
    """An applier thread that waits, in which state, and for how many seconds."""

    id: int
    state: str
    seconds: float


class Look(TypedDict):
    """One look at the member's appliers; at in seconds of a clock that only goes forward."""

    at: float
    recv_queue: int
    last_committed: int
    paused_ns: int
    flow_control: bool
    waiting: list[WaitingThread]


class Use(TypedDict):
    """How much clients use a member: commits are those of its own clients since its start, uptime is in seconds."""

    commits: int
    uptime: int
    clients: int


class Wsrep(Use):
    """What a server that answers says of its cluster.

    - addresses: those of the members that hold data (an arbitrator does not), without ports; members: how many these are
    - looks: one alone where the member was at rest in the first one
    - cached_downto: the oldest write set that it could give to a joiner (wsrep_local_cached_downto); a huge number where it has none
    - cache_bytes: gcache.size, None where it is not known; set_bytes: of all write sets, its own and those that it received, since its start
    """

    on: bool
    ready: bool
    connected: bool
    local_state: str | None
    cluster_status: str | None
    cluster_size: int
    cluster_state_uuid: str | None
    local_state_uuid: str | None
    last_committed: int
    addresses: list[str]
    members: int
    looks: list[Look]
    cached_downto: int
    cache_bytes: int | None
    set_bytes: int


class ClusterName(TypedDict):
    configured: str | None
    live: str | None


class Grastate(TypedDict):
    """What grastate.dat holds."""

    uuid: str
    seqno: int
    safe_to_bootstrap: bool


class Data(TypedDict):
    """The data directory.

    - unfinished: its system tables were being created; receiving: a state transfer was or is under way; copied: one has ended
    - schemas: the users' own
    """

    path: str
    initialised: bool
    unfinished: bool
    receiving: bool
    copied: bool
    schemas: list[str]


class Stopped(TypedDict):
    """What a member has noted when it was stopped in order: who still served then, and what its grastate.dat held."""

    others: list[str]
    position: dict[str, Any]


class Info(TypedDict):
    """One member.

    - address: by which other members reach it, as it was given; node_address: the wsrep_node_address of its settings
    - configured_members: the addresses of its wsrep_cluster_address, which the role writes of all members; empty where there is none
    - version: None where no server is installed; running: that of the server that answers, by itself, None where none does
    - tables_version: that of its system tables, None where nothing says so
    - error: why the server did not answer although its service runs; wsrep: None where it did not answer
    - stopped: None for one that runs, and for one that was not stopped by cluster_stop
    - grastate: None where there is no such file; last_view: how many members the last view had, None after a clean stop
    """

    address: str | None
    node_address: str | None
    configured_members: list[str]
    version: str | None
    running: str | None
    tables_version: str | None
    service: Service
    reachable: bool
    error: str | None
    wsrep: Wsrep | None
    stopped: Stopped | None
    cluster_name: ClusterName
    grastate: Grastate | None
    last_view: int | None
    datadir: Data
    volume: FileSystem | None
