"""Neutron's rules in nft's words. Needs no cloud; nft itself checks the script."""
from __future__ import annotations

import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "devcloud" / "drivers"))
from devcloud_drivers import firewall  # noqa: E402

GROUP, OTHER = "0a9c7a1e-0000-4000-8000-000000000001", "0a9c7a1e-0000-4000-8000-000000000002"


def rule(direction="ingress", protocol=None, low=None, high=None, prefix=None, remote=None, ethertype="IPv4"):
    return {"security_group_id": GROUP, "direction": direction, "ethertype": ethertype, "protocol": protocol, "port_range_min": low,
            "port_range_max": high, "remote_ip_prefix": prefix, "remote_group_id": remote}


def port(number, groups=(GROUP,), secured=True, pairs=()):
    return {"id": f"{number:08x}-0000-4000-8000-000000000000", "mac_address": f"fa:16:3e:00:00:{number:02x}", "port_security_enabled": secured,
            "fixed_ips": [{"ip_address": f"10.9.0.{number}"}], "security_groups": list(groups),
            "allowed_address_pairs": [{"ip_address": pair} for pair in pairs]}


@pytest.mark.parametrize(("given", "expected"), [
    (rule(), "meta nfproto ipv4 accept"),
    (rule(protocol="tcp", low=22, high=22, prefix="0.0.0.0/0"), "meta nfproto ipv4 tcp dport 22 accept"),
    (rule(protocol="udp", low=5, high=7, prefix="10.0.0.0/8"), "udp dport 5-7 ip saddr 10.0.0.0/8 accept"),
    (rule(protocol="tcp", remote=OTHER), f"meta l4proto tcp ip saddr @group_{OTHER} accept"),
    (rule(protocol="icmp", low=8, high=0), "meta nfproto ipv4 icmp type 8 icmp code 0 accept"),
    (rule(protocol="icmp"), "meta nfproto ipv4 meta l4proto icmp accept"),
    (rule(protocol="6", low=1, high=2), "meta nfproto ipv4 tcp dport 1-2 accept"),
    (rule(protocol="112"), "meta nfproto ipv4 meta l4proto 112 accept"),
    (rule("egress", protocol="tcp", low=80, high=80, prefix="10.1.0.0/16"), "tcp dport 80 ip daddr 10.1.0.0/16 goto arrive"),
    (rule(ethertype="IPv6"), "meta nfproto ipv6 accept"),
    (rule(ethertype="IPv6", protocol="tcp", low=22, high=22, prefix="::/0"), "meta nfproto ipv6 tcp dport 22 accept"),
    (rule(ethertype="IPv6", protocol="tcp", low=22, high=22, prefix="fd00::/8"), "tcp dport 22 ip6 saddr fd00::/8 accept"),
    (rule(ethertype="IPv6", remote=OTHER), f"ip6 saddr @group_{OTHER}_6 accept"),
    (rule(ethertype="IPv6", protocol="icmpv6"), "meta nfproto ipv6 meta l4proto ipv6-icmp accept"),
])
def test_rule(given, expected):
    assert firewall.rule_match(given) == expected


def test_script_is_one_that_nft_takes():
    both = port(5)
    both["fixed_ips"].append({"ip_address": "fd00::5"})
    ports = [both, port(1), port(2, [GROUP, OTHER], pairs=["10.9.0.99", "10.9.1.0/24"]), port(3, [OTHER], pairs=["10.9.0.99/32"]), port(4, [], secured=False)]
    rules = [rule("egress"), rule(protocol="tcp", low=22, high=22), rule(remote=OTHER), rule(protocol="icmp", low=8), rule(protocol="sctp", low=1, high=9)]
    rules += [rule(ethertype="IPv6", remote=OTHER), rule("egress", ethertype="IPv6"), rule(ethertype="IPv6", protocol="ipv6-icmp", low=128)]
    floating = [{"floating_ip_address": "10.8.0.1", "fixed_ip_address": "10.9.0.1"}]
    for script in (firewall.ruleset(ports, rules, floating), firewall.ruleset([], [])):
        done = subprocess.run(["nft", "--check", "--file", "-"], input=script, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


def test_port_without_a_group_lets_nothing_in():
    script = firewall.ruleset([port(1, [])], [])
    assert "port_00000001-0000-4000-8000-000000000000_ingress {\n        drop\n" in script
