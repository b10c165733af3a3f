# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server that runs has, and its users in a form that can be compared. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

#: what the server adds to a user's rules when it lists them
_IMPLIED = frozenset({"sanitize-payload", "resetchannels", "-@all"})


@dataclass(frozen=True)
class Running:
    """What a server that runs has: its settings (CONFIG GET), its users (ACL LIST), the certificate that it shows, its keys; and how many files it may open."""

    settings: Mapping[str, str] = field(repr=False)
    users: Sequence[str] = field(repr=False)
    certificate: str | None
    keys: int
    files: int | None = None


def users(lines: Iterable[str]) -> dict[str, frozenset[str]]:
    """``{user: rules}`` of the lines of a users' file or of ACL LIST; the order of rules on different things does not matter."""
    found = [line.split() for line in lines if line.startswith("user ")]
    return {words[1]: frozenset(words[2:]) - _IMPLIED for words in found}
