# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is made of Nova's servers, held against what openstacksdk makes of the same answers."""

from __future__ import annotations

from random import Random
from types import SimpleNamespace

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._cloud import connection, nova, observe
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import CloudError
from ansible_collections.stackdb.trove.tests.unit.simulated_cloud import SimulatedCloud
from ansible_collections.stackdb.trove.tests.unit.simulated_cloud import server as answered
from openstack.compute.v2.server import Server

#: what differs from server to server, as a real Nova answers
OTHERS = {
    "image": ["", {"id": "i2", "links": []}],
    "fault": [{"message": "No valid host was found.", "code": 500, "created": "2026-03-14T20:19:23Z"}],
    "status": ["BUILD", "ERROR", "SHUTOFF", "VERIFY_RESIZE"],
    "OS-EXT-STS:task_state": ["deleting", "spawning"],
    "OS-SRV-USG:launched_at": [None],
    "OS-EXT-AZ:availability_zone": ["", "second"],
    "addresses": [{}, {"a": [{"addr": "fd00::1", "version": 6}], "b": []}],
    "locked": [True],
    "hostId": [""],
    "key_name": [None],
    "security_groups": [[{"name": "default"}, {"name": "default"}]],
    "tags": [[]],
    "os-extended-volumes:volumes_attached": [[], [{"id": "v1"}, {"id": "v2"}]],
}


@pytest.fixture(autouse=True)
def no_clouds_yaml(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", "/dev/null")
    for name in ("OS_CLOUD", "http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)


def generated(seed: int) -> dict:
    random, body = Random(seed), answered("http://nova", seed, 1)
    body.update({key: random.choice(values) for key, values in OTHERS.items() if random.random() < 0.4})
    if random.random() < 0.1:
        # a build that failed early has none of them
        del body["security_groups"]
    return body


@pytest.mark.parametrize("seed", range(60))
def test_each_attribute_is_the_sdks(seed: int) -> None:
    body = generated(seed)
    ours, theirs = vars(nova.server(body)), Server.existing(**body)
    for name in ours.keys() - {"flavor", "image", "attached_volumes"}:
        assert ours[name] == getattr(theirs, name), name
    assert {name: getattr(theirs.flavor, name) for name in vars(ours["flavor"])} == vars(ours["flavor"])
    assert [one["id"] for one in ours["attached_volumes"]] == [one["id"] for one in theirs.attached_volumes]
    assert getattr(ours["image"], "id", None) == getattr(theirs.image, "id", None)
    assert observe.instance(nova.server(body), None) == observe.instance(theirs, None)


def test_a_brief_one_has_its_id_and_its_name() -> None:
    found = vars(nova.server({"id": "s1", "name": "one", "links": []}))
    assert {name: value for name, value in found.items() if value is not None and name != "flavor"} == {"id": "s1", "name": "one"}


def connected(cloud: SimulatedCloud) -> connection.Cloud:
    return connection.Cloud({"auth": cloud.auth, "region_name": "RegionOne"})


@pytest.mark.parametrize("page", [1, 7, 10, 30, 1000])
def test_all_pages_are_read(page: int) -> None:
    with SimulatedCloud(3, page=page) as cloud:
        assert [found.id for found in connected(cloud).list_servers(tags="trove")] == [each["id"] for each in cloud.servers]
        assert cloud.unknown == []


def test_a_refusal_is_told_in_the_clouds_words() -> None:
    said = r"^Cannot list the servers: The simulated cloud does not know GET /compute/v2.1/servers$"
    with SimulatedCloud(1) as cloud, pytest.raises(CloudError, match=said) as told, connection.translated("list the servers"):
        connected(cloud).list_servers(details=False)
    assert told.value.details == {"http_status": 404}


@pytest.mark.parametrize(("own", "highest", "asked"), [(None, "2.104", "2.100"), (None, "2.60", "2.60"), ("2.55", "2.104", "2.55")])
def test_the_microversion_is_the_users_or_the_highest_that_both_know(own: str | None, highest: str, asked: str) -> None:
    endpoint = SimpleNamespace(min_microversion=(2, 1), max_microversion=tuple(map(int, highest.split("."))))
    answer, calls = SimpleNamespace(status_code=200, json=lambda: {"servers": []}), []
    compute = SimpleNamespace(default_microversion=own, get_endpoint_data=lambda: endpoint, get=lambda url, **how: calls.append((url, how)) or answer)
    cloud = connection.Cloud.__new__(connection.Cloud)
    cloud.compute = compute
    assert cloud.list_servers(name="^one$") == []
    assert calls == [("/servers/detail", {"params": {"name": "^one$"}, "microversion": asked})]
