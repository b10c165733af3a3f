# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lost members are forgotten by all that are left. With real servers: tests/redis/test_lost_members.py."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.verbs.purge import Purged
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from ansible_collections.stackdb.trove.plugins.module_utils._plan.runner import reconcile
from ansible_collections.stackdb.trove.tests.unit.fake_redis import FakeServers
from ansible_collections.stackdb.trove.tests.unit.redis_builders import Node, met, node_id, whole


def purged(servers, accept=False, check_mode=False):
    return reconcile(Purged(servers.nodes(60), accept), check_mode)


@pytest.fixture
def of(monkeypatch):
    """Servers of these nodes, of which the last one is lost and not named."""

    def make(*nodes, flags="fail"):
        *rest, lost = nodes
        lost.settings["flags"] = flags
        return FakeServers(monkeypatch, rest)

    return make


def test_a_lost_one_is_forgotten_by_all(of):
    servers = of(*met(*whole(), Node("m4")))
    shown = purged(servers, check_mode=True)
    assert servers.told == []
    done = purged(servers)
    assert done.plan == shown.plan
    assert [what for what, *_rest in servers.told] == ["forget"]
    assert servers.told[0][1:] == ("m1", "m2", "m3", node_id("m4"))
    assert done.after["state"] == "ok"
    assert not purged(servers).changed


def test_one_that_somebody_finds_alive_is_kept(of):
    servers = of(*met(*whole(), Node("m4")), flags="")
    with pytest.raises(Refused, match="Nothing was forgotten: m1 does not find 10.0.0.4"):
        purged(servers)
    assert servers.told == []


def test_slots_that_nobody_serves_are_given_only_where_the_loss_was_accepted(of):
    first, second, third = whole()
    servers = of(first, second, third)
    with pytest.raises(Refused, match="no member serves the slots"):
        purged(servers)
    assert servers.told == []
    text = purged(servers, accept=True, check_mode=True).plan.text()
    assert "the keys in them are lost" in text
    assert text.count("give slots") == 2


def test_everybody_has_to_answer(of):
    first, *rest = met(*whole(), Node("m4"))
    first.settings["error"] = "no route"
    servers = of(first, *rest)
    with pytest.raises(Refused, match="no answer from m1"):
        purged(servers)
