# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How an event is changed so that nothing else of it changes, over an autospecced Connection. Real servers are in tests/replication."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.guest import events
from ansible_collections.stackdb.trove.tests.unit.plugins.module_utils._datastores.mysql_replication.guest.test_dialects import mariadb, mysql

EVENT = {"schema": "shop", "name": "a`b%", "definer": "a@b@%", "status": "ENABLED", "charset": "latin1", "collation": "latin1_swedish_ci", "over": False}


@pytest.mark.parametrize("server", [mariadb, mysql])
def test_definer_and_character_set_are_kept(server) -> None:
    one, fake = server()
    assert isinstance(one, events.ServerEvents)
    one.alter_event(EVENT, "ENABLE")
    assert fake.statements == ["ALTER DEFINER=%s@%s EVENT `shop`.`a``b%%` ENABLE"]
    assert fake.given == [("a@b", "%")]
    fake.connection.speaking.assert_called_once_with("latin1", "latin1_swedish_ci")


def test_a_role_is_a_definer_without_a_host() -> None:
    one, fake = mariadb()
    one.disable_events([{**EVENT, "name": "e", "definer": "staff@"}])
    assert fake.statements == ["SET SESSION sql_log_bin = 0", "ALTER DEFINER=%s EVENT `shop`.`e` DISABLE ON SLAVE", "SET SESSION sql_log_bin = 1"]
    assert fake.given == [("staff",)]


def test_what_is_seen_of_an_event() -> None:
    one, _fake = mariadb({"SELECT EVENT_SCHEMA": [{**{key: EVENT[key] for key in EVENT if key != "over"}, "past": 1}]}, found="ON")
    assert one.events() == [{**EVENT, "over": True}]
    assert one.event_scheduler() == "ON"
