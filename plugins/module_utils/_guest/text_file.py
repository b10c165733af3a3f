# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A text file that is read, and replaced at once."""

from __future__ import annotations

import os
import tempfile


def text(path: str) -> str | None:
    """What it has, None where there is none, or no process any more whose file it was."""
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            return stream.read()
    except (FileNotFoundError, NotADirectoryError, ProcessLookupError):
        return None


def replace(path: str, content: str, mode: int, owner: tuple[int, int] | None = None) -> None:
    """Put a text in place at once: a reader, or a run that is killed, finds the old file or the new one.

    :param owner: user and group by number, by default who runs this
    :raises OSError: where that is not possible
    """
    temporary = beside(path, content, mode, owner)
    try:
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def beside(path: str, content: str, mode: int, owner: tuple[int, int] | None = None) -> str:
    """The path of a new file in the same directory, its text on the disk, that the caller puts in place or removes."""
    # no program that reads a whole directory takes a hidden file for its own
    handle, temporary = tempfile.mkstemp(dir=os.path.dirname(path), prefix=".stackdb-trove-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            if owner is not None:
                os.fchown(stream.fileno(), *owner)
            # after the owner, since a change of that may take bits away
            os.fchmod(stream.fileno(), mode)
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
    except BaseException:
        os.unlink(temporary)
        raise
    return temporary
