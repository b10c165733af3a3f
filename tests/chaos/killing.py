# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs of ansible-playbook that are killed at a boundary of a task, or some time after it.

WHOLE is what a power cut, an OOM kill of the container or `kill -9` of the session leaves: no process of the run. ansible-playbook's workers are sessions of
their own, so they are found as its descendants. MAIN is `kill -9` of ansible-playbook alone: its workers carry out what they have begun, and nobody reads it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

WHOLE, MAIN = "whole", "main"
KINDS = (WHOLE, MAIN)
_CALLBACKS = Path(__file__).resolve().parent / "callback_plugins"


@dataclass(frozen=True)
class Kill:
    """Of a run, at its boundary of that number, or some seconds after it."""

    boundary: int
    after: float | None = None
    kind: str = WHOLE

    def __str__(self) -> str:
        return f"{self.boundary}{f' and {self.after} s' if self.after else ''}, {self.kind}"


@dataclass(frozen=True)
class Ran:
    """:param code: of ansible-playbook, None where it was killed; :param boundaries: as the callback plugin has noted them"""

    code: int | None
    output: str
    boundaries: list

    @property
    def last(self) -> str:
        """The boundary that was passed last, in words."""
        return "{number}: {what} of {task} {host}".format(**self.boundaries[-1]) if self.boundaries else "none"


def environment(place: Path, kill: Kill | None) -> dict[str, str]:
    """What makes the callback plugin note a run's boundaries below a directory, and stop it."""
    enabled = {"ANSIBLE_CALLBACK_PLUGINS": str(_CALLBACKS), "ANSIBLE_CALLBACKS_ENABLED": "chaos", "CHAOS_LOG": str(place / "boundaries")}
    if not kill:
        return enabled
    after = {"CHAOS_AFTER": str(kill.after)} if kill.after else {}
    return {**enabled, "CHAOS_STOP_AT": str(kill.boundary), "CHAOS_REACHED": str(place / "reached"), **after}


def run(command: Sequence[str], place: Path, base: Mapping[str, str], directory: Path, kill: Kill | None = None, timeout: float = 900) -> Ran:
    """Run a playbook to its end, or to the moment at which it is killed.

    :param place: where its files go, an empty directory
    :param base: the environment; :param directory: the working directory
    :raises TimeoutError: where it neither ended nor came to that moment; it is killed then
    """
    place.mkdir(parents=True, exist_ok=True)
    with (place / "output").open("w") as output:
        process = subprocess.Popen(
            command, cwd=directory, env={**base, **environment(place, kill)}, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
    killed = _watch(process, place / "reached", kill, timeout)
    log = place / "boundaries"
    boundaries = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    return Ran(None if killed else process.returncode, (place / "output").read_text(errors="replace"), boundaries)


def _watch(process: subprocess.Popen, reached: Path, kill: Kill | None, timeout: float) -> bool:
    """Whether it was killed."""
    deadline = time.monotonic() + timeout
    while process.poll() is None:
        if kill and reached.exists():
            kill_tree(process.pid, kill.kind)
            process.wait()
            return True
        if time.monotonic() > deadline:
            kill_tree(process.pid, WHOLE)
            process.wait()
            raise TimeoutError(f"the run did not end in {timeout} s")
        time.sleep(0.01)
    return False


def kill_tree(root: int, kind: str) -> None:
    """SIGKILL to a process and, with WHOLE, to all that come of it; stopped first, so that none makes another one meanwhile."""
    if kind == MAIN:
        os.kill(root, signal.SIGKILL)
        return
    found: set[int] = set()
    while True:
        more = ({root} | descendants(root)) - found
        if not more:
            break
        _send(more, signal.SIGSTOP)
        found |= more
    _send(found, signal.SIGKILL)


def descendants(root: int) -> set[int]:
    """The processes that come of one. One whose parent has ended, such as ssh's kept connections, is not among them: it outlives its run."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, ValueError, IndexError):
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found: set[int] = set()
    todo = [root]
    while todo:
        for child in children.get(todo.pop(), []):
            found.add(child)
            todo.append(child)
    return found


def working_for(directory: Path) -> set[int]:
    """Processes that have the directory in their environment: of its runs, also of one whose controller was killed."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                if f"={directory}".encode() in (entry / "environ").read_bytes():
                    found.add(int(entry.name))
            except OSError:
                continue
    return found


def _send(processes: Iterable[int], number: signal.Signals) -> None:
    for process in processes:
        try:
            os.kill(process, number)
        except ProcessLookupError:
            continue


def ansible_playbook() -> str:
    return str(Path(sys.executable).with_name("ansible-playbook"))
