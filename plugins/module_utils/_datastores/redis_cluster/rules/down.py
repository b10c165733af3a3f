# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a server of a Redis Cluster is down, by what systemd and its own log say; and what it has left on its disk. Pure.

Sources: Redis 7.0 and Valkey 8, config.c (loadServerConfigFromString), cluster.c (clusterLoadConfig), aof.c (loadSingleAppendOnlyFile), rdb.c
(rdbReportError); systemd.service(5), "EXIT_CODE, EXIT_STATUS", and org.freedesktop.systemd1(5), Result.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import TypedDict

from .nodes import Line, parse_nodes

#: what a file is: there and whole, not there, or there and not as it should be
OK, MISSING, DAMAGED = "ok", "missing", "damaged"
#: how a server keeps its data: a log of all changes, snapshots, or not at all
AOF, RDB, NONE = "aof", "rdb", "none"
#: what systemd says of a unit whose server may run, and of one whose server does not
RUNS, DEAD = ("active", "activating", "reloading"), ("inactive", "failed")
#: the directory of the log of changes (appenddirname), which the role leaves as it is
LOG = "appendonlydir"

_RESULTS = {
    "oom-kill": "the kernel killed it, since memory ran out",
    "core-dump": "it crashed",
    "timeout": "it did not start or stop in time",
    "watchdog": "it hung",
    "resources": "systemd could not set it up",
    "assert": "a condition of its unit is not met: the data volume is not mounted",
}
_SEGV, _KILL = ("4", "6", "7", "8", "11"), "9"
#: what the server says before it ends, and what that means
_REFUSALS = (
    (re.compile(r"FATAL CONFIG FILE ERROR"), "it refuses its settings"),
    (re.compile(r"corrupted cluster config file", re.IGNORECASE), "nodes.conf is damaged"),
    (re.compile(r"Bad file format reading the append only file|Unexpected end of file reading the append only file|Error reading the RDB preamble|"
                r"Unrecoverable error reading the append only file|AOF .*doesn't exist|Invalid AOF manifest|AOF loading aborted", re.IGNORECASE),
     "its log of changes (AOF) is damaged"),
    (re.compile(r"Short read or OOM loading DB|Wrong signature trying to load DB|RDB CRC error|Internal error in RDB reading|Error loading .*\.rdb|"
                r"Fatal error loading the DB|Bad file format reading .*rdb|Can't handle RDB format version", re.IGNORECASE),
     "its snapshot (RDB) is damaged"),
    (re.compile(r"Can't (?:open|chdir to|create)|Permission denied", re.IGNORECASE), "it cannot use a file"),
    (re.compile(r"Could not create server TCP listening socket|Failed listening on port", re.IGNORECASE), "its port is taken"),
    (re.compile(r"Failed to configure TLS|Failed to load (?:certificate|private key)", re.IGNORECASE), "its certificate or key cannot be used"),
)
#: of these the data are of no use to a start: another member's copy is
_OF_DATA = ("nodes.conf is damaged", "its log of changes (AOF) is damaged", "its snapshot (RDB) is damaged")


class Row(TypedDict):
    """What is known of one member on its own host.

    - state: systemd's ActiveState of its unit; answers: whether its server answers there
    - why: why it is down, sentences; damaged: whether by them its data cannot be loaded; tried: whether this run has started it in vain
    - file: nodes.conf, OK, MISSING or DAMAGED; nodes: its text where it is OK; id: the node that it says it is
    - persistence: AOF, RDB or NONE, as its settings have it; data: whether there are data on its disk that a start would load
    - announced: the address under which its settings have it known
    - at: when this was read, seconds since the epoch on its clock; down_for: how many seconds before that it had served at the latest, None where it runs
    - replid, offset: where in which replication stream its snapshot is, None where it has none, or keeps a log; saved: when its data were last written
    """

    state: str
    answers: bool
    why: list[str]
    damaged: bool
    tried: bool
    file: str
    nodes: str
    id: str | None
    persistence: str
    data: bool
    announced: str | None
    at: float
    down_for: float | None
    replid: str | None
    offset: int | None
    saved: float | None


