# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which passwords a member has to have on its disk where none are rotated by this run: what is given, and what joins. Pure.

A rotation that was stopped, or that waits for its second run, goes on afterwards: what it has under way stays as it is, on new members, too.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from ...._model.errors import InvalidInput, Refused
from .passwords import ACCOUNTS, AGAIN, CLIENTS, OPTION, Kept, Words, digest, following

_CONFIGURE = "stackdb.trove.cluster_configure"


@dataclass(frozen=True)
class Changes:
    """Of a member's files.

    :param present: what is written, by account, and so `following`
    :param forget: the accounts whose following one is of no rotation of this cluster
    :param dropped: the digests that a rotation has dropped, where the member does not know all of them
    """

    present: Mapping[str, str] = field(default_factory=dict, repr=False)
    following: Mapping[str, str] = field(default_factory=dict, repr=False)
    forget: tuple[str, ...] = ()
    dropped: frozenset[str] = frozenset()


def check_given(words: Words, holder: str, given: str, joining: Collection[str], may_change: bool) -> None:
    """Refuse a password of clients that must not become the present one.

    :param holder: the member whose passwords count
    :param joining: the members that have none yet, whatever is on their disks
    :param may_change: whether the run may change the password
    :raises InvalidInput: for one that was dropped, and for another one where a new one is under way, or the run is not there for it
    :raises Refused: where the holder has none
    """
    empty = [account for account in ACCOUNTS if not words[holder][account].present]
    if empty:
        files = ", ".join(f"/etc/stackdb-trove/redis-{account}.password" for account in empty)
        raise Refused(f"{holder} keeps no password in {files}: without one nobody could log in. Copy the file from another member, for root alone.")
    members = _members(words, joining)
    here, new = words[holder][CLIENTS].present, following(members, CLIENTS)
    if given in ("", here, new):
        return
    if digest(given) in _dropped(members):
        raise InvalidInput(
            OPTION,
            "a password that stackdb.trove.cluster_rotate has replaced",
            "the present one, which is in /etc/stackdb-trove/redis-default.password on each member, or none: take the former one out of your"
            f" variables. {AGAIN}",
        )
    if any(kept[CLIENTS].following for kept in members.values()):
        allowed = "the present one, the one that was published, or none. Clients may have the published one; end that first, with"
        raise InvalidInput(OPTION, "a secret", f"{allowed} stackdb.trove.cluster_rotate, trove_rotate=passwords and trove_rotate_phase=turn")
    if not may_change:
        raise InvalidInput(OPTION, "a secret", f"the one that the members have; {_CONFIGURE} changes it")


def changes(words: Words, name: str, holder: str, given: str, joining: Collection[str]) -> Changes:
    """What a member has to write, as `check_given` has let it pass. The members' own is everywhere the holder's, by which all of them are reached."""
    members, kept = _members(words, joining), words[name]
    under_way = {account: following(members, account) for account in ACCOUNTS}
    wanted = {account: words[holder][account].present or "" for account in ACCOUNTS}
    own = kept[CLIENTS].present
    if name not in joining and own:
        wanted[CLIENTS] = own
    if given and given != under_way[CLIENTS]:
        wanted[CLIENTS] = given
    joins = name in joining
    known = _dropped(members)
    return Changes(
        {account: wanted[account] for account in ACCOUNTS if kept[account].present != wanted[account]},
        {account: new for account, new in under_way.items() if joins and new and kept[account].following != new},
        tuple(account for account, new in under_way.items() if joins and not new and kept[account].following),
        known if known - {*kept[CLIENTS].dropped} else frozenset(),
    )


def told(wanted: Changes) -> list[str]:
    """The same by words, and no password."""
    return [*(f"{account}, following" for account in (*wanted.forget, *wanted.following)), *(["dropped"] if wanted.dropped else []), *wanted.present]


def _members(words: Words, joining: Collection[str]) -> dict[str, Mapping[str, Kept]]:
    return {name: kept for name, kept in words.items() if name not in joining}


def _dropped(words: Words) -> frozenset[str]:
    return frozenset(one for kept in words.values() for one in kept[CLIENTS].dropped)
