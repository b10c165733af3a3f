# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody who misspelt a name may have meant. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

#: below this likeness two names have little more in common than some letters; the default of difflib
_LIKE = 0.6


def nearest(name: str, known: Iterable[str], likeness: float = _LIKE) -> str | None:
    """The known name that is most like a name, None where none is. The same one in whatever order they come.

    :param likeness: how like it must be, from 0 to 1 (difflib.SequenceMatcher.ratio)
    """
    return next(iter(difflib.get_close_matches(name, list(known), 1, likeness)), None)
