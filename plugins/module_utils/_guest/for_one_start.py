# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A unit that is started once with more words in its command line."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager

from .command import run
from .systemd import Unit

#: settings of units that a reboot forgets. Source: systemd.unit(5), "System Unit Search Path"
_RUNTIME = "/run/systemd/system"


@contextmanager
def with_more(unit: Unit, variable: str, words: str) -> Iterator[None]:
    """For the starts within it, more words at the end of a variable that the unit's command line has. A run that is killed leaves them until the next call,
    `forget`, or the next boot.
    """
    path = _path(unit)
    forget(unit)
    there = run(["systemctl", "show", "--property=Environment", "--value", unit.name]).stdout
    known = dict(pair.split("=", 1) for pair in shlex.split(there) if "=" in pair)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(f'[Service]\nEnvironment="{variable}={known.get(variable, "")} {words}"\n')
    try:
        unit.reload_files()
        yield
    finally:
        forget(unit)


def _path(unit: Unit) -> str:
    return os.path.join(_RUNTIME, f"{unit.name}.d", "stackdb-trove-once.conf")


def forget(unit: Unit) -> None:
    """Delete what a run that was killed has left."""
    path = _path(unit)
    if os.path.exists(path):
        os.unlink(path)
        unit.reload_files()
