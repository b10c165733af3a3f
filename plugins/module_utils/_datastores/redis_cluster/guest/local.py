# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The node on this guest, reached by what the role wrote here: its settings say port and TLS, and root may read the password."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ...._guest import file_system, kept_options
from ...._guest.command import GuestError
from ...._guest.systemd import Unit
from ...._model.datastore import FileSystem
from ..rules import nodes, ports, redis_conf
from ..rules.nodes import Found, NamedNode
from ..rules.passwords import OWN
from ..rules.topology import Cluster
from . import live, observe, passwords, strays
from .connection import Access, Connections

#: Debian names the directory of the settings after the server, and so its unit and its data directory
DIRECTORIES = ("/etc/redis", "/etc/valkey")
_SETTINGS = "stackdb-trove.conf"
_SECRETS = kept_options.DIRECTORY


@dataclass(frozen=True)
class Settings:
    """The settings of a node that answers: as its file has them, and as it runs with."""

    wanted: dict[str, str]
    live: dict[str, str]


@dataclass(frozen=True)
class Local:
    """The local node, what it answered, and its settings; None where it does not answer.

    :param held: keys of slots that it does not serve: ``{slot: keys}``, None where it does not answer or is no master
    """

    node: NamedNode
    found: Found
    settings: Settings | None = None
    held: Mapping[int, int] | None = None


def unit() -> Unit:
    """The local server's unit."""
    return Unit(f"{engine()}-server.service")


def look(name: str) -> Local:
    """The local node. Never fails because it is down, or not set up yet.

    :param name: what it is called in the result
    """
    node = NamedNode(name, "", ports.PORT)
    try:
        wanted = _settings()
        tls = wanted.get("tls-port", "0") != "0"
        node = replace(node, address=wanted["cluster-announce-ip"], port=int(wanted["tls-port" if tls else "port"]))
        with Connections(access(wanted, node), [node]) as connections:
            found = observe.look(connections)[name]
            if isinstance(found, str):
                return Local(node, found)
            (member,) = strays.counted(connections, Cluster((nodes.read(node, found),))).members
            return Local(node, found, Settings(wanted, live.settings(connections[name])), member.held)
    except (GuestError, KeyError) as error:
        return Local(node, str(error))


def access(wanted: Mapping[str, str], node: NamedNode) -> Access:
    """How the collection reaches this cluster's nodes: while passwords are rotated, with the one that the node takes.

    :param wanted: the settings in the node's file
    :raises GuestError: where there is no password
    """
    kept = passwords.read(_SECRETS)[OWN]
    if not kept.present:
        raise GuestError(f"the password in {passwords.path(OWN, directory=_SECRETS)} cannot be read: there is none")
    return passwords.reaching(Access(tls=wanted.get("tls-port", "0") != "0", ca_cert=wanted.get("tls-ca-cert-file")), node, kept)


def engine() -> str:
    """``redis`` or ``valkey``: whose settings the role wrote here, or redis where it wrote none."""
    path = _path() or DIRECTORIES[0]
    return os.path.basename(os.path.dirname(path) if path.endswith(_SETTINGS) else path)


def wanted() -> dict[str, str]:
    """The settings in the node's file; empty where the role wrote none."""
    try:
        return _settings()
    except GuestError:
        return {}


def service() -> str:
    """systemd's ActiveState of the node's unit, ``unknown`` where that cannot be asked."""
    try:
        return unit().show()["state"]
    except GuestError:
        return "unknown"


def volume() -> FileSystem | None:
    """The file system below the node's data directory."""
    return file_system.look(f"/var/lib/{engine()}")


def _path() -> str | None:
    return next((path for path in (os.path.join(directory, _SETTINGS) for directory in DIRECTORIES) if os.path.exists(path)), None)


def running(name: str) -> str | None:
    """The version of the server that answers, by its own word."""
    seen = look(name)
    return nodes.read(seen.node, seen.found).software.version


def kept_settings() -> dict[str, str]:
    """The settings in the node's file.

    :raises GuestError: where there is none
    """
    return _settings()


def _settings() -> dict[str, str]:
    path = _path()
    if path is None:
        raise GuestError(f"it is not set up: no {_SETTINGS} in {' or '.join(DIRECTORIES)}")
    with open(path, encoding="utf-8") as file:
        return redis_conf.parse(file)
