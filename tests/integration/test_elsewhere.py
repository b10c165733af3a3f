# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cloud as it is elsewhere: an API that fails now and then, networks and flavors that lack something, images in no list, another user's key.

A handful by default; all of them, and more seeds, with TROVE_CLOUDS=all (`make clouds-test`).
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import openstack
import pytest
from recording_proxy import FAULTS, TOKENS, RecordingProxy

ROOT = Path(__file__).resolve().parents[2]
COLLECTIONS = os.environ.get("TROVE_TEST_COLLECTIONS", str(ROOT / ".cache" / "collections"))
ALL = os.environ.get("TROVE_CLOUDS") == "all"
rare = pytest.mark.skipif(not ALL, reason="make clouds-test")
NAME = "clouds-test"
PRESENT = {"datastore_version": "10.11", "flavor": "db.small", "image": "debian-12", "networks": ["db-net"], "key_name": "devcloud", "volume_size": 1}


class Modules:
    """Runs of modules, each in a process of its own."""

    def __init__(self, folder: Path):
        self.folder = folder

    def run(self, name: str, options: dict, cloud: str = "devcloud", **environment: str) -> dict:
        arguments = self.folder / "arguments.json"
        arguments.write_text(json.dumps({"ANSIBLE_MODULE_ARGS": {"cloud": cloud, "name": NAME, **options}}))
        command = [sys.executable, "-m", f"ansible_collections.stackdb.trove.plugins.modules.{name}", str(arguments)]
        environment = {**os.environ, "PYTHONPATH": COLLECTIONS, **environment}
        done = subprocess.run(command, env=environment, cwd=self.folder, capture_output=True, text=True, timeout=600, check=False)
        return json.loads(done.stdout.splitlines()[-1])

    def fine(self, name: str, options: dict, **more: str) -> dict:
        result = self.run(name, options, **more)
        assert not result.get("failed"), result["msg"]
        return result


@pytest.fixture(scope="module")
def sdk() -> openstack.connection.Connection:
    return openstack.connect(cloud="devcloud")


@pytest.fixture
def modules(tmp_path: Path, sdk: openstack.connection.Connection):
    runs = Modules(tmp_path)
    yield runs
    for module in ("trove_instance", "trove_cluster") if any(things(sdk).values()) else ():
        runs.run(module, {"state": "absent"})
    assert things(sdk) == {"servers": [], "volumes": [], "server groups": [], "security groups": []}


def things(sdk: openstack.connection.Connection) -> dict:
    kinds = {
        "servers": sdk.compute.servers(details=False),
        "volumes": sdk.block_storage.volumes(details=False),
        "server groups": sdk.compute.server_groups(),
        "security groups": sdk.network.security_groups(),
    }
    return {kind: sorted(thing.name for thing in found if NAME in thing.name) for kind, found in kinds.items()}


ONE = {"servers": [NAME], "volumes": [NAME], "server groups": [f"trove-{NAME}"], "security groups": [f"trove-{NAME}"]}


def now_and_then(seed: int, part: float):
    """Faults at random moments, the same for a seed as far as requests come in the same order."""
    dice = random.Random(seed)

    def fault(_method: str, path: str, _number: int) -> str | None:
        return dice.choice(FAULTS) if dice.random() < part and not path.endswith(TOKENS) else None

    return fault


@pytest.mark.parametrize("seed", range(1, 21) if ALL else [1])
def test_an_api_that_fails_now_and_then(modules: Modules, sdk: openstack.connection.Connection, tmp_path: Path, seed: int) -> None:
    options = {**PRESENT, "locality": "anti-affinity"}
    with RecordingProxy(tmp_path, now_and_then(seed, 0.2)) as proxy:
        behind = {"http_proxy": proxy.url, "no_proxy": ""}
        created = modules.fine("trove_instance", options, **behind)
        assert created["changed"]
        assert things(sdk) == ONE
        assert not modules.fine("trove_instance", options, **behind)["changed"]
        modules.fine("trove_instance", {"state": "absent"}, **behind)
        assert proxy.seen.total() > 5, proxy.seen


