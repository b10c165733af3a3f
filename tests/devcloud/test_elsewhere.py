"""What other clouds have: both versions of IP, floating addresses, disks of virtio-scsi, servers that boot from a volume."""
from __future__ import annotations

import subprocess

import openstack
import pytest
from conftest import Server, memory_mb, reaches, until

PORT = 4567
APPLIES_WITHIN = 30   # s; on a busy machine


@pytest.fixture(scope="module")
def dual(cloud, make, ssh_only):
    """Two servers on the network of both versions, which listen on a port that no rule opens; and their IPv6 addresses."""
    network = cloud.network.find_network("dual-net").id
    servers = [make.server(groups=[ssh_only], networks=[{"uuid": network}]) for _ in range(2)]
    for server in servers:
        server.network = "dual-net"
        server.wait().wait_for_ssh()
        server.ssh(f"sudo systemd-run --collect python3 -m http.server --bind :: {PORT}")
        until(lambda listening=server: str(PORT) in listening.ssh("ss -ltnH"), "listening")
    return servers


def address(server, version):
    return next(one["addr"] for one in server.now.addresses["dual-net"] if one["version"] == version)


def guest_reaches(server, target):
    probe = f"timeout 3 bash -c 'echo > /dev/tcp/{target}/{PORT}'"
    return subprocess.run(Server._ssh(server.address, probe), capture_output=True).returncode == 0


def test_a_server_has_both_versions_at_once(dual):
    one, other = dual
    for server in dual:
        seen = server.ssh("ip -br -6 addr show eth0 scope global")
        assert address(server, 6) in seen
        assert address(server, 4) in server.ssh("ip -br -4 addr show eth0")
        assert "tentative" not in server.ssh("ip -6 addr show eth0")
    assert other.ssh("hostname") != one.ssh("hostname")


def test_rules_are_for_the_version_that_they_name(cloud, make, dual, ssh_only):
    one, other = dual
    assert not reaches(address(one, 6), PORT)
    assert not guest_reaches(other, address(one, 6))
    rule = make.rule(ssh_only, "tcp", PORT, version=6)
    until(lambda: reaches(address(one, 6), PORT, 2), "open", APPLIES_WITHIN)
    assert guest_reaches(other, address(one, 6))
    assert not reaches(address(one, 4), PORT)
    cloud.network.delete_security_group_rule(rule)
    until(lambda: not reaches(address(one, 6), PORT, 2), "closed again", APPLIES_WITHIN)


def test_a_remote_group_lets_in_the_ipv6_addresses_of_its_members_only(cloud, make, dual, ssh_only):
    one, other = dual
    members = make.group()
    rule = make.rule(ssh_only, "tcp", PORT, members, version=6)
    assert not guest_reaches(other, address(one, 6))
    cloud.compute.add_security_group_to_server(other.id, members)
    until(lambda: guest_reaches(other, address(one, 6)), "open for the member", APPLIES_WITHIN)
    assert not reaches(address(one, 6), PORT)
    cloud.compute.remove_security_group_from_server(other.id, members)
    cloud.network.delete_security_group_rule(rule)


def test_a_guest_can_not_use_another_ipv6_address(cloud, make, dual, ssh_only):
    one, other = dual
    rule = make.rule(ssh_only, "tcp", PORT, version=6)
    until(lambda: guest_reaches(one, address(other, 6)), "open", APPLIES_WITHIN)
    stolen = address(other, 6).rsplit(":", 1)[0] + ":9"
    one.ssh(f"sudo ip -6 addr add {stolen}/64 dev eth0 nodad")
    connect = f"import socket; socket.create_connection((\"{address(other, 6)}\", {PORT}), 1, (\"{stolen}\", 0))"
    assert subprocess.run(Server._ssh(one.address, f"python3 -c '{connect}'"), capture_output=True).returncode != 0
    one.ssh(f"sudo ip -6 addr del {stolen}/64 dev eth0")
    cloud.network.delete_security_group_rule(rule)


