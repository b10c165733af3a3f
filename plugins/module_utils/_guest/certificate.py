# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a guest has of certificates and keys, and which of its files a running server has not read yet."""

from __future__ import annotations

import hashlib
import os
import pwd
import ssl
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypedDict

from . import kept_options
from .command import GuestError, run

CA, CERTIFICATE, KEY = "ca.pem", "server.pem", "server.key"

#: what a rotation has found on the member when it began
NOTE = kept_options.path("rotation")

_BLOCK_BEGINS, _BLOCK_ENDS = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"


class Certificates(TypedDict):
    """What a guest has; the controller decides what it means, since it has the library that reads certificates.

    - now: the guest's clock, in seconds since the epoch
    - ca, certificate: PEM texts of ca.pem and server.pem, None where they are not there
    - key: the public key, PEM, of server.key, None where it is not there or cannot be read
    - key_problem: why server.key cannot stay as it is: its owner or its mode; None where it can
    - authority_keys: the public keys, PEM, of the keys of CAs that are kept here, by path
    - note: what a rotation has noted, empty where none has
    """

    now: float
    ca: str | None
    certificate: str | None
    key: str | None
    key_problem: str | None
    authority_keys: dict[str, str]
    note: dict[str, Any]


class Chain(TypedDict):
    """A member's certificate and the CAs that it trusts, by their digests (see `fingerprint`).

    - own: of server.pem, None where it is not there; issuer: of the CA in ca.pem that it leads to, None where it leads to none
    - trusted: of ca.pem, in its order; ca: the text of that file, for clients
    - note: what a rotation has noted, empty where none has
    """

    own: str | None
    issuer: str | None
    trusted: list[str]
    ca: str
    note: dict[str, Any]


class Ends(TypedDict):
    """When a member's certificate and the CAs that it trusts end, in seconds since the epoch; None and empty where they are not there.

    - days: until the first end that matters: the certificate's, or that of the CA that ends last; None where nothing is known
    - due: whether a run would renew the one that ends then
    """

    certificate: float | None
    authorities: list[float]
    days: float | None
    due: bool


def look(directory: str, owner: str, authority_keys: Iterable[str] = (), note: str | None = None) -> Certificates:
    """What a guest has; never fails because something is not there.

    :param directory: where ca.pem, server.pem and server.key are
    :param owner: the user who has to own the key
    :param authority_keys: paths where keys of CAs may be
    :param note: the path of what a rotation notes
    """
    paths = {name: os.path.join(directory, name) for name in (CA, CERTIFICATE, KEY)}
    found = {path: _public_key(path) for path in authority_keys if os.path.exists(path)}
    return {
        "now": time.time(),
        "ca": _text(paths[CA]),
        "certificate": _text(paths[CERTIFICATE]),
        "key": _public_key(paths[KEY]) if os.path.exists(paths[KEY]) else None,
        "key_problem": _key_problem(paths[KEY], owner) if os.path.exists(paths[KEY]) else None,
        "authority_keys": {path: key for path, key in found.items() if key},
        "note": kept_options.read(note) if note else {},
    }


def chain(directory: str, note: str = NOTE) -> Chain:
    """The member's certificate and the CAs that it trusts; never fails because something is not there."""
    path = os.path.join(directory, CERTIFICATE)
    ca = _text(os.path.join(directory, CA)) or ""
    own, authorities = _blocks(_text(path)), _blocks(ca)
    # -partial_chain: a CA of the user's own may be one that another one has signed
    command = ["openssl", "verify", "-no-CApath", "-partial_chain", "-CAfile", "/dev/stdin", "-untrusted", path, path]
    issuer = next((block for block in authorities if own and run(command, check=False, stdin=block).returncode == 0), None)
    return {
        "own": fingerprint(own[0]) if own else None,
        "issuer": fingerprint(issuer) if issuer else None,
        "trusted": [fingerprint(block) for block in authorities],
        "ca": "".join(f"{block}\n" for block in authorities),
        "note": kept_options.read(note),
    }


def fingerprint(block: str) -> str:
    """The SHA-256 of a certificate, however its PEM text is laid out; of its text where that is damaged."""
    try:
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(block.strip())).hexdigest()
    except ValueError:
        return hashlib.sha256(block.encode()).hexdigest()


def ends(directory: str) -> Ends:
    """When a member's certificate and its CAs end."""
    own = _spans(_text(os.path.join(directory, CERTIFICATE)))[:1]
    authorities = _spans(_text(os.path.join(directory, CA)))
    # with two of them the later one is the CA that is to stay
    matter = [*own, *([max(authorities)] if authorities else [])]
    end, begin = min(matter, default=(0.0, 0.0))
    left = end - time.time()
    return {
        "certificate": own[0][0] if own else None,
        "authorities": [end for end, _begin in authorities],
        "days": round(left / 86400, 4) if matter else None,
        "due": bool(matter) and left < (end - begin) / 3,
    }


