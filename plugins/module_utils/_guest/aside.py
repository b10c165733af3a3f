# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Data of a server that are set aside in their own directory, so on the same file system and without a copy, until the server serves with others."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection

from .._model.errors import Refused

#: wsrep_sst_mariabackup deletes all in a joiner's data directory but names of its pattern cpat, of which this is one
NAME = ".stackdb-trove-aside.sst"
_DONE = "set-aside-by"


def by(directory: str) -> str | None:
    """The turn in which all data of the directory were set aside; '' while that has not ended, None where nothing is set aside."""
    aside = os.path.join(directory, NAME)
    if not os.path.isdir(aside):
        return None
    try:
        with open(os.path.join(aside, _DONE), encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def is_half(directory: str) -> bool:
    """Whether a run was killed while it set the data aside, so that what is in the directory is not all of them."""
    return by(directory) == ""


def check_whole(directory: str) -> None:
    """Before a server begins with what is in the directory, or creates its tables there.

    :raises Refused: where a part of the data is set aside
    """
    if is_half(directory):
        raise Refused(
            f"A part of the data is set aside in {os.path.join(directory, NAME)}, and the rest is in {directory}: the run that moved them was killed. A server"
            " would begin with half of its data. Run that again, with the same member named (trove_refill, trove_members)."
        )


def check(directory: str, turn: str) -> None:
    """:raises Refused: where data of another turn are set aside, which were never deleted"""
    found = by(directory)
    if found not in (None, "", turn):
        path = os.path.join(directory, NAME)
        raise Refused(f"Data are set aside in {path} by an earlier run ({found}). Delete them, if they are not needed any more, or move them away.")


def move(directory: str, turn: str, keep: Collection[str]) -> None:
    """Set all that a directory holds aside but the names in `keep`; the server is down. Safe to repeat, and done at once where it was done in this turn.

    :raises Refused: for a name that was set aside already, as by a run that was killed before a server created it again: neither of both is overwritten
    """
    if by(directory) == turn:
        return
    aside = os.path.join(directory, NAME)
    owner = os.stat(directory)
    os.makedirs(aside, mode=0o700, exist_ok=True)
    os.chown(aside, owner.st_uid, owner.st_gid)
    names = [name for name in os.listdir(directory) if name != NAME and name not in keep]
    twice = sorted(name for name in names if os.path.lexists(os.path.join(aside, name)))
    if twice:
        raise Refused(f"{', '.join(twice)}: in {directory}, and set aside in {aside} before. Nothing is overwritten: move one of the two to another place.")
    for name in names:
        os.rename(os.path.join(directory, name), os.path.join(aside, name))
    # the names have to be on disk before it is said that they are
    _sync(aside)
    _sync(directory)
    unfinished = os.path.join(aside, f"{_DONE}.new")
    with open(unfinished, "w", encoding="utf-8") as file:
        file.write(turn)
        file.flush()
        os.fsync(file.fileno())
    os.rename(unfinished, os.path.join(aside, _DONE))
    _sync(aside)


def _sync(directory: str) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def delete(directory: str) -> None:
    """Delete what was set aside; what is not known to be all of it is left."""
    if by(directory):
        shutil.rmtree(os.path.join(directory, NAME))
