# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A ring by the contracts: the changes that make one, repair it and take it apart, and what is refused."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model.contract import Contract
from ansible_collections.stackdb.trove.plugins.module_utils._model.contract_form import complete, read
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from ansible_collections.stackdb.trove.plugins.module_utils._model.rearranging import ATTACH, CLOSE, DETACH, OPEN, changes, check, touched
from ansible_collections.stackdb.trove.plugins.module_utils._model.rings import chain, is_made, opened

NAMES = {"1": "a", "2": "b", "3": "c", "4": "d"}
ALL = ["a", "b", "c"]


def contracts(**sources: str) -> dict[str, Contract]:
    """By the name of each the name of its source; who has none takes writes."""
    ids = {name: id_ for id_, name in NAMES.items()}
    found = {id_: ids.get(sources.get(name, "")) for id_, name in NAMES.items()}
    return {
        id_: Contract(tuple(other for other, of in found.items() if of == id_), (source,) if source else (), not source) for id_, source in found.items()
    }


STAR, CHAIN = contracts(b="a", c="a"), contracts(b="a", c="b")


def around(*names: str) -> dict[str, dict]:
    """A ring as the seed has it: both sides of each link, and writeable."""
    return {
        name: {"replicates_to": [names[(at + 1) % len(names)]], "replicates_from": [names[at - 1]], "writeable": True} for at, name in enumerate(names)
    }


def after(now: dict, **data: dict) -> dict[str, Contract]:
    return complete(read(data, NAMES), now, NAMES)


RING = after(STAR, **around("a", "b", "c"))


def planned(now: dict, **data: dict) -> list[tuple]:
    """The changes by name, ``[(verb, names, source, members, ring)]``."""
    said = read(data, NAMES)
    then = complete(said, now, NAMES)
    ids = touched(now, then, said)
    check(now, then, ids, NAMES, {})
    views = [change.view(NAMES) for change in changes(now, then, ids, NAMES)]
    return [(one["verb"], one["names"], one["source"], one["members"], one["ring"]) for one in views]


def test_a_star_is_a_chain_first_and_then_the_ring_of_the_seed():
    assert planned(STAR, **around("a", "b", "c")) == [
        (ATTACH, ["b"], "a", ALL, ALL), (ATTACH, ["c"], "b", ALL, ALL), (CLOSE, ALL, None, ALL, ALL),
    ]  # fmt: skip


def test_the_present_source_is_the_top_of_the_chain_wherever_it_stands_in_the_ring():
    now = contracts(a="b", c="b")
    assert [change[:3] for change in planned(now, **around("a", "c", "b"))] == [(ATTACH, ["a"], "b"), (ATTACH, ["c"], "a"), (CLOSE, ["a", "c", "b"], None)]
    assert chain(("1", "3", "2"), now) == ("2", "1", "3")


def test_two_are_a_ring():
    assert planned(contracts(b="a"), **around("a", "b")) == [(ATTACH, ["b"], "a", ["a", "b"], ["a", "b"]), (CLOSE, ["a", "b"], None, ["a", "b"], ["a", "b"])]


def test_one_that_is_independent_is_attached_like_the_others():
    assert [change[:3] for change in planned(contracts(b="a"), **around("a", "b", "d"))][:2] == [(ATTACH, ["b"], "a"), (ATTACH, ["d"], "b")]


def test_a_ring_that_stands_is_only_closed_again_also_where_a_run_was_killed_that_had_written_one_contract():
    assert planned(RING, **around("a", "b", "c")) == [(CLOSE, ALL, None, ALL, ALL)]
    for written in ("1", "3", "12", "13", "23"):
        for before in (CHAIN, STAR):
            partly = {**before, **{id_: RING[id_] for id_ in written}}
            assert is_made(("1", "2", "3"), partly)
            assert planned(partly, **around("a", "b", "c")) == [(CLOSE, ALL, None, ALL, ALL)]
    assert not is_made(("1", "2", "3"), CHAIN)


