# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of this host's passwords, and what servers make of them. No password is in a message or a result, but in that of `read`."""

from __future__ import annotations

import os
import secrets
import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ...._guest.command import GuestError
from ...._guest.kept_options import DIRECTORY
from ..rules import redis_conf
from ..rules.nodes import NamedNode
from ..rules.passwords import ACCOUNTS, OWN, Kept, digest
from . import connection
from .settings_file import SettingsFile

_LENGTH = 48
_MASTERAUTH = "masterauth"


def path(account: str, following: bool = False, directory: str = DIRECTORY) -> str:
    return os.path.join(directory, f"redis-{account}{'.next' if following else ''}.password")


def read(directory: str = DIRECTORY) -> dict[str, Kept]:
    """What this host keeps, by account."""
    return {
        account: Kept(_text(path(account, directory=directory)), _text(path(account, True, directory)), dropped(account, directory)) for account in ACCOUNTS
    }


def dropped(account: str, directory: str = DIRECTORY) -> tuple[str, ...]:
    """The digests of the passwords that were dropped: whoever gives one of them again has it in old variables."""
    return tuple(sorted({*(_text(_dropped(account, directory)) or "").split()}))


def remember(account: str, digests: Iterable[str], directory: str = DIRECTORY) -> None:
    found = sorted({*dropped(account, directory), *digests})
    if tuple(found) != dropped(account, directory):
        _write(_dropped(account, directory), "".join(f"{one}\n" for one in found))


def _dropped(account: str, directory: str) -> str:
    return os.path.join(directory, f"redis-{account}.dropped")


def found(directory: str = DIRECTORY) -> list[str]:
    """The first passwords of a cluster, on its first member; what is there of another cluster's rotation goes before. Returns the accounts of new ones."""
    for account in ACCOUNTS:
        forget(account, directory)
        if os.path.exists(_dropped(account, directory)):
            os.unlink(_dropped(account, directory))
    missing = [account for account, kept in read(directory).items() if not kept.present]
    for account in missing:
        write(account, create(), directory=directory)
    return missing


def _text(file: str) -> str | None:
    try:
        with open(file, encoding="utf-8") as stream:
            return stream.read().rstrip("\n") or None
    except FileNotFoundError:
        return None
    except OSError as error:
        raise GuestError(f"the password in {file} cannot be read: {error.strerror}") from error


def create() -> str:
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _number in range(_LENGTH))


def write(account: str, password: str, following: bool = False, directory: str = DIRECTORY) -> None:
    """Whole or not at all, and for root alone."""
    _write(path(account, following, directory), password)


def _write(file: str, content: str) -> None:
    os.makedirs(os.path.dirname(file), mode=0o700, exist_ok=True)
    SettingsFile(file, None).write(content)


def forget(account: str, directory: str = DIRECTORY) -> None:
    """Delete the file of the one that follows, which is the present one by now."""
    if os.path.exists(path(account, True, directory)):
        os.unlink(path(account, True, directory))


def accepted(node: connection.Node, account: str) -> frozenset[str]:
    """The digests of the passwords that a running server accepts of an account."""
    reply = connection.plain(node.call("ACL", "GETUSER", account))
    if not reply:
        raise GuestError(f"{node.name} does not know the account {account}.")
    found = reply if isinstance(reply, dict) else dict(zip(reply[::2], reply[1::2]))
    return frozenset(found["passwords"])


def change(node: connection.Node, account: str, add: Iterable[str] = (), drop: Iterable[str] = ()) -> None:
    """Have a running server accept, or refuse, passwords by their digests. Connections that are there stay, which reading the users' file again would close."""
    node.call("ACL", "SETUSER", account, *(f"#{one}" for one in add), *(f"!{one}" for one in drop))


def refused(access: connection.Access, nodes: Sequence[NamedNode], account: str, password: str) -> dict[str, str | None]:
    """By address, why a node lets nobody in with this password, None where it does: a connection of its own for each."""
    found: dict[str, str | None] = {}
    for node in nodes:
        try:
            with connection.Connections(replace(access, username=account, password=password), [node]) as connections:
                connections[node.name].call("PING")
            found[node.address] = None
        except GuestError as error:
            found[node.address] = error.message
    return found


def reaching(access: connection.Access, node: NamedNode, kept: Kept) -> connection.Access:
    """With the members' own password that the node takes: the present one, or while they are rotated the one that follows."""
    for password in dict.fromkeys(one for one in (kept.present, kept.following) if one):
        if kept.following in (None, password) or not refused(access, [node], OWN, password)[node.address]:
            return replace(access, username=OWN, password=password)
    return replace(access, username=OWN, password=kept.present)


def uses(node: connection.Node, password: str) -> bool:
    """Whether a running server logs in at its master with it, from its next link on."""
    return bool(connection.plain(node.call("CONFIG", "GET", _MASTERAUTH)) == [_MASTERAUTH, password])


def use(node: connection.Node, password: str) -> None:
    """A link that is there stays."""
    node.call("CONFIG", "SET", _MASTERAUTH, password)


def written(file: SettingsFile, password: str) -> str | None:
    """What the file of the server's settings has to be, None where it is so.

    :raises GuestError: where there is none
    """
    content = file.read()
    if content is None:
        raise GuestError(f"{file.path} cannot be read, or others than its owner may read it. Run stackdb.trove.cluster_configure first.")
    line, lines = f"{_MASTERAUTH} {redis_conf.quote(password)}", content.splitlines()
    there = [number for number, other in enumerate(lines) if other.lower().split(maxsplit=1)[:1] == [_MASTERAUTH]]
    if [lines[number] for number in there] == [line]:
        return None
    place = there[0] if there else len(lines)
    wanted = [*lines[:place], line, *(other for number, other in enumerate(lines) if number > place and number not in there)]
    return "".join(f"{one}\n" for one in wanted)


def look(access: connection.Access, node: NamedNode, peers: Sequence[str], wanted: Mapping[str, str], directory: str = DIRECTORY) -> dict[str, Any]:
    """The part of an info module's result that proves a rotation of passwords: ``{passwords: {account: {pending, newest, others, used, refused, present}}}``.

    Whether the member keeps one that follows; whether its own server accepts the newest one, and how many others; of the members' own account whether links use
    it, and its settings' file has it; and by address of a member, why that one refuses it, as this one sees it, or None; and so of the present one, as long
    as another one follows it.

    :param access: that of this host
    :param peers: the addresses of all members
    :param wanted: the settings in the node's file
    """
    everyone = [NamedNode(address, address, node.port) for address in peers]
    found: dict[str, Mapping[str, Any]] = {}
    with connection.Connections(access, [node]) as connections:
        for account, kept in read(directory).items():
            if kept.newest is None:
                continue
            here, newest = accepted(connections[node.name], account), digest(kept.newest)
            found[account] = {
                "pending": kept.following is not None,
                "newest": newest in here,
                "others": len(here - {newest}),
                "used": uses(connections[node.name], kept.newest) and wanted.get(_MASTERAUTH) == kept.newest if account == OWN else None,
                "refused": refused(access, everyone, account, kept.newest),
                "present": refused(access, everyone, account, kept.present) if kept.present and kept.following not in (None, kept.present) else {},
            }
    return {"passwords": found}
