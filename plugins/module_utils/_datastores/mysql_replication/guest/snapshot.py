# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One snapshot on its way: listen for it, send it to all, and see how it ended."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, TypedDict, cast

from ...._guest import file_system, lock
from ...._guest.command import GuestError, run
from ...._guest.transient import Transient
from ...._model import progress
from ...._model.errors import Refused
from ...mysql.guest import data_directory
from ..rules.snapshot_pipe import Call
from ..rules.snapshot_tools import OPEN_FILES

RECEIVER = Transient("stackdb-trove-snapshot-receiver", "Receives a snapshot of a database")
SENDER = Transient("stackdb-trove-snapshot-sender", "Sends a snapshot of the database")
_POLL = 0.25


class BinlogPosition(TypedDict):
    """Where in the source's binary log a copy stands, as far as its tool tells."""

    file: str | None
    position: int | None
    gtid: str | None


class Note(TypedDict):
    """What is kept with a snapshot: where its source is, and what goes with it."""

    master: Mapping[str, Any]
    dataset: Mapping[str, Any]


class Snapshot(Note):
    """What is known of a snapshot that is complete."""

    binlog_position: BinlogPosition


class Sent(TypedDict):
    """How it ended.

    - streams: the exit code of each, None of one that did not end
    - complete: whether the tool has written all
    """

    streams: list[int | None]
    complete: bool
    bytes: int
    seconds: float
    log: list[str]


def missing_programs(programs: Iterable[str]) -> list[str]:
    return [program for program in programs if not shutil.which(program)]


def lacks_option(program: str, option: str) -> bool:
    """Whether a program of this guest does not know an option, by its own help."""
    return option not in run([program, "--no-defaults", "--help"], check=False).stdout


def check(call: Call) -> None:
    """:raises Refused: where the program is not the one that this version of the collection has"""
    try:
        with open(call.path, "rb") as file:
            found = hashlib.sha256(file.read()).hexdigest()
    except FileNotFoundError:
        found = None
    if found != call.sha256:
        what = "is missing" if found is None else "is of another version of the collection"
        raise Refused(f"{call.path} {what}. The role stackdb.trove.mysql_replication installs it (tasks/mysql_snapshot.yml).", found=found, wanted=call.sha256)


def listen(call: Call, port: int, timeout: int, user: str) -> None:
    """Start to receive; the port is open when this returns.

    :param call: as snapshot_pipe.receiver makes it
    """
    began = time.time()
    # That it was all received is said by the data directory.
    RECEIVER.start([call.path, *call.arguments], call.environment, timeout, user=user, keep=False, open_files=OPEN_FILES)
    while not _listens(port):
        if RECEIVER.state() != "running" or time.time() - began > 15:
            raise GuestError(f"Nothing listens on port {port}. The log says:\n" + "\n".join(RECEIVER.log(since=began)))
        time.sleep(_POLL / 5)


def mark(datadir: str, note: Note) -> None:
    """Mark a directory as one that is being received, empty it, and keep the note with it."""
    data_directory.create(datadir)
    data_directory.begin(datadir, data_directory.RECEIVING)
    write_note(datadir, note)


def write_note(datadir: str, note: Note) -> None:
    with open(os.path.join(datadir, data_directory.RECEIVING), "w", encoding="utf-8") as file:
        json.dump(note, file)


def _listens(port: int) -> bool:
    """Whether a TCP port is open, without a connection that would take the place of the sender's. Source: proc(5), /proc/net/tcp"""
    for path in ("/proc/net/tcp", "/proc/net/tcp6"):
        if os.path.exists(path):
            with open(path, encoding="ascii") as file:
                rows = [line.split() for line in file.readlines()[1:]]
            if any(row[1].endswith(f":{port:04X}") and row[3] == "0A" for row in rows):
                return True
    return False


