# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each member has to do for its certificate, by what all members have: pure functions, the same on every member.

A CA is changed in three phases, each on all members before the next: (1) all trust the old and the new one; (2) certificates of the new one, member by
member; (3) the old one is dropped, when the members have shown in this run that no certificate of it is in use. Where a run was stopped is seen by what
the members have: there is nothing else to remember.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from ..module_utils._model.errors import InvalidInput, Refused
from . import certificate_words as known
from . import given_certificates, x509
from .certificate_words import COMPLETE, RENEWED, TRUST, Authority, Cluster, Word
from .given_certificates import Given, Names, moment
from .x509 import Certificate

#: certificates go over to the next CA in the last sixth of the CA's lifetime
_SWITCHED = 1 / 6
#: renewing has to bring at least this part of a lifetime: the certificate of a CA that ends soon would be renewed in every run
_WORTHWHILE = 1 / 10
#: a member whose clock is behind accepts a certificate that was valid a while ago
_BACKDATED, _BACKDATED_AT_MOST = 1 / 20, 3600
#: X.520, ub-common-name
_COMMON_NAME = 64
#: how much of it the hash of a longer one takes
_TAIL = 9


@dataclass(frozen=True)
class Plan:
    """What one member has to do, in this order.

    - keep_key: whether it has to keep the key of the CA that was created, before any member trusts that one: with the key on one member alone it would be lost
      with this member, and all would trust a CA that can sign nothing
    - trust: what ca.pem has to hold before certificates change, empty where it stays
    - renew: why its own certificate is replaced, or None
    - drop: what ca.pem holds in the end, empty where it stays or where not every member has shown a certificate of it yet
    - forget: the keys of former CAs, by path
    - new_key: whether the certificate that replaces the member's own is for a new key
    - former: whether members have a CA or a key of one from before, of which nothing may be left to be dropped
    - note: what a rotation notes before anything else is done, empty where it is noted already, and without one
    """

    authority: Authority
    trust: tuple[Certificate, ...] = ()
    renew: str | None = None
    drop: tuple[Certificate, ...] = ()
    share_key: bool = False
    forget: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    new_key: bool = False
    keep_key: bool = False
    former: bool = True
    note: Mapping[str, Any] = field(default_factory=dict)

    @property
    def acts(self) -> bool:
        return bool(self.authority.create or self.trust or self.renew or self.drop or self.share_key or self.forget)


def decide(name: str, cluster: Cluster, given: Given, wanted: Names, created: str | None = None) -> Plan:
    """What the member `name` has to do.

    :param created: PEM text of the certificate of a CA that this run has created
    :raises InvalidInput: where the CA of members that have one is not to be changed by this run
    :raises Refused: where the members do not belong together, or a certificate has to be signed and the CA's key is not there
    """
    known.check_words(cluster)
    authority = known.authority_of(cluster, given, created)
    if given.chain and not authority.certificates:
        raise InvalidInput(f"{cluster.prefix}certificate", "a certificate", f"only together with {cluster.prefix}ca_certificate, since no member has a CA")
    if authority.create:
        return Plan(authority, renew="the cluster gets a CA" if not known.trusted_cas(cluster) else None)
    word = cluster.words[name]
    renew = _renewal(name, cluster, authority, given, wanted)
    trust = _trusted(word, cluster, authority)
    keep_key = _keeps_key(word, cluster, authority)
    kept = authority.path if keep_key else None
    return Plan(
        authority,
        trust=trust,
        renew=renew,
        drop=() if renew or trust else _dropped(word, cluster, authority),
        share_key=kept != cluster.keys[0] and _lacks_key(word, cluster, authority),
        forget=() if renew or trust else _unused_keys(word, cluster, authority),
        warnings=tuple(_warnings(word, cluster, authority, given)),
        keep_key=keep_key,
        former=not known.is_first(cluster),
    )


def _keeps_key(word: Word, cluster: Cluster, authority: Authority) -> bool:
    """Of a CA that was created by this run, or by one that was stopped."""
    is_new = authority.path == known.path_of_new(cluster)
    return authority.signer is not None and is_new and authority.signer.key not in dict(word.authority_keys).values()


def _lacks_key(word: Word, cluster: Cluster, authority: Authority) -> bool:
    """Whether the CA's key is not where that of the CA in use is."""
    return authority.own and dict(word.authority_keys).get(cluster.keys[0]) != (authority.signer.key if authority.signer else None)


