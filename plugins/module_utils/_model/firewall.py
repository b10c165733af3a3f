# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may reach a datastore's ports on its host: a table of nftables, as text to load and as what a listing of it says. Pure.

Source of syntax and JSON: nft(8) and libnftables-json(5). What was loaded and what is wanted are compared as ranges of numbers, since nft lists addresses
in other words than it was given: neighbours as a range, one address of a set as itself, and all that differently from version to version.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_address, ip_network
from typing import Any, Union

from .errors import InvalidInput

Network = Union[IPv4Network, IPv6Network]
#: numbers of first and last address or port, in order and with gaps between them
Ranges = tuple[tuple[int, int], ...]

ALLOWED = "an IPv4 or IPv6 address, a network (CIDR) without host bits, or a host name"
_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)\Z")
_CHAIN = {"name": "input", "type": "filter", "hook": "input", "prio": 0, "policy": "accept"}
_LOOPBACK = {"op": "==", "left": {"meta": {"key": "iifname"}}, "right": "lo"}
# Answers to what the host itself has begun. Not "established": a client that is not allowed any more has to go at once.
_REPLIES = {"op": "==", "left": {"ct": {"key": "direction"}}, "right": "reply"}


@dataclass(frozen=True)
class Ports:
    """Ports of a protocol, first to last, and who may reach them; everybody else is dropped."""

    protocol: str
    first: int
    last: int
    sources: tuple[Network, ...]


#: a rule in the words of a comparison: a constant one, or (protocol, port ranges, IP version or 0, address ranges, verdict)
Rule = Union[str, tuple[str, Ranges, int, Ranges, str]]


def table(name: str) -> str:
    return f"stackdb_trove_{name}"


def source(option: str, given: str) -> Network | str:
    """An address or network, or a host name that has to be resolved where the rules are loaded.

    :param option: the name of the user's option, with the place in the list
    :raises InvalidInput: for everything else; the text is never handed to a resolver that takes ``10.1`` for 10.0.0.1
    """
    text = given.strip()
    network = _network(text)
    if network is None:
        loose = _network(text, strict=False)
        if loose is not None:
            raise InvalidInput(option, given, f"{loose}, or {text.partition('/')[0]} alone: there are host bits right of the network's {loose.prefixlen}")
        if not _is_name(text):
            raise InvalidInput(option, given, ALLOWED)
        return text
    if network.is_multicast or (network.num_addresses == 1 and network.network_address.is_unspecified):
        raise InvalidInput(option, given, f"{ALLOWED}, of a client; all clients are 0.0.0.0/0 and ::/0")
    return network


def _network(text: str, strict: bool = True) -> Network | None:
    """None for what is none. IPv4 in IPv6's words (``::ffff:10.0.0.1``) is IPv4, as which it comes in. A zone (``%eth0``) is of one host only."""
    try:
        network = None if "%" in text else ip_network(text, strict=strict)
    except ValueError:
        return None
    mapped = network.network_address.ipv4_mapped if isinstance(network, IPv6Network) and network.prefixlen >= 96 else None
    return network if mapped is None or network is None else ip_network((mapped, network.prefixlen - 96))


def _is_name(text: str) -> bool:
    """Whether it is a host name (RFC 1123, and ``_``, which name services have); one that ends in a number is a mistyped address."""
    labels = text[:-1].split(".") if text.endswith(".") else text.split(".")
    return len(text) <= 253 and all(_LABEL.match(label) for label in labels) and not labels[-1].isdigit() and not labels[-1].lower().startswith("0x")


def render(name: str, groups: Sequence[Ports]) -> str:
    """The script that replaces the table in one transaction: at any time there is the old one or the new one, and where the new one fails, the old one."""
    rules = ["iifname lo accept", "ct direction reply accept"]
    for group in groups:
        ports = f"{group.protocol} dport {group.first}" + (f"-{group.last}" if group.last != group.first else "")
        for version, word in ((4, "ip"), (6, "ip6")):
            found = collapsed(group.sources, version)
            rules += [f"{word} saddr {{ {', '.join(map(str, found))} }} {ports} accept"] if found else []
        rules.append(f"{ports} drop")
    body = "".join(f"    {rule}\n" for rule in rules)
    return (
        "# Written by stackdb.trove. A table of its own: rules of other programs stay as they are.\n"
        f"table inet {table(name)} {{\n}}\ndelete table inet {table(name)}\ntable inet {table(name)} {{\n  chain input {{\n"
        f"    type filter hook input priority filter; policy accept;\n{body}  }}\n}}\n"
    )


