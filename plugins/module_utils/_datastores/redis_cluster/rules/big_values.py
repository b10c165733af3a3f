# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Large values: which ones a move carries, how long their servers answer nobody meanwhile, and what has to be raised for that. Pure.

MIGRATE serialises a value, sends it and waits until the target has stored it: for so long both servers answer nobody, the cluster bus included, and one
that answers nobody for cluster-node-timeout is failed over. Source: Redis documentation, "MIGRATE"; redis.conf, "proto-max-bulk-len" and
"client-query-buffer-limit".
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ...._model.errors import Refused

#: from so many bytes on a value is called large: below, it is carried in a fraction of a second
LARGE = 1 << 20
#: bytes a second at which a value is carried for certain. On two cores that eight others used, a hash of 1.5 million small fields had 7 MiB/s, a sorted
#: set 19, texts 50 to 170 (Redis 7.0.15): what is said of a wait is an estimate, which _MARGIN covers
_RATE = 8 << 20
#: how many times as long as is expected a server may be silent: half of it for serialising, half for MIGRATE's own timeout
_MARGIN = 3
#: milliseconds beyond which the node timeout is not raised: for so long no member that really fails would be failed over
_LONGEST = 900_000
#: what a serialised value may be longer than in memory, and what else is in its command
_OVERHEAD = 1 << 20
#: so many are named
_NAMED = 5


@dataclass(frozen=True)
class Value:
    """A large value: the member that has it, its key's name, its size in bytes in memory."""

    member: str
    key: bytes
    size: int

    def spell(self) -> str:
        return f"{shown(self.key)} ({self.size / 2**20:.1f} MiB)"


def shown(key: bytes) -> str:
    """A key's name for a message; what is no text is escaped, and a long one is cut."""
    text = key.decode("utf-8", errors="backslashreplace")
    text = text if text.isprintable() else ascii(text)[1:-1]
    return f"'{text}'" if len(text) <= 80 else f"'{text[:77]}…'"


def seconds(size: int) -> float:
    """How long a value of so many bytes is carried, at most as far as is known."""
    return size / _RATE


def told(values: Iterable[Value]) -> str:
    """Large values by name, the largest first; an empty text for none."""
    ordered = sorted(values, key=lambda value: -value.size)
    if not ordered:
        return ""
    more = f" and {len(ordered) - _NAMED} more" if len(ordered) > _NAMED else ""
    named = ", ".join(value.spell() for value in ordered[:_NAMED])
    return f"large values: {named}{more}; clients of both members wait up to {max(math.ceil(seconds(ordered[0].size)), 1)} s for the largest"


@dataclass(frozen=True)
class Limits:
    """What a member sets to bounds that matter here: milliseconds, bytes."""

    node_timeout: int
    bulk: int
    buffer: int


def raised(limits: Mapping[str, Limits], values: Sequence[Value], targets: Mapping[str, Iterable[Value]]) -> dict[str, dict[str, int]]:
    """What has to be raised while these values move: ``{member: {setting: value}}``.

    :param limits: of all members, by name
    :param values: all that move
    :param targets: what arrives at whom
    :raises Refused: where a value would take longer than anybody should be silent
    """
    longest = max((value.size for value in values), default=0)
    needed = math.ceil(_MARGIN * seconds(longest) * 1000)
    if needed > _LONGEST:
        largest = max(values, key=lambda value: value.size)
        raise Refused(
            f"{largest.member} has the value {largest.spell()}, which would keep its servers silent for up to {seconds(largest.size):.0f} s; the node timeout"
            f" would have to be {needed // 1000} s, and {_LONGEST // 1000} s are the most that it is raised to. Divide or delete it, or have its slot stay.",
            value={"member": largest.member, "key": shown(largest.key), "bytes": largest.size},
        )
    found: dict[str, dict[str, int]] = {}
    for name, has in limits.items():
        wants: dict[str, int] = {}
        if longest and needed > has.node_timeout:
            wants["cluster-node-timeout"] = needed
        arriving = max((value.size for value in targets.get(name, ())), default=0)
        if arriving and arriving + _OVERHEAD > has.bulk:
            wants["proto-max-bulk-len"] = arriving + _OVERHEAD
        if arriving and has.buffer and arriving + 2 * _OVERHEAD > has.buffer:
            wants["client-query-buffer-limit"] = arriving + 2 * _OVERHEAD
        if wants:
            found[name] = wants
    return found
