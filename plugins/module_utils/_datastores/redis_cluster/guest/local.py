# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The node on this guest, reached by what the role wrote here: its settings say port and TLS, and root may read the password."""

from __future__ import annotations

import os

from ...._guest.command import GuestError
from . import observe, server
from .connection import Access, Connections

#: Debian names the directory of the settings after the server
DIRECTORIES = ("/etc/redis", "/etc/valkey")
_SETTINGS = "stackdb-trove.conf"
_PASSWORD = "/etc/stackdb-trove/redis-trove.password"


def look(name):
    """``(node, raw, settings)`` of the local node, the first two as `rules.nodes.read` takes them; never fails because it is down, or not set up
    yet.

    :param name: what it is called in the result
    :return: settings are ``{wanted, live}``, what its file says and what it runs with; None where it does not answer
    """
    node = {"name": name, "address": None, "port": 6379, "host": None}
    try:
        settings = _settings()
        tls = settings.get("tls-port", "0") != "0"
        node.update(address=settings["cluster-announce-ip"], port=int(settings["tls-port" if tls else "port"]))
        access = Access(username="trove", password=_password(), tls=tls, ca_cert=settings.get("tls-ca-cert-file"))
        with Connections(access, [node]) as connections:
            raw = observe.look(connections)[name]
            return node, raw, None if "error" in raw else {"wanted": settings, "live": server.settings(connections[name])}
    except (GuestError, KeyError) as error:
        return node, {"error": str(error)}, None


def _settings():
    path = next((path for path in (os.path.join(directory, _SETTINGS) for directory in DIRECTORIES) if os.path.exists(path)), None)
    if path is None:
        raise GuestError(f"it is not set up: no {_SETTINGS} in {' or '.join(DIRECTORIES)}")
    with open(path, encoding="utf-8") as file:
        words = (line.split(None, 1) for line in file if line.strip() and not line.startswith("#"))
        return {pair[0]: pair[1].strip().strip('"') for pair in words if len(pair) == 2}


def _password():
    try:
        with open(_PASSWORD, encoding="utf-8") as file:
            return file.read().strip()
    except OSError as error:
        raise GuestError(f"the password in {_PASSWORD} cannot be read: {error.strerror}") from error
