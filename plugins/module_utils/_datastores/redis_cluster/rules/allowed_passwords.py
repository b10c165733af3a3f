# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What members have said of their passwords, and whether what is given may be written: decided on the controller, or on a member. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...._model.errors import InvalidInput, Refused
from .kept_passwords import changes, check_given, told
from .passwords import ACCOUNTS, Kept, Words


def allow(words: Words, params: Mapping[str, Any]) -> list[str]:
    """What a member has to write, by words, where that may be written.

    :param params: the options of trove_redis_passwords
    :raises InvalidInput, Refused: as `check_given`
    """
    check_given(words, params["holder"], params["password"], params["joining"], params["may_change"])
    return told(changes(words, params["name"], params["holder"], params["password"], params["joining"]))


def words_of(given: Mapping[str, Any]) -> Words:
    """What each member keeps, as it has said.

    :param given: the option `members` of trove_redis_passwords
    :raises Refused: where a member says nothing
    """
    if not given:
        raise InvalidInput("members", "none", "what state=read has returned, by member")
    silent = [name for name, kept in given.items() if not kept]
    if silent:
        raise Refused(f"{', '.join(silent)} do not say which passwords they have.", members=silent)
    return {name: {account: _kept(kept[account]) for account in ACCOUNTS} for name, kept in given.items()}


def _kept(said: Mapping[str, Any]) -> Kept:
    return Kept(said["present"], said["following"], tuple(said["dropped"]))
