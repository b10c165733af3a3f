"""What the machine needs for guests, beyond what a machine without any has."""
from __future__ import annotations

import pathlib

from ..shell import attempt

MODULES = ("overlay", "loop", "br_netfilter", "xfs")
SWITCHES = {
    "net/ipv4/ip_forward": 1,
    "net/bridge/bridge-nf-call-iptables": 1,    # bridged packets pass the inet hooks too, where the security groups are
    "net/bridge/bridge-nf-call-ip6tables": 1,
}
AT_LEAST = {   # shared by all guests, and small by default: the twentieth systemd would find no inotify instance left
    "fs/inotify/max_user_instances": 8192,
    "fs/inotify/max_user_watches": 1048576,
    "fs/aio-max-nr": 1048576,
}


def prepare() -> None:
    for module in MODULES:
        attempt("modprobe", module)   # it may be built in
    for name, value in SWITCHES.items():
        _setting(name).write_text(str(value))
    for name, value in AT_LEAST.items():
        if int(_setting(name).read_text()) < value:
            _setting(name).write_text(str(value))


def _setting(name: str) -> pathlib.Path:
    return pathlib.Path("/proc/sys", name)
