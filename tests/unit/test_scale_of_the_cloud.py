# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How much is asked of a cloud to list its clusters: by openstacksdk as it is, over HTTP, of a simulated cloud. It grows with pages alone."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._cloud import connection, observe
from ansible_collections.stackdb.trove.tests.unit.simulated_cloud import SimulatedCloud, cluster_name, differences
from openstack.resource import Resource


def asked(cloud: SimulatedCloud, name: str | None = None) -> tuple[int, int, int]:
    """(requests, clusters, members) of one list of clusters; of all requests that do not depend on threads."""
    before = len(cloud.requests)
    found = observe.clusters(connection.Cloud({"auth": cloud.auth, "region_name": "RegionOne"}), name)
    assert cloud.unknown == []
    # two threads may both ask for Nova's versions
    paths = [path for _method, path in cloud.requests[before:] if path != "/compute/v2.1"]
    return len(paths), len(found), sum(len(cluster.instances) for cluster in found)


@pytest.fixture(autouse=True)
def no_clouds_yaml(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the machine's own clouds, nor of a proxy."""
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", "/dev/null")
    for name in ("OS_CLOUD", "http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("clusters", [1, 4, 12])
def test_one_page_is_asked_for_once_however_many_servers_are_in_it(clusters: int) -> None:
    with SimulatedCloud(clusters) as cloud:
        # versions of Keystone, a token, servers, server groups, volumes
        assert asked(cloud) == (5, clusters, 10 * clusters)


def test_more_pages_are_more_requests() -> None:
    with SimulatedCloud(12, page=50) as cloud:
        # two more pages of servers and of volumes
        assert asked(cloud) == (9, 12, 120)


def test_one_cluster_costs_the_same_among_many() -> None:
    with SimulatedCloud(12, page=50) as cloud:
        assert asked(cloud, cluster_name(7)) == (5, 1, 10)


def test_members_have_their_volumes_and_groups() -> None:
    with SimulatedCloud(3) as cloud:
        for cluster in observe.clusters(connection.Cloud({"auth": cloud.auth, "region_name": "RegionOne"})):
            assert all(one.volume and one.volume.server_id == one.id for one in cluster.instances)
            assert cluster.locality == "soft-anti-affinity"


def test_the_sdk_makes_nothing_of_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a thousand servers that took nine seconds of ten: their flavors and images are resources of their own, made anew each time that they are asked for."""
    made = []
    as_ever = Resource.__init__
    monkeypatch.setattr(Resource, "__init__", lambda self, *args, **kwargs: (made.append(type(self).__name__), as_ever(self, *args, **kwargs))[1])
    with SimulatedCloud(2) as cloud:
        asked(cloud)
    assert set(made) == {"ServerGroup"}


def test_differences_are_told() -> None:
    assert list(differences({"a": 1, "b": [{"c": ""}]}, {"a": 2, "b": [{"c": "x"}]})) == []
    assert list(differences({"a": 1}, {"a": "1", "b": 1})) == [".b: only there", ".a: int here, str there"]
    assert list(differences({"b": [{"c": 1}]}, {"b": [{"d": 1}]})) == [".b[].c: only here", ".b[].d: only there"]
