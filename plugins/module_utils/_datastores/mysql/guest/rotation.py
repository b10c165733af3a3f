# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate that a MariaDB or MySQL server presents, as a client sees it that trusts what this host trusts."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Mapping, Sequence
from typing import Any

from ...._guest import certificate, host
from ...._guest.command import GuestError
from . import connection, server

#: an account that nobody has. A client that ends in the middle of the handshake would count as an error of its host, which the server refuses after some
#: (max_connect_errors); one that is denied does not
_NOBODY = "trove_nobody"
#: of the words of a server that has no account for the client's address (error 1130)
_BARRED = "is not allowed to connect to this"


class _Witness(ssl.SSLContext):
    """A context that keeps the certificate of the server."""

    seen: bytes | None = None

    def wrap_socket(self, *args: Any, **options: Any) -> ssl.SSLSocket:
        wrapped = super().wrap_socket(*args, **options)
        self.seen = wrapped.getpeercert(binary_form=True)
        return wrapped


def presented(address: str, port: int, ca: str, timeout: float = 10) -> dict[str, str]:
    """``{digest}`` of the certificate (see `_guest.certificate.fingerprint`), or ``{error}`` where there is none that leads to a CA of the file `ca`.

    Or ``{barred}`` where the server has no account for anybody from this host, and ends the connection before TLS: no client sees anything from here. Of the
    server of this host its socket is asked then. Names are not compared: what a client looks for in a certificate is the client's own.
    """
    seen, reason = _seen({"host": address, "port": port}, ca, timeout)
    if seen is None and _BARRED in reason:
        if address not in host.addresses():
            return {"barred": reason}
        seen, reason = _seen({"unix_socket": connection.SOCKET}, ca, timeout)
    return {"error": reason} if seen is None else {"digest": certificate.fingerprint(ssl.DER_cert_to_PEM_cert(seen))}


def _seen(where: Mapping[str, Any], ca: str, timeout: float) -> tuple[bytes | None, str]:
    """The certificate that a server presents, None where there is none, and why."""
    witness = _Witness(ssl.PROTOCOL_TLS_CLIENT)
    witness.check_hostname = False
    reason = "it was let in without TLS"
    try:
        witness.load_verify_locations(ca)
        connection.Connection({**where, "user": _NOBODY, "ssl": witness, "connect_timeout": timeout, "read_timeout": timeout}).close()
    except (GuestError, OSError, socket.timeout) as error:
        reason = getattr(error, "message", None) or str(error)
    return witness.seen, reason


def look(directory: str, peers: Sequence[str], service: Mapping[str, Any], port: int = 3306) -> dict[str, Any]:
    """The part of an info module's result that proves a rotation, ``{rotation}`` (see _model.rotating); empty where no peers are given.

    :param directory: where ca.pem, server.pem and server.key are
    :param peers: the addresses of all members
    :param service: the local server's, ``{started}``
    """
    if not peers:
        return {}
    ca = os.path.join(directory, certificate.CA)
    unread = server.unread_tls(certificate.files(directory), service)
    seen = {address: presented(address, port, ca) for address in peers}
    return {"rotation": {**certificate.chain(directory), "unread": unread, "presented": seen}}
