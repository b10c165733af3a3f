# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What has to be done for contracts, and in which order; what is refused, with the topology that was asked for."""

from __future__ import annotations

import itertools
import random

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model import contract
from ansible_collections.stackdb.trove.plugins.module_utils._model.contract import Contract, drift
from ansible_collections.stackdb.trove.plugins.module_utils._model.contract_form import complete, read
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from ansible_collections.stackdb.trove.plugins.module_utils._model.rearranging import ATTACH, DETACH, PROMOTE, changes, check, touched
from ansible_collections.stackdb.trove.plugins.module_utils._model.shapes import CHAIN, MESH, RING

NAMES = {"1": "a", "2": "b", "3": "c", "4": "d"}
NOT_BUILT = {RING: "It would be a ring.", MESH: "It would be a mesh."}


def contracts(**sources):
    """By the name of each the name of its source or ''; who has none takes writes."""
    ids = {name: id_ for id_, name in NAMES.items()}
    found = {id_: ids.get(sources.get(name, "")) for id_, name in NAMES.items()}
    return {
        id_: Contract(tuple(other for other, of in found.items() if of == id_), (source,) if source else (), not source) for id_, source in found.items()
    }


def planned(now, **data):
    """The changes by name, ``[(verb, names, source, members)]``."""
    said = read(data, NAMES)
    after = complete(said, now, NAMES)
    ids = touched(now, after, said)
    check(now, after, ids, NAMES, NOT_BUILT)
    return [(one["verb"], one["names"], one["source"], one["members"]) for one in (change.view(NAMES) for change in changes(now, after, ids, NAMES))]


STAR = contracts(b="a", c="a")
#: of a star with the source a
TO_A = {"b": {"replicates_from": ["a"]}, "c": {"replicates_from": ["a"]}, "a": {"replicates_to": ["b", "c"]}}


def test_a_star_that_stands_is_attached_again_which_changes_nothing():
    assert planned(STAR, **TO_A) == [(ATTACH, ["b", "c"], "a", ["a", "b", "c"])]


def test_one_more():
    assert planned(STAR, d={"replicates_from": ["a"]}) == [(ATTACH, ["b", "c", "d"], "a", ["a", "b", "c", "d"])]


def test_another_source():
    found = planned(STAR, b={"replicates_to": ["a", "c"]}, a={}, c={})
    assert found == [(PROMOTE, ["b"], None, ["a", "b", "c"]), (ATTACH, ["a", "c"], "b", ["a", "b", "c"])]


def test_another_source_and_the_old_one_leaves():
    found = planned(STAR, b={"replicates_to": ["c"]}, a={"writable": True}, c={})
    assert found == [(PROMOTE, ["b"], None, ["a", "b", "c"]), (DETACH, ["a"], None, ["a", "b", "c"]), (ATTACH, ["c"], "b", ["b", "c"])]


def test_all_go_their_own_ways():
    assert planned(STAR, a={}, b={}, c={}) == [(DETACH, ["b", "c"], None, ["a", "b", "c"])]


def test_a_chain_becomes_a_star():
    chain = contracts(b="a", c="b", d="c")
    found = planned(chain, a={"replicates_to": ["b", "c", "d"]}, b={}, c={}, d={})
    assert found == [(ATTACH, ["b", "c", "d"], "a", ["a", "b", "c", "d"])]


def test_a_star_becomes_a_chain_from_the_top_downwards():
    found = planned(STAR, c={"replicates_from": ["b"]}, d={"replicates_from": ["c"]})
    everybody = ["a", "b", "c", "d"]
    assert found == [(ATTACH, ["b"], "a", everybody), (ATTACH, ["c"], "b", everybody), (ATTACH, ["d"], "c", everybody)]


def test_a_chain_is_turned_round_at_its_top():
    chain = contracts(b="a", c="b")
    found = planned(chain, b={"replicates_to": ["a"]}, a={"replicates_to": ["c"]}, c={})
    everybody = ["a", "b", "c"]
    assert found == [(PROMOTE, ["b"], None, everybody), (ATTACH, ["a"], "b", everybody), (ATTACH, ["c"], "a", everybody)]


