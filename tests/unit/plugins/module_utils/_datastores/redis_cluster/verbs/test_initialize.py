# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server of a Redis Cluster whose data are set aside, once in a turn; never one that became a master with slots, nor one that is down and owns some."""

from __future__ import annotations

from unittest.mock import MagicMock, Mock, create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest.server import Server
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.verbs import initialize, restart
from ansible_collections.stackdb.trove.plugins.module_utils._guest import aside, turn
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from ansible_collections.stackdb.trove.plugins.module_utils._plan.runner import reconcile
from ansible_collections.stackdb.trove.tests.unit.redis_builders import Node, cluster, met, whole


def nodes_of(slots=0):
    """The text of CLUSTER NODES of one with so many slots."""
    *_rest, own = met(*whole(), Node("m4", slots=range(slots)))
    return own.replies().nodes


def others_of(slots=0, answer=True, known=True):
    """What the other members say of one that is down, and has so many slots in their eyes."""
    *rest, own = met(*whole(), Node("m4", slots=range(slots)))
    for node in rest:
        if not answer:
            node.settings["error"] = "Connection refused"
        if not known:
            node.knows.remove(own)
    return Mock(look=lambda: cluster(rest), connections=Mock(nodes={node.name: node for node in rest}))


def done(monkeypatch, directory="/nonexistent", state="active", noted=None, same=True, after_stop="inactive", slots=0, check_mode=False, others=None):
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
    reconcile(initialize.RedisInitialized(server, "m4", "run-1/v", 60, str(directory), others or others_of()), check_mode)
    return [name for name, _args, _kwargs in calls.mock_calls]


@pytest.fixture
def data(tmp_path):
    """A data directory whose nodes.conf is that of m4, a master with slots when it was written."""
    (tmp_path / "nodes.conf").write_text(nodes_of(7) + "\nvars currentEpoch 3 lastVoteEpoch 0\n")
    return tmp_path


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
def test_what_is_done(monkeypatch, data, how, expected):
    assert done(monkeypatch, data, **how) == expected


def test_one_that_serves_slots_by_now_keeps_its_data(monkeypatch):
    with pytest.raises(Refused, match="m4 serves 7 slots now"):
        done(monkeypatch, slots=7)


@pytest.mark.parametrize(
    ("others", "text"),
    [
        (others_of(slots=7), "m4 owns 7 slots in the eyes of m1"),
        (others_of(answer=False), "none of the other members that answer .none. knows m4"),
        (others_of(known=False), "none of the other members that answer .m1, m2, m3. knows m4"),
        (Mock(connections=Mock(nodes={})), "none of the other members"),
    ],
)
@pytest.mark.parametrize("state", ["failed", "inactive", "activating"])
def test_one_that_is_down_keeps_its_data_unless_others_say_that_it_owns_no_slots(monkeypatch, data, state, others, text):
    with pytest.raises(Refused, match=text):
        done(monkeypatch, data, state=state, others=others)


def test_one_that_is_down_and_does_not_say_who_it_is_keeps_its_data(monkeypatch, tmp_path):
    with pytest.raises(Refused, match="nodes.conf does not say which node m4 is"):
        done(monkeypatch, tmp_path, state="failed")
