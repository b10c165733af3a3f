# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a datastore has by itself, over a driver that adds nothing: names, batches, sizes, and when an act is allowed."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.base import ALL, LEAVING, STAYING, Datastore, Verb, tls_ends
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput
from ansible_collections.stackdb.trove.plugins.module_utils._model.evidence import CONTRACT, LEAVE, SERVE, UNTOUCHED, Act, Word
from ansible_collections.stackdb.trove.plugins.module_utils._model.standing import Standing


class Plain(Datastore):
    """A datastore whose members say ``{ill: why}``."""

    type = "plain"
    topology = "plains"
    versions = ("1.0", "2.0")
    min_instances = 2
    verbs = {
        "cluster_create": Verb((("main", ALL),)),
        "cluster_grow": Verb((("main", ALL),), also={"rebalance": "cluster_rebalance"}),
        "cluster_rebalance": Verb((("rebalance", ALL),)),
        "cluster_shrink": Verb((("leave", LEAVING), ("main", STAYING))),
        "cluster_show": Verb(()),
    }

    def member_name(self, cluster, number):
        return f"{cluster}.node-{number}"

    def health(self, info):
        return {}

    def service(self, info):
        return "active"

    def file_system(self, info):
        return None

    def problems(self, info):
        return [info["ill"]] if info["ill"] else []

    def standing(self, info):
        return Standing()

    def disagreements(self, act, words):
        return ["they differ"] if len({word.said["of"] for word in words.values() if word.said}) > 1 else []


PLAIN = Plain()
MEMBERS = {"a": "10.0.0.1", "b": "10.0.0.2"}
SILENT = Word(silent="it is unreachable")


def well(of="x"):
    return Word(said={"ill": None, "of": of})


ILL = Word(said={"ill": "it is ill", "of": "x"})


@pytest.mark.parametrize(("name", "number"), [("shop.node-7", 7), ("shop.node-10", 10), ("shopxnode-7", None), ("shop.node-7b", None), ("shop.node-", None)])
def test_a_number_is_read_from_names_of_the_series_alone(name, number):
    assert PLAIN.member_number("shop", name) == number


@pytest.mark.parametrize(
    ("verb", "leaving", "options", "batches"),
    [
        ("cluster_create", (), None, [(1, "main", ["a", "b", "c"])]),
        ("cluster_show", (), {}, []),
        ("cluster_shrink", ("b",), {}, [(1, "leave", ["b"]), (2, "main", ["a", "c"])]),
        # all who leave are gone already
        ("cluster_shrink", (), {}, [(1, "main", ["a", "b", "c"])]),
        ("cluster_grow", (), {"rebalance": False}, [(1, "main", ["a", "b", "c"])]),
        ("cluster_grow", (), {"rebalance": True}, [(1, "main", ["a", "b", "c"]), (2, "rebalance", ["a", "b", "c"])]),
        # an option that this verb knows nothing of
        ("cluster_create", (), {"rebalance": True}, [(1, "main", ["a", "b", "c"])]),
    ],
)
def test_batches(verb, leaving, options, batches):
    found = PLAIN.batches(verb, ("a", "b", "c"), leaving, options)
    assert [(batch["number"], batch["entry_point"], batch["names"]) for batch in found] == batches


def test_a_verb_that_it_does_not_have_is_refused_with_those_that_it_has():
    with pytest.raises(InvalidInput, match=r"plain cannot do this\. \(verb: 'replica_eject' was given; allowed: one of cluster_create, cluster_grow"):
        PLAIN.batches("replica_eject", ("a",))


def test_a_version_and_a_size_that_it_does_not_have_are_refused():
    PLAIN.check_version("2.0")
    with pytest.raises(InvalidInput, match=r"datastore_version: None was given; allowed: one of 1\.0, 2\.0\."):
        PLAIN.check_version(None)
    PLAIN.check_size(2)
    with pytest.raises(InvalidInput) as error:
        PLAIN.check_size(1, allow_few=True)
    assert error.value.message == (
        "The number of instances for your initial cluster must be at least 2. (instances: 1 was given; allowed: 2 or more.)"
    )


