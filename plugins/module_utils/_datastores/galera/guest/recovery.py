# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the local Galera member leaves when it is down is read, with its unit stopped and masked, and its files are written for the next start."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from ...._guest import aside, kept_options, packages, text_file
from ...._guest.command import GuestError, run
from ..rules import member_state, outage
from ..rules.info import Info
from ..rules.member_state import NULL_UUID
from ..rules.outage import Evidence, Noted, Position
from . import member, processes
from .recovery_files import replace

_PACKAGE = "mariadb-server"
_DAEMON = "/usr/sbin/mariadbd"
# of Debian's galera_recovery, which the unit runs before each start
_RECOVER = ("--user=mysql", "--wsrep_recover", "--disable-log-error")
#: seconds in which a server that is no member of a primary component ends when it is asked to
_STOP = 60
_RUNS = ("active", "activating", "reloading", "deactivating")
_LINES = 20000
unit_options = processes.unit_options


def note() -> dict[str, Any]:
    """What a recovery has noted.

    ``view``, ``view_file`` (its text), and ``of`` which start; ``ran``, while the unit is masked; ``outside``, when it took writes outside of the cluster;
    whether plain starts were ``tried``; its ``decision``; and its end, ``reached``, ``at``.
    """
    return kept_options.read(_path())


def write_note(**changes: Any) -> None:
    kept_options.write(_path(), {**note(), **changes})


def _path() -> str:
    return kept_options.path(f"recovery-{member.SERVICE.name}")


def will_run() -> bool:
    """Whether there is a server of the unit, or systemd is to start one again."""
    service = member.SERVICE.show()
    return service["state"] in _RUNS or service["substate"] == "auto-restart"


def hold(info: Info, ran: bool) -> list[str]:
    """Stop and mask the unit, and note before what is unknown after it: whether it ran, its view, and that it was no member.

    :return: the options of its environment, of which systemd knows none while it is masked
    """
    # a run that was killed may have left it so; and an upgrade one whose packages were not finished then, over every boot
    if packages.installed(_PACKAGE)["unfinished"]:
        member.SERVICE.unmask()
    else:
        member.SERVICE.unmask_for_good()
    options = unit_options()
    path = os.path.join(info["datadir"]["path"], "gvwstate.dat")
    kept = _view_file(info)
    changes = {"view": outage.read_view(kept), "view_file": kept, "of": member.SERVICE.invocation()} if kept else {}
    write_note(ran=ran, outside=_outside(info), **changes)
    stop()
    if kept and text_file.text(path) is None:
        # a stop in order removes it, also of one that did not serve: those of its view would find each other no more
        replace(path, kept)
    return options


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
    for pid in processes.of_unit():
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def release() -> None:
    member.SERVICE.unmask()
    write_note(ran=False)


def half_received(datadir: str) -> bool:
    return os.path.exists(os.path.join(datadir, "sst_in_progress"))


def recover(datadir: str, timeout: float, options: Sequence[str]) -> tuple[Position | None, str | None, str | None]:
    """``(position, GTID, failure)`` by the server itself, with the unit's own configuration: an encrypted log needs its key. It opens the data as any start."""
    if half_received(datadir):
        # a state transfer would delete what is there
        return {"uuid": NULL_UUID, "seqno": -1}, None, None
    if aside.is_half(datadir):
        # what is left may open well, and has not all tables
        return None, None, f"a part of its data is set aside in {os.path.join(datadir, aside.NAME)}, by a cluster_initialize that was killed: run that again"
    if not os.path.exists(_first_file(datadir)):
        # a volume that is not mounted looks so, and its data may be ahead; the server would create new ones
        return None, None, f"no data in {datadir}"
    try:
        done = run([_DAEMON, *options, *_RECOVER], timeout=timeout, check=False)
    except GuestError:
        # its own words have the options, and a secret may be in them
        return None, None, f"--wsrep_recover did not end within {timeout:.0f} s"
    found = outage.read_recovered(done.stderr + done.stdout)
    if done.returncode or not found:
        loud = [line for line in done.stderr.splitlines() if "[ERROR]" in line]
        return None, None, " / ".join(line.partition("[ERROR] ")[2] for line in loud[:3]) or f"--wsrep_recover gave no position (exit code {done.returncode})"
    return found[0], found[1], None


