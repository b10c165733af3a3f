# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps by which this host's member goes over to new passwords. Each changes nothing where it was done before, and returns what it has changed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from ...._guest.command import GuestError
from ...._guest.kept_options import DIRECTORY
from ...._model.errors import Refused
from ..guest import connection
from ..guest import passwords as guest
from ..guest.settings_file import SettingsFile
from ..rules import kept_passwords
from ..rules import passwords as rules
from ..rules.nodes import NamedNode
from ..rules.passwords import OWN, Words


@dataclass(frozen=True)
class Member:
    """This host's member.

    :param access: how all nodes are reached, without an account
    :param node: its own server; `nodes`: those of all members
    :param file: its server's settings
    """

    name: str
    access: connection.Access
    node: NamedNode
    nodes: Sequence[NamedNode]
    file: SettingsFile
    directory: str = DIRECTORY

    def connect(self) -> connection.Connections:
        """With the present password, or the one that follows where the server takes that alone."""
        access = guest.reaching(self.access, self.node, guest.read(self.directory)[OWN])
        return connection.Connections(access, [self.node])


def create(words: Words, given: str, directory: str = DIRECTORY, check_mode: bool = False, make: Callable[[], str] = guest.create) -> list[str]:
    """New passwords on this host alone, unless a run that was stopped has created them."""
    accounts = rules.to_create(words, given)
    for account in accounts if not check_mode else ():
        guest.write(account, given if given and account == rules.CLIENTS else make(), following=True, directory=directory)
    return list(accounts)


def keep(words: Words, name: str, directory: str = DIRECTORY) -> list[str]:
    """The new ones that another member has."""
    found = rules.to_keep(words, name)
    for account, password in found.items():
        guest.write(account, password, following=True, directory=directory)
    return list(found)


def settle(words: Words, name: str, holder: str, given: str, joining: Collection[str], directory: str = DIRECTORY, check_mode: bool = False) -> list[str]:
    """What this member keeps where none are rotated. What follows comes first: with the present ones a member counts as one that has joined."""
    wanted = kept_passwords.changes(words, name, holder, given, joining)
    done = kept_passwords.told(wanted)
    if check_mode:
        return done
    for account in wanted.forget:
        guest.forget(account, directory)
    guest.remember(rules.CLIENTS, wanted.dropped, directory)
    for account, password in wanted.following.items():
        guest.write(account, password, following=True, directory=directory)
    for account, password in wanted.present.items():
        guest.write(account, password, directory=directory)
    return done


def accept(member: Member, words: Words) -> list[str]:
    """The server accepts both, and what any member has on its disk. Every member has the new ones there by then."""
    changed = []
    with member.connect() as connections:
        for account in rules.ACCOUNTS:
            rules.check_kept(words, account)
            missing = frozenset(rules.accepted(words, account)) - guest.accepted(connections[member.name], account)
            if missing:
                guest.change(connections[member.name], account, add=sorted(missing))
                changed.append(account)
    return changed


def use(member: Member, words: Words) -> list[str]:
    """The member's links, and this collection on this host, use the new password, which all members accept."""
    rules.check_kept(words, OWN)
    kept, changed = guest.read(member.directory)[OWN], []
    new = kept.newest
    if new is None:
        raise Refused(f"{member.name} has no passwords.")
    refused = {address: why for address, why in guest.refused(member.access, member.nodes, OWN, new).items() if why}
    if refused:
        raise GuestError(f"{member.name} cannot authenticate as {OWN} with the new password: {'; '.join(str(why) for why in refused.values())}")
    with member.connect() as connections:
        if not guest.uses(connections[member.name], new):
            guest.use(connections[member.name], new)
            changed.append("links")
    content = guest.written(member.file, new)
    if content is not None:
        member.file.write(content)
        changed.append("settings")
    if kept.present != new:
        guest.write(OWN, new, directory=member.directory)
        changed.append("password")
    return changed


def drop(member: Member, words: Words, accounts: Sequence[str]) -> list[str]:
    """The former passwords are refused. All members, and for clients all of these, use the new ones by then; connections that are there stay."""
    changed = []
    for account in accounts:
        rules.check_kept(words, account, turns=True)
        kept = guest.read(member.directory)[account]
        new = kept.newest
        if new is None:
            raise Refused(f"{member.name} has no password of the account {account}.")
        with member.connect() as connections:
            here, wanted = guest.accepted(connections[member.name], account), frozenset([rules.digest(new)])
            if account == rules.CLIENTS:
                # before it is dropped: a run that was stopped knows it, too
                guest.remember(account, {*here, *kept.accepted} - wanted, member.directory)
            if here != wanted:
                guest.change(connections[member.name], account, add=sorted(wanted - here), drop=sorted(here - wanted))
                changed.append(account)
        if kept.present != new:
            guest.write(account, new, directory=member.directory)
        if kept.following is not None:
            guest.forget(account, member.directory)
            changed.append("file")
    return changed
