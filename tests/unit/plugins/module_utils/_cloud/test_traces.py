# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is left of a cluster tells its name, a server that is gone is no server, and what holds on to a thing is listed."""

from __future__ import annotations

from types import SimpleNamespace as Thing

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._cloud import observe, traces
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import CloudError
from ansible_collections.stackdb.trove.tests.unit.fake_proxy import http_error
from ansible_collections.stackdb.trove.tests.unit.runs import instance_present, present
from openstack.exceptions import ForbiddenException


@pytest.mark.parametrize("left", ["servers", "volumes", "security_groups"])
def test_the_name_is_told_by_whatever_is_left(cloud, left):
    present(cloud)
    present(cloud, name="other", locality=None)
    id_ = observe.clusters(cloud, name="shop")[0].id
    for kind in {"servers", "volumes", "security_groups"} - {left}:
        getattr(cloud, kind).clear()
    assert traces.name_of(cloud, id_) == "shop"
    assert traces.name_of(cloud, "none") is None


def test_the_host_of_a_server(cloud):
    present(cloud)
    one = next(iter(cloud.servers.values()))
    assert traces.host_of(cloud, one.id) == (one.name, one.host_id)
    assert traces.host_of(cloud, "gone") is None


def test_a_refusal_is_no_absence(cloud):
    def refuse(server):
        raise http_error(ForbiddenException, "no", 403)

    cloud.compute.get_server = refuse
    with pytest.raises(CloudError, match="Cannot get the server s1: no"):
        traces.host_of(cloud, "s1")


def test_the_remains_of_an_instance_are_its_volume(cloud):
    instance_present(cloud)
    cloud.servers.clear()
    assert traces.remains(cloud, "orders")["trove_cluster_name"] == "orders"
    assert traces.remains(cloud, "nobody") is None
    for volume in cloud.volumes.values():
        volume.metadata["trove"] = "something else"
    assert traces.remains(cloud, "orders") is None


def test_who_uses_a_security_group(cloud):
    present(cloud)
    (group,) = cloud.security_groups
    cloud.ports.append(Thing(id="p9", device_id="r1", device_owner="network:router", security_group_ids=[group]))
    cloud.ports.append(Thing(id="p8", device_id="", device_owner=None, security_group_ids=[group]))
    found = traces.ports(cloud, group)
    assert [is_server for _id, _device, is_server in found] == [True, True, True, False, False]
    assert found[3:] == [("p9", "r1", False), ("p8", "", False)]


def test_snapshots_by_name_or_id(cloud):
    cloud.snapshots += [Thing(id="s1", name="nightly", volume_id="v1"), Thing(id="s2", name=None, volume_id="v2")]
    assert traces.snapshots(cloud) == [("nightly", "v1"), ("s2", "v2")]
