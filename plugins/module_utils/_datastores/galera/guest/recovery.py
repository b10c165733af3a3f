# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the local Galera member leaves when it is down is read, with its unit stopped and masked, and its files are written for the next start."""

from __future__ import annotations

import os
import re
import shlex
import signal
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from ...._guest import kept_options
from ...._guest.command import GuestError, run
from ..rules import outage
from ..rules.info import Info
from ..rules.member_state import NULL_UUID
from ..rules.outage import Evidence, Noted, Position
from . import member
from .recovery_files import text

_DAEMON = "/usr/sbin/mariadbd"
# of Debian's galera_recovery, which the unit runs before each start
_RECOVER = ("--user=mysql", "--wsrep_recover", "--disable-log-error")
#: seconds in which a server that is no member of a primary component ends when it is asked to
_STOP = 60
_RUNS = ("active", "activating", "reloading", "deactivating")
# group communication, and state transfers
_PORTS = (4444, 4567, 4568)
_LINES = 20000


def note() -> dict[str, Any]:
    """What a recovery has noted: ``view``, and ``of`` which start; whether plain starts were ``tried``; its ``decision``; and its end, ``reached``, ``at``."""
    return kept_options.read(_path())


def write_note(**changes: Any) -> None:
    kept_options.write(_path(), {**note(), **changes})


def _path() -> str:
    return kept_options.path(f"recovery-{member.SERVICE.name}")


def will_run() -> bool:
    """Whether there is a server of the unit, or systemd is to start one again."""
    service = member.SERVICE.show()
    return service["state"] in _RUNS or service["substate"] == "auto-restart"


def stop() -> None:
    """Stop the unit, and keep everything from starting it until `release`, or a reboot; what is left of it is ended, and nothing else.

    A server that looks for the others does not listen; and what a killed state transfer leaves behind still holds its port.
    """
    service = member.SERVICE.show()
    if service["state"] == "activating" and service["substate"] != "auto-restart":
        member.SERVICE.kill()
    else:
        try:
            member.SERVICE.stop(_STOP)
        except GuestError:
            member.SERVICE.kill()
    member.SERVICE.mask_until_reboot()
    for pid in _of_unit():
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def release() -> None:
    member.SERVICE.unmask()


def _processes() -> Iterator[int]:
    return (int(name) for name in os.listdir("/proc") if name.isdigit())


def _of_unit() -> list[int]:
    """The processes in the unit's control group, whether it runs or not."""
    found = []
    for pid in _processes():
        lines = text(f"/proc/{pid}/cgroup") or ""
        if any(line.endswith(f"/{member.SERVICE.name}") for line in lines.splitlines()):
            found.append(pid)
    return found


def strays(datadir: str) -> list[str]:
    """Servers that have the data open, and what holds a port of the members, beside the unit, which was stopped before."""
    found = [f"the process {pid} ({name}) works in {datadir}, and is none of {member.SERVICE.name}" for pid, name in _servers_in(datadir)]
    for port in _PORTS:
        users = run(["ss", "-Hltnp", f"sport = :{port}"], check=False).stdout
        found += [f"port {port} is held by the process {pid} ({name})" for name, pid in re.findall(r'\("([^"]+)",pid=(\d+)', users)]
    return found


def _servers_in(datadir: str) -> Iterator[tuple[int, str]]:
    own = _of_unit()
    for pid in _processes():
        name = (text(f"/proc/{pid}/comm") or "").strip()
        if name in ("mariadbd", "mysqld") and pid not in own:
            with suppress(OSError):
                if os.path.realpath(f"/proc/{pid}/cwd") == os.path.realpath(datadir):
                    yield pid, name


def half_received(datadir: str) -> bool:
    return os.path.exists(os.path.join(datadir, "sst_in_progress"))


def recover(datadir: str, timeout: float) -> tuple[Position | None, str | None, str | None]:
    """``(position, GTID, failure)`` by the server itself, with the unit's own configuration: an encrypted log needs its key. It opens the data as any start."""
    if half_received(datadir):
        # a state transfer would delete what is there
        return {"uuid": NULL_UUID, "seqno": -1}, None, None
    if not os.path.exists(os.path.join(datadir, "ibdata1")):
        # a volume that is not mounted looks so, and its data may be ahead; the server would create new ones
        return None, None, f"no data in {datadir}"
    done = run([_DAEMON, *_unit_options(), *_RECOVER], timeout=timeout, check=False)
    found = outage.read_recovered(done.stderr + done.stdout)
    if done.returncode or not found:
        loud = [line for line in done.stderr.splitlines() if "[ERROR]" in line]
        return None, None, " / ".join(line.partition("[ERROR] ")[2] for line in loud[:3]) or f"--wsrep_recover gave no position (exit code {done.returncode})"
    return found[0], found[1], None


