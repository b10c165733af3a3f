# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sources of a firewall, its rules as text, and what a listing of nft says. What real nftables makes of it: tests/firewall."""

from __future__ import annotations

import copy
from ipaddress import ip_network

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model import firewall
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput

NETWORKS = {
    "10.0.0.5": "10.0.0.5/32", " 10.0.0.0/8\n": "10.0.0.0/8", "10.0.0.0/255.0.0.0": "10.0.0.0/8", "0.0.0.0/0": "0.0.0.0/0", "::/0": "::/0", "::1": "::1/128",
    "2001:DB8::15": "2001:db8::15/128", "2001:db8::/32": "2001:db8::/32", "::ffff:10.0.0.1": "10.0.0.1/32", "::ffff:10.0.0.0/104": "10.0.0.0/8",
}  # fmt: skip
NAMES = ["app", "app-1.example.org", "app.example.org.", "_x.example", "1and1.example", "xn--bcher-kva.example", "a" * 63]
WRONG = [
    "", " ", "a b", "10.0.0.1 10.0.0.2", "10.0.0.1, 10.0.0.2", "10.0.0.256", "10.0.0", "10", "1", "0x0a000001", "10.1", "10.0.0.0/33", "10.0.0.0/-1",
    "10.0.0.0/", "/8", "2001:db8::/129", "2001:db8:::1", ":", "fe80::1%eth0", "app/24", "-a", "a-", "a..b", ".", "bücher.example", "a" * 64, "a." * 127 + "aa",
    "a;drop", "$(x)", "a}", "0.0.0.0", "::", "224.0.0.1", "ff02::1", "http://a", "user@host", "[::1]", "１.1.1.1", "'a'", "None!",
]  # fmt: skip


@pytest.mark.parametrize("given", NETWORKS)
def test_an_address_or_a_network(given: str) -> None:
    assert str(firewall.source("x", given)) == NETWORKS[given]


@pytest.mark.parametrize("given", NAMES)
def test_a_name_stays_a_name(given: str) -> None:
    assert firewall.source("x", given) == given


