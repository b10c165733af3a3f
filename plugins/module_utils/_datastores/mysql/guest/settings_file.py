# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a role's settings file says and what the server that runs has."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ...._guest.command import GuestError, run
from . import connection
from .engines import Engine

#: touched when a running server was given the file's settings: it may show them in another form than the file has them
STAMP = "/run/stackdb-trove-settings.stamp"


@dataclass(frozen=True)
class Settings:
    """A file that was written after the server's start.

    :param wanted: what the server would start with, values by name
    :param live: what the running server has, values by name
    :param at_start: the names that the server itself calls read-only, where it knows
    :param given: whether the running server was given what the file says since it was written
    """

    wanted: Mapping[str, str]
    live: Mapping[str, str]
    at_start: frozenset[str]
    given: bool


def observe(engine: Engine, file: str, service: Mapping[str, Any]) -> Settings | None:
    """None where there is nothing to compare: the server does not answer, or has read the file as it is.

    :param service: ``{started}``
    """
    written, started = _written(file), service["started"]
    if not (started and written > started):
        return None
    try:
        (rows,) = connection.query(connection.SOCKET, engine.variables)
    except GuestError:
        return None
    return Settings(
        wanted=_wanted(engine, file),
        live={row[0].lower(): row[1] for row in rows},
        at_start=frozenset(row[0].lower() for row in rows if row[2:] == ("YES",)),
        given=written <= _written(STAMP),
    )


def note_given() -> None:
    """Note that the running server was given what the files say."""
    with open(STAMP, "w", encoding="ascii"):
        pass


def _wanted(engine: Engine, file: str) -> dict[str, str]:
    """The settings that the role's file has, with the values that the server would start with: a later file of somebody else's may have the last word."""
    ours = _settings([f"--defaults-file={file}", "mysqld"])
    return {name: value for name, value in _settings(engine.settings_groups).items() if name in ours}


def _settings(arguments: Iterable[str]) -> dict[str, str]:
    lines = run(["my_print_defaults", *arguments], check=False).stdout.splitlines()
    pairs = (line.lstrip("-").partition("=") for line in lines)
    return {name.replace("-", "_").lower(): value for name, _equals, value in pairs}


def _written(path: str) -> float:
    return os.stat(path).st_mtime if os.path.exists(path) else 0