def _first_file(datadir: str) -> str:
    """InnoDB's first one. Source: MariaDB, "InnoDB System Variables", innodb_data_home_dir and innodb_data_file_path."""
    lines = run(["my_print_defaults", "--mysqld"], check=False).stdout.splitlines()
    found = {name.replace("-", "_"): value for name, _equals, value in (line.lstrip("-").partition("=") for line in lines)}
    name = found.get("innodb_data_file_path", "ibdata1").split(";")[0].partition(":")[0]
    return os.path.join(datadir, found.get("innodb_data_home_dir", ""), name)


def serving(info: Info) -> Evidence:
    """The row of a member that serves and is left alone."""
    wsrep = info["wsrep"]
    position: Position = {"uuid": str(wsrep and wsrep["cluster_state_uuid"]), "seqno": wsrep["last_committed"] if wsrep else -1}
    return {**_blank(ran=True), "serving": position}


def receives() -> bool:
    """Whether a state transfer to it is under way."""
    names = [text_file.text(f"/proc/{pid}/comm") or "" for pid in processes.of_unit()]
    return any(name.startswith("wsrep_sst") for name in names) and member.SERVICE.show()["state"] == "activating"


def receiving() -> Evidence:
    """The row of one that gets a state transfer, and is left alone."""
    return {**_blank(ran=True), "receiving": True}


def unread(info: Info, why: str) -> Evidence:
    """The row of one that is neither stopped nor asked."""
    return {**_files(info, ran=will_run()), "unread": why}


def read(info: Info, ran: bool, timeout: float, options: Sequence[str]) -> Evidence:
    """The row of one whose unit was stopped.

    :param info: as it is now, with what was noted of its stop before
    :param options: what the unit's environment hands to the server
    """
    row = _files(info, ran)
    row["strays"] = processes.strays(info["datadir"]["path"])
    if row["strays"]:
        return {**row, "unread": "its data are in use"}
    row["recovered"], row["gtid"], row["failure"] = recover(info["datadir"]["path"], timeout, options)
    row["last"] = outage.stopped_last(info["stopped"], row["grastate"], row["recovered"])
    file, since = row["grastate"], note().get("at")
    started = outage.started_without_wsrep(member.SERVICE.log(_LINES, since=since), bool(since), bool(file and file["uuid"] != NULL_UUID))
    return {**row, "without_wsrep": row["without_wsrep"] or started}


def view_now(info: Info) -> outage.View | None:
    """The last view, from the file or, where this recovery has removed it and the server was not started since, from the note of that."""
    return outage.read_view(_view_file(info))


def _view_file(info: Info) -> str:
    """The text of gvwstate.dat; an empty one where it says nothing."""
    found = text_file.text(os.path.join(info["datadir"]["path"], "gvwstate.dat")) or ""
    if outage.read_view(found):
        return found
    noted = note()
    # one that was not started since the host was has no invocation, whatever was before
    return noted.get("view_file") or "" if noted.get("of") and noted["of"] == member.SERVICE.invocation() else ""


def _outside(info: Info) -> str | None:
    """Whether it takes writes outside of the cluster now, or was seen to."""
    if member_state.is_standalone(info) and (info["grastate"] or info["datadir"]["schemas"]):
        return "when this was run, with wsrep_on=OFF"
    return note().get("outside")


def _files(info: Info, ran: bool) -> Evidence:
    noted, row = note(), _blank(ran)
    row["file"], row["grastate"] = outage.read_grastate(text_file.text(os.path.join(info["datadir"]["path"], "grastate.dat")))
    row["view"], row["tried"] = view_now(info), bool(noted.get("tried"))
    row["half"] = half_received(info["datadir"]["path"])
    row["schemas"] = [] if row["half"] else list(info["datadir"]["schemas"])
    row["without_wsrep"] = _outside(info)
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
    no = dict.fromkeys(("receiving", "half", "last", "tried"), False)
    row: Any = {**nothing, **no, "noted": [], "schemas": [], "strays": [], "ran": ran, "file": outage.MISSING}
    return row  # type: ignore[no-any-return]
