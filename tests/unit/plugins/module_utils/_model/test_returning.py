# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._cloud import observe
from ansible_collections.stackdb.trove.plugins.module_utils._model import returning
from ansible_collections.stackdb.trove.plugins.module_utils._model.contract import Contract
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import TroveError
from ansible_collections.stackdb.trove.tests.unit.runs import contract_changed, family_of_three

SOURCE, FIRST, SECOND = "orders", "orders-replica-1", "orders-replica-2"


@pytest.fixture
def family(cloud):
    """A source with a replica, and one that was detached."""
    family_of_three(cloud)
    contract_changed(cloud, SECOND, "detached")
    (found,) = observe.clusters(cloud, type_="instance")
    return found


def changed(family, name, **fields):
    """The family with one instance that is otherwise."""
    return replace(family, instances=tuple(replace(i, **fields) if i.name == name else i for i in family.instances))


def check(family, name=SECOND, source=SOURCE):
    returning.check(family, family.instance(name), returning.find_source(family, source))


def test_one_that_was_detached_and_one_that_was_ejected_may_return(family):
    check(family)
    check(family, source=family.instance(SOURCE).id)
    check(changed(family, SECOND, contract=Contract(writable=False)))


def test_one_that_has_returned_may_do_so_again(family):
    source = family.instance(SOURCE).id
    check(changed(family, SECOND, contract=Contract(replicates_from=(source,), writable=False)))


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"source": SECOND}, "source: 'orders-replica-2' was given; allowed: another instance than orders-replica-2"),
        ({"source": FIRST}, "Cannot create a replica of a replica orders-replica-1. Its source is orders: attach orders-replica-2 to that one"),
        ({"name": FIRST, "source": SECOND}, "orders-replica-1 replicates from orders; stackdb.trove.replica_detach makes it independent first"),
        ({"name": SOURCE, "source": SECOND}, "orders has replicas itself, orders-replica-1, which would be replicas of a replica"),
        ({"name": SOURCE, "source": FIRST}, "orders-replica-1 replicates from orders by its contract; stackdb.trove.replica_promote exchanges the two"),
    ],
)
def test_what_the_contracts_do_not_allow_is_refused(family, asked, says):
    with pytest.raises(TroveError, match=says):
        check(family, **asked)


@pytest.mark.parametrize(
    ("name", "fields", "says"),
    [
        (SOURCE, {"contract": Contract(writable=False)}, "orders is not writable by its contract, as one that was ejected"),
        (SOURCE, {"contract": None}, "orders is no instance of this collection"),
        (SOURCE, {"status": "SHUTOFF"}, "The server orders is SHUTOFF, and has to be ACTIVE. Start it, and run the playbook again"),
        (SECOND, {"status": "SHUTOFF"}, "The server orders-replica-2 is SHUTOFF, and has to be ACTIVE. Start it"),
    ],
)
def test_what_nova_shows_is_refused(family, name, fields, says):
    with pytest.raises(TroveError, match=says):
        check(changed(family, name, **fields))


def test_a_server_that_is_not_in_the_group_is_named(family):
    second = family.instance(SECOND)
    assert returning.place(family, second) == []
    outside = replace(family, group=replace(family.group, member_ids=tuple(id_ for id_ in family.group.member_ids if id_ != second.id)))
    (said,) = returning.place(outside, second)
    assert "orders-replica-2 is not in the server group trove-orders, so Nova does not keep the locality anti-affinity for it" in said
    assert returning.place(replace(family, group=None), second) == []