def test_who_follows_one_that_leaves_has_another_source_before():
    chain = contracts(b="a", c="b", d="c")
    everybody = ["a", "b", "c", "d"]
    found = planned(chain, c={"replicates_from": ["a"]}, d={"replicates_from": ["c"]}, b={})
    assert found == [(ATTACH, ["c"], "a", everybody), (ATTACH, ["d"], "c", everybody), (DETACH, ["b"], None, everybody)]


def test_only_in_a_chain_the_source_may_be_a_replica():
    for data, chain in (({"c": {"replicates_from": ["b"]}}, True), (TO_A, False)):
        said = read(data, NAMES)
        after = complete(said, STAR, NAMES)
        assert {change.chain for change in changes(STAR, after, touched(STAR, after, said), NAMES)} == {chain}


def test_a_chain_is_refused_where_the_datastore_has_none():
    said = read({"c": {"replicates_from": ["b"]}}, NAMES)
    after = complete(said, STAR, NAMES)
    with pytest.raises(Refused, match=r"chain: a -> b -> c. There is none."):
        check(STAR, after, touched(STAR, after, said), NAMES, {CHAIN: "There is none."})


def test_two_stars_become_one():
    two = contracts(b="a", d="c")
    assert planned(two, a={"replicates_to": ["b", "c", "d"]}, c={}, d={}) == [(ATTACH, ["b", "c", "d"], "a", ["a", "b", "c", "d"])]


@pytest.mark.parametrize(
    ("now", "data", "says"),
    [
        (
            STAR,
            {"a": {"replicates_from": ["c"]}, "b": {"replicates_from": ["a"]}, "c": {"replicates_from": ["b"]}},
            "ring: a -> b -> c -> a. It would be a ring.",
        ),
        (STAR, {"d": {"replicates_from": ["a", "b"]}}, "mesh: "),
        (STAR, {"a": {"replicates_to": ["b", "c"], "writable": False}}, "a is the source, and not writable by its contract"),
        (STAR, {"b": {"replicates_from": ["a"], "writeable": True}}, "b is to be a replica, and writable"),
        (contracts(), {"b": {"replicates_from": ["a"]}, "d": {"replicates_from": ["c"]}}, "One run establishes one topology, and .* 2: star: a -> b; star"),
        ({**STAR, "4": Contract(writable=False)}, {"d": {"replicates_to": ["a", "b", "c"]}, "a": {}, "b": {}, "c": {}}, "d was ejected, and may lack"),
        (contracts(b="a", c="b"), {"c": {"replicates_to": ["a", "b"]}, "a": {}, "b": {}}, "c is a replica of a replica, and cannot take over"),
        ({**contracts(), "2": Contract((), ("gone",), False)}, {"b": {"replicates_to": ["d"]}, "d": {}}, "The source of b is gone"),
        (STAR, {"b": {"writable": False}}, "b is to be independent and not writable"),
    ],
)
def test_what_cannot_be_brought_about_is_refused(now, data, says):
    with pytest.raises(Refused, match=says):
        planned(now, **data)


def carried_out(now, found):
    """The contracts after these changes, as the databases would be: whoever is attached moves from where it is."""
    ids = {name: id_ for id_, name in NAMES.items()}
    for verb, who, source, members in found:
        for id_ in (ids[name] for name in who):
            assert NAMES[id_] in members
            if verb == PROMOTE:
                now = contract.promoted(now, id_)
            if verb == DETACH:
                now = contract.detached(now, id_)
            if verb == ATTACH:
                assert source in names_down_from_the_top(now), "it replicates from the one that is attached to it"
                now = contract.attached(contract.detached(now, id_), id_, ids[source])
    return now


def names_down_from_the_top(now):
    """All from which the way up ends at one that replicates from no source."""
    found = [id_ for id_, own in now.items() if not own.replicates_from]
    for id_ in found:
        found.extend(other for other, own in now.items() if id_ in own.replicates_from)
    return {NAMES[id_] for id_ in found}


