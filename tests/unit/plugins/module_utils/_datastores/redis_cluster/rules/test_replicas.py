# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replicas are placed so that a hypervisor's loss never takes a master with its replica."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.nodes import Member
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.replicas import place, spread
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused


def members(**hosts):
    return [Member(name, "", 1, host) for name, host in hosts.items()]


def test_hosts_take_turns():
    assert [member.name for member in spread(members(a="h1", b="h1", c="h1", d="h2", e=None, f="h2"))] == ["a", "d", "e", "b", "f", "c"]


def test_members_without_a_host_are_alone_on_one():
    assert place(members(a=None), members(b=None, c=None), 2) == {"b": "a", "c": "a"}


def test_no_master_gets_its_second_before_another_its_first():
    given = place(members(a="h1", b="h2"), members(c="h3", d="h4"), 2)
    assert sorted(given.values()) == ["a", "b"]
    assert place(members(a="h1", b="h2"), members(c="h3"), 2, {"a": 1}) == {"c": "b"}
    assert sorted(place(members(a="h1", b="h2"), members(c="h3", d="h4", e="h5"), 2, {"a": 1}).values()) == ["a", "b", "b"]


def test_one_is_moved_where_that_helps():
    # c could go to both, d to a only
    assert place(members(a="h1", b="h2"), members(c="h3", d="h2"), 1) == {"c": "b", "d": "a"}


def test_a_spare_too_many_is_refused():
    with pytest.raises(Refused, match="d on hypervisor h1 cannot be a replica") as caught:
        place(members(a="h1", b="h1"), members(c="h2", d="h1"), 1)
    assert caught.value.details["member"] == "d"
    with pytest.raises(Refused, match="every master that still needs one"):
        place(members(a="h1"), members(c="h2"), 1, {"a": 1})
