# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificates and keys that a user gives to a role, refused by the option's name before anything is touched."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, NoReturn

from ..module_utils._model.errors import InvalidInput
from . import x509
from .x509 import Certificate

DAY = 86400
#: a certificate's end is written with a year of four digits, and a typing error of a zero more is found here
_MOST_DAYS = 36500
#: shorter than a run takes, so that nothing could be renewed in time
_LEAST_DAYS = 60 / DAY


@dataclass(frozen=True)
class Given:
    """What a user gave for one member.

    - authorities: the CA's certificates
    - signer: the one of them whose key was given, too, or None
    - chain: the member's certificate and those between it and the CA
    - lifetime, authority_lifetime: of certificates that are to be created, in seconds
    """

    authorities: tuple[Certificate, ...]
    signer: Certificate | None
    chain: tuple[Certificate, ...]
    lifetime: float
    authority_lifetime: float


@dataclass(frozen=True)
class Names:
    """What a member's certificate has to be good for; `verified` are the addresses that other members look for in it."""

    names: Sequence[str]
    addresses: Sequence[str]
    verified: Sequence[str]


def read(options: Mapping[str, Any], prefix: str, wanted: Names, now: float) -> Given:
    """What was given, checked by itself and against each other.

    :param options: ``{ca_certificate, ca_key, certificate, key, days, ca_days}``; empty text is not given
    :param prefix: of the options as the user writes them, such as ``galera_tls_``
    :param now: seconds since the epoch, by the member's clock
    :raises InvalidInput: naming the option; a key's text is never shown
    """
    return _Reader(options, prefix, now).read(wanted)


def check_chain(option: str, chain: Sequence[Certificate], authorities: Sequence[Certificate]) -> None:
    """:raises InvalidInput: unless the chain leads to one of the CA's certificates"""
    last = chain[-1]
    if not any(last == authority or last.issued_by(authority) for authority in authorities):
        subjects = " or ".join(authority.subject for authority in authorities)
        raise InvalidInput(option, shown(last), f"a certificate that {subjects} has signed, or one with those between them below it")


def shown(certificate: Certificate) -> str:
    """A certificate, for a message."""
    return f"the certificate of {certificate.subject}, signed by {certificate.issuer}"


def moment(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, timezone.utc):%Y-%m-%d %H:%M:%S} UTC"


class _Reader:
    def __init__(self, options: Mapping[str, Any], prefix: str, now: float) -> None:
        self.options, self.prefix, self.now = options, prefix, now

    def read(self, wanted: Names) -> Given:
        lifetime, authority_lifetime = self._days("days"), self._days("ca_days")
        authorities, chain = self._certificates("ca_certificate"), self._certificates("certificate")
        if not authorities and lifetime > authority_lifetime:
            self._refuse("days", self.options["days"], f"at most {self.prefix}ca_days, which is {self.options['ca_days']:g}: no certificate outlives its CA")
        self._together("ca_key", "ca_certificate")
        self._together("key", "certificate")
        self._together("certificate", "key")
        self._authorities(authorities)
        signer = self._signer(authorities)
        if chain:
            self._chain(chain, authorities)
            self._names(chain[0], wanted)
        return Given(authorities, signer, chain, lifetime, authority_lifetime)

    def _refuse(self, name: str, given: Any, allowed: str) -> NoReturn:
        raise InvalidInput(self.prefix + name, given, allowed)

    def _days(self, name: str) -> float:
        days: float = self.options[name]
        if not _LEAST_DAYS <= days <= _MOST_DAYS:
            self._refuse(name, days, f"a number of days from {_LEAST_DAYS:.4f} (a minute) to {_MOST_DAYS}")
        return days * DAY

    def _together(self, name: str, other: str) -> None:
        if self.options[name] and not self.options[other]:
            self._refuse(name, "a text", f"only together with {self.prefix}{other}")

    def _certificates(self, name: str) -> tuple[Certificate, ...]:
        text = self.options[name]
        if not text:
            return ()
        if "PRIVATE KEY" in text:
            self._refuse(name, "a text with a private key", "certificates alone; every user may read the file that they are written to")
        try:
            found = x509.certificates(text)
        except ValueError as error:
            self._refuse(name, "a text", f"PEM text of certificates that can be read: {error}")
        if not found:
            self._refuse(name, "a text without a certificate", "PEM text, from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----")
        for certificate in found:
            self._usable(name, certificate)
        return found

    def _usable(self, name: str, certificate: Certificate) -> None:
        if certificate.begins > self.now:
            self._refuse(name, shown(certificate), f"one that is valid now; it is not valid before {moment(certificate.begins)}")
        if certificate.ends <= self.now:
            self._refuse(name, shown(certificate), f"one that is valid now; it has expired at {moment(certificate.ends)}")
        if certificate.weakness:
            self._refuse(name, shown(certificate), f"one that OpenSSL accepts; {certificate.weakness}")

    def _authorities(self, found: Sequence[Certificate]) -> None:
        for certificate in found:
            if not certificate.is_authority:
                self._refuse("ca_certificate", shown(certificate), "certificates of a CA (basicConstraints CA:TRUE, and keyCertSign where it has a keyUsage)")

    def _signer(self, authorities: Sequence[Certificate]) -> Certificate | None:
        if not self.options["ca_key"]:
            return None
        key = self._key("ca_key")
        signer = next((certificate for certificate in authorities if certificate.key == key), None)
        if signer is None:
            subjects = " or ".join(authority.subject for authority in authorities)
            self._refuse("ca_key", "a key", f"the key of {self.prefix}ca_certificate ({subjects}); this one does not fit")
        return signer

    def _key(self, name: str) -> str:
        """The public key of a private one."""
        read: Callable[[str], str] = x509.public_key
        try:
            return read(self.options[name])
        except TypeError:
            self._refuse(name, "a key with a passphrase", "a key without one: a server that starts at boot cannot ask for it")
        except ValueError:
            self._refuse(name, "a text", "PEM text of a private key that can be read")

    def _chain(self, chain: Sequence[Certificate], authorities: Sequence[Certificate]) -> None:
        key, own = self._key("key"), chain[0]
        if own.key != key:
            if any(certificate.key == key for certificate in chain):
                self._refuse("certificate", f"a chain that begins with {own.subject}", f"the certificate of {self.prefix}key first, then each one's issuer")
            self._refuse("key", "a key", f"the key of {self.prefix}certificate ({own.subject}); this one does not fit")
        for certificate, issuer in zip(chain, chain[1:]):
            if not certificate.issued_by(issuer):
                self._refuse("certificate", shown(certificate), f"each certificate above its issuer's; {issuer.subject}, which follows it, has not signed it")
        if not own.both_ends:
            self._refuse("certificate", shown(own), "one for serverAuth and clientAuth: a member is a server to its clients and a client to other members")
        if authorities:
            check_chain(f"{self.prefix}certificate", chain, authorities)

    def _names(self, certificate: Certificate, wanted: Names) -> None:
        for address in wanted.verified:
            if not x509.has_address(certificate, address):
                self._refuse("certificate", shown(certificate), f"one with the subject alternative name IP:{address}, by which members connect to this one")
        covered = [name for name in wanted.names if x509.covers(certificate, name)]
        covered += [address for address in wanted.addresses if x509.has_address(certificate, address)]
        if not covered:
            wants = ", ".join([*(f"DNS:{name}" for name in wanted.names), *(f"IP:{address}" for address in wanted.addresses)])
            self._refuse("certificate", shown(certificate), f"one with a subject alternative name of this member: {wants}")
