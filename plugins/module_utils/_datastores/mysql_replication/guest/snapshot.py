# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One snapshot on its way: listen for it, send it to all, and see how it ended."""

from __future__ import annotations

import json
import os
import shutil
import time

from ...._guest import lock
from ...._guest.command import GuestError, run
from ...._guest.transient import Transient
from ...._model.errors import Refused
from ...mysql.guest import data_directory

RECEIVER = Transient("stackdb-trove-snapshot-receiver", "Receives a snapshot of a database")
SENDER = Transient("stackdb-trove-snapshot-sender", "Sends a snapshot of the database")
_POLL = 0.25


def missing_programs(programs):
    return [program for program in programs if not shutil.which(program)]


def listen(script, port, timeout, user):
    """Start to receive; the port is open when this returns.

    :param script: bash, as snapshot_pipe.receiver makes it
    """
    began = time.time()
    # That it was all received is said by the data directory.
    RECEIVER.start(script, timeout, user=user, keep=False)
    while not _listens(port):
        if RECEIVER.state() != "running" or time.time() - began > 15:
            raise GuestError(f"Nothing listens on port {port}. The log says:\n" + "\n".join(RECEIVER.log(since=began)))
        time.sleep(_POLL / 5)


def mark(datadir, note):
    """Mark a directory as one that is being received, empty it, and keep the note with it."""
    data_directory.create(datadir)
    data_directory.begin(datadir, data_directory.RECEIVING)
    write_note(datadir, note)


def write_note(datadir, note):
    with open(os.path.join(datadir, data_directory.RECEIVING), "w", encoding="utf-8") as file:
        json.dump(note, file)


def _listens(port):
    """Whether a TCP port is open, without a connection that would take the place of the sender's. Source: proc(5), /proc/net/tcp"""
    for path in ("/proc/net/tcp", "/proc/net/tcp6"):
        if os.path.exists(path):
            with open(path, encoding="ascii") as file:
                rows = [line.split() for line in file.readlines()[1:]]
            if any(row[1].endswith(f":{port:04X}") and row[3] == "0A" for row in rows):
                return True
    return False


def send(script, workspace, count, timeout):
    """Send a snapshot, and wait until it has ended.

    :param workspace: a directory of the tool's own, which is gone afterwards
    :param count: how many streams the script has
    :return: ``{streams: [exit code or None], bytes, seconds, log}``
    :raises GuestError: when the tool itself failed
    """
    SENDER.forget()
    _make_workspace(workspace)
    began, sent = time.time(), 0
    SENDER.start(script, timeout, cleanup=f"/bin/rm -rf {workspace}")
    while SENDER.state() == "running":
        lock.check_controller()
        sent = max(sent, _bytes_through("tee"))
        time.sleep(_POLL)
    state, log = SENDER.state(), SENDER.log(40, since=began)
    codes = [SENDER.read(f"{number}.code") for number in range(count)]
    SENDER.forget()
    streams = [int(code) if code else None for code in codes]
    if state != "done" and not any(streams):
        raise GuestError("The snapshot could not be taken. The tool says:\n" + "\n".join(log[-12:]), log=log)
    return {"streams": streams, "complete": state == "done", "bytes": sent, "seconds": round(time.time() - began, 1), "log": log}


def _make_workspace(workspace):
    shutil.rmtree(workspace, ignore_errors=True)
    os.makedirs(workspace, mode=0o700)
    shutil.chown(workspace, "mysql", "mysql")


def _bytes_through(program):
    """What a program of the sender has read so far. Source: proc(5), /proc/pid/io"""
    tasks = run(["systemctl", "show", "--property=ControlGroup", "--value", f"{SENDER.name}.service"], check=False).stdout.strip()
    for root in ("/sys/fs/cgroup", "/sys/fs/cgroup/systemd"):
        try:
            with open(f"{root}{tasks}/cgroup.procs", encoding="ascii") as file:
                return max(_read_bytes(pid, program) for pid in [*file.read().split(), None])
        except OSError:
            continue
    return 0


def _read_bytes(pid, program):
    try:
        with open(f"/proc/{pid}/comm", encoding="ascii") as file:
            if file.read().strip() != program:
                return 0
        with open(f"/proc/{pid}/io", encoding="ascii") as file:
            return int(file.readline().split()[1])
    except (OSError, ValueError):
        return 0


def wait_until_received(datadir, timeout):
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
        time.sleep(_POLL)
    RECEIVER.forget()


def received(datadir, binlog_info):
    """What is known of a snapshot that is complete: the note that `listen` was given, with binlog_position ``{file, position, gtid}``, or None.

    :param binlog_info: names of the files that may tell it
    """
    text = _text(os.path.join(datadir, data_directory.RECEIVED))
    if text is None:
        return None
    note = json.loads(text or "{}")
    told = next(filter(None, (_text(os.path.join(datadir, name)) for name in binlog_info)), "")
    file, position, gtid = (told.replace("\n", "").split("\t") + ["", "", ""])[:3]
    note["binlog_position"] = {"file": file or None, "position": int(position) if position else None, "gtid": gtid or None}
    return note


def _text(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError:
        return None
