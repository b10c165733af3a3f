# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a Galera member leaves when its server is down, as plain data: a row of the table by which it is decided who begins. Pure.

Sources: Galera documentation, "Restarting the Cluster"; "Recovering the Primary Component"; MariaDB's galera_recovery.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from .info import Grastate, Stopped
from .member_state import NULL_UUID

_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
# with wsrep_gtid_mode the server's own GTID follows, behind a comma
_RECOVERED = re.compile(rf"WSREP: Recovered position:\s*({_UUID}):(-?\d+)(?:,(\S+))?")
_GRASTATE = {"version": r"2\.\d+", "uuid": _UUID, "seqno": r"-?\d+", "safe_to_bootstrap": r"[01]"}

#: of grastate.dat
OK, MISSING, DAMAGED = "ok", "missing", "damaged"


class Position(TypedDict):
    """A cluster's state UUID, and the number of the last write set."""

    uuid: str
    seqno: int


class View(TypedDict):
    """What gvwstate.dat holds: the view's id, the member's own UUID in it (another one after each start), and those of all."""

    id: str
    me: str
    members: list[str]


class Noted(Position):
    """A position that was reached, and who says so."""

    by: str


class Evidence(TypedDict):
    """One member.

    - serving: its position, of one that serves and was left alone; None of any other. All below is of one that was stopped
    - receiving: whether it gets a state transfer from one that serves, and was left alone, too
    - ran: whether its server ran, or was to be started again, before it was stopped
    - recovered: what the server itself finds in its data (--wsrep-recover); a null UUID of one that has to get all data from another one
    - gtid: the server's own GTID there, with wsrep_gtid_mode
    - failure: why the server finds nothing; unread: why it was not asked
    - file: whether grastate.dat is there and complete: OK, MISSING or DAMAGED; grastate: what it holds where it is OK
    - noted: positions that it, or what stopped it, has noted as reached
    - schemas: the users' own in its data; none of a member that was killed while it received a state transfer
    - half: whether it was killed while it received one, so that it was behind
    - last: whether it has noted that it was stopped in order when no other served any more, and its data are as it has noted
    - strays: servers that use its data, and what holds its ports, beside its unit
    - without_wsrep: when its server took writes outside of the cluster, None where nothing says so
    - tried: whether a plain start of all was tried for this outage already
    """

    serving: Position | None
    receiving: bool
    ran: bool
    recovered: Position | None
    gtid: str | None
    failure: str | None
    unread: str | None
    file: str
    grastate: Grastate | None
    view: View | None
    noted: list[Noted]
    schemas: list[str]
    half: bool
    last: bool
    strays: list[str]
    without_wsrep: str | None
    tried: bool


def read_recovered(log: str) -> tuple[Position, str | None] | None:
    """The last position in what a server wrote that was started with --wsrep-recover, and the GTID behind it; None where there is none."""
    found = _RECOVERED.findall(log)
    if not found:
        return None
    uuid, seqno, gtid = found[-1]
    return {"uuid": uuid, "seqno": int(seqno)}, gtid or None


def read_grastate(text: str | None) -> tuple[str, Grastate | None]:
    """Whether the text of grastate.dat can be relied upon, and what it says. A server takes a damaged one for another one, or for none."""
    if text is None:
        return MISSING, None
    found: dict[str, str] = dict(re.findall(r"^(\w+):[ \t]*(\S+)[ \t]*$", text, re.MULTILINE))
    if not all(re.fullmatch(pattern, found.get(name, "")) for name, pattern in _GRASTATE.items()):
        return DAMAGED, None
    return OK, {"uuid": found["uuid"], "seqno": int(found["seqno"]), "safe_to_bootstrap": found["safe_to_bootstrap"] == "1"}


def write_grastate(uuid: str, seqno: int, safe: bool) -> str:
    return f"# GALERA saved state\nversion: 2.1\nuuid:    {uuid}\nseqno:   {seqno}\nsafe_to_bootstrap: {int(safe)}\n"


def read_view(text: str) -> View | None:
    """What gvwstate.dat says; None for one that is empty, cut or no such file."""
    own = re.search(rf"^my_uuid: ({_UUID})$", text, re.MULTILINE)
    view = re.search(rf"^view_id: (\d+ {_UUID} \d+)$", text, re.MULTILINE)
    members = re.findall(rf"^member: ({_UUID}) \d+$", text, re.MULTILINE)
    if not (own and view and "#vwend" in text and own.group(1) in members):
        return None
    return {"id": view.group(1), "me": own.group(1), "members": sorted(members)}


def stopped_last(stopped: Stopped | None, file: Grastate | None, recovered: Position | None) -> bool:
    """Whether one was stopped in order when nobody else served any more: by its note, its file, and the position in its data, all three."""
    if not stopped or stopped["others"] or not file or not recovered or dict(file) != dict(stopped["position"]):
        return False
    return file["safe_to_bootstrap"] and file["seqno"] >= 0 and (file["uuid"], file["seqno"]) == (recovered["uuid"], recovered["seqno"])


