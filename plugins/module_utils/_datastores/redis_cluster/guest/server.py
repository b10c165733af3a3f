# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The local server: what it runs with, and how it takes something else without a restart."""

from __future__ import annotations

import os
import re
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...._guest import certificate, host, lock
from ...._guest.command import GuestError, run
from ...._guest.systemd import Unit
from ..rules.nodes import parse_info
from ..rules.running import Running
from ..rules.software import Software
from . import connection, live

_POLL = 0.25
#: what applies the TLS files anew, since CONFIG SET ignores the same file names given once more
_TLS_NUDGE = "tls-session-cache-timeout"
#: what a server that ran has read of its TLS files, since its start
_TLS_STAMP = "/run/stackdb-trove-redis-tls.stamp"


def version(program: str) -> str | None:
    """The version of the server that is installed, None where there is none."""
    found = re.search(r"\bv=(\S+)", run([program, "--version"], check=False).stdout)
    return found[1] if found else None


def local(access: connection.Access, name: str, address: str, port: int) -> connection.Node:
    """The connection to the server of this host. One whose certificate does not verify any more is reached all the same, to be told to read another one."""
    node = connection.Node(access, name, address, port)
    try:
        node.call("PING")
    except connection.NodeError as error:
        if "certificate verify failed" in error.message and address in host.addresses():
            return connection.Node(replace(access, verify=False), name, address, port)
    return node


def lines(path: str | None) -> list[str] | None:
    """The lines of a file; None for no path, and for a file that is not there yet."""
    if not path or not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as file:
        return file.readlines()


def entries(directory: str | None) -> list[str]:
    """The names in a directory, none where there is no such."""
    return os.listdir(directory) if directory and os.path.isdir(directory) else []


def unread_tls(paths: Sequence[str], service: Mapping[str, Any]) -> list[str]:
    """Those of the TLS files that a server which runs has not read yet.

    :param service: ``{started}``
    """
    return certificate.unread(paths, service, _TLS_STAMP)


def _files(process: str) -> int | None:
    """How many files a process of this host may open, None where that cannot be known."""
    found = re.search(r"^Max open files +(\d+)", "".join(lines(f"/proc/{process}/limits") or ()), re.MULTILINE) if process else None
    return int(found[1]) if found else None


@dataclass(frozen=True)
class Seen:
    """The service's state, and what runs; of a server that is down, the names in its data directory; the TLS files that one that runs has not read yet."""

    state: str
    running: Running | None
    entries: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


class Server:
    """The server of this host.

    :param unit: its systemd unit, by name
    :param address: (address, port) of its TLS, or None without
    :param directory: where it has its data, or is to have them
    :param tls_files: of its certificate, its key and the CA
    """

    def __init__(self, unit: str, node: connection.Node, address: tuple[str, int] | None, directory: str | None, tls_files: Sequence[str] = ()):
        self.unit, self.node, self.address, self.directory, self.tls_files = Unit(unit), node, address, directory, tls_files

    def observe(self) -> Seen:
        service = self.unit.show()
        state = service["state"]
        if state not in ("active", "reloading"):
            return Seen(state, None, tuple(entries(self.directory)))
        config, users, keys, info = self.node.calls([("CONFIG", "GET", "*"), ("ACL", "LIST"), ("DBSIZE",), ("INFO", "server")])
        process = parse_info(connection.plain(info)).get("process_id", "")
        unread = unread_tls(self.tls_files, service)
        return Seen(state, Running(live.pairs(config), connection.plain(users), self._certificate(), keys, _files(process)), unread=tuple(unread))

    def _certificate(self) -> str | None:
        """The certificate that the server shows now, PEM."""
        if not self.address:
            return None
        try:
            return ssl.get_server_certificate(self.address)
        except OSError as error:
            raise GuestError(f"{self.node.name} shows no certificate: {error}") from error

    def set(self, settings: Mapping[str, str]) -> None:
        """Change settings together, all or none."""
        self.node.call("CONFIG", "SET", *(word for pair in settings.items() for word in pair))

    def load_users(self) -> None:
        self.node.call("ACL", "LOAD")
        # The server closes the connections of the users that changed after its answer, at a moment of its own: this may be one of them.
        self.node.close()

    def load_certificate(self) -> None:
        """Have the server read its TLS files again, and note what it has read. New connections use them; those that are there stay."""
        digests = {path: certificate.digest(path) for path in self.tls_files if os.path.exists(path)}
        current = int(connection.plain(self.node.call("CONFIG", "GET", _TLS_NUDGE))[1])
        self.node.calls([("CONFIG", "SET", _TLS_NUDGE, current + 1), ("CONFIG", "SET", _TLS_NUDGE, current)])
        certificate.note_read(digests, _TLS_STAMP)

    def start(self, timeout: float) -> None:
        """Start a server that is down, and wait until it has loaded its data and answers.

        :raises GuestError: with the last lines of its log where it does not
        """
        self.unit.start()
        deadline = time.monotonic() + timeout
        while not self._cluster_state():
            if self.unit.show()["state"] == "failed" or time.monotonic() > deadline:
                raise GuestError(f"{self.node.name} could not be started. Its log says:\n" + "\n".join(self.unit.log(8)))
            lock.check_controller()
            time.sleep(_POLL)

    def restart(self, timeout: float) -> None:
        """Restart and wait until the server finds its cluster whole again, if it had found it so before."""
        before = self._cluster_state()
        if self.unit.show()["outdated"]:
            self.unit.reload_files()
        run(["systemctl", "restart", self.unit.name], timeout=timeout)
        deadline = time.monotonic() + timeout
        while before == "ok" and self._cluster_state() != "ok":
            if time.monotonic() > deadline:
                raise GuestError(f"{self.node.name} was restarted, but did not find the cluster whole within {timeout} s.")
            time.sleep(_POLL)

    def version(self) -> str | None:
        """Of the server that runs, by its own word; None where it does not answer."""
        try:
            return Software.of(parse_info(connection.plain(self.node.call("INFO", "server")))).version
        except connection.NodeError:
            return None

    def _cluster_state(self) -> str | None:
        try:
            reply = connection.plain(self.node.call("CLUSTER", "INFO"))
        except connection.NodeError:
            return None
        found = re.search(r"cluster_state:(\w+)", reply)
        return found[1] if found else None
