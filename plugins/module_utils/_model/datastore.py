# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the model asks of a datastore's driver, see _datastores.base, which has all of it."""

from __future__ import annotations

from typing import ClassVar, Protocol, TypedDict

#: (protocol, first port, last port)
Ports = tuple[str, int, int]


class FileSystem(TypedDict):
    """Size and use of the file system below a data directory, in GiB."""

    size: float
    used: float


class Driver(Protocol):
    type: ClassVar[str]
    topology: ClassVar[str]
    role: ClassVar[str]
    instance_type: ClassVar[str]
    min_after_shrink: ClassVar[int]
    client_ports: ClassVar[tuple[Ports, ...]]
    member_ports: ClassVar[tuple[Ports, ...]]
    ip_versions: ClassVar[tuple[int, ...]]
    min_memory_mb: ClassVar[int]

    def member_name(self, cluster: str, number: int) -> str: ...

    def member_number(self, cluster: str, name: str) -> int | None: ...

    def check_version(self, version: str | None) -> None: ...

    def check_size(self, count: int, allow_few: bool) -> None: ...