def why(unit: Mapping[str, str], log: Sequence[str], orderly: bool) -> tuple[list[str], bool]:
    """Why a server is down: ``(sentences, whether its data cannot be loaded)``.

    :param unit: systemd's Result, ExecMainCode (1 exited, 2 killed, 3 dumped) and ExecMainStatus
    :param log: the last lines of its log
    :param orderly: whether it was noted that it was stopped in order
    """
    found = ["it was stopped in order"] if orderly else []
    result, status = unit.get("Result", ""), unit.get("ExecMainStatus", "")
    if result in _RESULTS:
        found.append(_RESULTS[result])
    elif unit.get("ExecMainCode") in ("2", "3") and result != "success":
        signal = "it was killed (SIGKILL)" if status == _KILL else f"it crashed (signal {status})" if status in _SEGV else f"it was ended by signal {status}"
        found.append(signal)
    refused = refusals(log)
    found += refused
    if result == "start-limit-hit" and not refused:
        found.append("systemd gave up to start it after several attempts")
    return found or ["its unit does not run"], any(text.startswith(_OF_DATA) for text in refused)


def refusals(log: Sequence[str]) -> list[str]:
    """Why the last start was refused, by the server's own words: sentences with the line that says so; empty where it says nothing known."""
    last = _last_start(log)
    for number, line in enumerate(last):
        for pattern, meaning in _REFUSALS:
            if pattern.search(line):
                # of refused settings the lines after it say which
                told = " ".join(part.strip() for part in last[number: number + 4]) if "CONFIG" in line else line.strip()
                return [f"{meaning}: {told[:300]}"]
    return []


def _last_start(log: Sequence[str]) -> list[str]:
    """The lines since the last start, of which the server's first one tells; all where none is there, as of refused settings."""
    starts = [number for number, line in enumerate(log) if "oO0OoO0OoO0Oo" in line or "FATAL CONFIG FILE ERROR" in line]
    return list(log[starts[-1]:]) if starts else list(log)


def read_nodes(text: str | None) -> tuple[str, str, str | None]:
    """A nodes.conf: ``(OK, MISSING or DAMAGED, its text where it is OK, the id of the node itself)``. It is whole when it ends with its last line, ``vars``.

    Source: cluster.c, clusterSaveConfig, which writes that line last, and clusterLoadConfig, which refuses a file without a line ``myself``.
    """
    if text is None:
        return MISSING, "", None
    lines = text.splitlines()
    whole = text.endswith("\n") and any(line.startswith("vars currentEpoch") for line in lines)
    try:
        own = me(text)
    except ValueError:
        own = None
    return (OK, text, own.id) if whole and own else (DAMAGED, "", None)


def me(text: str) -> Line | None:
    """Its line of the node itself in a nodes.conf.

    :raises ValueError: for a text that is none
    """
    return next((line for line in lines_of(text).values() if "myself" in line.flags), None)


def lines_of(text: str) -> dict[str, Line]:
    """The nodes of a nodes.conf: ``{id: Line}``."""
    return parse_nodes("\n".join(line for line in text.splitlines() if not line.startswith("vars ")))


def kept(settings: Mapping[str, str]) -> str:
    """How a server keeps its data, by its settings."""
    if settings.get("appendonly", "no").strip('"') == "yes":
        return AOF
    return RDB if settings.get("save", "").strip('"') else NONE


def has_data(persistence: str, files: Collection[str]) -> bool:
    """Whether a start would load data that were kept up to date. A server with a log of changes loads nothing else (server.c, loadDataFromDisk);
    a snapshot on a server that writes none is old, whatever wrote it.

    :param files: the names in its data directory, of the log's directory with that before them
    """
    if persistence == NONE:
        return False
    if persistence == AOF:
        return any(name.startswith(f"{LOG}/") and name.endswith(".manifest") for name in files)
    return any(name.endswith(".rdb") and "/" not in name and not name.startswith("temp-") for name in files)
