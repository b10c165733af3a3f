# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Commands over several connections: each reply stands where its command stood."""

from __future__ import annotations

import threading
from unittest.mock import create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest.connection import Node, NodeError
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest.fan import Fan


class FakeNodes:
    """Makes nodes that echo, and refuse what is above 90."""

    def __init__(self):
        self.made = []

    def __call__(self):
        node = create_autospec(Node, instance=True)
        node.calls.side_effect = lambda commands, check=True: [NodeError(f"no {word}") if word > 90 else word for (word,) in commands]
        self.made.append(node)
        return node


@pytest.mark.parametrize(("count", "connections"), [(0, 1), (1, 1), (3, 3), (4, 4), (7, 4)])
def test_replies_are_in_the_commands_order(count, connections):
    make = FakeNodes()
    fan = Fan(make, lambda node: None, width=4)
    assert fan.calls([(number,) for number in range(count)]) == list(range(count))
    # beside the one that asks, where the machine is busy
    assert len(fan._nodes) == connections
    assert fan.calls([(1,), (2,)]) == [1, 2]
    assert len(fan._nodes) == max(connections, 2)
    fan.close()
    assert all(node.close.called for node in make.made)


def test_errors_are_raised_or_stand_in_the_replies():
    fan = Fan(FakeNodes(), lambda node: None, width=2)
    with pytest.raises(NodeError, match="no 91"):
        fan.calls([(1,), (91,), (92,)])
    assert [str(reply) for reply in fan.calls([(1,), (91,)], check=False)] == ["1", "no 91"]


def test_the_node_is_told_to_ask_while_commands_wait():
    asked = threading.Event()

    def make():
        node = create_autospec(Node, instance=True)
        node.calls.side_effect = lambda commands, check=True: [asked.wait(10) for _words in commands]
        return node

    told = []
    fan = Fan(make, lambda node: (told.append(node), asked.set()), width=2)
    assert fan.calls([(1,), (2,)]) == [True, True]
    assert told
    fan.close()
    assert told[0].close.called
