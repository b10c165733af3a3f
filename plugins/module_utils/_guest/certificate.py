# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a guest's certificate can be used as it is, by OpenSSL's own verification."""

from __future__ import annotations

import os
import pwd
from collections.abc import Mapping, Sequence
from typing import TypedDict

from .command import run

CA, CERTIFICATE, KEY = "ca.pem", "server.pem", "server.key"

#: renewed when fewer seconds than this are left
_MARGIN = 30 * 24 * 3600


class Certificate(TypedDict):
    """A member's certificate: reason says what is wrong with it, ca is the PEM text of the CA that is there, or None."""

    valid: bool
    reason: str | None
    ca: str | None


def look(directory: str, owner: str, names: Sequence[str], addresses: Sequence[str], ca: str | None = None) -> Certificate:
    """The state of a member's certificate.

    :param directory: where ca.pem, server.pem and server.key are
    :param owner: the user who has to own the key
    :param names: the host names that the certificate has to be good for
    :param addresses: the IP addresses that it has to be good for
    :param ca: the PEM text of the CA that must have signed it; None takes the one that is there
    """
    paths = {name: os.path.join(directory, name) for name in (CA, CERTIFICATE, KEY)}
    there = _text(paths[CA])
    reason = _missing(paths) or _other_ca(there, ca) or _wrong_owner(paths[KEY], owner) or _unverified(paths, names, addresses) or _other_key(paths)
    return {"valid": reason is None, "reason": reason, "ca": there}


def identity(certificate: str) -> dict[str, str] | None:
    """``{subject, issuer}`` of a certificate file as MariaDB and MySQL compare them, e.g. ``/CN=products-1``; None where it cannot be read."""
    found = run(["openssl", "x509", "-in", certificate, "-noout", "-subject", "-issuer", "-nameopt", "compat"], check=False).stdout
    names = dict(line.split("=", 1) for line in found.splitlines() if "=" in line)
    return {"subject": names["subject"].strip(), "issuer": names["issuer"].strip()} if "subject" in names else None


def _text(path: str) -> str | None:
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.read()
    except OSError:
        return None


def _missing(paths: Mapping[str, str]) -> str | None:
    absent = [path for path in paths.values() if not os.path.exists(path)]
    return f"missing: {', '.join(absent)}" if absent else None


def _other_ca(there: str | None, wanted: str | None) -> str | None:
    return "ca.pem is not the CA that was given" if wanted and (there or "").split() != wanted.split() else None


def _wrong_owner(key: str, owner: str) -> str | None:
    found = os.stat(key)
    try:
        uid = pwd.getpwnam(owner).pw_uid
    except KeyError:
        return f"there is no user {owner} yet"
    if found.st_uid != uid:
        return f"{key} does not belong to {owner}"
    return f"{key} can be read by others" if found.st_mode & 0o077 else None


def _unverified(paths: Mapping[str, str], names: Sequence[str], addresses: Sequence[str]) -> str | None:
    soon = run(["openssl", "x509", "-in", paths[CERTIFICATE], "-noout", "-checkend", str(_MARGIN)], check=False)
    if soon.returncode:
        return "server.pem has expired or soon will have"
    for option, values in (("-verify_hostname", names), ("-verify_ip", addresses)):
        for value in values:
            done = run(["openssl", "verify", "-CAfile", paths[CA], option, value, paths[CERTIFICATE]], check=False)
            if done.returncode:
                return f"server.pem is not good for {value}: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else 'no reason given'}"
    return None


def _other_key(paths: Mapping[str, str]) -> str | None:
    of_key = run(["openssl", "pkey", "-in", paths[KEY], "-pubout"], check=False).stdout
    of_certificate = run(["openssl", "x509", "-in", paths[CERTIFICATE], "-noout", "-pubkey"], check=False).stdout
    return None if of_key and of_key == of_certificate else "server.key does not belong to server.pem"
