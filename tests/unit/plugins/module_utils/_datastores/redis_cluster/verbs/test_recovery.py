# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps of a recovery ask anew before they act. Against real servers: tests/redis/test_recovery.py."""

from __future__ import annotations

from typing import Any
from unittest.mock import create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest import form
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.verbs import recovery
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from ansible_collections.stackdb.trove.plugins.module_utils._plan.runner import reconcile
from ansible_collections.stackdb.trove.tests.unit.fake_redis import FakeServers
from ansible_collections.stackdb.trove.tests.unit.redis_builders import Node, met, node_id
from ansible_collections.stackdb.trove.tests.unit.redis_outages import row, shards

BLANK: dict[str, Any] = {"first": [], "takeovers": [], "then": [], "meet": [], "forget": [], "left": {}, "expected": [], "lost": [], "why": []}


class FakeOutage:
    """:ivar asked: which replicas were asked to take over, and how; deaf: who does not"""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, nodes: dict[str, Node]) -> None:
        self.nodes, self.asked, self.deaf = nodes, [], set()
        self.servers = FakeServers(monkeypatch, nodes.values())
        self.rows: dict[str, Any] = {name: row(node, answers=True, state="active", why=[]) for name, node in nodes.items()}
        monkeypatch.setattr(recovery, "time", self.servers.clock)
        monkeypatch.setattr(recovery.lock, "check_controller", lambda: None)
        monkeypatch.setattr(form, "fail_over", create_autospec(form.fail_over, side_effect=self._fail_over))

    def down(self, *names: str, **changes: Any) -> None:
        for name in names:
            self.rows[name] = row(self.nodes[name], **changes)
            self.nodes[name].settings.update(error="Connection refused", flags="fail")

    def _fail_over(self, node: Any, how: str | None = None) -> None:
        self.asked.append((node.name, how))
        if node.name in self.deaf:
            return
        replica = self.nodes[node.name]
        master = self.nodes[replica.settings.pop("master")]
        replica.slots, master.slots = master.slots, set()
        replica.settings["epoch"] = 9

    def decide(self, *lost: str) -> Any:
        return recovery.decide(self.servers.nodes(), self.rows, lost, {})

    def reach(self, state: str, decided: Any, check_mode: bool = False) -> Any:
        return reconcile(recovery.make(state, self.servers.nodes(), self.rows, decided), check_mode)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeOutage:
    return FakeOutage(monkeypatch, shards())


def test_a_place_is_taken_once_and_by_the_most_complete_replica_of_now(fake: FakeOutage) -> None:
    fake.down("m1")
    _facts, decision, _refused = fake.decide()
    done = fake.reach("taken_over", decision.view())
    assert (done.changed, fake.asked) == (True, [("m4", "force")])
    assert not fake.reach("taken_over", decision.view()).changed


def test_one_that_answers_again_keeps_its_place(fake: FakeOutage) -> None:
    decided = {**BLANK, "takeovers": [{"master": node_id("m1"), "label": "m1", "replica": "m4", "how": "force", "copies": ["m4"]}]}
    assert not fake.reach("taken_over", decided).changed
    assert fake.asked == []


def test_what_has_changed_since_the_decision_is_refused(fake: FakeOutage) -> None:
    fake.down("m1", "m2")
    one = {"master": node_id("m1"), "label": "m1", "replica": "m4", "how": "force", "copies": ["m4"]}
    with pytest.raises(Refused, match="2 of 3 masters do not answer, so that no replica can be voted for in the place of m1"):
        fake.reach("taken_over", {**BLANK, "takeovers": [one]})
    with pytest.raises(Refused, match="m1 is not named lost, and without votes no replica takes its place"):
        fake.reach("taken_over", {**BLANK, "takeovers": [{**one, "how": "takeover"}]})
    fake.down("m4")
    with pytest.raises(Refused, match="None of m4 that answers is known to have most of the data of m1 any more"):
        fake.reach("taken_over", {**BLANK, "takeovers": [one]})
    assert fake.asked == []


