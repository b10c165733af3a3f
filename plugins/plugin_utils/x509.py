# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates and keys of PEM text, read by the library that ansible-core itself needs (cryptography), on the controller only."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timezone
from functools import lru_cache
from ipaddress import ip_address
from typing import Any

from ..module_utils._model.errors import Refused

try:
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key, load_pem_public_key
    from cryptography.x509.oid import ExtendedKeyUsageOID
except ImportError:
    CRYPTOGRAPHY_MISSING: str | None = traceback.format_exc()
else:
    CRYPTOGRAPHY_MISSING = None

_BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
#: what OpenSSL refuses at the security level of Debian, Ubuntu and RHEL. Source: SSL_CTX_set_security_level(3), level 2
_RSA_BITS = 2048
_OLD_HASHES = ("md5", "sha1")


@dataclass(frozen=True)
class Certificate:
    """A certificate; two are equal when they are the same one, however their text is laid out.

    - pem: the text, of this certificate alone
    - subject, issuer: as RFC 4514 writes them
    - begins, ends: in seconds since the epoch
    - key: the public key, PEM
    - is_authority: whether it may sign other certificates
    - names, addresses: what it is good for
    - weakness: why OpenSSL's defaults refuse it, or None
    - both_ends: whether its owner may use it as a server and as a client
    """

    pem: str
    subject: str = field(compare=False)
    issuer: str = field(compare=False)
    begins: float = field(compare=False)
    ends: float = field(compare=False)
    key: str = field(compare=False)
    is_authority: bool = field(compare=False)
    names: frozenset[str] = field(compare=False)
    addresses: frozenset[str] = field(compare=False)
    weakness: str | None = field(compare=False)
    both_ends: bool = field(compare=False)
    parsed: x509.Certificate = field(compare=False, repr=False)

    @property
    def digest(self) -> str:
        """The SHA-256, as the guests have it (_guest.certificate.fingerprint)."""
        return self.parsed.fingerprint(hashes.SHA256()).hex()

    @property
    def lifetime(self) -> float:
        """Seconds."""
        return self.ends - self.begins

    def issued_by(self, authority: Certificate) -> bool:
        try:
            self.parsed.verify_directly_issued_by(authority.parsed)
        except (ValueError, TypeError, InvalidSignature):
            return False
        return authority.is_authority


def check_library() -> None:
    """:raises Refused: where the controller's Python has no cryptography"""
    if CRYPTOGRAPHY_MISSING:
        raise Refused("The Python library cryptography is missing on the controller, where ansible-core itself needs it.", exception=CRYPTOGRAPHY_MISSING)


@lru_cache(maxsize=256)
def certificates(text: str) -> tuple[Certificate, ...]:
    """The certificates of a PEM text, in its order; none in a text without any.

    :raises ValueError: where one cannot be read
    """
    return tuple(_certificate(block) for block in _BLOCK.findall(text))


def text(found: Iterable[Certificate]) -> str:
    """The PEM text of some certificates, one below the other."""
    return "".join(certificate.pem for certificate in found)


@lru_cache(maxsize=64)
def public_key(private: str) -> str:
    """The public key, PEM, of a private key's PEM text.

    :raises TypeError: where it has a passphrase
    :raises ValueError: where it cannot be read
    """
    return load_pem_private_key(private.encode(), None).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@lru_cache(maxsize=64)
def same_key(public: str | None) -> str | None:
    """A public key's PEM text as this library writes it, None for what is none."""
    try:
        return load_pem_public_key((public or "").encode()).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    except ValueError:
        return None


def covers(certificate: Certificate, name: str) -> bool:
    """Whether a certificate names a host, also by a star for its first label (RFC 9525, 6.3)."""
    wanted = name.lower().rstrip(".")
    return wanted in certificate.names or f"*.{wanted.partition('.')[2]}" in certificate.names


def has_address(certificate: Certificate, address: str) -> bool:
    return str(ip_address(address)) in certificate.addresses


def _certificate(block: str) -> Certificate:
    parsed = x509.load_pem_x509_certificate(block.encode())
    names = _extension(parsed, x509.SubjectAlternativeName)
    constraints = _extension(parsed, x509.BasicConstraints)
    usage = _extension(parsed, x509.KeyUsage)
    purposes = _extension(parsed, x509.ExtendedKeyUsage)
    return Certificate(
        pem=parsed.public_bytes(Encoding.PEM).decode(),
        subject=parsed.subject.rfc4514_string(),
        issuer=parsed.issuer.rfc4514_string(),
        begins=_seconds(parsed, "not_valid_before"),
        ends=_seconds(parsed, "not_valid_after"),
        key=parsed.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
        is_authority=bool(constraints and constraints.ca and (usage is None or usage.key_cert_sign)),
        names=frozenset(name.lower() for name in names.get_values_for_type(x509.DNSName)) if names else frozenset(),
        addresses=frozenset(map(str, names.get_values_for_type(x509.IPAddress))) if names else frozenset(),
        weakness=_weakness(parsed),
        both_ends=purposes is None or {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH} <= set(purposes),
        parsed=parsed,
    )


def _extension(parsed: x509.Certificate, kind: Any) -> Any:
    try:
        return parsed.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _seconds(parsed: x509.Certificate, name: str) -> float:
    """A date of a certificate; the property that knows its time zone came with cryptography 42."""
    moment = getattr(parsed, f"{name}_utc", None) or getattr(parsed, name).replace(tzinfo=timezone.utc)
    return float(moment.timestamp())


def _weakness(parsed: x509.Certificate) -> str | None:
    key, used = parsed.public_key(), parsed.signature_hash_algorithm
    if isinstance(key, RSAPublicKey) and key.key_size < _RSA_BITS:
        return f"its RSA key has {key.key_size} bits, and OpenSSL's defaults refuse fewer than {_RSA_BITS}"
    if used is not None and used.name in _OLD_HASHES and parsed.subject != parsed.issuer:
        return f"it is signed with {used.name}, which OpenSSL's defaults refuse"
    return None