@pytest.mark.parametrize("given", WRONG)
def test_what_is_neither_is_refused_and_the_option_named(given: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        firewall.source("galera_firewall_clients[2]", given)
    assert caught.value.message.startswith(f"galera_firewall_clients[2]: {given!r} was given; allowed: an IPv4 or IPv6 address, a network (CIDR)")


@pytest.mark.parametrize(("given", "network"), [("10.0.0.5/8", "10.0.0.0/8"), ("2001:db8::15/64", "2001:db8::/64"), ("10.0.0.5/24", "10.0.0.0/24")])
def test_host_bits_are_refused_with_both_ways_out(given: str, network: str) -> None:
    with pytest.raises(InvalidInput, match=f"^x: '{given}' was given; allowed: {network}, or {given.partition('/')[0]} alone"):
        firewall.source("x", given)


def group(*sources: str, protocol: str = "tcp", first: int = 3306, last: int = 3306) -> firewall.Ports:
    return firewall.Ports(protocol, first, last, tuple(ip_network(one) for one in sources))


GROUPS = [
    group("10.0.0.1", "10.0.0.2", "2001:db8::1", "10.0.0.0/30", "192.168.0.0/16"),
    group("10.0.0.1", first=4567, last=4568),
    group(protocol="udp", first=4567, last=4567),
]


def test_the_script_replaces_the_table_in_one_transaction() -> None:
    text = firewall.render("galera", GROUPS)
    assert text.partition("\n")[2] == """\
table inet stackdb_trove_galera {
}
delete table inet stackdb_trove_galera
table inet stackdb_trove_galera {
  chain input {
    type filter hook input priority filter; policy accept;
    iifname lo accept
    ct direction reply accept
    ip saddr { 10.0.0.0/30, 192.168.0.0/16 } tcp dport 3306 accept
    ip6 saddr { 2001:db8::1/128 } tcp dport 3306 accept
    tcp dport 3306 drop
    ip saddr { 10.0.0.1/32 } tcp dport 4567-4568 accept
    tcp dport 4567-4568 drop
    udp dport 4567 drop
  }
}
"""


def saddr(protocol: str, right: object) -> dict:
    return {"match": {"op": "==", "left": {"payload": {"protocol": protocol, "field": "saddr"}}, "right": right}}


def dport(protocol: str, right: object) -> dict:
    return {"match": {"op": "==", "left": {"payload": {"protocol": protocol, "field": "dport"}}, "right": right}}


def listing(*rules: list) -> dict:
    """As nft 1.0.6 and 1.1.3 write it."""
    constant = [
        [{"match": {"op": "==", "left": {"meta": {"key": "iifname"}}, "right": "lo"}}, {"accept": None}],
        [{"match": {"op": "==", "left": {"ct": {"key": "direction"}}, "right": "reply"}}, {"accept": None}],
    ]
    return {"nftables": [
        {"metainfo": {"version": "1.0.6", "json_schema_version": 1}},
        {"table": {"family": "inet", "name": "stackdb_trove_galera", "handle": 1}},
        {"chain": {"family": "inet", "table": "x", "name": "input", "handle": 1, "type": "filter", "hook": "input", "prio": 0, "policy": "accept"}},
        *({"rule": {"family": "inet", "table": "x", "chain": "input", "handle": n, "expr": rule}} for n, rule in enumerate([*constant, *rules], 2)),
    ]}  # fmt: skip


LIVE = listing(
    [saddr("ip", {"set": [{"prefix": {"addr": "192.168.0.0", "len": 16}}, {"range": ["10.0.0.0", "10.0.0.3"]}]}), dport("tcp", 3306), {"accept": None}],
    [saddr("ip6", "2001:db8::1"), dport("tcp", 3306), {"accept": None}],
    [dport("tcp", 3306), {"drop": None}],
    [saddr("ip", {"set": ["10.0.0.1"]}), dport("tcp", {"range": [4567, 4568]}), {"accept": None}],
    [dport("tcp", {"range": [4567, 4568]}), {"drop": None}],
    [dport("udp", 4567), {"drop": None}],
)


def test_a_listing_in_other_words_is_the_same() -> None:
    assert firewall.listed(LIVE) == firewall.wanted(GROUPS)


@pytest.mark.parametrize("number", range(len(GROUPS)))
def test_another_group_is_another_table(number: int) -> None:
    for other in (group("10.0.0.1"), group("10.0.0.0/30", "192.168.0.0/16", "2001:db8::2"), group("10.0.0.1", first=4567, last=4569), group(protocol="udp")):
        assert firewall.wanted([*GROUPS[:number], other, *GROUPS[number + 1 :]]) != firewall.listed(LIVE)


def changed(path: tuple, value: object) -> dict:
    live = copy.deepcopy(LIVE)
    place = live["nftables"]
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return live


@pytest.mark.parametrize("live", [
    changed((1, "table", "flags"), ["dormant"]),
    changed((2, "chain", "policy"), "drop"),
    changed((2, "chain", "prio"), 10),
    changed((2, "chain", "hook"), "forward"),
    changed((2, "chain", "name"), "other"),
    changed((5, "rule", "expr", 2), {"drop": None}),
    changed((5, "rule", "expr", 0, "match", "op"), "!="),
    changed((5, "rule", "expr", 1, "match", "left", "payload", "field"), "sport"),
    changed((7, "rule", "expr", 1), {"accept": None}),
    changed((7, "rule", "expr", 1), {"jump": {"target": "x"}}),
    changed((3, "rule", "expr", 0, "match", "right"), "eth0"),
    changed((3, "rule", "expr"), [{"accept": None}]),
    {"nftables": [*LIVE["nftables"], {"chain": {"name": "more"}}]},
    {"nftables": [*LIVE["nftables"], {"set": {"name": "more"}}]},
    {"nftables": LIVE["nftables"][:-1]},
    {"nftables": LIVE["nftables"][:3]},
    {"nftables": LIVE["nftables"][:2]},
    {"nftables": []},
])  # fmt: skip
def test_a_table_that_somebody_else_has_changed_is_another_one(live: dict) -> None:
    assert firewall.listed(live) != firewall.wanted(GROUPS)
