# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which clients are disconnected, and who is waited for, over an autospecced Connection. Real servers are in tests/replication."""

from __future__ import annotations

import itertools

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.guest import clients
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.tests.unit.plugins.module_utils._datastores.mysql_replication.guest.test_dialects import mariadb


def server(*looks, gone=()):
    """A MariaDb of which the client numbers of `looks` are seen in turn, the last for ever; those in `gone` end by themselves."""
    one, fake = mariadb()
    seen = itertools.chain(looks, itertools.repeat(looks[-1]))
    rows = fake.connection.rows.side_effect

    def run(*statements):
        fake.statements.extend(statements)
        if statements[0].split()[-1] in map(str, gone):
            raise GuestError("Unknown thread id", code=1094)

    fake.connection.rows.side_effect = lambda text, *given: [{"id": number} for number in next(seen)] if text.startswith("SELECT ID") else rows(text, *given)
    fake.connection.run.side_effect = run
    return one, fake


def test_clients_are_waited_for_and_newcomers_only_disconnected() -> None:
    one, fake = server([1, 2], [2, 3], [3])
    one.disconnect_clients(5)
    assert fake.statements == [f"KILL CONNECTION {number}" for number in (1, 2, 2, 3)]


def test_one_that_is_gone_is_no_error() -> None:
    one, _fake = server([1], [], gone=[1])
    one.disconnect_clients(5)


def test_one_that_stays_is_named(monkeypatch) -> None:
    clock = iter([0.0, 0.5, 1.5])
    monkeypatch.setattr(clients.time, "monotonic", lambda: next(clock))
    one, _fake = server([7, 8], [8])
    with pytest.raises(GuestError, match="1 clients could not be disconnected within 1 s: 8"):
        one.disconnect_clients(1)


def test_ourselves_replicas_and_the_server_are_no_clients() -> None:
    one, fake = mariadb()
    one.disconnect_clients(1)
    statement = fake.statements[0]
    assert statement.startswith("SELECT ID AS id FROM information_schema.PROCESSLIST WHERE ID <> CONNECTION_ID()")
    assert "COMMAND NOT LIKE 'Binlog Dump%'" in statement
    assert "'system user'" in statement
