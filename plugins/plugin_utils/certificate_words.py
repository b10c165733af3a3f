# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the members have, and which CA their certificates are of from now on. Pure functions, the same on every member."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..module_utils._model.errors import InvalidInput, Refused
from . import x509
from .given_certificates import Given
from .x509 import Certificate

#: the choices for a change of the CA
AUTO, TRUST, COMPLETE = "auto", "trust", "complete"
#: where the roles keep the key of a CA that was created for the cluster, and of one that is about to be
KEY, NEW_KEY = "/etc/stackdb-trove/ca.key", "/etc/stackdb-trove/ca-new.key"
#: a CA and a certificate are renewed in the last third of their lifetime
RENEWED = 1 / 3
#: seconds; members are asked one after the other, with many of them over some ten seconds
_CLOCKS_DIFFER = 300


@dataclass(frozen=True)
class Word:
    """What a member has.

    - now: its clock, seconds since the epoch
    - authorities: of ca.pem; chain: of server.pem
    - key: the public key of server.key; key_problem: why that file cannot stay as it is, or None
    - authority_keys: the public keys of the CA's keys that it keeps, by path
    - note: what a rotation has noted, empty where none has
    """

    now: float
    authorities: tuple[Certificate, ...] = ()
    chain: tuple[Certificate, ...] = ()
    key: str | None = None
    key_problem: str | None = None
    authority_keys: tuple[tuple[str, str], ...] = ()
    note: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Cluster:
    """What holds for all members.

    :param prefix: of the options, such as ``galera_tls_``
    :param change: auto, trust or complete
    :param keys: where a member keeps the key of a CA that was created for the cluster, and of one that is about to be
    :param may_change: whether this run may change the CA of members that have one
    :param renew_own: whether the cluster's own CA is followed by a new one now; None where its age decides
    """

    prefix: str
    members: Sequence[str]
    words: Mapping[str, Word]
    change: str = AUTO
    may_change: bool = True
    keys: tuple[str, str] = (KEY, NEW_KEY)
    renew_own: bool | None = None

    @property
    def now(self) -> float:
        return max(word.now for word in self.words.values())

    @property
    def earliest(self) -> float:
        """By the clock that is furthest behind, by which a new certificate has to be valid, too."""
        return min(word.now for word in self.words.values())

    @property
    def silent(self) -> list[str]:
        """The members that did not say what they have. Nothing that the others have to agree in is changed without them."""
        return [member for member in self.members if member not in self.words]


@dataclass(frozen=True)
class Authority:
    """The CA that certificates are of from now on.

    - certificates: of it, PEM; signer: the one of them that signs, where its key is known; the key is `path` on `holder`, or given
    - create: whether a new one has to be created, by `holder` with the key `path`
    - own: whether it was created for the cluster
    - fresh: whether the key that is at `path` is that of a CA in use, as it is left there where not all members could be asked, so that a new one is created
    """

    certificates: tuple[Certificate, ...] = ()
    signer: Certificate | None = None
    holder: str | None = None
    path: str | None = None
    create: bool = False
    own: bool = False
    fresh: bool = False


def trusted_cas(cluster: Cluster) -> list[Certificate]:
    """Every CA that some member trusts, the newest first."""
    found = dict.fromkeys(certificate for word in cluster.words.values() for certificate in word.authorities)
    return sorted(found, key=lambda certificate: -certificate.begins)


def is_first(cluster: Cluster) -> bool:
    """Whether no member trusts a CA: one that they get takes the place of nothing. A key where that of a first one is kept is of a run that was stopped, or
    that goes on beside this one, and is taken: with two keys, one run's CA would be trusted with the key of the other.
    """
    return not any(word.authorities or cluster.keys[1] in dict(word.authority_keys) for word in cluster.words.values())


def path_of_new(cluster: Cluster) -> str:
    """Where the key of a CA that is created is kept: not over that of another one."""
    return cluster.keys[0 if is_first(cluster) else 1]


def check_words(cluster: Cluster) -> None:
    """:raises Refused: where the members do not belong together"""
    groups: list[tuple[list[str], set[object]]] = []
    for member, word in cluster.words.items():
        if not word.authorities:
            continue
        marks: set[object] = {*word.authorities, *(key for _path, key in word.authority_keys)}
        names = [member]
        for group in [group for group in groups if group[1] & marks]:
            groups.remove(group)
            names, marks = group[0] + names, group[1] | marks
        groups.append((names, marks))
    if len(groups) > 1:
        told = "; ".join(f"{', '.join(names)}: {_subjects(mark for mark in marks if isinstance(mark, Certificate))}" for names, marks in groups)
        raise Refused(
            f"The members have different CAs, so they do not belong together, or one of them was away while the CA changed ({told})."
            " Move the TLS directory of the member whose CA is the wrong one away; the next run creates it again.",
            members=list(cluster.members),
        )


