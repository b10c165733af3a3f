# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Passwords of the collection's accounts, and how new ones take their places while clients connect. Pure.

A member keeps two of each account: the present one, and while they are rotated the one that follows. An account has both at once (ACL SETUSER), and nobody
uses the following one before it is on all members' disks, so that a run which was stopped goes on with the same one, whichever member is lost meanwhile.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from ...._model.errors import InvalidInput, Refused

#: the account of members and of this collection, and the one of clients
OWN, CLIENTS = "trove", "default"
#: for whoever wants a password again that was replaced
AGAIN = "To have clients use that one again, delete /etc/stackdb-trove/redis-default.dropped on every member before"
#: in the order in which the following passwords are created: with the last one, all are there
ACCOUNTS = (OWN, CLIENTS)
OPTION = "redis_cluster_password"


@dataclass(frozen=True)
class Kept:
    """What a member has on its disk for an account; None for no file."""

    present: str | None = field(default=None, repr=False)
    following: str | None = field(default=None, repr=False)
    #: the digests of those that a rotation has dropped; of the account of clients alone
    dropped: tuple[str, ...] = field(default=(), compare=False)

    @property
    def newest(self) -> str | None:
        return self.following or self.present

    @property
    def accepted(self) -> tuple[str, ...]:
        """The digests, as ACL lists have them, of what is not to be refused."""
        return tuple(digest(one) for one in dict.fromkeys((self.present, self.following)) if one)


#: by member and account
Words = Mapping[str, Mapping[str, Kept]]


def accepted(words: Words, account: str) -> list[str]:
    """The digests of what no server is to refuse, as long as any member has it on its disk."""
    return list(dict.fromkeys(one for kept in words.values() for one in kept[account].accepted))


def digest(password: str) -> str:
    return hashlib.sha256(password.encode()).hexdigest()


def following(words: Words, account: str) -> str | None:
    """The new password under way: one that equals the present one of all is no new one.

    :raises Refused: where members keep different ones
    """
    present = {kept[account].present for kept in words.values()}
    found = {one for kept in words.values() if (one := kept[account].following) and present != {one}}
    if len(found) > 1:
        holders = [member for member, kept in words.items() if kept[account].following]
        raise Refused(
            f"{', '.join(holders)} keep different new passwords of the account {account}, and it is not known which one clients were given. Delete"
            f" /etc/stackdb-trove/redis-{account}.next.password on all members but one whose is right.",
            members=holders,
        )
    return found.pop() if found else None


def to_create(words: Words, given: str) -> tuple[str, ...]:
    """Of which accounts a new password has to be created, where they are published.

    :param given: the user's own for clients, or empty
    :raises InvalidInput: for one that is none to go on with
    :raises Refused: where members have no passwords, or are turned to the new ones already
    """
    check(words)
    new = following(words, CLIENTS)
    if given and any(digest(given) in kept[CLIENTS].dropped for kept in words.values()):
        raise InvalidInput(OPTION, "one that a rotation has dropped", f"another one, or none, so that one is created. {AGAIN}")
    if new is None and any(kept[CLIENTS].present == given for kept in words.values()):
        raise InvalidInput(OPTION, "the present one", "another one, or none, so that one is created")
    if new is not None and given not in ("", new):
        allowed = "the one that was published, or none; trove_rotate_phase=turn ends the rotation under way"
        raise InvalidInput(OPTION, "another one", allowed)
    turned = [member for member, kept in words.items() if new is not None and kept[CLIENTS].present == new]
    if turned:
        raise Refused(f"{', '.join(turned)} have dropped the former password. Go on with that: trove_rotate_phase=turn.", members=turned)
    if new is not None:
        # that of the members is changed in the same run: where none is under way, it was
        return ()
    return tuple(account for account in ACCOUNTS if following(words, account) is None)


def to_keep(words: Words, member: str) -> dict[str, str]:
    """The new passwords that a member has to write on its disk, by account."""
    wanted = {account: following(words, account) for account in ACCOUNTS}
    return {account: new for account, new in wanted.items() if new and new not in (words[member][account].present, words[member][account].following)}


def check_kept(words: Words, account: str, turns: bool = False) -> None:
    """Refuse to go on before every member has the same new password on its disk.

    :param turns: whether the present one is dropped, so that each one has to have the new one
    :raises Refused: naming those that have not
    """
    check(words)
    new = following(words, account)
    if turns and account == OWN:
        # nobody but members and the collection uses it, and each has made it its present one when it does
        unused = [member for member, kept in words.items() if kept[OWN].present != (new or kept[OWN].newest)]
        if unused:
            raise Refused(f"{', '.join(unused)} do not use the new password of the account {OWN} yet. Run it with trove_rotate_phase=publish.", members=unused)
    without = [member for member, kept in words.items() if new not in (None, kept[account].present, kept[account].following)]
    if new is None and len({kept[account].present for kept in words.values()}) > 1:
        without = list(words)
    if without:
        rest = " Run it with trove_rotate_phase=publish first." if turns else ""
        raise Refused(f"{', '.join(without)} do not have the new password of the account {account} that others have.{rest}", members=without)


def check_given(words: Words, given: str) -> None:
    """Of a turn, in which a password need not be given.

    :raises InvalidInput: for another one than the one that is turned to
    """
    wanted = following(words, CLIENTS) or next(iter(words.values()))[CLIENTS].present
    if given not in ("", wanted):
        raise InvalidInput(OPTION, "another one", "the one that was published, or none")


def check(words: Words) -> None:
    """
    :raises Refused: where a member says nothing, or has no passwords
    """
    without = [member for member, kept in words.items() if not kept or not all(kept[account].present for account in ACCOUNTS)]
    if without:
        raise Refused(f"{', '.join(without)} have no passwords. Run stackdb.trove.cluster_configure first.", members=without)
