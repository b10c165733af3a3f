# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the inventory says of a member."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model.contract import Contract
from ansible_collections.stackdb.trove.plugins.module_utils._model.hosts import groups, hostvars
from ansible_collections.stackdb.trove.tests.unit.builders import INSTANCE, MARIADB, cluster, instance, volume


def test_of_a_member():
    observed = cluster(instance("shop-1", volume=volume("shop-1", id="965ef811-7c1d-47fc-89f2-a89dfdd23ef2")))
    said = hostvars(observed, observed.instances[0], MARIADB, "10.0.0.1")
    assert said["ansible_host"] == "10.0.0.1"
    assert said["trove_instance"] == {
        "id": "id-shop-1",
        "name": "shop-1",
        "type": "member",
        "status": "ACTIVE",
        "server_status": "ACTIVE",
        "hostname": "shop-1",
        "created": "2026-03-14T20:19:21Z",
        "updated": "2026-03-14T20:20:21Z",
        "ip": "10.0.0.1",
        "host_id": "host-of-shop-1",
        "flavor": {"id": "f1", "name": "db.small"},
        # KVM shows the first 20 characters of a volume's id as the disk's serial number
        "volume": {"id": "965ef811-7c1d-47fc-89f2-a89dfdd23ef2", "size": 5, "device": "/dev/disk/by-id/virtio-965ef811-7c1d-47fc-8"},
        "datastore": {"type": "mariadb", "version": "10.11", "topology": "galera", "role": "stackdb.trove.galera"},
        "cluster": {"id": "c1", "name": "shop"},
        "metadata": {},
    }


def test_without_volume_and_address():
    observed = cluster(instance("shop-1", volume=None))
    said = hostvars(observed, observed.instances[0], MARIADB)
    assert "ansible_host" not in said
    assert said["trove_instance"]["volume"] is None


def test_of_a_source_that_is_still_to_be_adopted_the_datastore_is_not_known():
    observed = cluster(datastore=None, version=None)
    said = hostvars(observed, observed.instances[0], None)["trove_instance"]
    assert said["datastore"] == {"type": None, "version": None, "topology": None, "role": None}


def test_an_instance_brings_its_contract():
    observed = cluster(instance("shop-1", contract=Contract(replicates_from=("id-2",), writable=False)))
    said = hostvars(observed, observed.instances[0], INSTANCE)["trove_instance"]
    assert said["replication_contract"] == {"replicates_from": ["id-2"], "writable": False}
    assert said["datastore"]["topology"] == "mysql_replication"


def test_group_names_are_what_ansible_allows():
    observed = cluster(name="my-shop")
    names = groups(observed, observed.instances[0], MARIADB)
    assert names == ["trove_cluster_my_shop", "trove_datastore_mariadb", "trove_role_member", "trove_topology_galera"]


@pytest.mark.parametrize(
    ("contract", "role"),
    [
        (Contract(), "instance"),
        (Contract(replicates_to=("id-2",)), "source"),
        (Contract(replicates_from=("id-2",)), "replica"),
        # in the middle of a chain
        (Contract(replicates_from=("id-2",), replicates_to=("id-3",)), "replica"),
    ],
)
def test_an_instance_is_in_the_groups_of_its_family_and_its_part_in_it(contract, role):
    observed = cluster(instance("shop-1", type="instance", contract=contract))
    assert groups(observed, observed.instances[0], None) == ["trove_family_shop", "trove_datastore_mariadb", f"trove_role_{role}"]
