# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The members of a run and what they said of themselves. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ...._model.errors import Refused
from .dialects import parse
from .gtid import GtidSet
from .info import Account, Identity, Info, Link, Word


@dataclass(frozen=True)
class Members:
    """The members of a run, and the words of those that said something."""

    names: list[str]
    words: Mapping[str, Word]

    def info(self, name: str) -> Info | None:
        """None of one that is silent."""
        return self.words[name]["replication"] if name in self.words else None

    def identity(self, name: str) -> Identity:
        return self.words[name]["identity"] if name in self.words else {}

    def address(self, name: str) -> str | None:
        return self.identity(name).get("address")

    def certified_name(self, name: str) -> str:
        """The name in its certificate."""
        return self.identity(name).get("name") or name

    def up(self, name: str) -> Info | None:
        """The info of one whose server answers."""
        info = self.info(name)
        return info if info and info["reachable"] else None

    def down(self, names: Iterable[str]) -> list[str]:
        """Those that are silent, or whose server does not answer."""
        return [name for name in names if not self.up(name)]

    def link(self, name: str) -> Link | None:
        info = self.info(name)
        return info["source"] if info else None

    def standing(self, names: Iterable[str]) -> list[str]:
        """Those that replicate from no source."""
        return [name for name in names if not self.link(name)]

    def follows(self, name: str, other: str) -> bool:
        link = self.link(name)
        return link is not None and link["host"] == self.address(other)

    def source_of(self, name: str) -> str | None:
        """The member that one replicates from; None where that is nobody, or no member."""
        return next((other for other in self.names if other != name and self.follows(name, other)), None)

    def below_replicas(self, names: Iterable[str], outside: bool = False) -> list[str]:
        """Those whose source replicates itself, as in a chain. Of a ring it is nobody: no data come in from above.

        :param outside: also where it replicates from none of the members, as from a dead one that says nothing
        """
        paths = {name: self._upwards(name) for name in names}
        return [name for name, path in paths.items() if len(path) > 1 or (path and outside and self.link(path[0]))]

    def _upwards(self, name: str) -> list[str]:
        """The members that one receives from, the nearest first; none where that leads back to one of them."""
        found: list[str] = []
        while (above := self.source_of(found[-1] if found else name)) is not None:
            if above in (name, *found):
                return []
            found.append(above)
        return found

    def account(self, name: str) -> Account | None:
        """What the account of a replica is built from, None where something of it is not known."""
        known = self.identity(name)
        server_id, address, subject = known.get("server_id"), known.get("address"), known.get("subject")
        return {"server_id": server_id, "address": address, "subject": subject} if server_id and address and subject else None

    def accounts(self, names: Iterable[str]) -> list[Account]:
        return [account for account in map(self.account, names) if account]

    def every_account(self, names: Iterable[str]) -> list[Account]:
        """:raises Refused: where one of them could not replicate"""
        found = {name: self.account(name) for name in names}
        unknown = [name for name, account in found.items() if not account]
        if unknown:
            raise Refused(f"{', '.join(unknown)} could not replicate: address, server_id or certificate is not known.", members=unknown)
        return [account for account in found.values() if account]

    def executed(self, name: str) -> GtidSet:
        """What one has whose server answers."""
        info = self.words[name]["replication"]
        return parse(info["engine"], info["executed"])


def without(names: Iterable[str], *others: str | None) -> list[str]:
    return [name for name in names if name not in others]