def authority_of(cluster: Cluster, given: Given, created: str | None) -> Authority:
    """The CA that the members' certificates are of from now on: the one that was given, or the newest of the cluster's own.

    :raises InvalidInput: where this run may not change the CA
    :raises Refused: where a member is silent that the change concerns
    """
    if given.authorities:
        _check_change(cluster, given)
        if any(not set(given.authorities) <= set(word.authorities) for word in cluster.words.values()):
            check_all(cluster)
        return Authority(given.authorities, given.signer)
    own = _own(cluster, created)
    found = trusted_cas(cluster)
    if own is None and found:
        return Authority(tuple(found))
    if own is None:
        check_all(cluster)
        return Authority(create=True, own=True, holder=_creator(cluster), path=path_of_new(cluster))
    is_followed = remaining(own.certificates[0], cluster.now) < RENEWED if cluster.renew_own is None else cluster.renew_own
    if is_followed and created is None and not cluster.silent:
        holder = _creator(cluster)
        return Authority(own.certificates, create=True, own=True, holder=holder, path=cluster.keys[1], fresh=_new_key(cluster, holder) in _keys_in_use(cluster))
    return own


def _own(cluster: Cluster, created: str | None) -> Authority | None:
    """The newest CA whose key some member keeps; None where there is none."""
    certificates = x509.certificates(created) if created else tuple(trusted_cas(cluster))
    for certificate in certificates:
        for member, word in cluster.words.items():
            for path, key in word.authority_keys:
                if key == certificate.key:
                    return Authority((certificate,), certificate, member, path, own=True)
    return Authority(certificates, certificates[0], _creator(cluster), path_of_new(cluster), own=True) if created else None


def check_all(cluster: Cluster) -> None:
    """:raises Refused: where a member is silent that the change of a CA concerns"""
    if cluster.silent:
        silent = ", ".join(cluster.silent)
        raise Refused(f"{silent} did not say which certificates they have, and no CA is changed or created without the word of every member.")


def check_clocks(cluster: Cluster) -> None:
    """:raises Refused: where the members' clocks differ: dates mean another thing to each of them then, and what is young or has expired is not known"""
    if cluster.now - cluster.earliest > _CLOCKS_DIFFER:
        behind = ", ".join(f"{name} {cluster.now - word.now:.0f} s" for name, word in cluster.words.items())
        raise Refused(
            f"The members' clocks differ by more than {_CLOCKS_DIFFER} s. Behind the one that is furthest ahead are: {behind}. Nothing was rotated. Let the"
            " time service set them (chronyc tracking, timedatectl) first.",
            members=list(cluster.words),
        )


def _creator(cluster: Cluster) -> str:
    """The member that creates a CA: one that a stopped run had create a key, else the first."""
    in_use = _keys_in_use(cluster)
    return next((member for member in cluster.members if _new_key(cluster, member) not in (None, *in_use)), cluster.members[0])


def _new_key(cluster: Cluster, member: str) -> str | None:
    """The public key of a CA that is about to be created, or was last, as the member keeps it."""
    return dict(cluster.words[member].authority_keys).get(path_of_new(cluster))


def _keys_in_use(cluster: Cluster) -> set[str]:
    return {certificate.key for certificate in trusted_cas(cluster)}


def _check_change(cluster: Cluster, given: Given) -> None:
    if cluster.may_change:
        return
    for member, word in cluster.words.items():
        if word.authorities and not set(given.authorities) <= set(word.authorities):
            allowed = f"{_subjects(word.authorities)}, as {member} has it; stackdb.trove.cluster_configure changes it"
            raise InvalidInput(f"{cluster.prefix}ca_certificate", _subjects(given.authorities), allowed)


def remaining(certificate: Certificate, now: float) -> float:
    """The part of its lifetime that is left."""
    return (certificate.ends - now) / certificate.lifetime


def issuer(chain: Sequence[Certificate], among: Iterable[Certificate]) -> Certificate | None:
    """The CA that a member's certificate leads to."""
    return next((one for one in among if chain and (chain[-1] == one or chain[-1].issued_by(one))), None)


def _subjects(certificates: Iterable[Certificate]) -> str:
    return " and ".join(sorted(certificate.subject for certificate in certificates))
