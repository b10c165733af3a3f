# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paging by limit and marker, as in Trove's lists: the marker is the last id that was shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from .errors import InvalidInput


class HasId(Protocol):
    @property
    def id(self) -> str: ...


Thing = TypeVar("Thing", bound=HasId)


def check_limit(limit: int | None) -> None:
    """:raises InvalidInput: for a limit that is not positive"""
    if limit is not None and limit < 1:
        raise InvalidInput("limit", limit, "a number from 1")


def page(things: Sequence[Thing], limit: int | None, marker: str | None) -> tuple[list[Thing], str | None]:
    """(the things after `marker`, at most `limit`; the next marker or None). `things` are sorted by their id."""
    after = [thing for thing in things if marker is None or thing.id > marker]
    shown = after if limit is None else after[:limit]
    return shown, shown[-1].id if len(shown) < len(after) else None
