# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who begins a Galera cluster of which no member serves, and who is brought home to one that does; each doubt in which nobody is started. Pure.

The rules, and what was measured of each: a position counts that the server itself finds in its data; one UUID or none is taken; who gives no position may be
ahead, unless the others prove that it is not; nobody begins below what was noted as reached; and safe_to_bootstrap alone proves nothing, since Galera takes
it for set where the file is missing. Sources: Galera documentation, "Restarting the Cluster"; "Safe to bootstrap".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...._model.errors import InvalidInput, Refused
from . import outage
from .outage import Evidence, Position

#: what is done: nothing; plain starts; one begins and the others join; those that do not serve are started; not known in check mode
NOTHING, PLAIN, ELECTED, HOME, UNKNOWN = "nothing", "plain", "elected", "home", "unknown"
#: what a member does
BEGIN, JOIN, START, STAY = "begin", "join", "start", "stay"

Rows = Mapping[str, Evidence]


@dataclass(frozen=True)
class Decision:
    """What is done, and why.

    :param how: NOTHING, PLAIN, ELECTED, HOME or UNKNOWN
    :param actions: ``{name: BEGIN, JOIN, START or STAY}`` of all members
    :param position: where the one stands that begins, or of HOME the cluster; None where nobody knows before it serves
    :param why: sentences
    :param given_up: what is lost by the user's word: sentences
    :param sst: who gets all data by a state transfer when it is started, whatever its own say: what they have beyond was given up
    """

    how: str
    actions: Mapping[str, str]
    position: Position | None
    why: tuple[str, ...]
    given_up: tuple[str, ...] = ()
    sst: tuple[str, ...] = ()

    @property
    def first(self) -> str | None:
        """Who begins."""
        return next((name for name, action in self.actions.items() if action == BEGIN), None)

    def view(self) -> dict[str, Any]:
        texts = {"why": list(self.why), "given_up": list(self.given_up)}
        return {"how": self.how, "actions": dict(self.actions), "first": self.first, "position": self.position, **texts, "sst": list(self.sst)}


def decide(seen: Mapping[str, Evidence | None], lost: Sequence[str] = (), begin_with: str | None = None) -> Decision:
    """Decide for all members at once.

    :param seen: of all members by name; None for one that gave no answer
    :param lost: those whose data the user gives up: they are not started
    :param begin_with: whose data the user takes, whatever the others have beyond
    :raises InvalidInput: for names that no member has, and for one that cannot begin
    :raises Refused: in doubt, with ``doubts``
    """
    _check_names(seen, lost, begin_with)
    up = [f"{name} is named lost, and {'serves' if row['serving'] else 'receives a state transfer'}" for name, row in _named_lost(seen, lost) if _is_up(row)]
    if up:
        raise _refused([*up, "a member with data of a cluster that serves is not given up here"])
    found = _decide(seen, lost, begin_with)
    if found.how == UNKNOWN:
        return found
    given_up = [f"{name} is named lost: {outage.placed(row)}" for name, row in _named_lost(seen, lost)]
    given_up += [f"{name} is named lost, and does not answer; it must never be started with its data again" for name in lost if seen[name] is None]
    return replace(found, given_up=(*found.given_up, *given_up), sst=(*found.sst, *(name for name, _row in _named_lost(seen, lost))))


def _named_lost(seen: Mapping[str, Evidence | None], lost: Sequence[str]) -> list[tuple[str, Evidence]]:
    """Those that answer."""
    return [(name, row) for name, row in seen.items() if row and name in lost]


def _is_up(row: Evidence) -> bool:
    return bool(row["serving"]) or row["receiving"]


def _decide(seen: Mapping[str, Evidence | None], lost: Sequence[str], begin_with: str | None) -> Decision:
    rows = {name: row for name, row in seen.items() if row and name not in lost}
    missing = [name for name, row in seen.items() if row is None and name not in lost]
    strays = [f"{name}: {stray}" for name, row in seen.items() if row for stray in row["strays"]]
    if strays:
        raise _refused([*strays, "what does not belong to the service is not ended here"])
    stay = dict.fromkeys(seen, STAY)
    serving = {name: row["serving"] for name, row in rows.items() if row["serving"]}
    unread = [f"{name}: {row['unread']}" for name, row in rows.items() if row["unread"]]
    if serving:
        return _home(stay, rows, serving, begin_with)
    if unread:
        return Decision(UNKNOWN, stay, None, tuple(unread))
    return _begin(stay, rows, missing, lost, begin_with)


