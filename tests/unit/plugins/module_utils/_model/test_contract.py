# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model import contract
from ansible_collections.stackdb.trove.plugins.module_utils._model.contract import Contract
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused

FAMILY = {
    "a": Contract(replicates_to=("b", "c")),
    "b": Contract(replicates_from=("a",), writable=False),
    "c": Contract(replicates_from=("a",), writable=False),
}
NAMES = {"a": "orders", "b": "orders-replica-1", "c": "orders-replica-2"}


def test_both_ends_agree():
    assert contract.drift(FAMILY, NAMES) == []


def test_one_end_alone_is_drift():
    alone = {**FAMILY, "a": Contract(replicates_to=("c",))}
    assert contract.drift(alone, NAMES) == ["orders-replica-1 replicates from orders, and the contract of orders does not say so"]
    alone = {**FAMILY, "b": Contract()}
    assert contract.drift(alone, NAMES) == ["orders replicates to orders-replica-1, and the contract of orders-replica-1 does not say so"]


def test_a_neighbour_that_is_gone_is_drift():
    left = {id_: FAMILY[id_] for id_ in "ab"}
    assert contract.drift(left, NAMES) == ["orders replicates to c, which is gone"]


@pytest.mark.parametrize("of", "abc")
def test_the_topology_is_the_same_for_every_member(of):
    assert contract.topology(FAMILY, NAMES, of) == {
        "members": [
            {"id": "a", "name": "orders"},
            {"id": "b", "name": "orders-replica-1", "mysql": {"slave_of": [{"id": "a"}], "read_only": True}},
            {"id": "c", "name": "orders-replica-2", "mysql": {"slave_of": [{"id": "a"}], "read_only": True}},
        ]
    }


def test_one_word_is_enough_to_be_connected():
    half = {**FAMILY, "a": Contract(replicates_to=("c",))}
    assert [m["id"] for m in contract.topology(half, NAMES, "a")["members"]] == ["a", "b", "c"]


def test_a_detached_one_is_a_site_of_its_own():
    after = contract.detached(FAMILY, "b")
    assert after == {"a": Contract(replicates_to=("c",)), "b": Contract(writable=True), "c": FAMILY["c"]}
    assert contract.drift(after, NAMES) == []
    assert [m["id"] for m in contract.topology(after, NAMES, "a")["members"]] == ["a", "c"]
    assert contract.topology(after, NAMES, "b") == {"members": [{"id": "b", "name": "orders-replica-1"}]}


def test_promoting_changes_places():
    after = contract.promoted(FAMILY, "b")
    assert after == {
        "a": Contract(replicates_from=("b",), writable=False),
        "b": Contract(replicates_to=("c", "a"), writable=True),
        "c": Contract(replicates_from=("b",), writable=False),
    }
    assert contract.drift(after, NAMES) == []


@pytest.mark.parametrize("change", [contract.promoted, contract.ejected])
@pytest.mark.parametrize("written", ["", "a", "c", "ac"])
def test_a_change_that_was_killed_comes_to_the_same_end(change, written):
    after = change(FAMILY, "b")
    killed = {id_: (after if id_ in written else FAMILY)[id_] for id_ in FAMILY}
    assert change(killed, "b") == after


def test_ejecting_leaves_the_dead_source_without_neighbours():
    after = contract.ejected(FAMILY, "c")
    assert after == {
        "a": Contract(writable=False),
        "b": Contract(replicates_from=("c",), writable=False),
        "c": Contract(replicates_to=("b",), writable=True),
    }
    assert contract.drift(after, NAMES) == []


def test_metadata_holds_all_sources():
    """In one item, so that no run can be killed between two of them."""
    ids = [f"{number:08d}-aaaa-bbbb-cccc-0123456789ab" for number in range(7)]
    own = Contract(replicates_to=(ids[0],), replicates_from=(ids[1], ids[2], ids[3]), writable=True)
    kept = contract.to_metadata(own, {ids[0]: "orders"})
    assert kept["trove_replicates_from"] == ",".join(ids[1:4])
    assert contract.from_metadata(kept) == own
    assert contract.from_metadata(contract.to_metadata(Contract(replicates_from=tuple(ids[:6])), {})).replicates_from == tuple(ids[:6])
    with pytest.raises(Refused, match="with 7 sources is too long for Nova's metadata, whose values have 255 characters"):
        contract.to_metadata(Contract(replicates_from=tuple(ids)), {})
