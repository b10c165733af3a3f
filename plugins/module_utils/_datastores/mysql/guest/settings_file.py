# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A role's settings file, what is noted of it, and what the server that runs has."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, cast

from ...._guest import kept_options, text_file
from ...._guest.command import GuestError, run
from ..rules import settings, taken
from ..rules.settings import Record, Waiting
from . import connection
from .engines import Engine

# the code of an error where a number is wanted and a text was given, or the other way round
_OTHER_TYPE = 1232
# Some sizes are changed in the background, and shown when that is done.
_TRIES, _POLL = 25, 0.2


def path(role: str) -> str:
    """Where it is noted what servers make of a role's settings."""
    return kept_options.path(f"{role}-settings", kept_options.DIRECTORY)


def read(role: str) -> Record:
    """:raises GuestError: for a file that is none of ours"""
    return cast(Record, {**settings.EMPTY, **kept_options.read(path(role))})


def write(role: str, record: Record) -> None:
    kept_options.write(path(role), record)


def put(file: str, content: str) -> None:
    """For all to read: a server that starts reads it as its own user."""
    text_file.replace(file, content, 0o644)


def observe(engine: Engine, role: str, service: Mapping[str, Any], fixed: Collection[str] = ()) -> Waiting:
    """What the running server has otherwise than its file; nothing where it does not run or answer.

    :param service: ``{started}``
    :param fixed: variables that it must not be given while it runs
    """
    record = read(role)
    if not (service["started"] and record["entries"]):
        return Waiting({}, ())
    try:
        with connection.Connection({**connection.local(connection.SOCKET), "read_timeout": 10}) as local:
            live = variables(local)
            at_start = engine.at_start(local, settings.differing(record, live)) | set(fixed)
    except GuestError:
        return Waiting({}, ())
    theirs = _theirs(engine, record)
    found = settings.waiting(record, live, at_start, service["started"], theirs)
    return replace(found, told=tuple(taken.otherwise(record, live, {*theirs, *found.live, *found.pending})))


def variables(local: connection.Connection) -> dict[str, str]:
    return {row["Variable_name"].lower(): row["Value"] for row in local.rows("SHOW GLOBAL VARIABLES")}


def _theirs(engine: Engine, record: Record) -> set[str]:
    """The settings that a file of another program overrides."""
    lines = run(["my_print_defaults", *engine.settings_groups], check=False).stdout.splitlines()
    last = {name.replace("-", "_").lower(): value for name, _equals, value in (line.lstrip("-").partition("=") for line in lines)}
    ours = {name: written[-1].partition(" = ")[2] for name, written in settings.lines_of(record).items()}
    return {name for name, value in ours.items() if name in last and last[name] != settings.unquoted(value)}


def give(role: str, wanted: Mapping[str, str]) -> None:
    """Have the running server take values, and note what it shows then. What it does not take waits for a restart.

    :param wanted: values by variables, as a server shows them
    """
    refused = []
    with connection.Connection(connection.local(connection.SOCKET)) as local:
        # where the mode is strict a value that a file may have, and that the server changes, is refused
        local.run("SET SESSION sql_mode = ''")
        for name, value in wanted.items():
            if not _set(local, name, value):
                refused.append(name)
        taken = _settled(local, {name: value for name, value in wanted.items() if name not in refused})
    write(role, settings.as_given(read(role), taken, refused))


def _set(local: connection.Connection, name: str, value: str) -> bool:
    for statement in settings.statements(name, value):
        try:
            local.run(statement)
        except GuestError as error:
            if error.details.get("code") != _OTHER_TYPE:
                return False
        else:
            return True
    return False


def _settled(local: connection.Connection, wanted: Mapping[str, str]) -> dict[str, str]:
    """What the server shows of some variables, when it has done what it does in the background."""
    for _try in range(_TRIES):
        live = variables(local)
        if all(live.get(name) == value for name, value in wanted.items()):
            break
        time.sleep(_POLL)
    return {name: live[name] for name in wanted if name in live}


def note_start(role: str, started: float | None) -> None:
    """Note what the server makes of its settings, which it has read at its start."""
    record = read(role)
    if not (started and record["entries"]):
        return
    with connection.Connection(connection.local(connection.SOCKET)) as local:
        found = settings.as_noted(record, variables(local), started)
    if found != record:
        write(role, found)
