# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Contracts as a user gives them: both forms of the seed, by name or id, and what is refused."""

from __future__ import annotations

import random

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model.contract import Contract, drift
from ansible_collections.stackdb.trove.plugins.module_utils._model.contract_form import complete, read
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput

NAMES = {"1111": "n01", "2222": "n02", "3333": "n03", "4444": "n04"}
ALONE = {id_: Contract() for id_ in NAMES}
STAR = {
    "1111": Contract(replicates_to=("2222", "3333")),
    "2222": Contract(replicates_from=("1111",), writable=False),
    "3333": Contract(replicates_from=("1111",), writable=False),
    "4444": Contract(),
}


def contracts(data, now=None, own=None):
    return complete(read(data, NAMES, own), now or ALONE, NAMES)


#: of the seed's section "Metadata": three instances, each node's contract by the node's id, writeable
RING = {
    "4444": {"replicates_to": ["2222"], "replicates_from": ["3333"], "writeable": True},
    "2222": {"replicates_to": ["3333"], "replicates_from": ["4444"], "writeable": True},
    "3333": {"replicates_to": ["4444"], "replicates_from": ["2222"], "writeable": True},
}


def test_the_seeds_ring():
    after = contracts(RING)
    assert after["2222"] == Contract(("3333",), ("4444",), True)
    assert after["4444"] == Contract(("2222",), ("3333",), True)
    assert after["1111"] == Contract()
    assert drift(after, NAMES) == []


def test_the_flat_form_is_of_the_instance_that_is_named_beside_it():
    after = contracts({"replicates_from": ["1111"], "writable": False}, own="4444")
    assert after["4444"] == Contract(replicates_from=("1111",), writable=False)
    assert after["1111"] == Contract(replicates_to=("4444",))


FLAT = {"replicates_from": ["n01"]}
SHOWN = {"id": "4444", "name": "n04", "status": "ACTIVE", "metadata": {"replication_contract": FLAT, "owner": "me"}}


@pytest.mark.parametrize(
    "data",
    [
        {"n04": FLAT}, {"4444": {"replicates_from": ["1111"]}}, {"n01": {"replicates_to": ["n04"]}}, {"replication_contract": {"n04": FLAT}},
        {"metadata": {"replication_contract": {"n04": FLAT}}}, SHOWN, {"instance": SHOWN}, {"instances": [SHOWN]},
        {"instances": [{"name": "n04", "metadata": {"replication_contract": FLAT}}, {"id": "1111", "replication_contract": {"replicates_to": ["4444"]}}]},
        {"instance": {"metadata": {"replication_contract": {"4444": FLAT}}}}, {"n04": {**FLAT, "writable": False}}, {"n04": {**FLAT, "writeable": False}},
        {"n04": {**FLAT, "writable": False, "writeable": False}},
    ],
)  # fmt: skip
def test_all_forms_say_the_same(data):
    """Nested or not, by name or id, keyed by the node or flat, and either side alone."""
    after = contracts(data)
    assert after["4444"] == Contract(replicates_from=("1111",), writable=False)
    assert after["1111"] == Contract(replicates_to=("4444",), writable=True)