def _unit_options() -> list[str]:
    """What the unit's environment hands to the server, MYSQLD_OPTS."""
    shown = run(["systemctl", "show", "--property=Environment", "--value", member.SERVICE.name]).stdout
    found = dict(entry.split("=", 1) for entry in shlex.split(shown) if "=" in entry)
    return shlex.split(found.get("MYSQLD_OPTS", ""))


def serving(info: Info) -> Evidence:
    """The row of a member that serves and is left alone."""
    wsrep = info["wsrep"]
    position: Position = {"uuid": str(wsrep and wsrep["cluster_state_uuid"]), "seqno": wsrep["last_committed"] if wsrep else -1}
    return {**_blank(ran=True), "serving": position}


def receives() -> bool:
    """Whether a state transfer to it is under way."""
    return any((text(f"/proc/{pid}/comm") or "").startswith("wsrep_sst") for pid in _of_unit()) and member.SERVICE.show()["state"] == "activating"


def receiving() -> Evidence:
    """The row of one that gets a state transfer, and is left alone."""
    return {**_blank(ran=True), "receiving": True}


def unread(info: Info, why: str) -> Evidence:
    """The row of one that is neither stopped nor asked."""
    return {**_files(info, ran=will_run()), "unread": why}


def read(info: Info, ran: bool, timeout: float) -> Evidence:
    """The row of one whose unit was stopped.

    :param info: as it is now, with what was noted of its stop before
    """
    row = _files(info, ran)
    row["strays"] = strays(info["datadir"]["path"])
    if row["strays"]:
        return {**row, "unread": "its data are in use"}
    row["recovered"], row["gtid"], row["failure"] = recover(info["datadir"]["path"], timeout)
    row["last"] = outage.stopped_last(info["stopped"], row["grastate"], row["recovered"])
    row["without_wsrep"] = outage.started_without_wsrep(member.SERVICE.log(_LINES, since=note().get("at")))
    return row


def view_now(info: Info) -> outage.View | None:
    """The last view, from the file or, where this recovery has removed it and the server was not started since, from the note of that."""
    found = outage.read_view(text(os.path.join(info["datadir"]["path"], "gvwstate.dat")) or "")
    noted = note()
    return found or (noted.get("view") if noted.get("of") == member.SERVICE.invocation() else None)


def note_view(view: outage.View) -> None:
    write_note(view=view, of=member.SERVICE.invocation())


def _files(info: Info, ran: bool) -> Evidence:
    noted, row = note(), _blank(ran)
    row["file"], row["grastate"] = outage.read_grastate(text(os.path.join(info["datadir"]["path"], "grastate.dat")))
    row["view"], row["tried"] = view_now(info), bool(noted.get("tried"))
    row["schemas"] = [] if half_received(info["datadir"]["path"]) else list(info["datadir"]["schemas"])
    row["noted"] = list(_noted(info, noted))
    return row


def _noted(info: Info, noted: Mapping[str, Any]) -> Iterator[Noted]:
    if noted.get("reached"):
        yield {"uuid": noted["reached"]["uuid"], "seqno": noted["reached"]["seqno"], "by": "the end of an earlier recovery"}
    stopped = info["stopped"]
    if stopped and stopped["position"].get("seqno", -1) >= 0:
        yield {"uuid": stopped["position"]["uuid"], "seqno": stopped["position"]["seqno"], "by": "the stop in order"}


def _blank(ran: bool) -> Evidence:
    nothing: dict[str, Any] = dict.fromkeys(("serving", "recovered", "gtid", "failure", "unread", "grastate", "view", "without_wsrep"))
    row: Any = {**nothing, "receiving": False, "ran": ran, "file": outage.MISSING, "noted": [], "schemas": [], "last": False, "strays": [], "tried": False}
    return row  # type: ignore[no-any-return]
