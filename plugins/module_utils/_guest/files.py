# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text files of root's, without secrets, that other programs go by."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._model.errors import InvalidInput
from .text_file import replace

#: how modules are given files
SPEC = {"path": {"type": "path", "required": True}, "content": {"type": "str"}, "mode": {"type": "str", "default": "0644"}}


@dataclass(frozen=True)
class File:
    """:param content: what it has to hold, None for a file that has to be gone"""

    path: str
    content: str | None
    mode: int = 0o644


@dataclass(frozen=True)
class Found:
    """:param content: None where there is no file; :param mode: its permissions, None where there is none"""

    content: str | None
    mode: int | None


def of(given: Mapping[str, Any]) -> File:
    """As a module's option lists it.

    :raises InvalidInput: for a path that is not absolute, and a mode that is not four octal digits
    """
    if not os.path.isabs(given["path"]):
        raise InvalidInput("files", given["path"], "absolute paths")
    if not re.fullmatch("0[0-7]{3}", given["mode"]):
        raise InvalidInput("files", given["mode"], "modes of four octal digits, such as 0644")
    return File(given["path"], given["content"], int(given["mode"], 8))


def look(path: str) -> Found:
    """What is there now: what is no text is another text, and a link has no mode, so that it is replaced by a file."""
    try:
        own = os.lstat(path).st_mode
        with open(path, encoding="utf-8", errors="surrogateescape") as stream:
            return Found(stream.read(), stat.S_IMODE(own) if stat.S_ISREG(own) else None)
    except FileNotFoundError:
        return Found(None, None)


def is_right(wanted: File, found: Found) -> bool:
    return found.content == wanted.content and (wanted.content is None or found.mode == wanted.mode)


def put(wanted: File) -> None:
    """Write or remove it, with directories above it that are missing (0755)."""
    if wanted.content is None:
        os.unlink(wanted.path)
        return
    _make(os.path.dirname(wanted.path))
    replace(wanted.path, wanted.content, wanted.mode)


def _make(directory: str) -> None:
    """A directory and those above it that are missing, for all to enter, whatever the umask of root is: others than root go by what is in it.

    At once, since nobody looks at the mode of one that is there.
    """
    if os.path.isdir(directory):
        return
    _make(os.path.dirname(directory))
    before = os.umask(0)
    try:
        os.mkdir(directory, 0o755)
    finally:
        os.umask(before)
