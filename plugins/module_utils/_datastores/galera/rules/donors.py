# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which members may give a full copy of the data to which, while versions are mixed. Pure.

A member that took one from a newer version says that it serves, with damaged files below ("The change buffer is corrupted"), and a newer one cannot prepare the
backup of an older one. An incremental transfer may come from any member: for that Galera goes by the name in wsrep_sst_donor only where it can.
Names are compared as far as the text in wsrep_sst_donor goes: products-1 is products-10, too.
Sources: measured with 10.11.19 and 11.8.9; gcs_group.cpp, group_find_ist_donor(), group_select_donor(), group_find_node_by_name().
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ...._model.upgrade import series

_NOBODY = "nobody"


@dataclass(frozen=True)
class Limit:
    """:param names: for wsrep_sst_donor; None for no limit"""

    names: tuple[str, ...] | None


def versions(infos: Mapping[str, Mapping[str, Any]], going: str | None = None, new: str | None = None) -> dict[str, set[str] | None]:
    """By member all versions that its server may have at its next start, or has now: one that runs on with the program that was there before has two, and so
    has the one whose turn it is. None of one that said nothing.

    :param infos: empty of one that said nothing
    """
    found: dict[str, set[str] | None] = {name: {info[key] for key in ("running", "version") if info.get(key)} if info else None for name, info in infos.items()}
    if going and new:
        found[going] = {*(found.get(going) or ()), new}
    return found


def is_mixed(infos: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether members have more than one release series, those that said something: only then is there anything to limit."""
    return len({series(version) for found in versions(infos).values() for version in found or ()}) > 1


def limit(name: str, seen: Mapping[str, Collection[str] | None], nodes: Mapping[str, str]) -> Limit | None:
    """Who may give a full copy to a member; None where that is not known, so that it stays as it is.

    Who has two versions gets none, and gives none.

    :param seen: as `versions` returns it
    :param nodes: the wsrep_node_name by member
    """
    known = {other: {series(version) for version in found} for other, found in seen.items() if found is not None}
    every = {one for found in known.values() for one in found}
    if len(every) < 2:
        return Limit(None) if len(known) == len(seen) else None
    own = known.get(name, set())
    names = {other: nodes.get(other, other) for other in seen}
    givers = {other for other, found in known.items() if len(own) == 1 and found == own and other != name}
    others = [names[other] for other in seen if other not in givers and other != name]
    # Galera takes the first member whose name begins so
    clear = [names[other] for other in seen if other in givers and not any(node.startswith(names[other]) for node in others)]
    return Limit(tuple(clear) or (nobody(names.values()),))


def nobody(names: Iterable[str]) -> str:
    """A text with which no member's name begins: Galera refuses it."""
    found, taken = _NOBODY, list(names)
    while any(name.startswith(found) for name in taken):
        found += "-"
    return found
