"""A cluster's member on another flavor: a strict anti-affinity group of three has room on the fourth compute, and nothing of the server is lost."""
from __future__ import annotations

import openstack
import pytest
from conftest import NETWORK, memory_mb, until

ROOM = 4   # computes in the default zone


@pytest.fixture(scope="module")
def members(cloud, make, ssh_only):
    """Three servers on three computes, the first one with a volume of XFS."""
    group = cloud.compute.create_server_group(name=make.name(), policy="anti-affinity")
    make.later(cloud.compute.delete_server_group, group.id)
    volume = make.volume()
    device = f"/dev/disk/by-id/virtio-{volume.id[:20]}"
    servers = [make.server(groups=[ssh_only], volumes=[volume] if first else [], server_group=group) for first in (True, False, False)]
    for server in servers:
        server.wait().wait_for_ssh()
    first = servers[0]
    first.ssh(f"sudo mkfs.xfs -q {device} && sudo mkdir /data")
    first.ssh(f"echo '{device} /data xfs defaults 0 0' | sudo tee -a /etc/fstab && sudo mount /data")
    first.put("/data/kept", "on the volume")
    first.put("/etc/kept", "on the root")
    return servers


def hosts(servers):
    return {server.now.host_id for server in servers}


@pytest.mark.parametrize(("end", "flavor", "megabytes", "processors"), [
    ("revert", "db.small", 1024, 1), ("confirm", "db.medium", 2048, 2), ("confirm", "db.tiny", 512, 1)])
def test_a_member_is_resized_and_loses_nothing(cloud, members, end, flavor, megabytes, processors):
    member, others = members[0], members[1:]
    elsewhere, before = hosts(others), member.now.host_id
    address, boot = member.address, member.boot_id()
    asked = flavor if end == "confirm" else "db.large"
    cloud.compute.resize_server(member.id, cloud.compute.find_flavor(asked).id)
    member.wait("VERIFY_RESIZE").wait_for_ssh()
    assert member.now.flavor.name == asked
    assert member.now.host_id not in elsewhere | {before}
    assert memory_mb(member) == cloud.compute.find_flavor(asked).ram
    if end == "revert":
        cloud.compute.revert_server_resize(member.id)
    else:
        cloud.compute.confirm_server_resize(member.id)
    member.wait().wait_for_ssh()
    assert (member.now.host_id == before) == (end == "revert")
    assert member.now.flavor.name == flavor
    assert (memory_mb(member), int(member.ssh("nproc"))) == (megabytes, processors)
    assert member.address == address
    assert member.boot_id() != boot
    until(lambda: member.ssh("cat /data/kept; cat /etc/kept; true").splitlines() == ["on the volume", "on the root"], "content kept")
    assert len(hosts(members)) == 3


def test_a_group_as_wide_as_the_cloud_has_no_room_and_nova_says_so_in_its_events_only(cloud, make, ssh_only):
    group = cloud.compute.create_server_group(name=make.name(), policy="anti-affinity")
    make.later(cloud.compute.delete_server_group, group.id)
    servers = [make.server(groups=[ssh_only], server_group=group).wait() for _ in range(ROOM)]
    stays(cloud, servers[0], cloud.compute.find_flavor("db.medium").id)
    one_more = make.server(server_group=group)
    until(lambda: one_more.now.status == "ERROR", "without a host")
    assert "No valid host" in one_more.now.fault["message"]


def test_a_smaller_root_disk_is_refused(cloud, make, server):
    admin = openstack.connect(cloud="devcloud-admin")
    flavor = admin.compute.create_flavor(name=make.name(), vcpus=1, ram=512, disk=1)
    make.later(admin.compute.delete_flavor, flavor.id)
    with pytest.raises(openstack.exceptions.BadRequestException, match="Flavor's disk is smaller"):
        cloud.compute.resize_server(server.id, flavor.id)


def stays(cloud, server, flavor):
    """Nova accepts the resize, and the server stays as it was: who asks has to compare the flavor."""
    before = server.now
    cloud.compute.resize_server(server.id, flavor)
    until(lambda: [action for action in cloud.compute.server_actions(server.id) if action.action == "resize"], "tried")
    server.wait()
    assert (server.now.flavor.name, server.now.host_id) == (before.flavor.name, before.host_id)


def test_addresses_are_neutrons_after_all(cloud, members):
    for member in members:
        port, = cloud.network.ports(device_id=member.id)
        assert [ip["ip_address"] for ip in port.fixed_ips] == [ip["addr"] for ip in member.now.addresses[NETWORK]]