def test_a_server_without_ipv6_has_not_even_a_link_local_address(server):
    assert server.ssh("ip -6 addr show eth0") == ""


def test_a_floating_address_leads_to_the_server_while_it_is_there(cloud, make, server):
    outside = cloud.network.find_network("outside")
    floating = cloud.network.create_ip(floating_network_id=outside.id)
    make.later(cloud.network.delete_ip, floating.id, ignore_missing=True)
    target = floating.floating_ip_address
    assert not reaches(target, 22)
    port, = cloud.network.ports(device_id=server.id)
    cloud.network.update_ip(floating, port_id=port.id)
    until(lambda: Server.answers_at(target), "reached by the floating address", APPLIES_WITHIN)
    assert not reaches(target, PORT)   # the security group is asked there, too
    kinds = {one["OS-EXT-IPS:type"]: one["addr"] for one in server.now.addresses["db-net"]}
    assert kinds == {"fixed": port.fixed_ips[0]["ip_address"], "floating": target}
    cloud.network.update_ip(floating, port_id=None)
    until(lambda: not reaches(target, 22, 2), "gone", APPLIES_WITHIN)


def test_disks_of_virtio_scsi(cloud, make, ssh_only):
    given, later = make.volume(), make.volume()
    server = make.server(image="debian-12-scsi", groups=[ssh_only], volumes=[given]).wait().wait_for_ssh()
    server.attach(later)
    for volume, name in ((given, "sdb"), (later, "sdc")):
        assert server.ssh(f"readlink -f /dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_{volume.id[:20]}") == f"/dev/{name}"
        assert cloud.block_storage.get_volume(volume.id).attachments[0]["device"] == f"/dev/{name}"
    assert server.ssh("ls /dev/disk/by-id | grep -c virtio || true") == "0"
    cloud.compute.reboot_server(server.id, "HARD")
    server.wait().wait_for_ssh()
    assert server.ssh(f"readlink -f /dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_{given.id[:20]}") == "/dev/sdb"


@pytest.mark.parametrize("goes", [True, False])
def test_boot_from_a_volume(cloud, make, ssh_only, goes):
    data = make.volume()
    server = make.server(flavor="db.diskless", groups=[ssh_only], volumes=[data], root_volume=(2, goes)).wait(timeout=120).wait_for_ssh()
    assert server.ssh(f"readlink -f /dev/disk/by-id/virtio-{data.id[:20]}") == "/dev/vdb"
    root = next(one["id"] for one in server.now.attached_volumes if one["id"] != data.id)
    volume = cloud.block_storage.get_volume(root)
    assert (volume.size, volume.is_bootable, volume.attachments[0]["device"]) == (2, True, "/dev/vda")
    server.ssh("touch kept")
    cloud.compute.resize_server(server.id, cloud.compute.find_flavor("db.medium").id)
    server.wait("VERIFY_RESIZE").wait_for_ssh()
    cloud.compute.confirm_server_resize(server.id)
    server.wait()
    server.ssh("test -e kept")
    assert memory_mb(server) == 2048
    server.delete()
    until(lambda: root not in {one.id for one in cloud.block_storage.volumes()} if goes else cloud.block_storage.get_volume(root).status == "available",
          "the root volume as it was asked for")
    if not goes:
        cloud.block_storage.delete_volume(root)


def test_a_volume_is_attached_in_its_own_zone_only(cloud, make, ssh_only):
    here, there = make.volume(), make.volume(availability_zone="second")
    assert [volume.availability_zone for volume in (here, there)] == ["nova", "second"]
    default, led = make.server(groups=[ssh_only]), make.server(groups=[ssh_only], volumes=[there])   # Nova goes where the volume is
    assert [server.wait().now.availability_zone for server in (default, led)] == ["nova", "second"]
    with pytest.raises(openstack.exceptions.BadRequestException, match="not in the same availability_zone"):
        led.attach(here)
    led.wait_for_ssh()
    assert led.ssh(f"readlink -f /dev/disk/by-id/virtio-{there.id[:20]}") == "/dev/vdb"