@pytest.mark.parametrize(
    ("data", "option", "words"),
    [
        ([], "contract", "a dict of replicates_to"),
        ({}, "contract", "a dict of replicates_to"),
        ("n01", "contract", "a dict of replicates_to"),
        ({"replicates_with": ["n01"]}, "contract.replicates_with", "one of the words replicates_to, replicates_from, writable"),
        ({"n04": {"replicates_with": ["n01"]}}, "contract.n04", "one of replicates_from, replicates_to, writable"),
        ({"n04": {**FLAT, "position": 1}}, "contract.n04", "'position' was given"),
        ({"replicates_from": ["n01"]}, "contract", "by the names or ids of their instances"),
        ({"n04": {"writable": "yes"}}, "contract.n04.writable", "true or false"),
        ({"n04": {"writeable": 1}}, "contract.n04.writeable", "true or false"),
        ({"n04": {"writable": True, "writeable": False}}, "contract.n04.writeable", "the same as writable"),
        ({"n04": {"replicates_from": "n01"}}, "contract.n04.replicates_from", "a list of names or ids"),
        ({"n04": {"replicates_from": ["n01", "1111"]}}, "contract.n04.replicates_from[1]", "each instance once"),
        ({"n04": {"replicates_from": ["n04"]}}, "contract.n04.replicates_from[0]", "another instance"),
        ({"n04": {"replicates_from": ["n05"]}}, "contract.n04.replicates_from[0]", "one of n01, n02, n03, n04"),
        ({"n04": {"replicates_from": [4444]}}, "contract.n04.replicates_from[0]", "one of n01"),
        ({"n05": FLAT}, "contract.n05", "one of n01, n02, n03, n04"),
        ({"n04": FLAT, "4444": FLAT}, "contract.4444", "each instance once; n04 is named twice"),
        ({"n04": FLAT, "replicates_to": ["n01"]}, "contract", "where no instance is named"),
        ({"instances": ["n04"]}, "contract.instances[0]", "show form"),
        ({"n04": FLAT, "n01": {"replicates_to": []}}, "contract.n04.replicates_from", "what the contract of n01 says, too"),
        ({"n01": {"replicates_to": ["n04"]}, "n04": {"replicates_from": []}}, "contract.n01.replicates_to", "what the contract of n04 says, too"),
    ],
)  # fmt: skip
def test_anything_else_is_refused_by_name(data, option, words):
    with pytest.raises(InvalidInput) as error:
        contracts(data)
    assert error.value.option == option
    assert words in error.value.message


def test_a_flat_contract_with_a_key_that_is_no_word():
    with pytest.raises(InvalidInput, match="'n04' was given"):
        contracts({"n04": FLAT, "replicates_to": ["n01"]}, own="2222")


def test_a_replica_of_which_nothing_is_said_is_not_let_go():
    with pytest.raises(InvalidInput, match="n03 replicates from n01 now, and nothing is said of n03"):
        contracts({"n01": {"replicates_to": ["n02"]}}, STAR)
    after = contracts({"n01": {"replicates_to": ["n02"]}, "n03": {"writable": True}}, STAR)
    assert after["3333"] == Contract()
    assert after["1111"] == Contract(replicates_to=("2222",))


def test_who_says_that_it_follows_another_one_leaves_its_source_by_that():
    after = contracts({"n03": {"replicates_from": ["n04"]}}, STAR)
    assert after["3333"] == Contract(replicates_from=("4444",), writable=False)
    assert after["1111"] == Contract(replicates_to=("2222",))
    assert after["4444"] == Contract(replicates_to=("3333",))


def test_of_whom_nothing_is_said_stays_as_it_is():
    now = {**STAR, "2222": Contract(replicates_from=("1111",), writable=True), "4444": Contract(writable=False)}
    after = contracts({"n03": {"replicates_from": ["n01"]}}, now)
    assert after == now


@pytest.mark.parametrize("seed", range(100))
def test_both_sides_of_drawn_contracts_agree_and_are_read_again(seed):
    """Each side of each link is said, or left to the other; by name or id."""
    chance = random.Random(seed)
    links = [(a, b) for a in NAMES for b in NAMES if a != b and chance.random() < 0.3]
    data = {}
    for id_, name in NAMES.items():
        own = {"writable" if chance.random() < 0.5 else "writeable": chance.random() < 0.5}
        to = [chance.choice((b, NAMES[b])) for a, b in links if a == id_]
        source = [chance.choice((a, NAMES[a])) for a, b in links if b == id_]
        first = chance.choice(("replicates_to", "replicates_from", "both"))
        own.update({"replicates_to": to} if first != "replicates_from" else {}, **({"replicates_from": source} if first != "replicates_to" else {}))
        data[chance.choice((id_, name))] = own

    # a link of which each end left its side to the other is none
    def says(id_, word):
        return word in (data.get(id_) or data[NAMES[id_]])

    expected = {(a, b) for a, b in links if says(a, "replicates_to") or says(b, "replicates_from")}
    after = contracts(data)
    assert {(a, b) for b in NAMES for a in after[b].replicates_from} == expected
    assert drift(after, NAMES) == []
    assert contracts({id_: own.view() for id_, own in after.items()}) == after