def identity(certificate: str) -> dict[str, str] | None:
    """``{subject, issuer}`` of a certificate file as MariaDB and MySQL compare them, e.g. ``/CN=products-1``; None where it cannot be read."""
    found = run(["openssl", "x509", "-in", certificate, "-noout", "-subject", "-issuer", "-nameopt", "compat"], check=False).stdout
    names = dict(line.split("=", 1) for line in found.splitlines() if "=" in line)
    return {"subject": names["subject"].strip(), "issuer": names["issuer"].strip()} if "subject" in names else None


def files(directory: str) -> list[str]:
    """The paths of what a server reads: the CAs, its certificate and its key."""
    return [os.path.join(directory, name) for name in (CA, CERTIFICATE, KEY)]


def unread(paths: Sequence[str], service: Mapping[str, Any], stamp: str) -> list[str]:
    """Those of the certificate's files that a server which runs has not read yet.

    By their content, where the server was told to read them once since its start: a file that was put back with its old date is seen, too.

    :param service: ``{started}`` in seconds since the epoch, None of one that does not run
    :param stamp: what `note_read` writes
    """
    started = service["started"]
    there = [path for path in paths if os.path.exists(path)]
    if not started:
        return []
    noted = _noted(stamp) if os.path.exists(stamp) and os.stat(stamp).st_mtime > started else {}
    return [path for path in there if (noted[path] != digest(path) if path in noted else os.stat(path).st_mtime > started)]


def note_read(digests: Mapping[str, str], stamp: str) -> None:
    """Note what a running server has read: the digests of its files as they were before it was told to."""
    with open(stamp, "w", encoding="utf-8") as file:
        file.writelines(f"{value} {path}\n" for path, value in digests.items())


def digest(path: str) -> str:
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def _noted(stamp: str) -> dict[str, str]:
    with open(stamp, encoding="utf-8") as file:
        pairs = (line.rstrip("\n").partition(" ") for line in file)
        return {path: value for value, _space, path in pairs if path}


def _text(path: str) -> str | None:
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.read()
    except OSError:
        return None


def _public_key(path: str) -> str | None:
    # with a passphrase openssl would ask; -passin gives it an empty one
    return run(["openssl", "pkey", "-in", path, "-passin", "pass:", "-pubout"], check=False).stdout or None


def _key_problem(path: str, owner: str) -> str | None:
    found = os.stat(path)
    try:
        uid = pwd.getpwnam(owner).pw_uid
    except KeyError:
        return f"there is no user {owner} yet"
    if found.st_uid != uid:
        return f"{path} does not belong to {owner}"
    return f"{path} can be read by others" if found.st_mode & 0o077 else None


def _spans(text: str | None) -> list[tuple[float, float]]:
    """``(end, begin)`` of the certificates of a PEM text, in its order."""
    shown = [run(["openssl", "x509", "-noout", "-enddate", "-startdate"], check=False, stdin=block).stdout for block in _blocks(text)]
    dates = [[float(ssl.cert_time_to_seconds(line.partition("=")[2].strip())) for line in text.splitlines() if "=" in line] for text in shown]
    return [(pair[0], pair[1]) for pair in dates if len(pair) == 2]


def _blocks(text: str | None) -> list[str]:
    """The certificates of a PEM text, each by itself."""
    return [_BLOCK_BEGINS + block.rpartition(_BLOCK_BEGINS)[2] + _BLOCK_ENDS for block in (text or "").split(_BLOCK_ENDS)[:-1]]


def replace_pair(directory: str, new_key: str, new_certificate: str) -> list[str]:
    """Put a new key and its certificate in place of the server's, one right after the other, which takes microseconds; those that were changed.

    Nothing is changed where the certificate is not of the key, as of files that a run which was stopped has left.

    :raises GuestError: for such files, and for those that are missing
    """
    paths = {name: os.path.join(directory, name) for name in (new_key, new_certificate)}
    wanted = _public_key(paths[new_key]) if os.path.exists(paths[new_key]) else None
    has = run(["openssl", "x509", "-in", paths[new_certificate], "-noout", "-pubkey"], check=False).stdout
    if not wanted or wanted != has:
        raise GuestError(f"{paths[new_certificate]} is no certificate of the key {paths[new_key]}, so that neither was put in place.")
    os.replace(paths[new_key], os.path.join(directory, KEY))
    os.replace(paths[new_certificate], os.path.join(directory, CERTIFICATE))
    return [KEY, CERTIFICATE]