def _check_names(seen: Mapping[str, Evidence | None], lost: Sequence[str], begin_with: str | None) -> None:
    for number, name in enumerate(lost):
        if name not in seen:
            raise InvalidInput(f"lost[{number}]", name, list(seen))
    allowed = [name for name, row in seen.items() if row and name not in lost and (row["serving"] or outage.has(row) or row["unread"])]
    if begin_with is not None and begin_with not in allowed:
        raise InvalidInput("begin_with", begin_with, allowed, rule="Only a member that answers, is not named lost, and has data with a position can begin.")


def _refused(doubts: Sequence[str]) -> Refused:
    return Refused(f"No member was started, since it is not certain which member has all data: {'; '.join(doubts)}.", doubts=list(doubts))


def _begin(stay: Mapping[str, str], rows: Rows, missing: Sequence[str], lost: Sequence[str], begin_with: str | None) -> Decision:
    ranked = {name: position for name, row in rows.items() for position in [outage.standing(row)] if position}
    if not ranked and begin_with is None:
        raise _refused(list(_nobody(rows)) or ["no member has data of a cluster; one that was never complete is created by stackdb.trove.cluster_create"])
    # the names decide between those that are equal
    best = min(ranked, key=lambda name: (-ranked[name]["seqno"], name)) if ranked else str(begin_with)
    first = begin_with or best
    position = outage.has(rows[first])
    doubts = [*_histories(ranked), *_absent(rows, missing, best), *_uncounted(stay, rows, best), *_beyond(rows, ranked, best), *_unplaced(rows)]
    doubts += [f"{name}: its server took writes outside of the cluster, {row['without_wsrep']}" for name, row in rows.items() if row["without_wsrep"]]
    if doubts and begin_with is None:
        raise _refused(doubts)
    if first != best and ranked:
        doubts.append(f"{best} stands at {outage.spelled(ranked[best])}, and {first}, which begins, at {outage.spelled(position or ranked[best])}")
    if not doubts and begin_with is None and not lost and _finds_itself(stay, rows, best):
        why = "all members of the last view are back with whole data, so that they find each other and who is ahead when all are started"
        return Decision(PLAIN, {**stay, **dict.fromkeys(rows, START)}, None, (why,))
    # of a damaged one that was proven not to be ahead no server starts
    joining = {name: JOIN for name, row in rows.items() if row["failure"] is None}
    sst = tuple(name for name in joining if name != first and position and _is_beyond(rows[name], position))
    return Decision(ELECTED, {**stay, **joining, first: BEGIN}, position, tuple(_reasons(rows, ranked, first, begin_with)), tuple(doubts), sst)


def _finds_itself(stay: Mapping[str, str], rows: Rows, best: str) -> bool:
    """Whether plain starts are enough: a server believes a file that is missing or damaged, so all of them have to be whole."""
    uuids = {row["grastate"]["uuid"] if row["grastate"] else None for row in rows.values()}
    whole = uuids == {row["recovered"]["uuid"] for row in rows.values() if row["recovered"]} and not any(row["tried"] for row in rows.values())
    # what a server reads there it believes, and not its data
    whole = whole and all(row["grastate"]["seqno"] in (-1, row["recovered"]["seqno"]) for row in rows.values() if row["grastate"] and row["recovered"])
    return whole and sorted(outage.covered(rows, best)) == sorted(stay)


def _reasons(rows: Rows, ranked: Mapping[str, Position], first: str, begin_with: str | None) -> Iterator[str]:
    yield f"{first} begins at {outage.spelled(outage.has(rows[first]) or ranked[first])}" + (", by the user's word" if begin_with else "")
    for name, row in rows.items():
        if name == first:
            continue
        if row["failure"]:
            yield f"{name} is not started, since its data are damaged, and was not in the last view"
        elif name not in ranked:
            yield f"{name} gets all data by a state transfer"
        elif ranked[name]["uuid"] == (outage.has(rows[first]) or ranked[first])["uuid"]:
            yield f"{name} stands at {ranked[name]['seqno']}"


def _nobody(rows: Rows) -> Iterator[str]:
    for name, row in rows.items():
        if outage.is_unsafe(row):
            yield f"{name} was killed while it applied DDL, so that its data may be half changed (a null UUID in grastate.dat)"
        elif row["failure"]:
            yield f"the position of {name} is unknown: {row['failure']}"


def _histories(ranked: Mapping[str, Position]) -> list[str]:
    if len({position["uuid"] for position in ranked.values()}) < 2:
        return []
    listed = ", ".join(f"{name} at {outage.spelled(position)}" for name, position in ranked.items())
    return [f"the members have data of different clusters ({listed})"]


