# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a guest has for the server of a role alone: units, settings of the kernel, data, and files with secrets."""

from __future__ import annotations

import grp
import hashlib
import os
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, TypedDict

from . import text_file
from .command import run
from .host import owner
from .systemd import Unit


class UnitLook(TypedDict):
    """Whether a unit runs, whether it starts at boot, and whether systemd has read its files as they are."""

    active: bool
    enabled: bool
    read: bool


class FileDigest(TypedDict):
    """What is in a file, as SHA-256, whose it is, and its permissions in four octal digits."""

    sha256: str
    owner: str | None
    group: str | None
    mode: str


def kernel(wanted: Mapping[str, Any], file: str, proc: str = "/proc/sys") -> list[str]:
    """The settings of sysctl(8) that this host may set, and that are otherwise now or would be after a boot. In a container some belong to its host.

    :param wanted: their values, by name
    :param file: one of sysctl.d(5)
    """
    lines = [line.partition("=")[::2] for line in (text_file.text(file) or "").splitlines() if not line.lstrip().startswith(("#", ";"))]
    kept = {name.strip(): value.strip() for name, value in lines}
    paths = {name: os.path.join(proc, *name.split(".")) for name in wanted}
    now = {name: (text_file.text(path) or "").strip() for name, path in paths.items() if os.access(path, os.W_OK)}
    return [name for name in now if not now[name] == kept.get(name) == str(wanted[name])]


def unit(name: str, files: Sequence[str]) -> UnitLook:
    """Of a unit of systemd, which may know nothing of a new directory of settings, not even that it is outdated.

    :param files: the files of the unit that systemd has to have read

    Source: org.freedesktop.systemd1(5), FragmentPath, DropInPaths and NeedDaemonReload.
    """
    state = Unit(name).show()
    out = run(["systemctl", "show", "--property=FragmentPath,DropInPaths", name]).stdout
    found = dict(line.split("=", 1) for line in out.splitlines() if "=" in line)
    read = {found.get("FragmentPath"), *found.get("DropInPaths", "").split()}
    return {"active": state["state"] == "active", "enabled": state["enabled"], "read": not state["outdated"] and read >= {*files}}


def data(directory: str, patterns: Sequence[str]) -> list[str]:
    """The paths of what a directory has by one of these names, as fnmatch(3) takes them."""
    names = os.listdir(directory) if os.path.isdir(directory) else []
    return sorted(os.path.join(directory, name) for name in names if any(fnmatchcase(name, pattern) for pattern in patterns))


def digest(path: str) -> FileDigest | None:
    """None where there is no file."""
    try:
        with open(path, "rb") as stream:
            content = stream.read()
    except FileNotFoundError:
        return None
    return {"sha256": hashlib.sha256(content).hexdigest(), "owner": owner(path), "group": _group(path), "mode": f"{os.stat(path).st_mode & 0o7777:04o}"}


def _group(path: str) -> str | None:
    try:
        return grp.getgrgid(os.stat(path).st_gid).gr_name
    except (OSError, KeyError):
        return None
