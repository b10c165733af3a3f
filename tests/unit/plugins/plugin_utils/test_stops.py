# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An instance is stopped with its replicas and started again: in which order, whatever follows whom, and also by runs that are killed between two turns."""

from __future__ import annotations

import random

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores import registry
from ansible_collections.stackdb.trove.plugins.module_utils._model import task
from ansible_collections.stackdb.trove.plugins.module_utils._model.contract import Contract
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused
from ansible_collections.stackdb.trove.plugins.module_utils._model.evidence import STOPPED, Act, read
from ansible_collections.stackdb.trove.plugins.module_utils._model.instance import show
from ansible_collections.stackdb.trove.plugins.module_utils._model.rolling import Going
from ansible_collections.stackdb.trove.plugins.module_utils._servers import hosts
from ansible_collections.stackdb.trove.plugins.plugin_utils import judging
from ansible_collections.stackdb.trove.plugins.plugin_utils import plan as plans
from ansible_collections.stackdb.trove.plugins.plugin_utils.verbs import VERBS
from ansible_collections.stackdb.trove.tests.unit.builders import cluster, instance
from ansible_collections.stackdb.trove.tests.unit.replication_builders import info, replica, silent, word

DRIVER = registry.of_instance("mariadb")


class Family:
    """Servers by name, of which each follows another one, or nobody.

    :param sources: ``{name: name or None}``
    """

    def __init__(self, sources):
        self.sources = sources
        self.numbers = {name: number for number, name in enumerate(sources, 1)}
        self.notes, self.enabled, self.broken = {}, set(sources), set()
        self.up = set(sources)
        #: whose own link is broken, though its source serves
        self.stuck = set()

    def result(self, running="NONE", status="ACTIVE", off=()):
        """As trove_instance_info and trove_instance_power return it."""
        ids = {name: f"id-{name}" for name in self.sources}
        own = []
        for name, source in self.sources.items():
            followers = tuple(ids[one] for one, of in self.sources.items() if of == name)
            contract = Contract(replicates_to=followers, replicates_from=(ids[source],) if source else (), writable=source is None)
            addresses = {"db-net": [(f"10.0.0.{self.numbers[name]}", "fixed")]}
            own.append(instance(name, type="instance", contract=contract, addresses=addresses, task=running, status="SHUTOFF" if name in off else status))
        found = cluster(instances=tuple(own))
        return {"instances": [show(found, one) for one in own], "hosts": hosts.of_cluster(found), "placement": {}, "diff": {"prepared": ""}}

    def words(self, plan):
        data = {}
        for name, source in self.sources.items():
            number = self.numbers[name]
            link = source and {"host": f"10.0.0.{self.numbers[source]}", "io_running": "Yes" if source in self.up - self.broken else "Connecting"}
            if name in self.stuck:
                link = {**link, "sql_running": "No", "sql_error": "1062: Duplicate entry"}
            of = silent() if name not in self.up else replica(number, "0-1-9", link=link) if source else info(number, "0-1-9")
            unit = {"state": "active" if name in self.up else "inactive", "enabled": name in self.enabled, "turn": None}
            unit["stopped"] = None if name in self.up else self.notes.get(name)
            data[name] = {"said": {**word(number, {**of, "server_id": number}, "run/verb/1/before"), "unit": unit}}
        return read(data, plan["addresses"])

    def plan(self, verb, name, **more):
        return plans.make(verb, VERBS[verb], {"name": name, "window": 5.0}, self.result(**more))

    def turns(self, plan, count=99):
        """Who had a turn, until all had one, or so many. One that is refused is the end of it: its reasons."""
        done = []
        for batch in plan["batches"][:count]:
            words = self.words(plan)
            name, going = judging.take_turn(plan, batch, words, words, done)
            if going.refusals:
                return done, list(going.refusals)
            if name is None:
                break
            self.act(plan["verb"], name, DRIVER.counted(plan["verb"], plan["names"], words))
            done.append(name)
        return done, []

    def act(self, verb, name, standing):
        if verb == "instance_stop":
            self.up -= {name}
            self.enabled -= {name}
            self.notes[name] = {"others": [one for one in standing if one != name], "position": {}}
        else:
            self.up |= {name}
            self.enabled |= {name}
            self.notes.pop(name, None)


STAR = {"orders": None, "orders-replica-1": "orders", "orders-replica-2": "orders"}


def test_replicas_stop_before_their_source_which_starts_first():
    at = Family(STAR)
    assert at.turns(at.plan("instance_stop", "orders")) == (["orders-replica-1", "orders-replica-2", "orders"], [])
    assert at.notes["orders-replica-2"]["others"] == ["orders"]
    assert at.notes["orders"]["others"] == []
    stopped = at.plan("instance_stop", "orders", running="STOPPED")
    assert DRIVER.allows(Act(STOPPED, stopped["addresses"]), at.words(stopped), at.words(stopped)) == []
    assert at.turns(stopped) == ([], []), "the second run"
    order, refused = at.turns(at.plan("instance_start", "orders-replica-2", running="STOPPED"))
    assert (order[0], refused) == ("orders", [])
    assert at.up == at.enabled == {*STAR}
    assert at.turns(at.plan("instance_start", "orders")) == ([], []), "the second run"


