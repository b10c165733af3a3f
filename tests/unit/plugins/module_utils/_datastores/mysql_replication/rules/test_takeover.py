# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A takeover needs to be told of whom. All else is in test_topology.py, by decide."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules import takeover
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules.decision import Asked
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules.members import Members
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused
from ansible_collections.stackdb.trove.tests.unit.replication_builders import info, replica, word

MEMBERS = Members(["a", "b"], {"a": word(1, info(1, "0-1-100")), "b": word(2, replica(2, "0-1-100"))})


def test_the_names_have_to_be_given() -> None:
    with pytest.raises(InvalidInput, match="candidate: None was given; allowed: one of a, b"):
        takeover.promote(MEMBERS, Asked(source="a"))
    with pytest.raises(InvalidInput, match="source: None was given; allowed: the name of the source that is dead"):
        takeover.eject(MEMBERS, Asked(candidate="b"))


def test_one_of_two_takes_over() -> None:
    decision = takeover.promote(MEMBERS, Asked(candidate="b"))
    assert (decision.source, decision.new_source, decision.old_source, decision.replicas, decision.attach) == ("a", "b", "a", ["a"], [])
    assert (decision.executed, decision.resumed) == ({}, False)
    with pytest.raises(Refused, match="server of a answers on its own host"):
        takeover.eject(MEMBERS, Asked(source="a"))
