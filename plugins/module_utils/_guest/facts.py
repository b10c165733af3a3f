# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The few of Ansible's facts that a role goes by, under Ansible's names."""

from __future__ import annotations

import os
import socket
from collections.abc import Collection, Mapping
from typing import Any

from ansible.module_utils.common.sys_info import get_distribution, get_distribution_version

#: by the words of os-release(5)
_FAMILIES = {"debian": "Debian", "rhel": "RedHat", "fedora": "RedHat", "suse": "Suse", "arch": "Archlinux", "alpine": "Alpine"}
#: those that ansible.builtin.setup asks the routing table for
_FAR = {"default_ipv4": (socket.AF_INET, "8.8.8.8"), "default_ipv6": (socket.AF_INET6, "2404:6800:400a:800::1012")}


def look(meminfo: str = "/proc/meminfo", release: str = "/etc/os-release") -> dict[str, Any]:
    """``distribution``, ``distribution_version``, ``os_family``, ``memtotal_mb`` (MiB), ``processor_vcpus``, and ``default_ipv4`` and ``default_ipv6``."""
    name = get_distribution()
    return {
        "distribution": name,
        "distribution_version": get_distribution_version(),
        "os_family": _family(name, release),
        "memtotal_mb": _memory(meminfo),
        "processor_vcpus": os.cpu_count() or 1,
        **{key: _default(*far) for key, far in _FAR.items()},
    }


def unsupported(seen: Mapping[str, Any], supported: Mapping[str, Collection[str]]) -> str:
    """Why a host is refused: it is of an OS family that is not named, or of a distribution that is not named for its OS family. Empty where it is not.

    Packages and paths of a derivative may be the same, and what it adds (AppArmor, needrestart, versions) may not.

    :param seen: what `look` has returned
    :param supported: names of distributions, by OS family
    """
    family = seen["os_family"]
    if seen["distribution"] in supported.get(family, ()):
        return ""
    allowed = ", ".join(supported.get(family) or sorted(supported))
    return f"This host runs {seen['distribution']} {seen['distribution_version']}, of the OS family {family}; supported: {allowed}."


def _family(name: str, release: str) -> str:
    """Of os-release(5), ``ID_LIKE=debian``: what a derivative says it is like. Ansible's own table is a module of its own, with all that it imports."""
    with open(release, encoding="utf-8") as file:
        found = dict(line.strip().partition("=")[::2] for line in file)
    likes = " ".join(found.get(name, "").strip("\"'") for name in ("ID", "ID_LIKE")).split()
    return next((_FAMILIES[like] for like in likes if like in _FAMILIES), name)


def _memory(meminfo: str) -> int:
    """Of proc(5): ``MemTotal:  4030112 kB``."""
    with open(meminfo, encoding="utf-8") as file:
        return next(int(line.split()[1]) // 1024 for line in file if line.startswith("MemTotal:"))


def _default(family: socket.AddressFamily, far: str) -> dict[str, str]:
    """The own address on the way to one far away, empty where there is no route: a UDP socket is connected without a packet."""
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as one:
            one.connect((far, 53))
            return {"address": one.getsockname()[0]}
    except OSError:
        return {}
