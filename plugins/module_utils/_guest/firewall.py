# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A table of nftables on the host: read, checked, loaded, removed, and loaded again at boot and when Debian's nftables.service flushes everything."""

from __future__ import annotations

import json
import os
import shutil
import socket
import tempfile
from collections.abc import Iterable
from ipaddress import ip_network
from typing import Any

from .._model.errors import InvalidInput
from .._model.firewall import Network, source, table
from . import text_file
from .command import GuestError, run

DIRECTORY = "/etc/stackdb-trove"
UNITS = "/etc/systemd/system"

_UNIT = """\
# Written by stackdb.trove.
[Unit]
Description=Who may reach the ports of {name}
DefaultDependencies=no
Wants=network-pre.target
Before=network-pre.target network.target shutdown.target
Conflicts=shutdown.target
After=nftables.service

[Service]
Type=oneshot
RemainAfterExit=yes
# One transaction, also over a table that is there. Stopping the unit leaves the ports closed.
ExecStart={nft} -f {rules}
ExecReload={nft} -f {rules}

[Install]
WantedBy=sysinit.target
"""
# /etc/nftables.conf begins with "flush ruleset", and a stop flushes, too.
_DROP_IN = """\
# Written by stackdb.trove: what this service flushes is loaded again at once.
[Service]
ExecStartPost=-{nft} -f {rules}
ExecReload=-{nft} -f {rules}
ExecStopPost=-{nft} -f {rules}
"""


def networks(option: str, texts: Iterable[str], resolve: bool = True) -> list[Network]:
    """The addresses and networks of a list, with those of its host names, of both versions of IP.

    :param option: the name of the user's option
    :param resolve: whether to ask for the addresses of names; if not they are only looked at
    :raises InvalidInput: for what is no address, network or name, and for a name without an address
    """
    found: list[Network] = []
    for number, text in enumerate(texts):
        one = source(f"{option}[{number}]", text)
        found += (_resolved(f"{option}[{number}]", one) if resolve else []) if isinstance(one, str) else [one]
    return found


def _resolved(option: str, name: str) -> list[Network]:
    try:
        answers = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise InvalidInput(option, name, f"a name that {socket.gethostname()} can resolve ({error})") from error
    # an address with a zone is of one host only
    found = sorted({str(address[0]) for _family, _type, _protocol, _canonical, address in answers if "%" not in str(address[0])})
    if not found:
        raise InvalidInput(option, name, "a name of an address that others can reach")
    return [ip_network(address) for address in found]


class Firewall:
    """The table of one datastore, with its files.

    :param name: the last part of the names of table, unit and file
    """

    def __init__(self, name: str, directory: str = DIRECTORY, units: str = UNITS) -> None:
        self.name = name
        self.rules = os.path.join(directory, f"{name}.nft")
        self.unit = f"stackdb-trove-firewall-{name}.service"
        self.unit_file = os.path.join(units, self.unit)
        self.drop_in = os.path.join(units, "nftables.service.d", f"stackdb-trove-{name}.conf")
        self.nft = shutil.which("nft", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"]))

    def unit_files(self) -> dict[str, str]:
        """What systemd is told, ``{path: text}``."""
        words = {"name": self.name, "nft": self.nft or "/usr/sbin/nft", "rules": self.rules}
        return {self.unit_file: _UNIT.format(**words), self.drop_in: _DROP_IN.format(**words)}

    def live(self) -> dict[str, Any] | None:
        """The listing of the table in the kernel, None where there is none.

        :raises GuestError: where nftables cannot be asked, though it is installed
        """
        if self.nft is None:
            return None
        if f"table inet {table(self.name)}" not in run([self.nft, "list", "tables", "inet"]).stdout.splitlines():
            return None
        listing = run([self.nft, "--json", "list", "table", "inet", table(self.name)]).stdout
        try:
            found: dict[str, Any] = json.loads(listing)
        except ValueError:
            # nft 1.0.6 writes garbage for the flags of a table; ours has none
            return {"nftables": []}
        return found

    def check(self, text: str) -> None:
        """Let nft and the kernel check a script, which changes nothing.

        :raises GuestError: with nft's words
        """
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", prefix="stackdb-trove-", suffix=".nft") as script:
            script.write(text)
            script.flush()
            run([self._nft(), "--check", "--file", script.name])

    def load(self, text: str) -> None:
        """Load a script in one transaction, then keep it for the next boot: what boots is what was loaded."""
        os.makedirs(os.path.dirname(self.rules), mode=0o700, exist_ok=True)
        temporary = text_file.beside(self.rules, text, 0o600)
        try:
            run([self._nft(), "--file", temporary])
            os.replace(temporary, self.rules)
        except BaseException:
            os.unlink(temporary)
            raise

    def write_units(self) -> None:
        for path, text in self.unit_files().items():
            os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
            text_file.replace(path, text, 0o644)

    def remove_files(self) -> None:
        for path in self.files():
            os.unlink(path)
        if os.path.isdir(os.path.dirname(self.drop_in)) and not os.listdir(os.path.dirname(self.drop_in)):
            os.rmdir(os.path.dirname(self.drop_in))

    def delete(self) -> None:
        run([self._nft(), "delete", "table", "inet", table(self.name)])

    def files(self) -> list[str]:
        """Those of its files that are there."""
        return [path for path in (self.rules, self.unit_file, self.drop_in) if os.path.lexists(path)]

    def _nft(self) -> str:
        if self.nft is None:
            raise GuestError("nft: not found. The package nftables is missing.")
        return self.nft
