# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is rotated, and when it is proven. Pure.

A member's word has ``rotation``, of an info module that was asked with the addresses of all members: ``{own, issuer, trusted, ca, note, unread, presented}``.
These are digests of its certificate, of the CA that this leads to, and of those that it trusts, and their text; what the rotation has noted before it changed
anything, ``{mark, replaces, drops, idle}``: the digests of the certificate that is to be replaced, or None, and of the CAs that are to go, and whether the CA
was too young; which of its files its server has not read since they were changed; and by address the ``{digest}`` of what the member there presents, the
``{error}``, or why this one is ``{barred}``, for whose address the server there has no account. An instance's has ``stale`` beside, which links run with a
certificate that was replaced. Of passwords see `rotating_passwords`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import rotating_passwords
from .errors import InvalidInput
from .evidence import Word

SUFFIX = "_rotate"
#: what can be rotated
CERTIFICATES, AUTHORITY, PASSWORDS = "certificates", "authority", "passwords"
#: how far a rotation of the CA goes
PUBLISH, TURN = "publish", "turn"

Words = Mapping[str, Word]


@dataclass(frozen=True)
class Wanted:
    """A rotation as it was asked for.

    :param run: that began its task; one that continues it has the same
    :param keep_old: whether the former CA stays trusted when no certificate of it is in use
    """

    what: tuple[str, ...]
    run: str
    phase: str = PUBLISH
    keep_old: bool = False

    @property
    def mark(self) -> str:
        """By which a member's note, and the task, are known to be of this rotation: the run that began it, what is rotated, and how far."""
        return f"{self.run}/{','.join(self.what)}/{self.phase}"

    @property
    def publishes(self) -> bool:
        return AUTHORITY in self.what and self.phase == PUBLISH

    @property
    def turns(self) -> bool:
        return AUTHORITY in self.what and self.phase == TURN

    @property
    def in_two(self) -> bool:
        """Whether it takes two runs."""
        return bool({AUTHORITY, PASSWORDS} & {*self.what})


def wanted(options: Mapping[str, Any], run: str) -> Wanted:
    """
    :param options: of the verb, without trove_
    """
    return Wanted(tuple(options["rotate"]), run, options["rotate_phase"], bool(options["keep_old_authority"]))


def check(options: Mapping[str, Any], rotates: Sequence[str], why_not: str) -> None:
    """Refuse what nothing can be meant by, before anything is done.

    :param rotates: what the datastore can rotate, and why it cannot rotate the rest
    :raises InvalidInput: naming the option
    """
    asked = options["rotate"]
    for number, one in enumerate(asked):
        if one not in rotates:
            raise InvalidInput(f"trove_rotate[{number}]", one, list(rotates), rule=why_not)
    if not asked:
        raise InvalidInput("trove_rotate", asked, list(rotates))
    if options["keep_old_authority"] and (AUTHORITY not in asked or options["rotate_phase"] != TURN):
        allowed = f"only with trove_rotate={AUTHORITY} and trove_rotate_phase={TURN}: nothing else drops a CA"
        raise InvalidInput("trove_keep_old_authority", True, allowed)
    if options["rotate_phase"] == TURN and not {AUTHORITY, PASSWORDS} & {*asked}:
        raise InvalidInput("trove_rotate_phase", TURN, f"only with trove_rotate={AUTHORITY} or {PASSWORDS}")
    if PASSWORDS in asked and len(asked) > 1:
        raise InvalidInput("trove_rotate", asked, f"{PASSWORDS} alone, since clients have to do something else for them")
    if PASSWORDS in asked and options["older_than"]:
        raise InvalidInput("trove_older_than", options["older_than"], f"only with {CERTIFICATES} or {AUTHORITY}: the age of a password is not known")
    if PASSWORDS in asked and options.get("ca_file"):
        raise InvalidInput("trove_ca_file", options["ca_file"], f"only with {CERTIFICATES} or {AUTHORITY}")
    if {CERTIFICATES, AUTHORITY} <= {*asked}:
        rule = "With a new CA all certificates are replaced, too, in the run that turns to it."
        raise InvalidInput("trove_rotate", asked, f"{CERTIFICATES} or {AUTHORITY}", rule=rule)
    if options["older_than"] < 0:
        raise InvalidInput("trove_older_than", options["older_than"], "a number of days from 0")


def unproven(rotation: Wanted, addresses: Mapping[str, str], words: Words, dropped: bool = True) -> list[str]:
    """Why it is not proven that the members present what they shall, and trust what they shall: sentences.

    :param addresses: of all members, by name
    :param words: of all of them
    :param dropped: whether the former CA is to be gone, where it is not to be kept
    """
    silent = [f"{name} says nothing: {_why(words, name)}" for name in addresses if not _said(words, name, rotation)]
    if silent:
        return silent
    told = {name: words[name].told["rotation"] for name in addresses}
    if PASSWORDS in rotation.what:
        return rotating_passwords.unproven(addresses, told, rotation.phase == TURN, dropped)
    return [
        *_presented(addresses, told),
        *_trusted(told),
        *_unread(told),
        *(f"{name}: {why}" for name, one in told.items() for why in one.get("stale", []) if not rotation.publishes),
        *(f"{name} has noted no rotation by {rotation.mark}" for name, one in told.items() if one["note"].get("mark") != rotation.mark),
        *(_published(told) if rotation.publishes else ()),
        *(_turned(told, dropped and not rotation.keep_old) if rotation.turns else ()),
        *(_replaced(told) if CERTIFICATES in rotation.what else ()),
    ]


