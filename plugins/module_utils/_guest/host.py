# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a guest has of what every datastore needs: packages, a data volume, the time."""

from __future__ import annotations

import fcntl
import json
import os
import pwd
from collections.abc import Sequence
from typing import TypedDict

from .._model.errors import Refused
from .command import run

_DPKG = "/var/lib/dpkg"
#: the time services that an image may bring, by unit; the first that is installed counts
_TIME_SERVICES = ("chrony.service", "chronyd.service", "systemd-timesyncd.service", "ntpsec.service", "ntp.service", "openntpd.service")


class Packages(TypedDict):
    """Which packages are missing; whether dpkg was interrupted half-way and has to be continued."""

    missing: list[str]
    interrupted: bool


class TimeService(TypedDict):
    """The unit that keeps the clock, None where there is none; ``host`` in a container, which has its host's clock and may not set it."""

    service: str | None
    active: bool


class Volume(TypedDict):
    """A data volume and its place.

    - device: under which it was found, see `find_disk`
    - filesystem: a type, ``unknown`` for another signature, None on a blank device
    - size: of the device in GiB, None where it cannot be read
    - mounted: whether this device is mounted there; occupied: the other device that is, or None
    - owner: the user that the place belongs to, None where it is missing
    """

    device: str
    exists: bool
    filesystem: str | None
    size: float | None
    mounted: bool
    occupied: str | None
    owner: str | None


def packages(names: Sequence[str]) -> Packages:
    done = run(["dpkg-query", "--show", "--showformat=${Package}=${db:Status-Status}\n", *names], check=False) if names else None
    installed = {line.split("=")[0] for line in done.stdout.splitlines() if line.endswith("=installed")} if done else set()
    return {"missing": [name for name in names if name not in installed], "interrupted": _is_interrupted()}


def _is_interrupted() -> bool:
    """Whether dpkg has left a journal and is not at work: an earlier run's installation may go on without its controller."""
    journal = os.path.join(_DPKG, "updates")
    if not os.path.isdir(journal) or not any(name.isdigit() for name in os.listdir(journal)):
        return False
    try:
        with open(os.path.join(_DPKG, "lock-frontend"), "r+", encoding="ascii") as lock:
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except FileNotFoundError:
        pass
    return True


def time_service() -> TimeService:
    if run(["systemd-detect-virt", "--container", "--quiet"], check=False).returncode == 0:
        return {"service": "host", "active": True}
    out = run(["systemctl", "show", "--property=LoadState,ActiveState,Id", *_TIME_SERVICES], check=False).stdout
    units = [dict(line.split("=", 1) for line in block.splitlines()) for block in out.split("\n\n") if "=" in block]
    there = [unit for unit in units if unit["LoadState"] == "loaded"]
    running = next((unit for unit in there if unit["ActiveState"] == "active"), None)
    first = running or next(iter(there), None)
    return {"service": first["Id"] if first else None, "active": running is not None}


def addresses() -> list[str]:
    """The host's IP addresses of any scope but its own, as texts."""
    found = json.loads(run(["ip", "-json", "address", "show", "scope", "global"]).stdout or "[]")
    return [one["local"] for link in found for one in link.get("addr_info", ()) if "local" in one]


#: where udev names disks by what the hypervisor says of them
BY_ID = "/dev/disk/by-id"


def find_disk(device: str) -> str:
    """The device, or the link under which its disk is there: an image decides by which bus a volume comes, and the bus how udev names it.

    A link ``virtio-<first 20 characters of the volume's id>`` may be ``virtio-<id>``, ``scsi-0QEMU_QEMU_HARDDISK_<id>`` or ``wwn-0x<id without hyphens>``.
    Source: systemd, 60-persistent-storage.rules; libvirt, "disk serial".
    """
    directory, _slash, name = device.rpartition("/")
    if os.path.exists(device) or directory != BY_ID or not name.startswith("virtio-") or not os.path.isdir(BY_ID):
        return device
    id_ = name[len("virtio-") :].lower()
    links = sorted(link for link in os.listdir(BY_ID) if "-part" not in link and (id_ in link.lower() or id_.replace("-", "") in link.lower()))
    found = [os.path.join(BY_ID, link) for link in links]
    # two disks would be two volumes, of which nobody can tell the right one
    return found[0] if len({os.path.realpath(link) for link in found}) == 1 else device


def volume(device: str, mount_point: str) -> Volume:
    device = find_disk(device)
    exists = os.path.exists(device)
    there = _source(mount_point)
    ours = exists and there is not None and os.path.realpath(there) == os.path.realpath(device)
    return {
        "device": device,
        "exists": exists,
        "filesystem": _signature(device) if exists else None,
        "size": _size(device) if exists else None,
        "mounted": ours,
        "occupied": None if ours else there,
        "owner": owner(mount_point),
    }


def check_volume(found: Volume, mount_point: str) -> None:
    """Refuse a device that is missing or holds something else than an XFS, and a mount point where another one is mounted.

    :raises Refused: with all that was found
    """
    if not found["exists"] or found["filesystem"] not in (None, "xfs") or found["occupied"] is not None:
        raise Refused(
            f"The data volume {found['device']} must be an existing block device, blank or with an XFS, and nothing else may be mounted on {mount_point}. "
            f"Found: {found}"
        )


def _signature(device: str) -> str | None:
    kind = run(["blkid", "--cache-file", "/dev/null", "--output", "value", "--match-tag", "TYPE", device], check=False).stdout.strip()
    if kind:
        return kind
    return "unknown" if run(["wipefs", "--noheadings", device], check=False).stdout.strip() else None


def _size(device: str) -> float | None:
    try:
        with open(device, "rb") as file:
            return file.seek(0, os.SEEK_END) / 2**30
    except OSError:
        return None


def _source(mount_point: str) -> str | None:
    out = run(["findmnt", "--json", "--output", "SOURCE", "--mountpoint", mount_point], check=False).stdout
    return json.loads(out)["filesystems"][-1]["source"] if out.strip() else None


def owner(path: str) -> str | None:
    try:
        return pwd.getpwuid(os.stat(path).st_uid).pw_name
    except (OSError, KeyError):
        return None
