# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands in the description of a cluster's security group: the cluster's id, whether the cluster is being deleted, and which run holds the lease."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timezone

_BEGINNING = "Members of the stackdb.trove cluster "
_DELETING = ", which is being deleted"
_TIME = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class Hold:
    """Run `run` alone changes the cluster until then, in seconds since the epoch."""

    run: str
    until: int

    def __str__(self) -> str:
        return f"run {self.run} until {datetime.fromtimestamp(self.until, timezone.utc).strftime(_TIME)}"


def describe(cluster_id: str, deleting: bool = False, hold: Hold | None = None) -> str:
    """The description."""
    return _BEGINNING + cluster_id + (_DELETING if deleting else "") + (f", in use by {hold}" if hold else "")


def read(text: str | None) -> tuple[str | None, bool, Hold | None]:
    """(cluster id or None, whether it is being deleted, Hold or None) of a description."""
    found = re.fullmatch(rf"{_BEGINNING}([^,]*)({_DELETING})?(?:, in use by run (\S+) until (\S+))?", text or "")
    if not found:
        return None, False, None
    id_, deleting, run, until = found.groups()
    return id_, bool(deleting), Hold(run, _seconds(until)) if run else None


def _seconds(text: str) -> int:
    return int(datetime.strptime(text, _TIME).replace(tzinfo=timezone.utc).timestamp())
