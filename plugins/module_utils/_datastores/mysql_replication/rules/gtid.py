# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets of global transaction identifiers (GTIDs), in both dialects behind the same few words. Pure values, never changed.

Both kinds know ``a - b`` (what `a` has and `b` has not), ``a | b``, ``a <= b``, ``len``, truth (is there any), ``str`` (as the server reads it)
and `own` (those that a given server wrote).

Sources: MySQL Reference Manual, "GTID Format and Storage"; MariaDB, "Global Transaction ID", gtid_binlog_state.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from ...._model.errors import InvalidInput

Same = TypeVar("Same", bound="GtidSet")
#: the first and the last number of an interval
Pair = tuple[int, int]

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TAG = re.compile(r"[a-z_][a-z0-9_]{0,31}")


class GtidSet(ABC):
    """What a server has of its replication topology's transactions."""

    @classmethod
    @abstractmethod
    def parse(cls: type[Same], text: str) -> Same:
        """:raises InvalidInput: for a text that is no GTID set of this dialect"""

    @abstractmethod
    def __sub__(self: Same, other: Same) -> Same:
        """What this one has and the other has not."""

    @abstractmethod
    def __or__(self: Same, other: Same) -> Same:
        """What one of them has."""

    @abstractmethod
    def __len__(self) -> int:
        """How many transactions this names at least."""

    @abstractmethod
    def reaches(self: Same, purged: Same) -> bool:
        """Whether one who has these can go on with binary logs that begin after `purged`."""

    @abstractmethod
    def own(self: Same, server: str) -> Same:
        """Those that a server wrote itself, by its server_uuid (MySQL) or server_id (MariaDB)."""

    @abstractmethod
    def count(self: Same, missing: Same, other: Same) -> int:
        """How many transactions of its own `missing` stands for, which the other has not: on MySQL exactly, on MariaDB by sequence numbers, so at most."""

    def __le__(self: Same, other: Same) -> bool:
        return not self - other

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"


class MySqlGtids(GtidSet):
    """``uuid[:tag]:1-5:7,…``; kept as ``{uuid or uuid:tag: ((first, last), …)}`` with ascending gaps between the pairs."""

    def __init__(self, intervals: Mapping[str, Sequence[Pair]]) -> None:
        self._intervals = {source: _merged(pairs) for source, pairs in intervals.items() if pairs}

    @classmethod
    def parse(cls, text: str) -> MySqlGtids:
        found: dict[str, list[Pair]] = {}
        for part in filter(None, "".join(text.lower().split()).split(",")):
            uuid, *rest = part.split(":")
            if not _UUID.fullmatch(uuid) or not rest:
                raise _not_a_set(text, "uuid:1-5:7, …")
            source = uuid
            for piece in rest:
                if _TAG.fullmatch(piece):
                    source = f"{uuid}:{piece}"
                    continue
                first, _dash, last = piece.partition("-")
                if not first.isdigit() or not (last or first).isdigit():
                    raise _not_a_set(text, "uuid:1-5:7, …")
                found.setdefault(source, []).append((int(first), int(last or first)))
        return cls(found)

    def __sub__(self, other: MySqlGtids) -> MySqlGtids:
        return MySqlGtids({source: _without(pairs, other._intervals.get(source, ())) for source, pairs in self._intervals.items()})

    def __or__(self, other: MySqlGtids) -> MySqlGtids:
        sources = {**self._intervals, **other._intervals}
        return MySqlGtids({source: [*self._intervals.get(source, ()), *other._intervals.get(source, ())] for source in sources})

    def __len__(self) -> int:
        return sum(last - first + 1 for pairs in self._intervals.values() for first, last in pairs)

    def __str__(self) -> str:
        return ",".join(f"{source}:{':'.join(_pair(*pair) for pair in pairs)}" for source, pairs in sorted(self._intervals.items()))

    def reaches(self, purged: MySqlGtids) -> bool:
        return purged <= self

    def count(self, missing: MySqlGtids, other: MySqlGtids) -> int:
        return len(missing)

    def own(self, server: str) -> MySqlGtids:
        return MySqlGtids({source: pairs for source, pairs in self._intervals.items() if source.partition(":")[0] == server.lower()})


