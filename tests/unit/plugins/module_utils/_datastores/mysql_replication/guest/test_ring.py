# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a member of a ring is told, over an autospecced Connection. Real servers are in tests/replication/test_ring.py."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.guest.ring import RingMember, comes_in
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from ansible_collections.stackdb.trove.tests.unit.plugins.module_utils._datastores.mysql_replication.guest.test_dialects import SOURCE, TLS, mariadb, mysql

VALUES = {"gtid_domain_id": 7, "auto_increment_increment": 3, "auto_increment_offset": 2, "slave_parallel_threads": 0}


def test_mysql_is_refused() -> None:
    with pytest.raises(Refused, match="MySQL has no GTID domain"):
        RingMember(mysql()[0])


@pytest.mark.parametrize(("threads", "stops"), [("4", True), ("0", False)])
def test_settings_and_threads_that_are_stopped_where_their_number_changes(threads: str, stops: bool) -> None:
    server, fake = mariadb(**{**VALUES, "slave_parallel_threads": threads})
    member = RingMember(server)
    assert member.settings() == {**VALUES, "slave_parallel_threads": int(threads)}
    member.set_settings(VALUES)
    told = [f"SET GLOBAL {name} = {value}" for name, value in VALUES.items()]
    # the same number is an error while a thread runs
    assert fake.statements == (["STOP SLAVE", *told] if stops else told[:3])
    fake.statements.clear()
    member.set_settings({"gtid_domain_id": 0})
    assert fake.statements == ["SET GLOBAL gtid_domain_id = 0"]


def test_it_stands_where_it_stood_unless_it_is_told() -> None:
    server, fake = mariadb(current="0-1-9,7-7-3", applied="0-1-9")
    member = RingMember(server)
    assert member.standing() == {"current": "0-1-9,7-7-3", "applied": "0-1-9"}
    member.follow(SOURCE, TLS)
    assert "MASTER_USE_GTID=slave_pos" in fake.statements[0]
    assert not any("gtid_slave_pos" in statement for statement in fake.statements)
    assert member.stand_at_current() == "0-1-9"
    assert fake.statements[-1] == "SET GLOBAL gtid_slave_pos = @@gtid_current_pos"


@pytest.mark.parametrize(("domain", "wanted"), [(7, "0-1-9"), (0, "0-1-9,7-7-3")])
def test_only_a_member_of_a_ring_leaves_out_its_own(domain: int, wanted: str) -> None:
    assert comes_in(mariadb(domain=domain, server_id=7)[0], "0-1-9,7-7-3") == wanted
    assert comes_in(mysql()[0], "uuid:1-3") == "uuid:1-3"
