# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When it is proven that accounts have new passwords. Pure.

A member's word has ``rotation.passwords``, by account ``{pending, newest, others, used, refused, present}``: whether it keeps a password that follows the
present one; whether its own server accepts the newest that it keeps, and how many others; whether its links use that one, None of an account without links;
and by address why the member there refuses it, as this one sees it, or None, and so of the present one, as long as another one follows. Who authenticates at
all others with the newest one that it keeps, and they at it, has the same as they.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

#: the account of clients, and the one of members
CLIENTS, OWN = "default", "trove"

PUBLISHED = (
    "All members accept the present password of clients (account default) and the new one, which is in /etc/stackdb-trove/redis-default.next.password on each"
    " member. Their own links use a new one, too, and the former one of these was dropped. Give the new one to all clients. Then run it again with"
    " trove_rotate_phase=turn: a client that has the former one is refused from then on."
)
TURNED = (
    "All members accept one password of clients (account default), the one in /etc/stackdb-trove/redis-default.password on each member. Where your variables"
    " have the former one (redis_cluster_password), take it out: it is refused from now on."
)
#: of a turn, where no member had a new password when its run began
NOTHING = (
    "No new password of clients (account default) was under way when this run began. Unless the same turn was stopped before, none had been published, and the"
    " password, in /etc/stackdb-trove/redis-default.password on each member, is the one that clients had: run it with trove_rotate_phase=publish."
)


def unproven(addresses: Mapping[str, str], told: Mapping[str, Any], turns: bool, dropped: bool) -> list[str]:
    """Why it is not proven: sentences.

    :param addresses: of all members, by name
    :param told: ``rotation`` of all of them
    :param dropped: whether former passwords are to be gone: those of members by both runs, since the first one may have been given up, that of clients by
        the turn
    """
    found: list[str] = []
    for name, one in told.items():
        for account in (OWN, CLIENTS):
            state = (one.get("passwords") or {}).get(account)
            if state is None:
                found.append(f"{name} does not say which passwords it accepts of the account {account}")
                continue
            found += _accepted(addresses, name, account, state)
            alone = dropped and (account == OWN or turns)
            if alone and (state["pending"] or state["others"]):
                found.append(f"{name} still accepts a former password of the account {account}")
            if account == CLIENTS and not turns and not (state["pending"] and state["others"]):
                found.append(f"{name} has no new password of the account {account} beside the present one")
            elif account == CLIENTS and not turns:
                found += _refused(addresses, name, account, state["present"], "present")
    return found


def said(turns: bool, began: Sequence[Mapping[str, Any]]) -> str:
    """What has come of it.

    :param began: ``rotation`` of the members that spoke as the run began
    """
    if not turns:
        return PUBLISHED
    told = [(one.get("passwords") or {}).get(CLIENTS) for one in began]
    return NOTHING if told and all(state and not state["pending"] for state in told) else TURNED


def _accepted(addresses: Mapping[str, str], name: str, account: str, state: Mapping[str, Any]) -> Iterator[str]:
    if not state["newest"]:
        yield f"the server of {name} does not accept the new password of the account {account} that is on its disk"
    if state["used"] is False:
        yield f"the links of {name} do not use the new password"
    yield from _refused(addresses, name, account, state["refused"], "new")


def _refused(addresses: Mapping[str, str], name: str, account: str, refused: Mapping[str, str | None], which: str) -> Iterator[str]:
    for other, address in addresses.items():
        why = refused.get(address, "nobody tried")
        if why:
            yield f"{name} cannot authenticate as {account} at {other} with the {which} password: {why}"
