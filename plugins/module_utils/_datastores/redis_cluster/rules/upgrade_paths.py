# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From which version a Redis or Valkey server can be brought to which, and what a user has to know of it. Pure.

Measured: a replica of Redis 8.0.2 follows a master of 7.0.15. One of 7.0.15 cannot get a full copy from a master of 8.0.2 ("Can't handle RDB format version
12"), nor from one of Valkey; the master whose place was taken goes on with the stream alone, as long as its link lasts. So replicas come first, and a former
master has its new version before anything else happens.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_MIGRATION = "cluster-allow-replica-migration"
_NO_WAY_BACK = (
    "There is no way back to {old} once a master was failed over to an upgraded replica: its data have another format (RDB), which {old} cannot read. Create a"
    " backup before"
)
_ONE_COPY = (
    "From when an upgraded replica takes the place of its master until that one has the new version, which is at once, the former master follows it only as"
    " long as it needs no full copy: with one replica to a master, what is written then may be on one server alone. Use no commands that are new before all"
    " have the new version: a replica of the old one does not know them"
)


def step(old: str, new: str) -> str | None:
    """Why a server cannot go from one version to the other while others of the old one serve, or None. Redis to Valkey, or back, is no such step: the role
    upgrades the packages of the one that it has installed.
    """
    before, after = _major(old), _major(new)
    if before is None or after is None:
        return "its version cannot be read"
    return f"go to {before + 1} first: more than one major version at a time was not tried" if after > before + 1 else None


def migrates(settings: Mapping[str, str]) -> str | None:
    """Why no server is upgraded while replicas change their masters by themselves, or None: one would leave a shard for another one whose replica is down for
    its turn, and the master of the first would have none that could take its place.

    :param settings: of the node; the server has yes where it is not among them
    """
    value = settings.get(_MIGRATION, "yes")
    return None if value == "no" else f"{_MIGRATION} is {value}, so replicas would change their masters during it: set it to no before, as the role does"


def tells(old: str, new: str) -> Iterator[str]:
    """Sentences."""
    if old.split(".")[:2] != new.split(".")[:2]:
        yield _NO_WAY_BACK.format(old=".".join(old.split(".")[:2]))
        yield _ONE_COPY


def _major(version: str) -> int | None:
    found = re.match(r"\d+", version)
    return int(found.group()) if found else None


def order(version: str | None) -> tuple[int, ...]:
    """By which versions are sorted, oldest first; what is not known comes last."""
    return tuple(int(number) for number in re.findall(r"\d+", version)) if version else (10**6,)