def test_nobody_is_excused_where_no_verb_leaves_the_dead_behind():
    assert [PLAIN.excused(verb, "a") for verb in PLAIN.verbs] == [[]] * len(PLAIN.verbs)
    assert PLAIN.successor({"a": well()}) is None
    assert PLAIN.returned({"a": well()}) == []


# Before an act

@pytest.mark.parametrize(
    ("act", "before", "refusals"),
    [
        (Act(SERVE, MEMBERS), {"a": well(), "b": well()}, []),
        # what differs is what the act may be for
        (Act(SERVE, MEMBERS), {"a": well(), "b": well("y")}, []),
        (Act(SERVE, MEMBERS), {"a": well(), "b": ILL}, ["b does not serve: it is ill"]),
        (Act(SERVE, MEMBERS, joining=("b",)), {"a": well(), "b": ILL}, []),
        # one that joins has to answer
        (Act(SERVE, MEMBERS, joining=("b",)), {"a": well(), "b": SILENT}, ["b is silent: it is unreachable"]),
        (Act(SERVE, MEMBERS), {"a": well()}, ["b is silent: it was not asked"]),
        (Act(SERVE, MEMBERS), {"a": ILL, "b": SILENT}, ["b is silent: it is unreachable"]),
    ],
)
def test_an_act_may_begin_when_all_answer_and_those_that_are_there_serve(act, before, refusals):
    assert PLAIN.allows(act, before, {}) == refusals


# After it

@pytest.mark.parametrize(
    ("kind", "after", "refusals"),
    [
        (SERVE, {"a": well(), "b": well()}, []),
        (SERVE, {"a": well(), "b": well("y")}, ["they differ"]),
        (SERVE, {"a": well(), "b": SILENT}, ["b is silent: it is unreachable"]),
        # one that is ill has nothing to tell of the others
        (SERVE, {"a": Word(said={"ill": "it is ill", "of": "y"}), "b": well()}, ["a does not serve: it is ill"]),
        (LEAVE, {"a": well(), "b": well()}, []),
        (CONTRACT, {"a": well(), "b": well()}, []),
        (UNTOUCHED, {"a": well(), "b": well()}, ["it cannot be determined whether all is unchanged"]),
        (UNTOUCHED, {"a": well(), "b": SILENT}, ["b is silent: it is unreachable"]),
    ],
)
def test_an_act_is_proven_when_all_serve_and_agree(kind, after, refusals):
    assert PLAIN.allows(Act(kind, MEMBERS), {"a": well(), "b": well()}, after) == refusals


class Leaving(Plain):
    def lingering(self, act, before, after):
        return [f"{name} lingers" for name in act.leaving if name in (after or before)]

    def links(self, act, words):
        return ["a link is missing"] if act.contracts else []


def test_those_that_leave_are_asked_for_before_and_after_and_links_after_only():
    leave = Act(LEAVE, MEMBERS, leaving={"c": "10.0.0.3"})
    words = {"a": well(), "b": well()}
    gone, there = words, {**words, "c": well()}
    assert Leaving().allows(leave, there, {}) == ["c lingers"]
    # why the members themselves do not serve comes first
    assert Leaving().allows(leave, {**there, "a": ILL}, {}) == ["a does not serve: it is ill"]
    assert Leaving().allows(leave, there, gone) == []
    assert Leaving().allows(leave, there, {**there, "b": well("y")}) == ["they differ", "c lingers"]
    contract = Act(CONTRACT, MEMBERS, contracts={"a": {"source": None, "writable": True}})
    assert Leaving().allows(contract, words, {}) == []
    assert Leaving().allows(contract, words, words) == ["a link is missing"]


@pytest.mark.parametrize(
    ("tls", "column"),
    [
        ({"days": 1094.7, "due": False}, {"TLS ends": "in 1095 days"}),
        ({"days": 20.2, "due": True}, {"TLS ends": "in 20 days: renewal due"}),
        ({"days": 0.1, "due": False}, {"TLS ends": "in 2.4 hours"}),
        ({"days": -0.1, "due": True}, {"TLS ends": "expired"}),
        ({"days": None, "due": False}, {}),
        (None, {}),
    ],
)
def test_how_long_tls_works_as_it_is(tls, column):
    assert tls_ends({"tls": tls}) == column
    assert tls_ends(None) == tls_ends({}) == {}