def common_name(name: str) -> str:
    """A name as a certificate's subject takes it: a longer one is cut, and keeps apart from others by a hash of the whole."""
    if len(name) <= _COMMON_NAME:
        return name
    return f"{name[: _COMMON_NAME - _TAIL]}-{hashlib.sha256(name.encode()).hexdigest()[: _TAIL - 1]}"


def span(now: float, lifetime: float, signer: Certificate | None = None, earliest: float | None = None) -> tuple[str, str]:
    """From when to when a new certificate is valid, as ASN.1 writes it; never longer than its CA.

    :param earliest: now, by the clock that is furthest behind, where it is another one
    """
    begins = min(now, now if earliest is None else earliest) - min(lifetime * _BACKDATED, _BACKDATED_AT_MOST)
    return _asn1(max(begins, signer.begins) if signer else begins), _asn1(_end(now, lifetime, signer))


def authority_name(name: str, cluster: Cluster) -> str:
    """The common name of a CA to be created; that of a second one has its date, so that people can tell them apart."""
    date = datetime.fromtimestamp(cluster.now, timezone.utc)
    return common_name(f"{name} {date:%Y%m%dT%H%M%SZ}" if known.trusted_cas(cluster) else name)


def is_named(authority: Certificate, name: str) -> bool:
    """Whether a CA has a name that `authority_name` gives to a second one."""
    begin = re.escape(f"CN={name} "[: len("CN=") + _COMMON_NAME - _TAIL])
    return bool(re.fullmatch(rf"{begin}(\d{{8}}T\d{{6}}Z|.*-[0-9a-f]{{8}})", authority.subject))


def _asn1(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, timezone.utc):%Y%m%d%H%M%SZ}"


def _end(now: float, lifetime: float, signer: Certificate | None) -> float:
    return min(now + lifetime, signer.ends) if signer else now + lifetime


def _renewal(name: str, cluster: Cluster, authority: Authority, given: Given, wanted: Names) -> str | None:
    """Why a member's certificate is replaced."""
    word = cluster.words[name]
    broken = broken_of(word, cluster, authority)
    if given.chain:
        given_certificates.check_chain(f"{cluster.prefix}certificate", given.chain, authority.certificates)
        waits = cluster.change == TRUST and not broken and not known.issuer(word.chain, authority.certificates)
        is_other = word.chain != given.chain or word.key != given.chain[0].key
        return "another one is given" if is_other and not waits else word.key_problem
    reason = broken or _wrong_names(word, wanted, authority)
    if given.authorities and cluster.change != TRUST and not known.issuer(word.chain, authority.certificates):
        reason = reason or f"it is of another CA, {word.chain[-1].issuer}"
    if reason and authority.signer is None:
        raise Refused(
            f"{name} needs a certificate ({reason}), and the key of its CA is not stored. Give the CA's certificate and key, as"
            f" {cluster.prefix}ca_certificate and {cluster.prefix}ca_key, or a ready-made certificate, as {cluster.prefix}certificate and"
            f" {cluster.prefix}key.",
            member=name,
        )
    return reason or _ending(word, cluster, authority, given) or _former(word, cluster, authority)


def broken_of(word: Word, cluster: Cluster, authority: Authority) -> str | None:
    """Why the certificate that a member has is none to go on with."""
    if not word.chain:
        return "there is none"
    own = word.chain[0]
    if word.key is None or word.key_problem:
        return word.key_problem or "there is no key"
    if own.key != word.key:
        return "its key does not fit"
    if own.ends <= cluster.now:
        return f"it has expired at {moment(own.ends)}"
    return None if known.issuer(word.chain, [*authority.certificates, *known.trusted_cas(cluster)]) else "it is of no CA that the members trust"


def _wrong_names(word: Word, wanted: Names, authority: Authority) -> str | None:
    """One that was given may leave out what no member looks for."""
    own = word.chain[0]
    names, addresses = (wanted.names, wanted.addresses) if authority.signer else ((), wanted.verified)
    missing = [name for name in names if not x509.covers(own, name)] + [address for address in addresses if not x509.has_address(own, address)]
    return f"it is not good for {', '.join(missing)}" if missing else None


