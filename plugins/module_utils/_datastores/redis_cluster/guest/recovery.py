# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the local server of a Redis Cluster has left when it is down, and why it is; and how it is started again. Nothing here looks at other members."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from typing import Any

from ...._guest import kept_options, lock, stopped
from ...._guest.command import GuestError, run
from ...._guest.systemd import Unit
from ..rules import down, snapshot
from ..rules.down import Row
from . import local

_POLL = 0.5
_LINES = 400
_PROPERTIES = ("Result", "ExecMainCode", "ExecMainStatus")
_SNAPSHOT = "dump.rdb"


def row(name: str, directory: str, tried: bool) -> Row:
    """What is known of the local member. Nothing is changed, nor started.

    :param directory: where it has its data
    :param tried: whether this run has started it in vain
    """
    unit, seen = local.unit(), local.look(name)
    answers, settings = not isinstance(seen.found, str), local.wanted()
    state = unit.show()["state"]
    reasons, damaged = ([], False) if answers else _why(unit, state, seen.found)
    file, text, id_ = down.read_nodes(_read(os.path.join(directory, "nodes.conf")))
    persistence = down.kept(settings)
    replid, offset, saved = _saved(directory, persistence, settings.get("dbfilename", _SNAPSHOT).strip('"'))
    return {
        "state": state, "answers": answers, "why": reasons, "damaged": damaged,
        "tried": tried and not answers, "file": file, "nodes": text, "id": id_, "persistence": persistence,
        "data": down.has_data(persistence, list(_files(directory))), "announced": settings.get("cluster-announce-ip"),
        "at": time.time(), "down_for": unit.down_for() if state in down.DEAD else None, "replid": replid, "offset": offset, "saved": saved,
    }  # fmt: skip


def _why(unit: Unit, state: str, error: object) -> tuple[list[str], bool]:
    if state == "active":
        return [f"it runs, and does not answer: {error}"], False
    shown = run(["systemctl", "show", f"--property={','.join(_PROPERTIES)}", unit.name]).stdout
    properties = dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)
    return down.why(properties, unit.log(_LINES), stopped.read(unit) is not None)


def _read(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise GuestError(f"{path} cannot be read: {error.strerror}") from error


def _files(directory: str) -> Iterator[str]:
    if os.path.isdir(directory):
        yield from (entry.name for entry in os.scandir(directory) if entry.is_file())
        log = os.path.join(directory, down.LOG)
        yield from (f"{down.LOG}/{name}" for name in (os.listdir(log) if os.path.isdir(log) else ()))


def _saved(directory: str, persistence: str, name: str) -> tuple[str | None, int | None, float | None]:
    """``(replication stream and offset of the snapshot, when the data were last written)``. Of a log of changes only the last is known."""
    if persistence == down.AOF:
        log = os.path.join(directory, down.LOG)
        return None, None, max((entry.stat().st_mtime for entry in os.scandir(log)), default=None) if os.path.isdir(log) else None
    try:
        with open(os.path.join(directory, name), "rb") as file:
            found = snapshot.fields(file.read(snapshot.HEAD))
            written = os.fstat(file.fileno()).st_mtime
    except FileNotFoundError:
        return None, None, None
    offset = found.get("repl-offset", "")
    return found.get("repl-id"), int(offset) if offset.isdigit() else None, float(found.get("ctime", written))


def start(name: str, timeout: float) -> None:
    """Start the server through its unit, now and at boot, and wait until it has loaded its data and answers. One that runs is only waited for.

    :raises GuestError: where it does not, with what its log says
    """
    unit = local.unit()
    if unit.show()["state"] not in down.RUNS:
        unit.enable()
        unit.start()
    stopped.forget(unit)
    deadline = time.monotonic() + timeout
    while True:
        found = local.look(name).found
        if not isinstance(found, str) and found.id:
            return
        state = unit.show()["state"]
        if state == "failed" or time.monotonic() > deadline:
            reasons, _damaged = _why(unit, state, found)
            raise GuestError(f"{name} could not be started: {'; '.join(reasons)}. Its log ends with:\n" + "\n".join(unit.log(8)), reasons=reasons)
        lock.check_controller()
        time.sleep(_POLL)


def note(decision: Mapping[str, Any]) -> None:
    """Keep what was decided, and when, for people."""
    kept_options.write(_path(), {"decision": dict(decision), "at": time.time()})


def noted() -> dict[str, Any]:
    return kept_options.read(_path())


def _path() -> str:
    return kept_options.path(f"recovery-{local.unit().name}")
