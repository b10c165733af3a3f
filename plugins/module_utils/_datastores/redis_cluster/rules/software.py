# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server can do, by its program and version. The one place that tells Redis from Valkey, and one version from another."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

REDIS, VALKEY = "redis", "valkey"


@dataclass(frozen=True)
class Software:
    """The server's program, and its version as it names it itself, None where it does not tell."""

    name: str = REDIS
    version: str | None = None

    @classmethod
    def of(cls, info: Mapping[str, str]) -> Software:
        """By INFO: Valkey calls itself Redis 7.2 there, for old clients, and has its own version beside it."""
        if info.get("server_name") == VALKEY:
            return cls(VALKEY, info.get("valkey_version", info.get("redis_version")))
        return cls(REDIS, info.get("redis_version"))

    @property
    def moves_slots(self) -> bool:
        """Whether it moves slots by itself, by CLUSTER MIGRATION: from Redis 8.4 on."""
        return self.name == REDIS and self._at_least(8, 4)

    @property
    def adds_ranges(self) -> bool:
        """Whether it has CLUSTER ADDSLOTSRANGE: from Redis 7.0 on, and so every Valkey."""
        return self.name == VALKEY or self._at_least(7, 0)

    @property
    def assigns_at_once(self) -> bool:
        """Whether it takes CLUSTER SETSLOT in a transaction: Valkey 8.1 with replicas dies of that."""
        return self.name == REDIS

    @property
    def copies_flags(self) -> bool:
        """Whether CLUSTER SETSLOT waits until the replicas have it: Valkey from 8.0 on."""
        return self.name == VALKEY and self._at_least(8, 0)

    def _at_least(self, *version: int) -> bool:
        return tuple(int(word) for word in re.findall(r"\d+", self.version or "")[: len(version)]) >= version