def test_a_restored_volume_outlives_the_instance(modules: Modules, sdk: openstack.connection.Connection) -> None:
    """Without Cinder's service for backups: a volume is given the metadata that it would have."""
    modules.fine("trove_instance", PRESENT)
    origin = next(volume for volume in sdk.block_storage.volumes() if volume.name == NAME)
    assert origin.metadata["trove_volume_id"] == origin.id
    copy = sdk.block_storage.create_volume(name="restored-of-a-backup", size=1, metadata=origin.metadata)
    try:
        sdk.block_storage.wait_for_status(copy, "available", interval=0.5)
        again = modules.fine("trove_instance", PRESENT)
        assert (again["changed"], again["instance"]["nodes"][0]["volume"]["id"]) == (False, origin.id)
        modules.fine("trove_instance", {"state": "absent"})
        assert sdk.block_storage.get_volume(copy).status == "available"
        assert sdk.block_storage.find_volume(origin.id) is None
    finally:
        sdk.block_storage.delete_volume(copy)
        sdk.block_storage.wait_for_delete(copy, interval=0.5)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"flavor": "db.diskless"}, "flavor: 'db.diskless' was given; allowed: one with a root disk, or root_volume_size="),
        ({"networks": ["open-net"], "allowed_cidrs": ["10.0.0.0/8"]}, "No security group can be on the network open-net"),
        ({"networks": ["open-net", "db-net"]}, "networks that all have port security, or none"),
        ({"ip_version": 6}, "ip_version: 6 was given"),
        ({"availability_zone": "moon"}, "availability_zone: 'moon' was given; allowed: one of nova"),
        ({"volume_availability_zone": "moon"}, "volume_availability_zone: 'moon' was given; allowed: one of nova"),
    ],
)
def test_what_nova_would_refuse_is_refused_before(modules: Modules, sdk: openstack.connection.Connection, changes: dict, says: str) -> None:
    result = modules.run("trove_instance", {**PRESENT, **changes})
    assert says in result.get("msg", "")
    assert not any(things(sdk).values())


def test_a_network_without_port_security(modules: Modules, sdk: openstack.connection.Connection) -> None:
    options = {**PRESENT, "networks": ["open-net"], "volume_size": None}
    modules.fine("trove_instance", options)
    server = next(server for server in sdk.compute.servers() if server.name == NAME)
    assert (server.status, server.security_groups) == ("ACTIVE", None)
    assert not modules.fine("trove_instance", options)["changed"]


@rare
def test_ipv4_on_a_dual_stack_network(modules: Modules, sdk: openstack.connection.Connection) -> None:
    created = modules.fine("trove_instance", {**PRESENT, "networks": ["dual-net"]})
    address = created["hosts"][0]["ansible_host"]
    assert address.startswith("10.213.78.")
    assert [address] == created["instance"]["ip"]
    group = next(group for group in sdk.network.security_groups(name=f"trove-{NAME}"))
    ssh = {(rule["ethertype"], rule["remote_ip_prefix"]) for rule in group.security_group_rules if rule["port_range_min"] == 22}
    assert ssh == {("IPv4", "0.0.0.0/0"), ("IPv6", "::/0")}


@rare
def test_members_that_reach_each_other_by_ipv6(modules: Modules, sdk: openstack.connection.Connection) -> None:
    created = modules.fine("trove_cluster", {**PRESENT, "networks": ["dual-net"], "ip_version": 6, "volume_size": None, "instances": 3})
    addresses = [host["ansible_host"] for host in created["hosts"]]
    assert [address.partition("::")[0] for address in addresses] == ["fd77:213:78"] * 3
    group = next(group for group in sdk.network.security_groups(name=f"trove-{NAME}"))
    opened = {(rule["ethertype"], rule["remote_ip_prefix"]) for rule in group.security_group_rules if rule["port_range_min"] == 3306}
    assert ("IPv6", "fd77:213:78::/64") in opened
    assert ("IPv6", "::/0") not in opened


@rare
def test_a_zone_of_its_own_has_the_volumes_too(modules: Modules, sdk: openstack.connection.Connection) -> None:
    """devcloud's Nova has cross_az_attach=False: no volume of another zone could be attached."""
    options = {**PRESENT, "availability_zone": "second"}
    modules.fine("trove_instance", options)
    assert not modules.fine("trove_instance", options)["changed"]
    modules.fine("trove_instance_task", {"task": "NONE", "force": True})
    copy = f"{NAME}-copy"
    modules.fine("trove_replica", {"source": NAME, "name": copy})
    servers = [server for server in sdk.compute.servers() if server.name in (NAME, copy)]
    volumes = [volume for volume in sdk.block_storage.volumes() if volume.name in (NAME, copy)]
    assert [thing.availability_zone for thing in servers + volumes] == ["second"] * 4
    modules.fine("trove_replica", {"name": copy, "state": "absent"})


@rare
def test_a_grown_member_is_in_the_zone_of_the_others(modules: Modules, sdk: openstack.connection.Connection) -> None:
    modules.fine("trove_cluster", {**PRESENT, "availability_zone": "second", "instances": 3})
    modules.fine("trove_cluster_task", {"task": "NONE", "force": True})
    result = modules.fine("trove_cluster", {"state": "grown", "instances": 4})
    assert [i["server_status"] for i in result["cluster"]["instances"]] == ["ACTIVE"] * 4
    volumes = [volume for volume in sdk.block_storage.volumes() if volume.name.startswith(NAME)]
    servers = [server for server in sdk.compute.servers() if server.name.startswith(NAME)]
    assert [thing.availability_zone for thing in servers + volumes] == ["second"] * 8
    modules.fine("trove_cluster_task", {"task": "NONE", "force": True})