def _ending(word: Word, cluster: Cluster, authority: Authority, given: Given) -> str | None:
    own = word.chain[0]
    if authority.signer is None or known.remaining(own, cluster.now) >= RENEWED:
        return None
    if cluster.change == TRUST and not known.issuer(word.chain, [authority.signer]):
        # no certificate of the new CA is shown before the clients trust it
        return None
    gained = _end(cluster.now, given.lifetime, authority.signer) - own.ends
    return f"it ends at {moment(own.ends)}" if gained > own.lifetime * _WORTHWHILE else None


def _former(word: Word, cluster: Cluster, authority: Authority) -> str | None:
    """Whether the member's certificate is of a former CA, and its time has come."""
    if authority.signer is None or cluster.change == TRUST or cluster.silent or known.issuer(word.chain, [authority.signer]):
        return None
    issuer = known.issuer(word.chain, known.trusted_cas(cluster))
    due = not authority.own or cluster.change == COMPLETE or issuer is None or known.remaining(issuer, cluster.now) < _SWITCHED
    return f"it is of the former CA {issuer.subject if issuer else word.chain[-1].issuer}" if due else None


def _trusted(word: Word, cluster: Cluster, authority: Authority) -> tuple[Certificate, ...]:
    """What ca.pem has to hold while certificates of several CAs are in use; nothing is dropped but what has expired."""
    issuers = [issuer for other in cluster.words.values() if (issuer := known.issuer(other.chain, [*authority.certificates, *known.trusted_cas(cluster)]))]
    if {*authority.certificates, *issuers} <= set(word.authorities):
        return ()
    old = [one for one in (*issuers, *word.authorities) if one.ends > cluster.now]
    return tuple(dict.fromkeys((*authority.certificates, *old)))


def _in_use(cluster: Cluster, authority: Authority) -> bool:
    """Whether every member has shown a certificate of the CA."""
    return not cluster.silent and all(known.issuer(word.chain, authority.certificates) and word.chain[0].key == word.key for word in cluster.words.values())


def _dropped(word: Word, cluster: Cluster, authority: Authority) -> tuple[Certificate, ...]:
    others = set(word.authorities) - set(authority.certificates)
    if authority.own and word.authorities[0] not in authority.certificates:
        # a given CA was published, and the run that turns to it has to give it again
        return ()
    return authority.certificates if others and _in_use(cluster, authority) else ()


def _unused_keys(word: Word, cluster: Cluster, authority: Authority) -> tuple[str, ...]:
    """Keys of CAs that no member trusts any more, and the new key once it is the CA's."""
    if not _in_use(cluster, authority):
        return ()
    keys, (kept, new) = {certificate.key for certificate in authority.certificates}, cluster.keys
    return tuple(path for path, key in word.authority_keys if key not in keys or (path == new and dict(word.authority_keys).get(kept) == key))


def _warnings(word: Word, cluster: Cluster, authority: Authority, given: Given) -> Iterable[str]:
    own = word.chain[0] if word.chain else None
    for certificate in authority.certificates:
        if known.remaining(certificate, cluster.now) < RENEWED and authority.own:
            silent = ", ".join(cluster.silent)
            yield f"The CA {certificate.subject} ends at {moment(certificate.ends)}. It is not renewed while {silent} cannot be asked."
        elif known.remaining(certificate, cluster.now) < RENEWED:
            yield (
                f"The CA {certificate.subject} ends at {moment(certificate.ends)}, and no client can connect after that. Give a new one, as"
                f" {cluster.prefix}ca_certificate."
            )
    if own and authority.signer is None and not given.chain and known.remaining(own, cluster.now) < RENEWED:
        yield f"The certificate of {own.subject} ends at {moment(own.ends)}. Give a new one, or {cluster.prefix}ca_key, with which it can be signed."
    issuer = known.issuer(word.chain, known.trusted_cas(cluster))
    if authority.own and issuer and issuer not in authority.certificates and not _former(word, cluster, authority):
        switch = moment(issuer.ends - issuer.lifetime * _SWITCHED)
        yield (
            f"The members trust a new CA beside {issuer.subject}, which ends at {moment(issuer.ends)}. Give ca.pem to your clients: the first run after"
            f" {switch}, or one with {cluster.prefix}ca_change=complete, gives the members certificates of the new one."
        )