def started_without_wsrep(log: Sequence[str], was_member: bool, has_state: bool) -> str | None:
    """The line by which a server began that was ready for clients outside of any cluster, after one that was a member; None where the log has none.

    :param log: what the unit wrote, oldest first
    :param was_member: whether it was a member before the log begins
    :param has_state: whether its data are a cluster's: then it became a member at its last start, or was one before
    """
    begun = bare = None
    for line in log:
        if "Starting MariaDB" in line:
            begun = line
        elif "WSREP: Loading provider" in line:
            # a package's first start is before that of a member
            was_member, begun, bare = True, None, None
        elif "ready for connections" in line and begun:
            bare = begun[:19]
            if was_member:
                return bare
    return bare if has_state else None


def standing(row: Evidence) -> Position | None:
    """Where one stands that may begin: its data are whole, and its file does not say that they may not be."""
    found = has(row)
    return None if found is None or is_unsafe(row) else found


def has(row: Evidence) -> Position | None:
    """Where its data are, whole or not; None where there are none, or nobody knows."""
    found = row["recovered"]
    return found if found and found["uuid"] != NULL_UUID else None


def placed(row: Evidence) -> str:
    """Where its data stand, for people."""
    found = row["recovered"]
    return f"its data stand at {spelled(found)}" if found else f"where its data stand is unknown: {row['failure'] or row['unread']}"


def unplaced(row: Evidence) -> str | None:
    """What a member has that belongs to no cluster's history, as after starts outside of any: a state transfer would destroy it. None where there is none."""
    found = row["recovered"]
    if found is None or found["uuid"] != NULL_UUID or not (row["schemas"] or found["seqno"] >= 0):
        return None
    return f"data without a cluster's position ({', '.join(row['schemas']) or spelled(found)})"


def is_unsafe(row: Evidence) -> bool:
    """Whether it was killed while a statement was applied that cannot be rolled back (DDL): its file then has a null UUID, and its data a position."""
    return bool(has(row) and row["grastate"] and row["grastate"]["uuid"] == NULL_UUID)


def floors(rows: Mapping[str, Evidence], uuid: str) -> list[Noted]:
    """All that was noted as reached of a state: what grastate.dat says counts, too."""
    found = [noted for row in rows.values() for noted in row["noted"] if noted["uuid"] == uuid]
    for name, row in rows.items():
        file = row["grastate"]
        if file and file["uuid"] == uuid and file["seqno"] >= 0:
            found.append({"uuid": uuid, "seqno": file["seqno"], "by": f"the grastate.dat of {name}"})
    return found


def covered(rows: Mapping[str, Evidence], of: str) -> list[str]:
    """The members of the last view of one of them, where each member of that view is among the rows with a position of its own; nobody otherwise.

    Only a majority of these could have gone on without the others, and each of it would have a later view.
    """
    view = rows[of]["view"]
    if view is None:
        return []
    names, members = [], []
    for name, row in rows.items():
        other = row["view"]
        if other and other["id"] == view["id"] and standing(row):
            names.append(name)
            members.append(other["me"])
    return names if sorted(members) == view["members"] else []


def table(seen: Mapping[str, Evidence | None], lost: Sequence[str]) -> str:
    """The evidence for people, a line a member."""
    rows: list[tuple[str, ...]] = [("Member", "Recovered position", "grastate.dat", "Last view", "Noted as reached", "Remarks")]
    rows += [(name, *_cells(row, name in lost)) for name, row in seen.items()]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() + "\n" for row in rows)


def _cells(row: Evidence | None, lost: bool) -> tuple[str, ...]:
    named = ["named lost"] if lost else []
    if row is None:
        return ("unknown: no answer", "", "", "", ", ".join(named))
    if row["receiving"]:
        return ("receives a state transfer", "", "", "", ", ".join(named))
    if row["serving"]:
        return (f"serves at {spelled(row['serving'])}", "", "", "", ", ".join(named))
    recovered = spelled(row["recovered"]) if row["recovered"] else f"unknown: {'not read' if row['unread'] else 'damaged'}"
    file: Any = row["grastate"]
    state = f"{spelled(file)}, safe_to_bootstrap {int(file['safe_to_bootstrap'])}" if file else row["file"]
    view = f"{row['view']['id'].split()[-1]}, of {len(row['view']['members'])}" if row["view"] else "none"
    reached = max((noted["seqno"] for noted in row["noted"]), default=None)
    remarks = [*named, *(["stopped last"] if row["last"] else []), *(["killed in a DDL, or given up"] if is_unsafe(row) else []), *row["strays"]]
    remarks += [f"GTID {row['gtid']}"] if row["gtid"] else []
    remarks += ["took writes outside of the cluster"] if row["without_wsrep"] else []
    return (recovered, state, view, "" if reached is None else str(reached), ", ".join(remarks))


def spelled(position: Position | Grastate) -> str:
    return f"{position['uuid']}:{position['seqno']}"
