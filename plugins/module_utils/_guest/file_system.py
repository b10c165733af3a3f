# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How full the file system below a directory is."""

from __future__ import annotations

import os

from .._model.datastore import FileSystem


def look(path: str) -> FileSystem | None:
    """The file system below a directory; None where there is no such directory, or it cannot be read."""
    try:
        there = os.statvfs(path)
    except OSError:
        return None
    gib = there.f_frsize / 2**30
    return {"size": round(there.f_blocks * gib, 2), "used": round((there.f_blocks - there.f_bfree) * gib, 2)}
