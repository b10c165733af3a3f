# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Contracts by names, and names that were given for a copy."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused
from ansible_collections.stackdb.trove.plugins.plugin_utils import recovering

INSTANCES = [{"id": "id-a", "name": "a"}, {"id": "id-b", "name": "b"}]


def host(name, **contract):
    return {"name": name, "trove_instance": {"replication_contract": contract} if contract else {}}


def test_contracts_have_names_and_the_id_of_one_that_is_gone():
    hosts = [host("a", replicates_to=["id-b"], writable=True), host("b", replicates_from=["id-a"], writable=False)]
    hosts += [host("c", replicates_from=["id-x"]), host("d")]
    assert recovering.contracts(hosts, INSTANCES) == {
        "a": {"source": None, "writable": True},
        "b": {"source": "a", "writable": False},
        "c": {"source": "id-x", "writable": True},
        "d": {"source": None, "writable": True},
    }


def test_more_than_one_source_is_refused():
    with pytest.raises(Refused, match="a replicates from b, id-x"):
        recovering.contracts([host("a", replicates_from=["id-b", "id-x"])], INSTANCES)


def test_names_are_checked():
    assert recovering.refilled(["a", "b"], ["b", "b"]) == ["b"]
    assert recovering.refilled(["a", "b"], None) == []
    with pytest.raises(InvalidInput, match="trove_refill"):
        recovering.refilled(["a", "b"], ["c"])