@pytest.mark.parametrize("seed", range(200))
def test_drawn_trees_lead_to_drawn_trees(seed):
    """As of stars; the root stays, or a replica of the old one takes its place."""
    chance = random.Random(seed)

    def drawn(root):
        placed, sources = [root], {}
        for name in chance.sample([name for name in NAMES.values() if name != root], chance.randint(1, 3)):
            sources[name] = chance.choice(placed)
            placed.append(name)
        return sources

    sources = drawn("a")
    now = contracts(**sources)
    root = chance.choice(["a", *(name for name, source in sources.items() if source == "a")])
    wanted = drawn(root)
    data = {name: {} for name in NAMES.values()} | {name: {"replicates_from": [source]} for name, source in wanted.items()}
    after = complete(read(data, NAMES), now, NAMES)
    done = carried_out(now, planned(now, **data))
    assert {NAMES[id_]: [NAMES[one] for one in own.replicates_from] for id_, own in done.items()} == {
        name: [wanted[name]] if name in wanted else [] for name in NAMES.values()
    }
    assert {id_: own.writable for id_, own in done.items()} == {id_: own.writable for id_, own in after.items()}


@pytest.mark.parametrize("seed", range(200))
def test_drawn_stars_lead_to_drawn_stars(seed):
    """From any star with others beside it to any other one: the changes lead to the contracts, and whoever detaches or attaches is in the play."""
    chance = random.Random(seed)

    def drawn():
        names = list(NAMES.values())
        chance.shuffle(names)
        size = chance.randint(1, 4)
        return names[0], names[1:size]

    root, replicas = drawn()
    now = contracts(**dict.fromkeys(replicas, root))
    root, replicas = drawn()
    data = {name: {} for name in NAMES.values()}
    data[root] = {"replicates_to": replicas}
    after = complete(read(data, NAMES), now, NAMES)
    done = carried_out(now, planned(now, **data))
    for one, other in itertools.product(NAMES, NAMES):
        assert (one in done[other].replicates_from) == (one in after[other].replicates_from)
    assert drift(after, NAMES) == []
    assert {id_: own.writable for id_, own in done.items()} == {id_: own.writable for id_, own in after.items()}


def _half(old, new):
    """Metadata of a contract between the two writes: the new items are there, and the old ones are not gone yet."""
    return Contract(tuple(dict.fromkeys((*old.replicates_to, *new.replicates_to))), new.replicates_from or old.replicates_from, new.writable)


@pytest.mark.parametrize(
    "data",
    [
        {"b": {"replicates_to": ["a", "c"]}, "a": {}, "c": {}},
        {"b": {"replicates_to": ["a"]}, "a": {}, "c": {"writeable": True}},
        {"b": {"replicates_to": ["a"]}, "a": {"replicates_to": ["c"]}, "c": {}},
        {"b": {"replicates_to": ["c"]}, "c": {}, "a": {"writeable": True}},
        TO_A,
        {"c": {"writeable": True}},
    ],
    ids=lambda data: ", ".join(f"{name}: {own}" for name, own in data.items()),
)
def test_a_run_that_was_killed_among_the_contracts_goes_on(data):
    """Whichever it had written, each whole or in part; that of the source comes last."""
    said = read(data, NAMES)
    after = complete(said, STAR, NAMES)
    root = next((id_ for id_ in after if after[id_].replicates_to and after[id_].writable), None)
    others = [id_ for id_ in touched(STAR, after, said) if id_ != root]
    for written in itertools.product((0, 1, 2), repeat=len(others)):
        now = {**STAR, **{id_: (STAR[id_], _half(STAR[id_], after[id_]), after[id_])[part] for id_, part in zip(others, written)}}
        ids = touched(now, after, said)
        check(now, complete(said, now, NAMES), ids, NAMES, NOT_BUILT)
        assert complete(said, now, NAMES) == after, (now, "what was asked for became another thing by what was written")
        changes(now, after, ids, NAMES)
