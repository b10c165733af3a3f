# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings that a running server has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import connection


def settings(node: connection.Node) -> dict[str, str]:
    """``{name: text}``."""
    return pairs(node.call("CONFIG", "GET", "*"))


def pairs(reply: Sequence[Any]) -> dict[str, str]:
    """The reply to CONFIG GET."""
    found = connection.plain(reply)
    return dict(zip(found[::2], found[1::2]))