def send(call: Call, workspace: str, count: int, timeout: int) -> Sent:
    """Send a snapshot, and wait until it has ended.

    :param call: as snapshot_pipe.sender makes it
    :param workspace: a directory of the tool's own, which is gone afterwards
    :param count: of streams
    :raises GuestError: when the tool itself failed
    """
    SENDER.forget()
    _create_workspace(workspace)
    began, sent = time.time(), 0
    SENDER.start([call.path, *call.arguments], call.environment, timeout, cleanup=["/bin/rm", "-rf", workspace], open_files=OPEN_FILES)
    while SENDER.state() == "running":
        lock.check_controller()
        sent = max(sent, _bytes_through("tee"))
        progress.now(partial(_sent, sent, time.time() - began))
        time.sleep(_POLL)
    state, log = SENDER.state(), SENDER.log(40, since=began)
    codes = [SENDER.read(f"{number}.code") for number in range(count)]
    SENDER.forget()
    streams = [int(code) if code else None for code in codes]
    if state != "done" and not any(streams):
        raise GuestError("The snapshot could not be taken. The tool says:\n" + "\n".join(log[-12:]), log=log)
    return {"streams": streams, "complete": state == "done", "bytes": sent, "seconds": round(time.time() - began, 1), "log": log}


def _sent(count: int, seconds: float) -> str:
    return f"{count / 2**20:.0f} MiB sent to each replica, compressed, {seconds:.0f} s"


def _create_workspace(workspace: str) -> None:
    shutil.rmtree(workspace, ignore_errors=True)
    os.makedirs(workspace, mode=0o700)
    shutil.chown(workspace, "mysql", "mysql")


def _bytes_through(program: str) -> int:
    """What a program of the sender has read so far. Source: proc(5), /proc/pid/io"""
    tasks = run(["systemctl", "show", "--property=ControlGroup", "--value", f"{SENDER.name}.service"], check=False).stdout.strip()
    for root in ("/sys/fs/cgroup", "/sys/fs/cgroup/systemd"):
        try:
            with open(f"{root}{tasks}/cgroup.procs", encoding="ascii") as file:
                return max((_read_bytes(pid, program) for pid in file.read().split()), default=0)
        except OSError:
            continue
    return 0


def _read_bytes(pid: str, program: str) -> int:
    try:
        with open(f"/proc/{pid}/comm", encoding="ascii") as file:
            if file.read().strip() != program:
                return 0
        with open(f"/proc/{pid}/io", encoding="ascii") as file:
            return int(file.readline().split()[1])
    except (OSError, ValueError):
        return 0


def wait_until_received(datadir: str, timeout: float) -> None:
    """Wait for the end of what listens here.

    :raises GuestError: when it failed, with what its log says
    """
    began = time.time()
    while True:
        running = RECEIVER.state() == "running"
        if data_directory.look(datadir)["state"] != "receiving":
            break
        if not running:
            log = RECEIVER.log()
            raise GuestError("The snapshot was not received. The log says:\n" + "\n".join(log[-12:]), log=log)
        if time.time() - began > timeout:
            raise Refused(f"The snapshot was not received within {timeout} s.")
        lock.check_controller()
        progress.now(partial(_waits, datadir, time.time() - began))
        time.sleep(_POLL)
    RECEIVER.forget()


def _waits(datadir: str, seconds: float) -> str:
    volume = file_system.look(datadir)
    return f"{volume['used'] if volume else 0} GiB are on the volume of the snapshot that is being received, {seconds:.0f} s"


def received(datadir: str, binlog_info: Iterable[str]) -> Snapshot | None:
    """What is known of a snapshot that is complete; None of data that have come in another way.

    :param binlog_info: names of the files that may tell where it stands
    """
    text = _text(os.path.join(datadir, data_directory.RECEIVED))
    if text is None:
        return None
    told = next(filter(None, (_text(os.path.join(datadir, name)) for name in binlog_info)), "")
    file, position, gtid = (told.replace("\n", "").split("\t") + ["", "", ""])[:3]
    where: BinlogPosition = {"file": file or None, "position": int(position) if position else None, "gtid": gtid or None}
    return cast(Snapshot, {**json.loads(text or "{}"), "binlog_position": where})


def _text(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError:
        return None
