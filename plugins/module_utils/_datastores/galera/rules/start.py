# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who begins a Galera cluster that was stopped in order. Pure.

The one that stopped last has all that any other has: no client could write when the others had gone. That is believed only where three say so: its own note,
its grastate.dat (safe_to_bootstrap), and the positions of all. Source: Galera documentation, "Safe to bootstrap"; "Restarting the Cluster".
"""

from __future__ import annotations

from collections.abc import Mapping

from ...._model.errors import Refused
from .choice import BEGIN_BY_HAND, BOOTSTRAP, JOIN, Choice, choose
from .info import Grastate, Info
from .member_state import NULL_UUID, is_primary, is_running


def choose_stopped(infos: Mapping[str, Info | None], cluster_name: str) -> Choice:
    """Who begins, and who joins. Where a member runs, it is decided as ever.

    :param infos: of all members, by name; None for one that did not report
    :raises Refused: unless it is beyond doubt who stopped last
    """
    known = {name: info for name, info in infos.items() if info}
    if any(is_primary(info) or is_running(info) for info in known.values()):
        return choose(infos, cluster_name)
    doubts = _doubts(infos, known)
    if doubts:
        raise Refused(f"No member was started, since it is not certain who stopped last: {'; '.join(doubts)}. What to do: {BEGIN_BY_HAND}.", doubts=doubts)
    (first,) = _last(known)
    return Choice({name: BOOTSTRAP if name == first else JOIN for name in known})


def _last(known: Mapping[str, Info]) -> list[str]:
    return [name for name, info in known.items() if info["stopped"] and not info["stopped"]["others"]]


def _doubts(infos: Mapping[str, Info | None], known: Mapping[str, Info]) -> list[str]:
    found = [f"{name} did not report" for name in infos if name not in known]
    found += [f"{name} was not stopped by cluster_stop" for name, info in known.items() if not info["stopped"]]
    found += [f"the data of {name} are not as it has noted them" for name, info in known.items() if info["stopped"] and not _is_as_noted(info)]
    last = _last(known)
    if found:
        return found
    if len(last) != 1:
        return [f"{' and '.join(last) or 'no member'} noted that no other served any more"]
    return _not_ahead(last[0], known)


def _not_ahead(last: str, known: Mapping[str, Info]) -> list[str]:
    """Why the one that noted that it was the last must not begin."""
    own = known[last]["grastate"]
    if own is None or own["uuid"] == NULL_UUID or own["seqno"] < 0:
        return [f"{last} stopped last, and its grastate.dat does not say its position"]
    if not own["safe_to_bootstrap"]:
        return [f"{last} noted that it stopped last, and its grastate.dat says that it did not (safe_to_bootstrap: 0)"]
    found = []
    for name, info in known.items():
        other = info["grastate"]
        if name != last and other and _is_other(other, own):
            found.append(f"{name} stands at {other['uuid']}:{other['seqno']}, and {last}, which noted that it stopped last, at {own['uuid']}:{own['seqno']}")
    return found


def _is_other(other: Grastate, own: Grastate) -> bool:
    """Of another history, ahead, or somebody who claims to have been the last, too. One with a null UUID has nothing to lose."""
    return other["uuid"] not in (own["uuid"], NULL_UUID) or other["seqno"] > own["seqno"] or other["safe_to_bootstrap"]


def _is_as_noted(info: Info) -> bool:
    noted = info["stopped"]["position"] if info["stopped"] else None
    return noted == (dict(info["grastate"]) if info["grastate"] else {})