def test_a_replica_that_takes_writes_is_no_ring_and_is_attached_before_one_is_made():
    """By the contract alone it cannot be told from one in the middle of a ring; where that is closed, attach does nothing."""
    two = {**contracts(b="a"), "2": Contract((), ("1",), True)}
    assert not is_made(("1", "2"), two)
    assert planned(two, **around("a", "b")) == planned(contracts(b="a"), **around("a", "b"))
    for now in (CHAIN, STAR):
        assert planned({**now, "2": RING["2"]}, **around("a", "b", "c")) == planned(CHAIN, **around("a", "b", "c"))
    assert is_made(("1", "2"), {**contracts(b="a"), "2": Contract(("1",), ("1",), True)})


def test_the_way_out_is_a_chain_below_the_one_that_goes_on_and_then_what_was_asked_for():
    star = {"b": {"replicates_to": ["a", "c"]}, "a": {}, "c": {}}
    assert planned(RING, **star) == [(OPEN, ["b"], None, ALL, ["b", "c", "a"]), (ATTACH, ["a", "c"], "b", ALL, [])]
    now, order = opened(RING, after(RING, **star), ["1", "2", "3"], NAMES)
    assert order == ("2", "3", "1")
    assert {id_: now[id_] for id_ in order} == {"2": Contract(("3",), (), True), "3": Contract(("1",), ("2",), False), "1": Contract((), ("3",), False)}


def test_one_that_is_left_out_goes_last_when_nobody_follows_it_any_more():
    found = planned(RING, a={"replicates_to": ["c"]}, c={}, b={})
    assert found == [(OPEN, ["a"], None, ALL, ALL), (ATTACH, ["c"], "a", ALL, []), (DETACH, ["b"], None, ALL, [])]


def left(*gone: str) -> dict[str, Contract]:
    """A ring of a, b, c and d whose members of these ids were deleted by hand."""
    whole = after(contracts(b="a", c="a", d="a"), **around("a", "b", "c", "d"))
    return {id_: own for id_, own in whole.items() if id_ not in gone}


def test_what_is_left_of_a_ring_becomes_a_source_with_replicas():
    everybody = ["a", "c", "d"]
    found = planned(left("2"), a={}, d={}, c={"replicates_from": ["a"]})
    assert found[0] == (OPEN, ["a"], None, everybody, ["a", "c", "d"])
    found = planned(left("2"), a={"replicates_to": ["c", "d"]}, c={}, d={})
    assert found == [(OPEN, ["a"], None, everybody, ["a", "c", "d"]), (ATTACH, ["c", "d"], "a", everybody, [])]
    alone = {"1": Contract(("2",), ("2",), True), "3": Contract(), "4": Contract()}
    assert planned(alone, a={}) == [(OPEN, ["a"], None, ["a"], ["a"])]
    with pytest.raises(Refused, match="a, c, d are what is left of a ring .*first a contract in which one of them is the source"):
        planned(left("2"), **around("a", "c", "d"))


@pytest.mark.parametrize(
    ("now", "data", "says"),
    [
        (STAR, {**around("a", "b", "c"), "b": {"replicates_to": ["c"], "replicates_from": ["a"], "writable": False}}, "and b is not writable. In a ring each"),
        (STAR, {name: {"replicates_from": own["replicates_from"]} for name, own in around("a", "b", "c").items()}, "and a, b, c is not writable"),
        (contracts(), around("a", "b", "c"), "none of them is a source of others among them now"),
        (contracts(b="a", d="c"), around("a", "b", "c", "d"), "a, c are sources now"),
        (contracts(b="d", c="d", a="d"), {**around("a", "b", "c"), "d": {}}, "none of them is a source of others among them now"),
        ({**STAR, "1": Contract(("2", "3"), (), False)}, around("a", "b", "c"), "a is the source now, and not writable by its contract"),
        (RING, around("a", "c", "b"), "are a ring: a -> b -> c -> a, in which each takes writes"),
        (RING, around("a", "b", "c", "d"), "first a contract in which one of them is the source"),
        (RING, {"a": {}, "b": {}, "c": {}}, "first a contract in which one of them is the source"),
        (RING, {"d": {"replicates_to": ["a"]}, "a": {}, "b": {"replicates_from": ["a"]}, "c": {}}, "first a contract in which one of them is the source"),
    ],
)
def test_what_no_ring_can_come_from_or_become_is_refused(now, data, says):
    with pytest.raises(Refused, match=says):
        planned(now, **data)
