"""Ports, and the security groups between them."""
from __future__ import annotations

import subprocess

import pytest
from conftest import NETWORK, Server, reaches, until

PORT = 4567
APPLIES_WITHIN = 30   # s; on a busy machine


@pytest.fixture(scope="module")
def pair(make, ssh_only):
    """Two servers that listen on a port which no rule opens."""
    servers = [make.server(groups=[ssh_only]) for _ in range(2)]
    for one in servers:
        one.wait().wait_for_ssh()
        one.ssh(f"sudo systemd-run --collect python3 -m http.server {PORT}")
        until(lambda listening=one: str(PORT) in listening.ssh("ss -ltnH"), "listening")
    return servers


def guest_reaches(server, address):
    probe = f"timeout 3 bash -c 'echo > /dev/tcp/{address}/{PORT}'"
    return subprocess.run(Server._ssh(server.address, probe), capture_output=True).returncode == 0


def test_ingress_is_denied_until_a_rule_allows_it(cloud, make, pair, ssh_only):
    address = pair[0].address
    assert reaches(address, 22)
    assert not reaches(address, PORT)
    rule = make.rule(ssh_only, "tcp", PORT)
    until(lambda: reaches(address, PORT, 2), "open", APPLIES_WITHIN)
    cloud.network.delete_security_group_rule(rule)
    until(lambda: not reaches(address, PORT, 2), "closed again", APPLIES_WITHIN)


def test_remote_group_lets_in_its_members_only(cloud, make, pair, ssh_only):
    one, other = pair
    members = make.group()
    rule = make.rule(ssh_only, "tcp", PORT, members)
    assert not guest_reaches(other, one.address)
    cloud.compute.add_security_group_to_server(other.id, members)
    until(lambda: guest_reaches(other, one.address), "open for the member", APPLIES_WITHIN)
    assert not reaches(one.address, PORT)
    cloud.compute.remove_security_group_from_server(other.id, members)
    until(lambda: not guest_reaches(other, one.address), "closed for one who left", APPLIES_WITHIN)
    cloud.network.delete_security_group_rule(rule)


def test_egress_rules(cloud, make, pair):
    one, other = pair
    silent, listening = make.group(("tcp", 22)), make.group(("tcp", PORT))
    cloud.compute.add_security_group_to_server(other.id, listening)
    until(lambda: guest_reaches(one, other.address), "open", APPLIES_WITHIN)
    for rule in cloud.network.security_group_rules(security_group_id=silent.id, direction="egress"):
        cloud.network.delete_security_group_rule(rule)
    port = next(cloud.network.ports(device_id=one.id))
    before = port.security_group_ids
    cloud.network.update_port(port, security_group_ids=[silent.id])
    until(lambda: not guest_reaches(one, other.address), "no way out", APPLIES_WITHIN)
    cloud.network.update_port(port, security_group_ids=before)
    cloud.compute.remove_security_group_from_server(other.id, listening)
    cloud.network.delete_security_group(silent)


def test_guest_can_not_use_another_address(pair):
    one, other = pair
    stolen = other.address.rsplit(".", 1)[0] + ".9"
    one.ssh(f"sudo ip addr add {stolen}/32 dev eth0")
    done = subprocess.run(Server._ssh(one.address, f"timeout 2 curl -s --interface {stolen} http://{other.address}:22 || timeout 1 python3 -c "
                          f"'import socket; socket.create_connection((\"{other.address}\", 22), 1, (\"{stolen}\", 0))'"), capture_output=True, text=True)
    one.ssh(f"sudo ip addr del {stolen}/32 dev eth0")
    assert done.returncode != 0


def test_port_without_security_is_open(cloud, make):
    network = cloud.network.find_network(NETWORK)
    port = cloud.network.create_port(name=make.name(), network_id=network.id, is_port_security_enabled=False, security_group_ids=[])
    make.later(cloud.network.delete_port, port, ignore_missing=True)
    server = make.server(networks=[{"port": port.id}]).wait().wait_for_ssh()
    assert reaches(server.address, PORT)


def test_interface_comes_and_goes(cloud, server):
    network = cloud.network.find_network(NETWORK)
    second = cloud.compute.create_server_interface(server.id, net_id=network.id)
    address = second.fixed_ips[0]["ip_address"]
    until(lambda: address in server.ssh("ip -br addr show eth1; true"), "eth1 with its address")
    assert f"tap{second.port_id[:11]}" in subprocess.run(["ip", "-o", "link"], capture_output=True, text=True, check=True).stdout
    cloud.compute.delete_server_interface(second.port_id, server=server.id)
    until(lambda: "eth1" not in server.ssh("ip -br link"), "gone")


def test_mtu_and_mac_are_neutrons(cloud, server):
    port = next(cloud.network.ports(device_id=server.id, fixed_ips=f"ip_address={server.address}"))
    assert server.ssh("cat /sys/class/net/eth0/address") == port.mac_address
    assert server.ssh("cat /sys/class/net/eth0/mtu") == str(cloud.network.find_network(NETWORK).mtu)
