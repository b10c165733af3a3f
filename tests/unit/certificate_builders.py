# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CAs and certificates of any age, made by the library that reads them."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = 86400


@dataclass(frozen=True)
class Made:
    """A certificate and its key, with the PEM texts of both."""

    certificate: x509.Certificate
    secret: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()

    @property
    def key(self) -> str:
        return self.key_text(NoEncryption())

    @property
    def public(self) -> str:
        return self.secret.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def key_text(self, encryption: NoEncryption | BestAvailableEncryption) -> str:
        return self.secret.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption).decode()


def make(
    subject: str,
    issuer: Made | None = None,
    begins: float = -1,
    days: float = 100,
    authority: bool = False,
    sans: Sequence[str] = (),
    purposes: Sequence[x509.ObjectIdentifier] | None = (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH),
    bits: int | None = None,
    now: float | None = None,
) -> Made:
    """:param begins: in days from now; days: how many it is valid from then on
    :param sans: names and addresses
    :param bits: of an RSA key; an elliptic curve without it
    """
    secret = rsa.generate_private_key(65537, bits) if bits else ec.generate_private_key(ec.SECP256R1())
    start = datetime.fromtimestamp(time.time() if now is None else now, timezone.utc) + timedelta(days=begins)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
    signer = issuer.secret if issuer else secret
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer.certificate.subject if issuer else name)
        .public_key(secret.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(secret.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    if sans:
        builder = builder.add_extension(x509.SubjectAlternativeName([_san(san) for san in sans]), critical=False)
    if purposes and not authority:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    return Made(builder.sign(signer, hashes.SHA256()), secret)


def ca(subject: str = "CA", begins: float = -1, days: float = 3650, issuer: Made | None = None, now: float | None = None) -> Made:
    return make(subject, issuer, begins, days, authority=True, now=now)


def _san(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)
