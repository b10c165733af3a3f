# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A connection to a database, and a unit, that answer by a script; both have the real signatures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from unittest.mock import Mock, create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.guest import connection
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.plugins.module_utils._guest.systemd import Unit, UnitState

_REAL = connection.Connection


class FakeDatabase:
    """Rows by a statement's beginning; GuestErrors are raised. Each statement is kept."""

    def __init__(self, rows: Mapping[str, Any]) -> None:
        self.answers = dict(rows)
        self.said: list[str] = []
        #: of the statements that have some
        self.values: list[tuple[object, ...]] = []
        self.where: list[Mapping[str, Any]] = []

    def rows(self, statement: str, *values: object) -> list[dict[str, Any]]:
        self.said.append(statement)
        self.values += [values] if values else []
        for beginning, answer in self.answers.items():
            if statement.startswith(beginning):
                if isinstance(answer, GuestError):
                    raise answer
                return list(answer)
        return []

    def connect(self, where: Mapping[str, Any]) -> Mock:
        if isinstance(self.answers.get(""), GuestError):
            raise self.answers[""]
        self.where.append(where)
        fake: Mock = create_autospec(_REAL, instance=True)
        fake.rows.side_effect = self.rows
        fake.run.side_effect = lambda *statements: [self.rows(statement) for statement in statements] and None
        fake.__enter__.return_value = fake
        return fake

    def install(self, monkeypatch: pytest.MonkeyPatch) -> FakeDatabase:
        monkeypatch.setattr(connection, "Connection", create_autospec(_REAL, side_effect=self.connect))
        return self


def pairs(**values: str) -> list[dict[str, str]]:
    """Rows of SHOW STATUS or SHOW VARIABLES."""
    return [{"Variable_name": name, "Value": value} for name, value in values.items()]


def state(name: str = "active", substate: str = "", restarts: int = 0, started: float | None = None) -> UnitState:
    return {"state": name, "substate": substate, "enabled": True, "started": started, "outdated": False, "restarts": restarts}


def fake_unit(*states: UnitState, log: Sequence[str] = ()) -> Mock:
    """A unit that shows these states, and the last one from then on."""
    waiting = list(states)

    def shown() -> Iterator[UnitState]:
        while len(waiting) > 1:
            yield waiting.pop(0)
        while True:
            yield waiting[0]

    unit: Mock = create_autospec(Unit, instance=True)
    unit.name = "fake.service"
    unit.show.side_effect = shown()
    unit.log.return_value = list(log)
    return unit
