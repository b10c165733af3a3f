# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a master's replicas have what was written. That WAIT makes them answer is for tests/redis."""

from __future__ import annotations

from unittest.mock import create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest import copies
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest.connection import Node, NodeError


def master(*words):
    """A node whose INFO replication says one after the other: each what was written, and what its replicas have."""
    node = create_autospec(Node, instance=True)
    node.name = "m1"
    node.text.side_effect = [
        "\r\n".join([f"master_repl_offset:{written}", *(f"slave{number}:ip=10.0.0.9,port={number},{told}" for number, told in enumerate(replicas))])
        for written, replicas in words
    ]
    return node


def test_nothing_is_proven_where_there_is_no_replica():
    node = master()
    copies.prove(node, 0)
    assert node.mock_calls == []


def test_what_was_written_later_is_not_waited_for():
    node = master((100, ["state=online,offset=50"]), (150, ["state=online,offset=99"]), (170, ["state=online,offset=100"]))
    copies.prove(node, 1)
    # one more than there are: else WAIT asks nobody, and proves nothing of what others wrote
    assert [call.args for call in node.call.call_args_list] == [("WAIT", 2, 2)] * 2


def test_every_replica_that_is_online_has_to_have_it():
    node = master((100, []), (100, ["state=online,offset=100", "state=online,offset=7"]))
    with pytest.raises(NodeError, match=r"Replicas of m1 did not get what arrived on it within -1 s: 10.0.0.9:1\."):
        copies.prove(node, 1, patience=-1)


@pytest.mark.parametrize("replicas", [[], ["state=wait_bgsave,offset=100"]])
def test_a_replica_that_went_away_is_missed(replicas):
    with pytest.raises(NodeError, match="m1 has 0 replicas online and had 1: what arrived on it may be lost with it"):
        copies.prove(master((100, []), (100, replicas)), 1)
