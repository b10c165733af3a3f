# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run is called in a lease, so that the next one on the same machine knows at once when it was killed: process, host, and which kernel counts it."""

from __future__ import annotations

import os
import re
import socket
import uuid

#: the states of a process that has ended, in /proc/<pid>/stat: proc(5)
_ENDED = ("Z", "X", "x")


def new() -> str:
    """``<host>.<pid>.<when that process began>.<what counts its processes>.<four letters>``"""
    pid = os.getpid()
    host = re.sub(r"[^A-Za-z0-9-]", "-", socket.gethostname())[:30]
    return f"{host}.{pid}.{_began(pid) or 0}.{_namespace() or 'unknown'}.{uuid.uuid4().hex[:4]}"


def is_dead(run: str) -> bool:
    """Whether it is known that the run has ended: it was one of this kernel and namespace of processes, and its process is gone."""
    parts = run.rsplit(".", 4)
    if len(parts) != 5 or not _namespace() or parts[3] != _namespace():
        return False
    try:
        os.kill(int(parts[1]), 0)
    except ProcessLookupError:
        return True
    except (PermissionError, ValueError):
        return False
    # the number may be another process' by now
    return _began(parts[1]) not in (None, parts[2])


def _namespace() -> str | None:
    """Which kernel since which boot, and which namespace: containers on one machine count their own. None where it cannot be told."""
    try:
        with open("/proc/sys/kernel/random/boot_id") as file:
            boot = file.read().strip()[:8]
        return f"{boot}-{os.stat('/proc/self/ns/pid').st_ino}"
    except OSError:
        return None


def _began(pid: int | str) -> str | None:
    """When a process began, in ticks since the boot, as text; '' where it has ended and its exit code was not fetched, None where none is seen."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            # the name of the program stands in brackets, and may have spaces
            words = file.read().rpartition(")")[2].split()
            return "" if words[0] in _ENDED else words[19]
    except (OSError, IndexError):
        return None