def test_a_single_one():
    at = Family({"orders": None})
    assert at.turns(at.plan("instance_stop", "orders")) == (["orders"], [])
    assert at.turns(at.plan("instance_start", "orders", running="STOPPED")) == (["orders"], [])


@pytest.mark.parametrize("seed", range(40))
def test_whatever_follows_whom_it_is_stopped_and_started_by_however_many_runs(seed):
    """Stars, chains, trees and rings; every run is killed after some turns. A source never stops before one that follows it, but in a ring."""
    draw = random.Random(seed)
    names = [f"s{number}" for number in range(draw.randint(1, 6))]
    sources = {name: draw.choice([None, *names[:number]]) if number else None for number, name in enumerate(names)}
    sources = {name: source or names[0] if number else None for number, (name, source) in enumerate(sources.items())}
    ring = seed % 4 == 0 and len(names) > 1
    if ring:
        sources[names[0]] = names[-1]
    at = Family(sources)
    stopped = _until_all_had_a_turn(at, draw, "instance_stop", names[0])
    assert sorted(stopped) == names
    assert not at.up
    assert [name for name in names if not at.notes[name]["others"]] == stopped[-1:]
    if not ring:
        assert all(stopped.index(name) < stopped.index(source) for name, source in sources.items() if source)
    started = _until_all_had_a_turn(at, draw, "instance_start", draw.choice(names))
    assert started[0] == stopped[-1]
    assert at.up == at.enabled == {*names}


def _until_all_had_a_turn(at, draw, verb, name):
    order, running = [], "NONE"
    while True:
        done, refused = at.turns(at.plan(verb, name, running=running), draw.randint(1, 3))
        assert not refused, f"{verb} after {order}"
        if not done:
            return order
        order, running = order + done, "STOPPED"


def test_a_replica_alone_is_not_stopped():
    with pytest.raises(InvalidInput, match=r"trove_name: 'orders-replica-1' was given; .*orders, which is stopped with all its replicas"):
        Family(STAR).plan("instance_stop", "orders-replica-1")


@pytest.mark.parametrize(
    ("down", "broken", "stopped", "says"),
    [
        # its replicas cannot reach it, and it cannot be told whether they have all
        pytest.param({"orders"}, set(), [], "orders does not serve: its service is ", id="source down"),
        pytest.param(set(), {"orders"}, [], "orders-replica-2 does not serve: it does not receive", id="links broken"),
        pytest.param({"orders-replica-2"}, set(), ["orders-replica-2", "orders-replica-1", "orders"], None, id="replica down"),
    ],
)
def test_those_that_are_not_stopped_yet_have_to_serve(down, broken, stopped, says):
    at = Family(STAR)
    at.up, at.broken = at.up - down, broken
    done, refused = at.turns(at.plan("instance_stop", "orders"))
    assert done == stopped
    assert any(says in sentence for sentence in refused) if says else not refused


def test_a_link_that_no_start_would_bring_back_is_refused_before_anybody_is_stopped():
    at = Family(STAR)
    at.stuck = {"orders-replica-1"}
    done, refused = at.turns(at.plan("instance_stop", "orders"))
    assert done == []
    assert any(sentence.startswith("orders-replica-1 does not serve: ") and sentence.endswith("repair it, or detach it, before") for sentence in refused)


def test_a_stop_of_servers_goes_on_with_those_that_are_not_off():
    at = Family(STAR)
    at.turns(at.plan("instance_stop", "orders"))
    left = at.plan("instance_stop", "orders", running="STOPPED", off=["orders-replica-1"])
    assert sorted(left["names"]) == ["orders", "orders-replica-2"]
    words = {name: word for name, word in at.words(left).items() if name in left["names"]}
    assert judging.take_turn(left, left["batches"][0], words, words, []) == (None, Going())


def test_nobody_is_waited_for_who_was_stopped():
    at = Family(STAR)
    assert at.plan("instance_stop", "orders")["patience"] == {"between": 0, "after": 0}
    assert at.plan("instance_start", "orders", running="STOPPED")["patience"] == {"between": 0, "after": 120}
    assert at.plan("instance_restart", "orders")["patience"] == {"between": 60, "after": 120}
    assert at.plan("replica_promote", "orders-replica-1")["patience"] == {"between": 0, "after": 0}


def test_when_servers_are_off_too_nobody_is_asked_again():
    assert Family(STAR).plan("instance_stop", "orders", running="STOPPED", status="SHUTOFF")["names"] == []


@pytest.mark.parametrize("verb", ["instance_restart", "instance_configure", "replica_promote", "replica_detach", "replica_eject"])
def test_what_was_stopped_is_changed_by_nothing_but_its_start(verb):
    text = r"stopped by stackdb.trove.instance_stop: start it with stackdb.trove.instance_start"
    with pytest.raises(Refused, match=text):
        Family(STAR).plan(verb, "orders-replica-1", running="STOPPED")
    with pytest.raises(Refused, match=text):
        task.check("STOPPED", VERBS[verb].task, "instance", may_follow=True)
