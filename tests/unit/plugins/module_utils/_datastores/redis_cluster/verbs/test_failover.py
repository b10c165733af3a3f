# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replicas take the place of masters. Against real servers: tests/redis/test_verbs.py."""

from __future__ import annotations

from typing import Any
from unittest.mock import create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest import form
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.verbs import failover
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused
from ansible_collections.stackdb.trove.plugins.module_utils._plan.runner import reconcile
from ansible_collections.stackdb.trove.tests.unit.fake_redis import FakeServers
from ansible_collections.stackdb.trove.tests.unit.redis_builders import Node, met, whole

OFFSETS = {"m1": 100, "m2": 200, "m4": 100, "m5": 200}


class FakeFailover:
    """Two masters of three with a replica, m4 of m1 and m5 of m2, which take over when they are asked.

    :param more: nodes beside them
    :ivar lazy: how often a replica is asked in vain
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *more: Node) -> None:
        self.nodes = {node.name: node for node in met(*whole(3), Node("m4", (), master="m1"), Node("m5", (), master="m2"), *more)}
        self.servers = FakeServers(monkeypatch, self.nodes.values())
        self.asked: list[str] = []
        self.lazy = 0
        for name in self.nodes:
            self.offset(name, OFFSETS.get(name, 0))
        monkeypatch.setattr(failover, "time", self.servers.clock)
        monkeypatch.setattr(form, "fail_over", create_autospec(form.fail_over, side_effect=self._fail_over))

    def offset(self, name: str, offset: int) -> None:
        role = "slave" if "master" in self.nodes[name].settings else "master"
        info = {"redis_version": "7.0.15", "role": role, "master_repl_offset": offset, "slave_repl_offset": offset}
        self.nodes[name].settings["info"] = info

    def _fail_over(self, node: Any) -> None:
        self.asked.append(node.name)
        if len(self.asked) <= self.lazy:
            return
        replica = self.nodes[node.name]
        master = self.nodes[replica.settings.pop("master")]
        replica.slots, master.slots = master.slots, set()
        master.settings["master"] = replica.name

    def done(self, *members: str, away: bool = False, check_mode: bool = False, of_versions: bool = False) -> Any:
        return reconcile(failover.FailedOver(self.servers.nodes(), list(members), away, of_versions), check_mode)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeFailover:
    return FakeFailover(monkeypatch)


def test_replicas_take_the_place_of_their_masters(fake: FakeFailover) -> None:
    outcome = fake.done("m4", "m5")
    assert outcome.result == {
        "failed_over": [{"master": "m1", "replica": "m4", "offset": 100}, {"master": "m2", "replica": "m5", "offset": 200}]
    }
    assert fake.asked == ["m4", "m5"]
    again = fake.done("m4", "m5")
    assert (again.changed, fake.asked) == (False, ["m4", "m5"])


def test_a_master_is_relieved_and_one_without_a_replica_stays(fake: FakeFailover) -> None:
    assert [step.line() for step in fake.done("m1", "m3", "m5", away=True).plan.steps] == [
        "~ fail over master m1: m4 takes its place, when it has all that m1 has written"
    ]
    assert fake.asked == ["m4"]


@pytest.mark.parametrize("of_versions", [True, False])
def test_a_former_master_of_an_older_version_cannot_follow_yet(monkeypatch: pytest.MonkeyPatch, of_versions: bool) -> None:
    fake = FakeFailover(monkeypatch)

    def unlinked(node: Any) -> None:
        if not fake.asked:
            fake._fail_over(node)
        fake.nodes["m1"].settings["master_link"] = "down"

    monkeypatch.setattr(form.fail_over, "side_effect", unlinked)
    if of_versions:
        assert fake.done("m1", away=True, of_versions=True).result["failed_over"][0]["replica"] == "m4"
    else:
        with pytest.raises(GuestError, match="its link to its master is not up"):
            fake.done("m1", away=True)


@pytest.mark.parametrize(("of_versions", "chosen"), [(True, "m6"), (False, "m4")])
def test_of_several_versions_the_oldest_takes_over_since_newer_ones_can_follow_it(monkeypatch: pytest.MonkeyPatch, of_versions: bool, chosen: str) -> None:
    fake = FakeFailover(monkeypatch, Node("m6", (), master="m1"))
    fake.offset("m6", 100)
    fake.nodes["m4"].settings["info"]["redis_version"] = "8.0.2"
    fake.done("m1", away=True, of_versions=of_versions)
    assert fake.asked == [chosen]


@pytest.mark.parametrize("members", [("m4", "m6"), ("m1", "m4"), ("m5", "m6", "m4")])
def test_two_of_one_shard_are_refused(monkeypatch: pytest.MonkeyPatch, members: tuple[str, ...]) -> None:
    fake = FakeFailover(monkeypatch, Node("m6", (), master="m1"))
    with pytest.raises(InvalidInput, match="are of one shard, which has one master: name one of them"):
        fake.done(*members)
    assert fake.asked == []


def test_check_mode_asks_nobody(fake: FakeFailover) -> None:
    assert fake.done("m4", check_mode=True).changed
    assert fake.asked == []


def test_a_replica_is_asked_again_when_its_attempt_has_ended(fake: FakeFailover) -> None:
    fake.lazy = 2
    fake.done("m4")
    assert fake.asked == ["m4", "m4", "m4"]


def test_a_replica_that_is_behind_is_not_asked(fake: FakeFailover) -> None:
    fake.offset("m4", 99)
    with pytest.raises(GuestError, match="m1 was not failed over: m4 has received 99 of 100 bytes"):
        fake.done("m4")
    assert fake.asked == []


def test_one_that_does_not_take_over_in_time(fake: FakeFailover) -> None:
    fake.lazy = 1000
    with pytest.raises(GuestError, match="m4 has not taken the place of m1 within 60 s: m4 is no master yet"):
        fake.done("m4")


@pytest.mark.parametrize(
    ("changes", "members", "text"),
    [
        ({"m3": {"error": "Connection refused"}}, ["m4"], "while the cluster is not whole: m3 does not answer"),
        ({"m5": {"state": "fail"}}, ["m4"], "while the cluster is not whole: m5: cluster_state:fail"),
        ({"m4": {"master_link": "down"}}, ["m4"], "m4 cannot take the place of its master: its link to its master is down"),
        ({"m4": {"error": "Connection refused"}}, ["m4"], "m4 does not answer"),
    ],
)
def test_what_is_refused(fake: FakeFailover, changes: dict[str, Any], members: list[str], text: str) -> None:
    for name, settings in changes.items():
        fake.nodes[name].settings.update(settings)
    with pytest.raises(Refused, match=text):
        fake.done(*members)
    assert fake.asked == []


def test_a_name_of_no_member(fake: FakeFailover) -> None:
    with pytest.raises(InvalidInput, match=r"members\[1\]: 'm9' was given"):
        fake.done("m4", "m9")


def test_a_cluster_is_waited_for(fake: FakeFailover) -> None:
    assert not reconcile(failover.Whole(fake.servers.nodes()), False).changed
    fake.nodes["m5"].settings["master_link"] = "down"
    with pytest.raises(Refused, match="not whole after 60 s: m5: its link to its master is not up"):
        reconcile(failover.Whole(fake.servers.nodes()), False)
