# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The errors that a user may meet. They are raised where the fault is seen and become fail_json in _module."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Union

#: a sentence, or the values that are allowed
Allowed = Union[str, Collection[Any]]


class TroveError(Exception):
    """Base of all our errors; `details` (a dict of plain data) is returned beside the message."""

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class InvalidInput(TroveError):
    """An option that cannot be taken: names the option, what was given and what is allowed.

    :param option: the option's name as the user wrote it, e.g. ``instances[2].flavor``
    :param given: the value given
    :param allowed: a sentence or a list of the values that are allowed
    :param rule: the rule in the words of Trove or Nova, put in front when there is one
    """

    def __init__(self, option: str, given: Any, allowed: Allowed, rule: str | None = None) -> None:
        if not isinstance(allowed, str):
            allowed = "one of " + ", ".join(str(value) for value in sorted(allowed, key=str)) if allowed else "nothing, there is none"
        message = f"{option}: {given!r} was given; allowed: {allowed}."
        if rule:
            message = f"{rule} ({message})"
        super().__init__(message, option=option, given=given, allowed=str(allowed))
        self.option = option


class Refused(TroveError):
    """The request is well formed, but must not be carried out on what is there now."""


class CloudError(TroveError):
    """OpenStack refused or failed; the message carries its own text."""


class Unanswered(CloudError):
    """OpenStack could not be reached, or did not say what became of a request, which may have been carried out: it is looked at, not rolled back."""
