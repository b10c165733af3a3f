# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A member of a ring by its GTIDs and settings."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules import ring
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused
from ansible_collections.stackdb.trove.tests.unit.replication_builders import facts, info, replica


def test_every_member_has_a_domain_of_its_own_and_numbers_that_no_other_has():
    found = [ring.settings(server_id, 3, position) for position, server_id in enumerate((11, 12, 13), 1)]
    assert found[0] == {"gtid_domain_id": 11, "auto_increment_increment": 3, "auto_increment_offset": 1, "slave_parallel_threads": 0}
    numbers = [set(range(one["auto_increment_offset"], 1000, one["auto_increment_increment"])) for one in found]
    assert set.union(*numbers) == set(range(1, 1000))
    assert sum(map(len, numbers)) == 999
    assert len({one["gtid_domain_id"] for one in found}) == 3
    assert ring.plain(4) == {"gtid_domain_id": 0, "auto_increment_increment": 1, "auto_increment_offset": 1, "slave_parallel_threads": 4}


@pytest.mark.parametrize(("size", "position", "option"), [(1, 1, "ring_size"), (65536, 1, "ring_size"), (3, 0, "ring_position"), (3, 4, "ring_position")])
def test_a_place_that_there_is_not(size, position, option):
    with pytest.raises(InvalidInput, match=option):
        ring.settings(7, size, position)


def test_the_largest_ring():
    assert ring.settings(7, 65535, 65535)["auto_increment_offset"] == 65535
    assert ring.settings(7, 2, 2)["auto_increment_increment"] == 2


def test_its_own_do_not_come_in():
    assert str(ring.foreign("0-1-10,1-1-5,2-2-7", 1)) == "2-2-7"


def check(local: dict, before: str, after: str | None = None, linked: bool = True, **of_source) -> None:
    ring.check_member(local, info(1, before, **of_source), info(1, after or before, **of_source), "the one before", linked)


def test_what_the_others_wrote_between_the_looks_is_no_error():
    # the member wrote 2-2-9 meanwhile, and received 3-3-7, which the one before it had not at first
    check(replica(2, "0-1-10,1-1-5,2-2-9,3-3-7", read_only=False), "0-1-10,1-1-5,2-2-8,3-3-6", "0-1-10,1-1-8,2-2-8,3-3-7")


@pytest.mark.parametrize(
    ("local", "source", "linked", "says"),
    [
        ("0-1-10,2-2-5", "0-1-10,2-2-6", True, "transactions that this server wrote, and has no more: 2-2-6"),
        ("", "0-1-10,2-2-6", False, "transactions that this server wrote, and has no more: 2-2-6"),
        ("0-1-10,3-3-7", "0-1-10,3-3-6", True, "transactions that the one before does not have: 3-3-7"),
        ("0-1-10,0-2-11", "0-1-10", True, "transactions that the one before does not have: 0-2-11"),
        ("0-9-4,0-2-11", "0-1-3", False, "transactions that the one before does not have: 0-9-4"),
    ],
)
def test_what_is_refused(local, source, linked, says):
    with pytest.raises(Refused, match=says):
        check(replica(2, local), source, linked=linked)


def test_one_without_a_source_may_have_written_in_a_domain_of_all():
    check(info(2, "0-9-4,0-2-11"), "0-9-4,0-2-10", linked=False)


def test_what_it_counts_as_applied_and_has_left_out_is_not_there():
    """gtid_slave_pos goes on with what the server leaves out as its own; its binary log does not."""
    with pytest.raises(Refused, match="has no more: 2-2-6"):
        check(replica(2, "0-1-10,2-2-5,2-2-6", logged="0-1-10,2-2-5"), "0-1-10,2-2-6")


def test_binary_logs_that_do_not_reach_back():
    with pytest.raises(Refused, match="do not reach back"):
        check(replica(2, "0-1-10,1-1-5"), "0-1-10,1-1-9", purged="1-1-6")


@pytest.mark.parametrize(
    ("current", "applied", "purged", "wanted"),
    [
        ("0-1-10", "", "", True),  # a source: its own in the domain of all
        ("0-1-10,1-1-50", "0-1-10", "", False),  # of its own domain it may be behind
        ("0-1-10,1-1-50", "0-1-10,1-1-20", "1-1-30", True),  # but not behind what is there
        ("0-1-10,1-1-50", "0-1-10,1-1-40", "1-1-30", False),
        ("0-1-10,2-2-7", "0-1-10,2-2-7", "0-1-10", False),
        ("0-1-10,2-2-7", "0-1-10,2-2-6", "", True),
    ],
)
def test_where_it_has_to_stand_anew(current, applied, purged, wanted):
    assert ring.stands_behind(current, applied, purged, 1) is wanted


def test_other_verbs_are_refused_for_open_members_alone():
    member = replica(2, "", read_only=False, facts=facts(domain=2))
    closed, plain, single = replica(2, "", facts=facts(domain=2)), replica(2, "", read_only=False), info(2, "", facts=facts(domain=2))
    assert ring.open_members({"b": member, "c": closed, "d": plain, "e": single}) == ["b"]
    ring.check_none({"c": closed, "d": plain, "e": single}, "promote")
    for verb, says in (("promote", "replica_topology bring a ring about"), ("eject", "is started again"), ("replicate", "a replica of a replica")):
        with pytest.raises(Refused, match=f"b is a member of a ring, in which each takes writes: {verb} knows one source, .*{says}"):
            ring.check_none({"a": single, "b": member}, verb)


def test_an_event_runs_on_one_member():
    ring.check_events({"a": ["shop.nightly"], "b": ["shop.hourly"], "c": []})
    with pytest.raises(Refused, match=r"shop.nightly on a, c\)"):
        ring.check_events({"a": ["shop.nightly"], "b": ["shop.hourly"], "c": ["shop.nightly"]})
