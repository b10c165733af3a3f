# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A data directory of MariaDB or MySQL: what is in it, and how an empty one is filled so that a half-filled one is known as such."""

from __future__ import annotations

import os
import pwd
import re
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import TypedDict, Union

from ...._guest import aside
from ...._guest.command import GuestError

#: in a data directory while it is filled with system tables, so that a half-filled one is known as such
INITIALISING = ".stackdb-trove-initialising"
#: in a data directory while it is being received
RECEIVING = ".stackdb-trove-receiving"
#: in a data directory that was received completely
RECEIVED = ".stackdb-trove-received"

Path = Union[str, "os.PathLike[str]"]

# The first that is there tells; a copy begins in an empty directory, so a note beside it is newer.
_TABLES_VERSION = [(name, r"\A(\d+\.\d+\.\d+)") for name in ("mariadb_upgrade_info", "mysql_upgrade_info")]
_TABLES_VERSION += [(name, r"^server_version = (\d+\.\d+\.\d+)") for name in ("mariadb_backup_info", "xtrabackup_info")]
#: no data of the server that is there: what a file system has, and what was set aside for another copy
_BESIDE = ("lost+found", aside.NAME)
_NO_SCHEMAS = {"mysql", "performance_schema", "sys", "information_schema", "lost+found"}


class DataDirectory(TypedDict):
    """What there is of a data directory.

    - state: ``blank``, ``initialising``, ``receiving`` (both half-filled and good for nothing), ``received`` (complete, and not known to have served),
      ``initialised``, or ``foreign`` for files that are no database
    - schemas: the users' own
    - size, free: bytes of its file system
    """

    path: str
    state: str
    schemas: list[str]
    size: int
    free: int


def look(path: str) -> DataDirectory:
    size, free = _space(path)
    return {"path": path, "state": _state(path), "schemas": schemas(path), "size": size, "free": free}


def _state(path: Path) -> str:
    names = {name for name in _names(path) if name not in _BESIDE}
    for state, marker in (("initialising", INITIALISING), ("receiving", RECEIVING), ("received", RECEIVED)):
        if marker in names:
            return state
    if not names:
        return "blank"
    return "initialised" if "mysql" in names or "ibdata1" in names else "foreign"


def _names(path: Path) -> list[str]:
    try:
        return os.listdir(path)
    except OSError:
        return []


def _space(path: Path) -> tuple[int, int]:
    """Bytes of the file system that a directory is on, or will be: size and free."""
    while not os.path.isdir(path) and path != "/":
        path = os.path.dirname(path)
    there = os.statvfs(path)
    return there.f_blocks * there.f_frsize, there.f_bavail * there.f_frsize


def schemas(path: Path) -> list[str]:
    """The users' schemas: one directory each, as MariaDB's "Identifier to file name mapping" spells it."""
    own = [name for name in _names(path) if os.path.isdir(os.path.join(path, name)) and name not in _NO_SCHEMAS and name[0] not in "#."]
    return sorted(re.sub(r"@([0-9a-f]{4})", lambda code: chr(int(code.group(1), 16)), name) for name in own)


def tables_version(path: Path) -> str | None:
    """The version that MariaDB's system tables are of: mariadb-upgrade's and mariadb-install-db's own note of it, else that of the server which the
    data were copied from; None where neither is there."""
    for name, pattern in _TABLES_VERSION:
        found = re.search(pattern, _text(os.path.join(path, name)), re.MULTILINE)
        if found:
            return found.group(1)
    return None


def _text(path: Path) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def create(path: Path) -> None:
    """Create the directory where it is missing, for the server's user."""
    os.makedirs(path, mode=0o750, exist_ok=True)
    shutil.chown(path, "mysql", "mysql")


@contextmanager
def filling(path: Path, marker: str) -> Iterator[None]:
    """Empty a data directory and keep a marker in it, until the block ends well."""
    begin(path, marker)
    yield
    os.unlink(os.path.join(path, marker))


def begin(path: Path, marker: str) -> None:
    """Put the marker down first, then empty the directory: one that was stopped in between is known as good for nothing.

    :raises GuestError: for a directory that holds anything and has no such marker: it is not ours to empty
    """
    state = _state(path)
    if state not in ("blank", "initialising", "receiving"):
        raise GuestError(f"{path} holds data (it is {state}), and is not emptied.", datadir=str(path), state=state)
    marked = os.path.join(path, marker)
    with open(marked, "w", encoding="utf-8"):
        pass
    owner = pwd.getpwnam("mysql")
    os.chown(marked, owner.pw_uid, owner.pw_gid)
    empty(path, keep=(marker, *_BESIDE))


def empty(path: Path, keep: Collection[str]) -> None:
    """Delete all that a directory holds, except the names in `keep`."""
    for entry in list(os.scandir(path)):
        if entry.name in keep:
            continue
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        else:
            os.unlink(entry.path)
