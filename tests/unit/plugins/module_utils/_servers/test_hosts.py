# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a playbook adds to its inventory: every member, with the facts of its datastore."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores import registry
from ansible_collections.stackdb.trove.plugins.module_utils._model.contract import Contract
from ansible_collections.stackdb.trove.plugins.module_utils._servers import hosts
from ansible_collections.stackdb.trove.tests.unit.builders import NAMES, cluster, instance


def test_a_playbook_gets_every_member():
    found = hosts.of_cluster(cluster())
    assert [(h["name"], h["ansible_host"], h["trove_instance"]["id"]) for h in found] == [(name, f"10.0.0.{name[-1]}", f"id-{name}") for name in NAMES]
    assert {tuple(h["groups"]) for h in found} == {("trove_cluster_shop", "trove_datastore_mariadb", "trove_role_member", "trove_topology_galera")}


@pytest.mark.parametrize("driver", registry.DRIVERS.values(), ids=lambda driver: f"{driver.type}-{driver.topology}")
def test_a_host_leads_back_to_its_driver(driver):
    contract = Contract() if driver.instance_type == "instance" else None
    observed = cluster(instance("shop-1", type=driver.instance_type, contract=contract), datastore=driver.type)
    (host,) = hosts.of_cluster(observed)
    assert registry.of(host["trove_instance"]) is driver
    assert host["trove_instance"]["datastore"]["role"] == driver.role


def test_a_datastore_that_has_no_driver_is_no_reason_not_to_show_its_members():
    (host,) = hosts.of_cluster(cluster(instance("shop-1"), datastore="oracle"))
    assert (host["trove_instance"]["datastore"]["topology"], host["trove_instance"]["datastore"]["role"]) == (None, None)
    assert host["groups"] == ["trove_cluster_shop", "trove_datastore_oracle", "trove_role_member"]


def test_about_an_instance_are_those_that_are_connected_with_it():
    source = instance("shop-1", type="instance", contract=Contract(replicates_to=("id-shop-2",)))
    replica = instance("shop-2", type="instance", contract=Contract(replicates_from=("id-shop-1",), writable=False))
    alone = instance("shop-3", type="instance", contract=Contract(replicates_to=("id-gone",)))
    family = cluster(source, replica, alone)
    found = hosts.about(family, source)
    assert [host["name"] for host in found["hosts"]] == ["shop-1", "shop-2"]
    assert found["placement"] == family.placement().view()
    assert found["drift"] == ["shop-3 replicates to id-gone, which is gone"]