def test_one_that_the_others_find_alive_by_now_keeps_its_place(fake: FakeOutage) -> None:
    """It was decided when no master was there that could say so."""
    fake.down("m1")
    fake.rows["m1"] = None
    fake.nodes["m1"].settings["flags"] = "nofailover"
    one = {"master": node_id("m1"), "label": "m1", "replica": "m4", "how": "force", "copies": ["m4"]}
    with pytest.raises(Refused, match="m1 does not answer here, and m2, m3 do not find it failed"):
        fake.reach("taken_over", {**BLANK, "takeovers": [one]})
    assert (fake.asked, fake.servers.clock.now > 30) == ([], True)


def test_a_replica_that_does_not_take_over_fails_the_run(fake: FakeOutage) -> None:
    fake.down("m1")
    fake.deaf.add("m4")
    _facts, decision, _refused = fake.decide()
    with pytest.raises(GuestError, match="m4 has not taken the place of m1 within 60 s: m4 does not serve its slots"):
        fake.reach("taken_over", decision.view())
    # asked again while it lasts
    assert len(fake.asked) > 1


def test_a_doubt_is_handed_out_with_what_is_known(fake: FakeOutage) -> None:
    fake.down("m1", "m2", persistence="rdb")
    facts, decision, refused = fake.decide()
    assert (decision, len(facts.answering)) == (None, 4)
    assert "m1 is down" in (refused or "")


def test_it_waits_for_votes_where_a_master_cannot_be_reached(fake: FakeOutage) -> None:
    fake.down("m1")
    fake.rows["m1"] = None
    _facts, decision, refused = fake.decide()
    assert (refused, [one.how for one in decision.takeovers]) == (None, ["force"])
    assert fake.servers.clock.now > 30


def test_members_meet_by_the_ids_that_they_had(fake: FakeOutage) -> None:
    for node in fake.nodes.values():
        node.knows = [other for other in node.knows if other.name != "m6"]
    assert fake.reach("met", BLANK, check_mode=True).plan.steps[0].name == "m1"
    assert fake.reach("met", BLANK).changed
    assert not fake.reach("met", BLANK).changed


def test_halves_with_the_same_slots_do_not_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = met(Node("m1", range(16384)), Node("m2", ())), met(Node("m3", range(100), epoch=2), Node("m4", ()))
    fake = FakeOutage(monkeypatch, {node.name: node for node in (*one, *two)})
    monkeypatch.setattr(recovery.sizes, "count", lambda node, slots: dict.fromkeys(slots, 1))
    with pytest.raises(Refused, match="No members meet: m1 .* and m3 .* both claim the slots 0-99"):
        fake.reach("met", BLANK)


def test_a_dead_node_is_forgotten_by_all(monkeypatch: pytest.MonkeyPatch) -> None:
    nodes = shards()
    nodes["m7"] = Node("m7", (), flags="fail")
    met(*nodes.values())
    gone = nodes.pop("m7")
    fake = FakeOutage(monkeypatch, nodes)
    assert fake.reach("forgotten", BLANK).changed
    assert [entry[-1] for entry in fake.servers.done("forget")] == [node_id("m7")]
    assert not fake.reach("forgotten", BLANK).changed
    # one that comes back by gossip each time
    monkeypatch.setattr(form, "forget", lambda connections, survivors, ids: None)
    met(*nodes.values(), gone)
    with pytest.raises(GuestError, match="are known again: m1 knows m7"):
        fake.reach("forgotten", BLANK)


def test_the_proof_is_that_all_serve_but_those_that_were_given_up(fake: FakeOutage) -> None:
    assert not fake.reach("proven", BLANK).changed
    fake.down("m4")
    with pytest.raises(Refused, match=r"m4 does not answer: Connection refused.* m4: its data are damaged"):
        fake.reach("proven", {**BLANK, "left": {"m4": "its data are damaged"}})
    # nobody waits for it
    assert fake.servers.clock.now == 0
    assert not fake.reach("proven", {**BLANK, "lost": ["m4"]}).changed
    # one that owns slots is not given up: no member serves them
    fake.down("m3")
    with pytest.raises(Refused, match="m3 does not answer"):
        fake.reach("proven", {**BLANK, "lost": ["m3", "m4"]})


def test_a_member_that_follows_nobody_any_more_is_no_whole_cluster(fake: FakeOutage) -> None:
    fake.nodes["m4"].settings.pop("master")
    assert not fake.reach("proven", BLANK).changed
    with pytest.raises(Refused, match="m4 serves no slots, and follows no master"):
        fake.reach("proven", {**BLANK, "expected": ["m4"]})