def _absent(rows: Rows, missing: Sequence[str], best: str) -> Iterator[str]:
    """Those whose position is not known, and that may be ahead."""
    if outage.covered(rows, best):
        return
    # those that were down when it stopped may have been begun with since, where nobody can ask them
    damaged = {name: str(row["failure"]) for name, row in rows.items() if row["failure"] and not rows[best]["last"]}
    # the package's own lie below a volume that is not mounted
    blank = {name: "its data are of no cluster" for name, row in rows.items() if row["recovered"] and not outage.has(row) and not row["half"]}
    for name, why in {**dict.fromkeys(missing, "it does not answer"), **damaged, **blank}.items():
        yield f"the position of {name} is unknown, and it may be ahead: {why}"


def _uncounted(stay: Mapping[str, str], rows: Rows, best: str) -> Iterator[str]:
    view = rows[best]["view"]
    if view and len(view["members"]) > len(stay):
        yield f"the last view of {best} had {len(view['members'])} members, and {len(stay)} are known: {', '.join(stay)}"


def _unplaced(rows: Rows) -> Iterator[str]:
    for name, row in rows.items():
        if outage.unplaced(row):
            yield f"{name} has {outage.unplaced(row)}, which a state transfer would replace"


def _is_beyond(row: Evidence, position: Position) -> bool:
    """Whether its data are not what the cluster had on the way to a position, so that it must not join with them."""
    held = outage.has(row)
    return held is None or held["uuid"] != position["uuid"] or held["seqno"] > position["seqno"] or bool(row["without_wsrep"])


def _beyond(rows: Rows, ranked: Mapping[str, Position], best: str) -> Iterator[str]:
    """What says that more was reached than the one has that is ahead."""
    top = ranked.get(best) or outage.has(rows[best])
    if top is None:
        return
    for noted in outage.floors(rows, top["uuid"]):
        if noted["seqno"] > top["seqno"]:
            yield f"{outage.spelled(noted)} was reached, by {noted['by']}, and no member is above {top['seqno']} now"
    for name, row in rows.items():
        held = outage.has(row)
        if outage.is_unsafe(row) and held and (held["uuid"] != top["uuid"] or held["seqno"] > top["seqno"]):
            yield f"{name} stands at {outage.spelled(held)}, and was killed while it applied DDL, so that its data may be half changed"


def _home(stay: Mapping[str, str], rows: Rows, serving: Mapping[str, Any], begin_with: str | None) -> Decision:
    """Some serve: those that do not are started, unless they hold what the cluster does not."""
    uuids = {position["uuid"] for position in serving.values()}
    if len(uuids) > 1:
        listed = ", ".join(f"{name} in {position['uuid']}" for name, position in serving.items())
        raise _refused([f"members serve in different clusters of one name ({listed}); stop those that are not to go on"])
    (uuid,) = uuids
    top: Position = {"uuid": uuid, "seqno": max(position["seqno"] for position in serving.values())}
    if begin_with is not None and begin_with not in serving:
        raise InvalidInput("begin_with", begin_with, list(serving), rule="Some members serve, and the others can only join them.")
    down = {name: row for name, row in rows.items() if name not in serving and not row["receiving"]}
    doubts = [text for name, row in down.items() for text in _against(name, row, top)]
    damaged = [f"the data of {name} are damaged: {row['failure']}; name it lost, and replace it" for name, row in down.items() if row["failure"]]
    if damaged or (doubts and begin_with is None):
        raise _refused([*damaged, *doubts])
    if not down:
        given = [f"{name} receives a state transfer" for name, row in rows.items() if row["receiving"]]
        return Decision(NOTHING, stay, top, ("all members that answer serve", *given))
    why = [f"{', '.join(serving)} serve at {outage.spelled(top)}, so that {', '.join(down)} can join"]
    why += [f"{name}: {row['unread']}" for name, row in down.items() if row["unread"]]
    sst = tuple(name for name, row in down.items() if not row["unread"] and _is_beyond(row, top))
    return Decision(HOME, {**stay, **dict.fromkeys(down, JOIN)}, top, tuple(why), tuple(doubts), sst)


def _against(name: str, row: Evidence, top: Position) -> Iterator[str]:
    held = outage.has(row)
    if held and held["uuid"] != top["uuid"]:
        yield f"{name} has data of another cluster ({outage.spelled(held)}), which would be replaced by those of {top['uuid']}"
    elif held and held["seqno"] > top["seqno"]:
        yield f"{name} stands at {held['seqno']}, ahead of the cluster that serves ({outage.spelled(top)}): what only it has would be lost"
    if outage.unplaced(row):
        yield f"{name} has {outage.unplaced(row)}, which would be replaced by those of {top['uuid']}"
    if row["without_wsrep"]:
        yield f"{name}: its server took writes outside of the cluster, {row['without_wsrep']}, which would stay on it alone"
