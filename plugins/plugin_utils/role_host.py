# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a role needs of its datastore's driver and of the host that it runs on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from ipaddress import ip_address
from typing import Any

from ..module_utils._datastores import registry
from ..module_utils._datastores.base import Datastore
from ..module_utils._model.datastore import Ports

_COLLECTION = "stackdb.trove."


def driver_of(role: str, options: Mapping[str, Any]) -> Datastore | None:
    """The driver that a role belongs to, None for a role of somebody else.

    :param role: its short name
    :param options: of the role, by name without the role's prefix; where one role sets up several engines, its option ``datastore`` or ``server`` says which
    """
    drivers = [driver for driver in registry.DRIVERS.values() if driver.role == _COLLECTION + role]
    engine = options.get("datastore") or options.get("server")
    return next((driver for driver in drivers if driver.type == engine), drivers[0] if drivers else None)


def ports(driver: Datastore | None) -> dict[str, list[dict[str, str]]]:
    """The driver's ports as nftables takes them: ``{client: [{protocol, ports}], member: [...]}``."""
    return {"client": _ranges(driver.client_ports if driver else ()), "member": _ranges(driver.member_ports if driver else ())}


def sizes(driver: Datastore | None, options: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    """The driver's settings by memory and CPUs: of the option ``memory_mb`` where that is given, else of the host."""
    memory_mb = options.get("memory_mb") or facts.get("memtotal_mb")
    return dict(driver.sizes(memory_mb, facts.get("processor_vcpus") or 1, options)) if driver and memory_mb else {}


def member(name: str, options: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    """What the other members know of a host: ``{name, address, port, host}``, as the modules take it.

    The address is the option's, else the one of the default route, of IPv4 where there is one, else empty; the port is None for a role without that option;
    host is the hypervisor.
    """
    addresses = (options, *(facts.get(f"default_{family}") or {} for family in ("ipv4", "ipv6")))
    address = next((found["address"] for found in addresses if found.get("address")), "")
    return {"name": name, "address": address, "port": options.get("port"), "host": options.get("hypervisor") or None}


def number(address: str) -> int:
    """An address as a number of 32 bits that is not 0: one of IPv4 as it stands, of which no network has two; of any other the beginning of its hash.

    Two hashes are the same once in four thousand million: servers with one id are refused before one follows the other, and each by its own option then.
    """
    try:
        found = ip_address(address)
    except ValueError:
        text = address
    else:
        if found.version == 4:
            return int(found)
        # however it is written
        text = found.compressed
    return int.from_bytes(sha256(text.encode()).digest()[:4], "big") or 1


def holder(members: Iterable[str], kept: Mapping[str, Any]) -> str | None:
    """The first member that has all passwords, None where nobody has.

    :param kept: by member, what trove_kept_options has returned there
    """
    return next((name for name in members if (kept.get(name) or {}).get("passwords")), None)


def _ranges(found: Iterable[Ports]) -> list[dict[str, str]]:
    return [{"protocol": protocol, "ports": str(first) if first == last else f"{first}-{last}"} for protocol, first, last in found]
