# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificates that nodes present, as a client sees them that trusts what this host trusts."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Mapping, Sequence
from typing import Any

from ...._guest import certificate
from . import server


def presented(address: str, port: int, ca: str, timeout: float = 10) -> dict[str, str]:
    """``{digest}`` of the certificate (see `_guest.certificate.fingerprint`), or ``{error}`` where there is none that leads to a CA of the file `ca`.

    Names are not compared: what a client looks for in a certificate is the client's own.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    try:
        context.load_verify_locations(ca)
        with socket.create_connection((address, port), timeout) as plain, context.wrap_socket(plain) as wrapped:
            seen = wrapped.getpeercert(binary_form=True)
    except OSError as error:
        return {"error": str(error)}
    return {"digest": certificate.fingerprint(ssl.DER_cert_to_PEM_cert(seen))} if seen else {"error": "it has shown none"}


def look(directory: str | None, peers: Sequence[str], service: Mapping[str, Any], port: int) -> dict[str, Any]:
    """The part of an info module's result that proves a rotation, ``{rotation}`` (see _model.rotating); empty without peers, and without TLS.

    :param directory: where ca.pem, server.pem and server.key are, None where the node speaks no TLS
    :param peers: the addresses of all members
    :param service: the local server's, ``{started}``
    """
    if not peers or not directory:
        return {}
    ca = os.path.join(directory, certificate.CA)
    unread = server.unread_tls(certificate.files(directory), service)
    seen = {address: presented(address, port, ca) for address in peers}
    return {"rotation": {**certificate.chain(directory), "unread": unread, "presented": seen}}
