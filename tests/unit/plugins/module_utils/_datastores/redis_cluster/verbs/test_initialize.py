# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server of a Redis Cluster whose data are set aside, once in a turn; never one that became a master with slots."""

from __future__ import annotations

from unittest.mock import MagicMock, Mock, create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest.server import Server
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.verbs import initialize, restart
from ansible_collections.stackdb.trove.plugins.module_utils._guest import aside, turn
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from ansible_collections.stackdb.trove.plugins.module_utils._plan.runner import reconcile
from ansible_collections.stackdb.trove.tests.unit.redis_builders import Node, met, whole


def nodes_of(slots=0):
    """The text of CLUSTER NODES of one with so many slots."""
    *_rest, own = met(*whole(), Node("m4", slots=range(slots)))
    return own.replies().nodes


def done(monkeypatch, state="active", noted=None, same=True, after_stop="inactive", slots=0, check_mode=False):
    server = MagicMock(spec=Server)
    server.unit, server.node = Mock(), Mock()
    server.node.text.return_value = nodes_of(slots)
    server.unit.show.return_value = {"state": after_stop}
    fakes = {"turn": create_autospec(turn), "aside": create_autospec(aside)}
    fakes["turn"].look.return_value = {"state": state, "enabled": True, "invocation": "a", "turn": noted}
    fakes["turn"].is_to_stop.return_value = same
    monkeypatch.setattr(restart, "turn", fakes["turn"])
    monkeypatch.setattr(initialize, "turn", fakes["turn"])
    monkeypatch.setattr(initialize, "aside", fakes["aside"])
    calls = Mock()
    for name, function in (("begin", fakes["turn"].begin), ("stop", server.unit.stop), ("move", fakes["aside"].move), ("start", server.start)):
        calls.attach_mock(function, name)
    calls.attach_mock(fakes["turn"].note, "note")
    reconcile(initialize.RedisInitialized(server, "m4", "run-1/v", 60, "/var/lib/redis"), check_mode)
    return [name for name, _args, _kwargs in calls.mock_calls]


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({}, ["begin", "stop", "move", "start", "note"]),
        ({"noted": "run-1/v"}, []),
        ({"state": "inactive"}, ["begin", "move", "start", "note"]),
        # it was started, and the run was killed before it had noted that
        ({"same": False, "after_stop": "active"}, ["begin", "start", "note"]),
        ({"check_mode": True}, []),
    ],
)
def test_what_is_done(monkeypatch, how, expected):
    assert done(monkeypatch, **how) == expected


def test_one_that_serves_slots_by_now_keeps_its_data(monkeypatch):
    with pytest.raises(Refused, match="m4 serves 7 slots now"):
        done(monkeypatch, slots=7)
