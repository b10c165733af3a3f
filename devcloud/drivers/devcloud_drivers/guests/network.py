"""Networks: a bridge for each Neutron network in the host's namespace, a pair of interfaces for each port.

The bridge has the subnets' gateway addresses: the host is every network's router, and reaches every guest by its fixed address.
"""
from __future__ import annotations

import hashlib
import ipaddress
import pathlib

from .. import state
from ..shell import attempt, run
from .model import Interface

NAMESPACE_PREFIX = "devcloud-"
GUEST_SETTINGS = (
    "net.ipv6.conf.default.disable_ipv6=1",      # where Neutron gave no IPv6 address, a link-local one would go around the security groups
    "net.ipv4.conf.default.arp_notify=1",        # tell the neighbours when an address comes back with another MAC
)


def bridge_prefix() -> str:
    return f"dc{state.mark()}-"


def bridge_name(network: str) -> str:
    return bridge_prefix() + network[:8]


def bridges() -> list[str]:
    """Those of this cloud, also where no guest is left: one that stays would keep its network's address from the next cloud."""
    return [path.name for path in pathlib.Path("/sys/class/net").glob(bridge_prefix() + "*")]


def namespace_name(uuid: str) -> str:
    return NAMESPACE_PREFIX + uuid


def create_namespace(uuid: str) -> None:
    name = namespace_name(uuid)
    run("ip", "netns", "add", name)
    run("ip", "netns", "exec", name, "sysctl", "-qw", *GUEST_SETTINGS)
    run("ip", "-n", name, "link", "set", "lo", "up")


def delete_namespace(uuid: str) -> None:
    """Takes the guest's interfaces with it, and so the host's ends."""
    name = namespace_name(uuid)
    if pathlib.Path("/run/netns", name).exists():
        attempt("ip", "netns", "del", name)


def plug(uuid: str, index: int, interface: Interface) -> None:
    """Give the guest its eth<index>."""
    namespace, device, bridge = namespace_name(uuid), f"eth{index}", bridge_name(interface.network)
    ensure_bridge(interface.network, interface.gateways, interface.mtu)
    unplug(interface)
    run(
        "ip", "link", "add", interface.tap, "mtu", interface.mtu, "type", "veth",
        "peer", "name", device, "netns", namespace, "address", interface.mac, "mtu", interface.mtu,
    )
    run("ip", "link", "set", interface.tap, "master", bridge, "up")
    if _has_version(interface.addresses, 6):
        # no duplicates can be: Neutron gives the addresses; and a daemon that starts at once could not bind to one that is still being looked for
        settings = (f"net.ipv6.conf.{device}.{item}" for item in ("disable_ipv6=0", "accept_dad=0", "accept_ra=0"))
        run("ip", "netns", "exec", namespace, "sysctl", "-qw", *settings)
    inside = [f"addr add {address} dev {device}" for address in interface.addresses] + [f"link set {device} up"]
    if index == 0:
        inside += [f"route replace default via {_address(gateway)}" for gateway in _first_of_each(interface.gateways)]
    run("ip", "-n", namespace, "-batch", "-", stdin="\n".join(inside))
    # An address used again must not be sought at its last owner's MAC.
    run("ip", "-batch", "-", stdin="\n".join(
        f"neigh replace {_address(address)} lladdr {interface.mac} nud stale dev {bridge}"
        for address in interface.addresses if _has_version(interface.gateways, _version(address))))


def unplug(interface: Interface) -> None:
    attempt("ip", "link", "del", interface.tap)


def ensure_bridge(network: str, gateways: list[str], mtu: int) -> None:
    """Have the bridge of a network (its id), with the gateways' addresses (with prefix length)."""
    name = bridge_name(network)
    if not pathlib.Path("/sys/class/net", name).exists():
        # A bridge without a MAC of its own takes its ports', and changes it whenever one comes or goes.
        octets = hashlib.sha256(network.encode()).hexdigest()
        mac = ":".join(["02", *(octets[i:i + 2] for i in range(0, 10, 2))])
        attempt("ip", "link", "add", name, "address", mac, "mtu", mtu, "type", "bridge")   # another compute may be first
        run("sysctl", "-qw", f"net.ipv6.conf.{name}.disable_ipv6=1")
    if _has_version(gateways, 6):
        run("sysctl", "-qw", f"net.ipv6.conf.{name}.disable_ipv6=0", f"net.ipv6.conf.{name}.accept_dad=0", f"net.ipv6.conf.{name}.accept_ra=0")
    run("ip", "-batch", "-", stdin="\n".join(
        [f"link set {name} up"] + [f"addr replace {gateway} dev {name}" for gateway in gateways]))


def free_index(uuid: str) -> int:
    """The number for the next interface of a running guest."""
    words = run("ip", "-n", namespace_name(uuid), "-o", "link").split()
    taken = {word.split("@")[0].rstrip(":") for word in words if word.startswith("eth")}
    return next(index for index in range(64) if f"eth{index}" not in taken)


def _version(interface: str) -> int:
    return ipaddress.ip_interface(interface).version


def _has_version(interfaces: list[str], version: int) -> bool:
    return any(_version(one) == version for one in interfaces)


def _first_of_each(gateways: list[str]) -> list[str]:
    """The first gateway of each version of IP."""
    return [next(one for one in gateways if _version(one) == version) for version in (4, 6) if _has_version(gateways, version)]


def _address(interface: str) -> str:
    return str(ipaddress.ip_interface(interface).ip)
