# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The processes of the local Galera member's unit, and what is beside it and keeps a start from going well."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from contextlib import suppress

from ...._guest import text_file
from ...._guest.command import run
from . import member

# group communication, and state transfers
_PORTS = (4444, 4567, 4568)


def _processes() -> Iterator[int]:
    return (int(name) for name in os.listdir("/proc") if name.isdigit())


def of_unit() -> list[int]:
    """The processes in the unit's control group, whether it runs or not."""
    found = []
    for pid in _processes():
        lines = text_file.text(f"/proc/{pid}/cgroup") or ""
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
    own = of_unit()
    for pid in _processes():
        name = (text_file.text(f"/proc/{pid}/comm") or "").strip()
        if name in ("mariadbd", "mysqld") and pid not in own:
            with suppress(OSError):
                if os.path.realpath(f"/proc/{pid}/cwd") == os.path.realpath(datadir):
                    yield pid, name


def unit_options() -> list[str]:
    """What the unit's environment hands to the server, MYSQLD_OPTS."""
    shown = run(["systemctl", "show", "--property=Environment", "--value", member.SERVICE.name]).stdout
    found = dict(entry.split("=", 1) for entry in shlex.split(shown) if "=" in entry)
    return shlex.split(found.get("MYSQLD_OPTS", ""))