def collapsed(sources: Iterable[Network], version: int) -> list[Network]:
    """Those of one IP version, sorted and without overlaps, which a set of nftables does not take."""
    if version == 4:
        return list(collapse_addresses(one for one in sources if isinstance(one, IPv4Network)))
    return list(collapse_addresses(one for one in sources if isinstance(one, IPv6Network)))


def wanted(groups: Sequence[Ports]) -> list[Rule]:
    """The rules of `render`, in the words of a comparison."""
    rules: list[Rule] = ["loopback", "replies"]
    for group in groups:
        ports = ((group.first, group.last),)
        for version in (4, 6):
            found = _merged((int(one.network_address), int(one.broadcast_address)) for one in collapsed(group.sources, version))
            rules += [(group.protocol, ports, version, found, "accept")] if found else []
        rules.append((group.protocol, ports, 0, (), "drop"))
    return rules


def listed(listing: Mapping[str, Any]) -> list[Rule] | None:
    """The rules of a table as ``nft --json list table`` shows it, in the words of a comparison.

    None for a table that is not all ours: with another chain, a set, a rule of other words, or that is switched off (``dormant``).
    """
    things = [thing for thing in listing["nftables"] if "metainfo" not in thing]
    tables = [thing["table"] for thing in things if "table" in thing]
    chains = [thing["chain"] for thing in things if "chain" in thing]
    rules = [thing["rule"] for thing in things if "rule" in thing]
    if len(tables) != 1 or len(chains) != 1 or len(rules) + 2 != len(things) or tables[0].get("flags"):
        return None
    if any(chains[0].get(key) != value for key, value in _CHAIN.items()):
        return None
    try:
        return [_rule(rule["expr"]) for rule in rules]
    except (LookupError, TypeError, ValueError):
        return None


def _rule(expressions: Sequence[Mapping[str, Any]]) -> Rule:
    """:raises LookupError, TypeError, ValueError: for a rule of other words than ours"""
    *matches, verdict = expressions
    (word,) = verdict
    conditions = [match["match"] for match in matches]
    if word == "accept" and conditions in ([_LOOPBACK], [_REPLIES]):
        return "loopback" if conditions == [_LOOPBACK] else "replies"
    *addresses, ports = conditions
    protocol = _payload(ports, "dport")
    if not addresses:
        return (protocol, _ranges(ports["right"]), 0, (), _one_of(word, ("drop",)))
    (address,) = addresses
    version = {"ip": 4, "ip6": 6}[_payload(address, "saddr")]
    return (protocol, _ranges(ports["right"]), version, _ranges(address["right"]), _one_of(word, ("accept",)))


def _payload(condition: Mapping[str, Any], field: str) -> str:
    payload = condition["left"]["payload"]
    _one_of(condition["op"], ("==",))
    _one_of(payload["field"], (field,))
    return str(payload["protocol"])


def _one_of(word: str, allowed: Sequence[str]) -> str:
    if word not in allowed:
        raise ValueError(word)
    return word


def _ranges(value: Any) -> Ranges:
    """One value or a set of them; each an address or a number, ``{"prefix": {addr, len}}`` or ``{"range": [first, last]}``."""
    members = value["set"] if isinstance(value, dict) and "set" in value else [value]
    return _merged(_range(member) for member in members)


def _range(value: Any) -> tuple[int, int]:
    if isinstance(value, dict) and "prefix" in value:
        network = ip_network((value["prefix"]["addr"], value["prefix"]["len"]))
        return int(network.network_address), int(network.broadcast_address)
    first, last = value["range"] if isinstance(value, dict) else (value, value)
    return _number(first), _number(last)


def _number(value: Any) -> int:
    return value if isinstance(value, int) else int(ip_address(value))


def _merged(ranges: Iterable[tuple[int, int]]) -> Ranges:
    found: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return tuple(found)