@rare
def test_a_volume_of_another_zone_leaves_nothing(modules: Modules, sdk: openstack.connection.Connection) -> None:
    result = modules.run("trove_instance", {**PRESENT, "availability_zone": "second", "volume_availability_zone": "nova"})
    assert "are not in the same availability_zone" in result.get("msg", "")
    assert "Rolled back: server" in result["msg"]
    assert not any(things(sdk).values())


@rare
def test_boot_from_a_volume_that_goes_with_the_server(modules: Modules, sdk: openstack.connection.Connection) -> None:
    options = {**PRESENT, "flavor": "db.diskless", "root_volume_size": 2}
    modules.fine("trove_instance", options)
    assert not modules.fine("trove_instance", options)["changed"]
    modules.fine("trove_instance_task", {"task": "NONE", "force": True})
    copy = f"{NAME}-copy"
    assert modules.fine("trove_replica", {"source": NAME, "name": copy})["changed"]
    servers = [server for server in sdk.compute.servers() if server.name in (NAME, copy)]
    attached = {volume["id"] for server in servers for volume in server.attached_volumes}
    sizes = sorted(volume.size for volume in sdk.block_storage.volumes() if volume.id in attached)
    assert (len(servers), sizes) == (2, [1, 1, 2, 2])
    modules.fine("trove_replica", {"name": copy, "state": "absent"})
    modules.fine("trove_instance", {"state": "absent"})
    assert not attached & {volume.id for volume in sdk.block_storage.volumes(details=False)}


@pytest.fixture
def colleague(tmp_path: Path, monkeypatch):
    """Another user of the project, with a key of another name: the name of the cloud's entry."""
    admin = openstack.connect(cloud="devcloud-admin")
    member = openstack.connect(cloud="devcloud")
    user = admin.identity.create_user(name=NAME, password="for-a-test", domain_id="default")
    role = admin.identity.find_role("member")
    admin.identity.assign_project_role_to_user(member.current_project_id, user, role)
    auth = {**member.config.config["auth"], "username": NAME, "password": "for-a-test"}
    path = tmp_path / "clouds.yaml"
    entry = {"auth": auth, "region_name": member.config.region_name}
    path.write_text(json.dumps({"clouds": {"colleague": entry, "devcloud": {**entry, "auth": dict(member.config.config["auth"])}}}))
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(path))
    own = openstack.connect(cloud="colleague")
    own.compute.create_keypair(name="colleagues-key")
    yield "colleague"
    own.compute.delete_keypair("colleagues-key")
    admin.identity.delete_user(user)


@pytest.fixture
def image():
    """An image of its own, which can be hidden."""
    admin = openstack.connect(cloud="devcloud-admin")
    properties = {"devcloud_rootfs": "debian-12", "disk_format": "raw", "container_format": "bare", "visibility": "public", "min_disk": 1}
    made = admin.image.create_image(name=NAME, data=b"debian-12", allow_duplicates=True, wait=True, **properties)
    yield admin, made
    admin.image.delete_image(made, ignore_missing=True)


@rare
def test_a_colleague_grows_a_cluster_of_an_image_that_is_not_listed(modules: Modules, colleague: str, image) -> None:
    admin, made = image
    modules.fine("trove_cluster", {**PRESENT, "image": NAME, "volume_size": None, "instances": 3})
    modules.fine("trove_cluster_task", {"task": "NONE", "force": True})
    admin.image.update_image(made, is_hidden=True)
    grown = {"state": "grown", "instances": 4}
    refused = modules.run("trove_cluster", grown, cloud=colleague)
    assert "Key pairs belong to a user, and the one of the living members is none of yours: give key_name." in refused["msg"]
    result = modules.fine("trove_cluster", {**grown, "key_name": "colleagues-key"}, cloud=colleague)
    assert [i["server_status"] for i in result["cluster"]["instances"]] == ["ACTIVE"] * 4
    modules.fine("trove_cluster_task", {"task": "NONE", "force": True})
    modules.fine("trove_cluster", {"state": "shrunk", "members": [f"{NAME}-4"], "force": True})
    admin.image.deactivate_image(made)
    refused = modules.run("trove_cluster", {**grown, "key_name": "colleagues-key", "clear_task": True}, cloud=colleague)
    assert "this one is deactivated: give image=" in refused["msg"]
    modules.fine("trove_cluster", {**grown, "key_name": "colleagues-key", "image": "debian-12", "clear_task": True}, cloud=colleague)
