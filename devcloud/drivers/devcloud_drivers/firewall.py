"""Security groups as nftables rules: Neutron's ports and rules in, one script for ``nft -f`` out. Nothing here does anything.

Bridged packets pass the inet hooks (br_netfilter), where they can be told by address and have a connection state; the bridge family sees to it
that a guest uses no address but its own. Packets between the machine itself and a guest pass the input and output hooks, and the same rules.
"""
from __future__ import annotations

from . import state
from .guests.network import bridge_prefix

ANY = ("0.0.0.0/0", "::/0", None)
KEYWORD = {4: "ip", 6: "ip6"}


def tables() -> tuple[str, str, str]:
    """The tables of this cloud: security groups, anti-spoofing, NAT."""
    return tuple(f"{family} devcloud_{state.mark()}" for family in ("inet", "bridge", "ip"))


def ruleset(ports: list[dict], rules: list[dict], floating: list[dict] = ()) -> str:
    """The whole firewall as an nft script that replaces the one before at once. This machine is every network's router, so it has the floating addresses.

    ports and rules are dicts as Neutron's API shows them (security-group-rule: direction, ethertype, protocol, port_range_min, port_range_max,
    remote_ip_prefix, remote_group_id).
    """
    groups = sorted({rule["security_group_id"] for rule in rules} | {rule["remote_group_id"] for rule in rules if rule["remote_group_id"]}
                    | {group for port in ports for group in port["security_groups"]})
    guarded = [port for port in ports if is_guarded(port)]
    inet, bridge, ip = tables()
    return "\n".join([
        *(f"table {table}\ndelete table {table}" for table in (inet, bridge, ip)),
        f"table {inet} {{",
        *(_collection("set", _group_set(group, version), f"ipv{version}_addr", _members(group, ports, version)) for group in groups for version in KEYWORD),
        *_group_chains(groups, rules),
        *(_port_chains(port) for port in guarded),
        *(_collection("map", f"{name}{version}", f"ipv{version}_addr : verdict", _verdicts(ports, version, direction, unguarded))
          for name, direction, unguarded in (("from_guest", "egress", "goto arrive"), ("to_guest", "ingress", "accept")) for version in KEYWORD),
        _hooks(HOOKS),
        "}",
        f"table {bridge} {{",
        *(_collection("set", f"guests{version}", f"ifname . ether_addr . ipv{version}_addr", _senders(guarded, version)) for version in KEYWORD),
        _collection("set", "guarded", "ifname", [f'"{tap(port)}"' for port in guarded]),
        _hooks(ANTI_SPOOFING),
        "}",
        f"table {ip} {{",
        _collection("map", "floating", "ipv4_addr : ipv4_addr", [f"{one['floating_ip_address']} : {one['fixed_ip_address']}" for one in floating]),
        _hooks(NAT),
        "}\n",
    ])


def _hooks(template: str) -> str:
    """Name the bridges in the chains that the kernel calls."""
    return template.replace("BRIDGES", f'"{bridge_prefix()}*"').replace("NEIGHBOURS", NEIGHBOURS)


# neighbours are found by these: IPv6 has no ARP beside it
NEIGHBOURS = "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit, nd-router-advert }"
HOOKS = """
    chain arrive {
        oifname BRIDGES NEIGHBOURS accept
        oifname BRIDGES ip daddr vmap @to_guest4
        oifname BRIDGES ip6 daddr vmap @to_guest6
        oifname BRIDGES drop
        accept
    }
    chain forward {
        type filter hook forward priority filter; policy accept;
        iifname != BRIDGES oifname != BRIDGES accept
        ct state established,related accept
        iifname BRIDGES oifname BRIDGES NEIGHBOURS accept
        iifname BRIDGES ip saddr vmap @from_guest4
        iifname BRIDGES ip6 saddr vmap @from_guest6
        goto arrive
    }
    chain input {
        type filter hook input priority filter; policy accept;
        iifname BRIDGES NEIGHBOURS accept
        iifname BRIDGES ct state != { established, related } ip saddr vmap @from_guest4
        iifname BRIDGES ct state != { established, related } ip6 saddr vmap @from_guest6
    }
    chain output {
        type filter hook output priority filter; policy accept;
        oifname BRIDGES ct state != { established, related } goto arrive
    }"""

ANTI_SPOOFING = """
    chain prerouting {
        type filter hook prerouting priority -300; policy accept;
        iifname != @guarded accept
        ether type ip iifname . ether saddr . ip saddr @guests4 accept
        ether type arp iifname . ether saddr . arp saddr ip @guests4 accept
        ether type ip6 iifname . ether saddr . ip6 saddr @guests6 accept
        ether type ip6 ip6 saddr { ::, fe80::/10 } NEIGHBOURS accept
        drop
    }"""

