# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What members have is read, and a save is proven by what the server says of it."""

from __future__ import annotations

from unittest.mock import create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest import belongings
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest.connection import Node, NodeError
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.tests.unit.fake_redis import FakeClock


def node(persistence=(), bgsave=b"OK"):
    """A FakeNode that says these things of its persistence, one after the other, the last one for ever."""
    said = list(persistence)
    made = create_autospec(Node, instance=True)
    made.name = "m4"
    made.text.side_effect = lambda *words: "used_memory:0" if words[1] == "memory" else (said.pop(0) if len(said) > 1 else said[0])
    made.call.side_effect = lambda *words: [b"100", b"0"]
    made.calls.side_effect = lambda commands, check=True: [bgsave]
    return made


def says(running=0, status="ok", saved=100):
    return f"rdb_bgsave_in_progress:{running}\nrdb_last_bgsave_status:{status}\nrdb_last_save_time:{saved}"


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    monkeypatch.setattr(belongings, "time", FakeClock())


def test_what_a_member_has():
    has = belongings._read([
        [[b"library_name", b"mine", b"engine", b"LUA", b"functions", [], b"library_code", b"code"]],
        [[b"name", b"json", b"ver", 1]], [b"user a on"], [b"save", b""],
    ])  # fmt: skip
    assert (has.libraries, has.modules, list(has.users), has.settings) == ({"mine": "code"}, {"json"}, ["a"], {"save": ""})
    assert belongings._read([NodeError("unknown command")] * 4) == belongings.Belongings.of(None, None, None, {})


def test_a_snapshot_counts_when_it_was_begun_by_us_and_ended_well():
    made = node([says(running=1), says(), says(running=1), says(saved=101)])
    belongings.save(made, "rdb", 60)
    assert made.calls.call_count == 1
    with pytest.raises(GuestError, match="m4 has the keys that arrived, and could not save them: rdb_last_bgsave_status:err"):
        belongings.save(node([says(), says(status="err")]), "rdb", 60)
    with pytest.raises(GuestError, match="could not save them"):
        belongings.save(node([says(), says(saved=99)]), "rdb", 60)
    with pytest.raises(GuestError, match="did not save them in time"):
        belongings.save(node([says(running=1)]), "rdb", 60)


def test_another_save_in_the_way_is_waited_for_and_a_refusal_is_an_error():
    with pytest.raises(GuestError, match="did not save them in time"):
        belongings.save(node([says()], NodeError("ERR Background save already in progress")), "rdb", 60)
    with pytest.raises(NodeError, match="MISCONF"):
        belongings.save(node([says()], NodeError("MISCONF")), "rdb", 60)


def test_a_log_counts_when_it_is_written_and_synced():
    belongings.save(node(["aof_last_write_status:ok\naof_pending_bio_fsync:1", "aof_last_write_status:ok\naof_pending_bio_fsync:0"]), "aof", 60)
    with pytest.raises(GuestError, match="its log is not on disk: aof_last_write_status:err"):
        belongings.save(node(["aof_last_write_status:err\naof_pending_bio_fsync:0"]), "aof", 60)
    nothing = node()
    belongings.save(nothing, None, 60)
    nothing.text.assert_not_called()


def test_what_they_are_given():
    made = node()
    belongings.load_libraries(made, {"a": "1"})
    made.calls.assert_called_once_with([("FUNCTION", "LOAD", "1")])
    belongings.set_together(made, {})
    made.call.assert_not_called()
    belongings.set_together(made, {"a": "1", "b": "2"})
    made.call.assert_called_once_with("CONFIG", "SET", "a", "1", "b", "2")
