# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs that send a snapshot to all replicas at once, and receive it: how they are called. Pure.

They are files of the role mysql_replication, whose tasks/mysql_snapshot.yml says how they reach the guests.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .snapshot_tools import Tool

DIRECTORY = "/usr/local/lib/stackdb-trove"
#: what each of them has to be, SHA-256 of its text: a guest may still have those of another version of the collection
PROGRAMS = {
    "snapshot-receive": "569d5a62b84f8c551793a9dbe3f0d1574c805fe035652455d78cbc31907eb4b0",
    "snapshot-send": "509687a82b8ccfbb604d71bed74e8ab5a2660f781e81e520a0df13edbffeefd2",
}


@dataclass(frozen=True)
class Call:
    """One of the programs with its arguments and its environment, none of which is a secret."""

    program: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]

    @property
    def path(self) -> str:
        return f"{DIRECTORY}/{self.program}"

    @property
    def sha256(self) -> str:
        return PROGRAMS[self.program]


def sender(tool: Tool, storage_engines: Iterable[str], workspace: str, streams: Iterable[tuple[str, str]], port: int, tls_directory: str) -> Call:
    """The same data to several replicas. A stream that breaks ends by itself, and its code is kept as ``<number>.code``; the other streams go on.

    :param streams: (name in the certificate, address) of each replica
    """
    targets = [word for name, address in streams for word in (name, f"{_bracketed(address)}:{port}")]
    arguments = _arguments(tool.stage(workspace), tool.send(workspace, storage_engines), targets)
    return Call("snapshot-send", arguments, {"TLS_DIRECTORY": tls_directory, "WORKSPACE": workspace})


def receiver(tool: Tool, datadir: str, port: int, tls_directory: str, peer: tuple[str, str], patience: int, finish: tuple[str, str]) -> Call:
    """Listen for one stream, unpack it, see that it is complete, and prepare what it has brought.

    :param peer: (name in the certificate, address) of the sender
    :param patience: seconds to wait for it
    :param finish: (from, to): the marker of a directory that is being received, and of one that is complete
    """
    receiving, received = finish
    name, address = peer
    # socat listens by IPv4 alone unless it is told. Source: socat(1), SOCAT_DEFAULT_LISTEN_IP
    family = {"SOCAT_DEFAULT_LISTEN_IP": "6"} if ":" in address else {}
    return Call(
        "snapshot-receive",
        _arguments(tool.unpack(datadir), tool.prepare(datadir)),
        {
            "TLS_DIRECTORY": tls_directory,
            "PORT": str(port),
            "PEER": name,
            "PATIENCE": str(patience),
            "RECEIVING": receiving,
            "RECEIVED": received,
            **family,
        },
    )


def _arguments(*lists: Sequence[str]) -> tuple[str, ...]:
    """Several lists of words, with ``--`` between them."""
    return tuple(word for words in lists for word in (*words, "--"))[:-1]


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address