NAT = """
    chain prerouting {
        type nat hook prerouting priority dstnat; policy accept;
        dnat to ip daddr map @floating
    }
    chain output {
        type nat hook output priority -100; policy accept;
        dnat to ip daddr map @floating
    }
    chain postrouting {
        type nat hook postrouting priority srcnat; policy accept;
        iifname BRIDGES oifname != BRIDGES masquerade
    }"""


def is_guarded(port: dict) -> bool:
    return port.get("port_security_enabled", True)


def tap(port: dict) -> str:
    return f"tap{port['id'][:11]}"


def identities(port: dict, version: int = 4) -> list[tuple[str, str]]:
    """(MAC, address of that version of IP) pairs that a port may use: its own, and the allowed pairs that are one address."""
    pairs = [(port["mac_address"], ip["ip_address"]) for ip in port["fixed_ips"]]
    pairs += [(pair.get("mac_address") or port["mac_address"], pair["ip_address"].removesuffix("/32").removesuffix("/128"))
              for pair in port.get("allowed_address_pairs") or []]
    return [(mac.lower(), ip) for mac, ip in pairs if (":" in ip) == (version == 6) and "/" not in ip]


def _senders(ports: list[dict], version: int) -> list[str]:
    return [f'"{tap(port)}" . {mac} . {ip}' for port in ports for mac, ip in identities(port, version)]


def _verdicts(ports: list[dict], version: int, guarded: str, unguarded: str) -> list[str]:
    """Elements of a verdict map. An address that several ports share, as a virtual one, goes by the first one's rules."""
    verdicts = {}
    for port in ports:
        for _mac, ip in identities(port, version):
            verdicts.setdefault(ip, f"jump port_{port['id']}_{guarded}" if is_guarded(port) else unguarded)
    return [f"{ip} : {verdict}" for ip, verdict in verdicts.items()]


def _members(group: str, ports: list[dict], version: int) -> list[str]:
    return [ip for port in ports if group in port["security_groups"] for _mac, ip in identities(port, version)]


def _group_set(group: str, version: int) -> str:
    return f"group_{group}" + ("_6" if version == 6 else "")


def _group_chains(groups: list[str], rules: list[dict]) -> list[str]:
    """Two chains for each group: what it lets in, what it lets out. They end undecided."""
    chains = []
    for group in groups:
        for direction in ("ingress", "egress"):
            own = [rule for rule in rules if rule["security_group_id"] == group and rule["direction"] == direction]
            chains.append(_chain(f"group_{group}_{direction}", [match for match in map(rule_match, own) if match]))
    return chains


def _port_chains(port: dict) -> str:
    """What none of a port's groups lets through is dropped."""
    return "\n".join(
        _chain(f"port_{port['id']}_{direction}", [f"jump group_{group}_{direction}" for group in port["security_groups"]] + ["drop"])
        for direction in ("ingress", "egress"))


def rule_match(rule: dict) -> str | None:
    """One of Neutron's rules in nft's words; None for one that this firewall does not know."""
    if rule.get("remote_address_group_id"):
        return None
    version = 6 if rule["ethertype"] == "IPv6" else 4
    verdict, remote = ("accept", "saddr") if rule["direction"] == "ingress" else ("goto arrive", "daddr")
    words = [_protocol(rule, version)]
    if rule["remote_group_id"]:
        words.append(f"{KEYWORD[version]} {remote} @{_group_set(rule['remote_group_id'], version)}")
    elif rule["remote_ip_prefix"] not in ANY:
        words.append(f"{KEYWORD[version]} {remote} {rule['remote_ip_prefix']}")
    else:
        words.insert(0, f"meta nfproto ipv{version}")
    return " ".join([word for word in words if word] + [verdict])


def _protocol(rule: dict, version: int) -> str:
    protocol, low, high = rule["protocol"], rule["port_range_min"], rule["port_range_max"]
    icmp = {4: "icmp", 6: "icmpv6"}[version]
    if protocol in (None, "any", "0"):
        return ""
    if protocol in ("icmp", "1", "icmpv6", "ipv6-icmp", "58"):
        matches = [f"{icmp} {name} {value}" for name, value in (("type", low), ("code", high)) if value is not None]
        return " ".join(matches) or f"meta l4proto {'ipv6-icmp' if version == 6 else 'icmp'}"
    if low is None:
        return f"meta l4proto {protocol}"
    name = {"6": "tcp", "17": "udp"}.get(protocol, protocol)
    return f"{name} dport {low}" if low == high else f"{name} dport {low}-{high}"


def _chain(name: str, rules: list[str]) -> str:
    return "\n".join([f"    chain {name} {{", *(f"        {rule}" for rule in rules), "    }"])


def _collection(what: str, name: str, kind: str, elements: list[str]) -> str:
    body = f"elements = {{ {', '.join(sorted(set(elements)))} }}" if elements else ""
    return f"    {what} {name} {{ type {kind}; {body} }}"