def _why(words: Words, name: str) -> str:
    return (words[name].silent or "its word has nothing of it") if name in words else "it was not asked"


def _said(words: Words, name: str, rotation: Wanted) -> bool:
    """A member without TLS says nothing of certificates."""
    found = ((words[name].said or {}).get("rotation") if name in words else None) or {}
    return bool(found) and (PASSWORDS in rotation.what or "presented" in found)


def _presented(addresses: Mapping[str, str], told: Mapping[str, Any]) -> Iterator[str]:
    """Each member presents its certificate, as every one sees it, itself among them."""
    for name, address in addresses.items():
        for other, one in told.items():
            seen = one["presented"].get(address) or {"error": "no member looked"}
            if seen.get("barred") and other != name:
                # no client from there sees any certificate; the member has looked by its own socket
                continue
            if not seen.get("digest"):
                yield f"{other} cannot see which certificate {name} presents: {seen.get('error') or seen.get('barred')}"
            elif seen["digest"] != told[name]["own"]:
                yield f"{name} presents to {other} another certificate ({_short(seen['digest'])}) than it has on its disk ({_short(told[name]['own'])})"


def _trusted(told: Mapping[str, Any]) -> Iterator[str]:
    """All trust the same CAs, and each one's certificate is of one of them."""
    first, *others = told
    for name in others:
        if {*told[name]["trusted"]} != {*told[first]["trusted"]}:
            yield f"{first} and {name} do not trust the same CAs"
    yield from (f"the certificate of {name} is of no CA that it trusts" for name, one in told.items() if not one["issuer"])


def _unread(told: Mapping[str, Any]) -> Iterator[str]:
    """Each server has read its files: which CAs it trusts is not seen from outside."""
    for name, one in told.items():
        unread = one.get("unread")
        if unread is None:
            yield f"{name} does not say which of its files its server has read"
        elif unread:
            yield f"the server of {name} has not read {', '.join(unread)} since they were changed"


def _published(told: Mapping[str, Any]) -> Iterator[str]:
    """Each member trusts a CA that no certificate is of yet, but where the one that it has was too young to be followed."""
    used = {one["issuer"] for one in told.values()}
    for name, one in told.items():
        if not one["note"].get("idle") and not {*one["trusted"]} - used:
            yield f"{name} trusts no CA but that of the members' certificates"


def _turned(told: Mapping[str, Any], alone: bool) -> Iterator[str]:
    """No certificate is of a former CA, and where that is dropped, nobody trusts it."""
    for name, one in told.items():
        former = {*one["note"].get("drops", [])}
        if one["issuer"] in former:
            yield f"the certificate of {name} is of a former CA ({_short(one['issuer'])})"
        if alone and former & {*one["trusted"]}:
            yield f"{name} still trusts a former CA"


def _replaced(told: Mapping[str, Any]) -> Iterator[str]:
    for name, one in told.items():
        if one["note"].get("replaces") and one["note"]["replaces"] == one["own"]:
            yield f"{name} has the certificate that it had at the begin ({_short(one['own'])})"


def _short(digest: str | None) -> str:
    return f"SHA-256 {digest[:16]}" if digest else "none"


def said(rotation: Wanted, words: Words, still: str = "", before: Words | None = None) -> str:
    """What has come of it, for people, with the CAs that clients have to trust.

    :param words: of all members, as `unproven` has found nothing in them
    :param still: what goes on trusting a CA that was dropped, a sentence
    :param before: of all members, as the run began
    """
    if PASSWORDS in rotation.what:
        began = [word.said["rotation"] for word in (before or {}).values() if word.said and word.said.get("rotation")]
        return rotating_passwords.said(rotation.phase == TURN, began)
    told = [word.told["rotation"] for word in words.values()]
    rest = [name for name, word in words.items() if word.told["rotation"]["note"].get("idle")]
    lines = []
    if CERTIFICATES in rotation.what:
        young = [name for name, word in words.items() if not word.told["rotation"]["note"].get("replaces")]
        lines += [f"The certificates of {', '.join(young)} are younger than trove_older_than, and stay."] if young else []
        lines += ["Each member presents a certificate for a new key."] if len(young) < len(told) else []
    if rotation.publishes and rest:
        lines.append("The CA is younger than trove_older_than, and stays.")
    elif rotation.publishes:
        lines.append(
            "All members trust the new CA and the one that their certificates are of. Give both, as below, to all clients. Then run it again with"
            " trove_rotate_phase=turn: a client that trusts the former one alone is refused from then on."
        )
    if rotation.turns:
        keeps = rotation.keep_old and any(one["note"]["drops"] for one in told)
        kept = "They still trust the former one, too." if keeps else f"Clients' certificates of no other are accepted. {still}".rstrip()
        lines.append(f"All members present certificates of the CA that was published. {kept}")
    readers = [f"{name} to {', '.join(word.told['rotation']['others'])}" for name, word in words.items() if word.told["rotation"].get("others")]
    if readers and not rotation.publishes:
        lines.append(
            f"The binary log is still sent by connections that were there before the certificates: by {'; '.join(readers)}. They are no replicas of this"
            " collection; have them connect again where they shall use the new certificates."
        )
    return "\n".join([*lines, "These CAs are trusted:", told[0]["ca"]])