class MariaDbGtids(GtidSet):
    """``domain-server-sequence,…``: for each domain and server the last one, as in gtid_binlog_state.

    One entry stands for all that its server wrote before it. A position (gtid_binlog_pos, gtid_slave_pos) names the last server only, so compare it
    with a state on the right side: ``position - state``.
    """

    def __init__(self, last: Mapping[Pair, int]) -> None:
        self._last = dict(last)

    @classmethod
    def parse(cls, text: str) -> MariaDbGtids:
        last: dict[Pair, int] = {}
        for part in filter(None, "".join(text.split()).split(",")):
            if not re.fullmatch(r"\d+-\d+-\d+", part):
                raise _not_a_set(text, "domain-server-sequence, …")
            domain, server, sequence = map(int, part.split("-"))
            last[domain, server] = max(sequence, last.get((domain, server), 0))
        return cls(last)

    def __sub__(self, other: MariaDbGtids) -> MariaDbGtids:
        return MariaDbGtids({key: sequence for key, sequence in self._last.items() if sequence > other._last.get(key, 0)})

    def __or__(self, other: MariaDbGtids) -> MariaDbGtids:
        keys = {**self._last, **other._last}
        return MariaDbGtids({key: max(self._last.get(key, 0), other._last.get(key, 0)) for key in keys})

    def __len__(self) -> int:
        """A domain's sequence counts through all of its servers."""
        return sum(max(sequence for (domain, _server), sequence in self._last.items() if domain == one) for one in {domain for domain, _server in self._last})

    def __str__(self) -> str:
        """In each domain the last one comes last, as the server writes it."""
        ordered = sorted(self._last.items(), key=lambda item: (item[0][0], item[1], item[0][1]))
        return ",".join(f"{domain}-{server}-{sequence}" for (domain, server), sequence in ordered)

    def reaches(self, purged: MariaDbGtids) -> bool:
        """By the domains' sequences: a replica need not know every server that once wrote."""
        return all(purged._highest(domain) <= self._highest(domain) for domain, _server in purged._last)

    def own(self, server: str) -> MariaDbGtids:
        return MariaDbGtids({key: sequence for key, sequence in self._last.items() if key[1] == int(server)})

    def count(self, missing: MariaDbGtids, other: MariaDbGtids) -> int:
        return sum(sequence - other._last.get(key, self._before(key, sequence)) for key, sequence in missing._last.items())

    def _before(self, key: Pair, sequence: int) -> int:
        """The last sequence of other servers before it in its domain: one that never wrote before went on from there."""
        return max((one for (domain, server), one in self._last.items() if domain == key[0] and server != key[1] and one < sequence), default=0)

    def of_domain(self, domain: int) -> MariaDbGtids:
        return MariaDbGtids({key: sequence for key, sequence in self._last.items() if key[0] == domain})

    def beyond(self, other: MariaDbGtids) -> set[int]:
        """The domains of which this one has a later sequence than the other."""
        return {domain for domain, _server in self._last if self._highest(domain) > other._highest(domain)}

    def position(self) -> MariaDbGtids:
        """The last one of each domain, in the form of gtid_slave_pos."""
        return MariaDbGtids({key: sequence for key, sequence in self._last.items() if sequence == self._highest(key[0])})

    def up_to(self, position: MariaDbGtids) -> MariaDbGtids:
        """This state as it was when it stood at `position`: what was written later is left out.

        Sequences of a domain only rise (gtid_strict_mode), so a server whose last one is beyond the position wrote it later.
        """
        highest = {domain: position._highest(domain) for domain, _server in position._last}
        before = {key: sequence for key, sequence in self._last.items() if sequence <= highest.get(key[0], 0)}
        return MariaDbGtids(before) | position

    def _highest(self, domain: int) -> int:
        return max((sequence for (one, _server), sequence in self._last.items() if one == domain), default=0)


def _not_a_set(text: str, form: str) -> InvalidInput:
    return InvalidInput("gtid", text, f"a GTID set such as {form}")


def _merged(pairs: Iterable[Pair]) -> tuple[Pair, ...]:
    merged: list[Pair] = []
    for first, last in sorted(pairs):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return tuple(merged)


def _without(pairs: Iterable[Pair], others: Iterable[Pair]) -> list[Pair]:
    left = list(pairs)
    for low, high in others:
        left = [piece for first, last in left for piece in ((first, min(last, low - 1)), (max(first, high + 1), last)) if piece[0] <= piece[1]]
    return left


def _pair(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"
