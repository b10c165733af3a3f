# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A replication topology as a whole: what is wrong with whom. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from .dialects import DIALECTS
from .gtid import GtidSet
from .info import Info, State
from .replication import problems


class Health(TypedDict):
    """What is wrong with a server, in words, and how far it is; the rest is None where it is not known, or has no meaning for a source."""

    problems: list[str]
    lag: int | None
    errant: str | None
    retrieved: str | None
    executed: str | None


def health(infos: Mapping[str, Info], source: str, max_lag: int | None = None) -> dict[str, Health]:
    """The health of each server by name.

    :param infos: empty for a server that did not report
    :param source: the source's name
    :param max_lag: seconds that a replica may be behind; None does not ask
    """
    return {name: _of_source(info) if name == source else _of_replica(info, infos.get(source), max_lag) for name, info in infos.items()}


def errant(replica: State, source: State) -> GtidSet:
    """What a replica has and its source has not, by looks at different moments.

    What the source itself wrote is no error: it was written between the two looks.
    """
    dialect = DIALECTS[replica["engine"]]
    missing = dialect.parse(replica["executed"]) - dialect.parse(source["executed"])
    return missing - missing.own(dialect.writer(source))


def _of_source(info: Info) -> Health:
    if not info or not info["reachable"]:
        return _silent(info)
    link = info["source"]
    wrong = ["it is the source, and read-only"] if info["read_only"] else []
    wrong += [f"it is the source, and replicates from {link['host']}"] if link else []
    return _health(info, wrong)


def _of_replica(info: Info, source: Info | None, max_lag: int | None) -> Health:
    if not info or not info["reachable"]:
        return _silent(info)
    wrong = problems(info["source"], max_lag)
    if not source or not source["reachable"] or source["engine"] != info["engine"]:
        return _health(info, wrong)
    found = str(errant(info, source))
    wrong += [f"it has transactions that its source has not: {found}"] if found else []
    return _health(info, wrong, found)


def _health(info: Info, wrong: list[str], found: str | None = None) -> Health:
    link = info["source"]
    return {
        "problems": wrong,
        "lag": link["lag"] if link else None,
        "errant": found,
        "retrieved": link["retrieved"] if link else None,
        "executed": info["executed"],
    }


def _silent(info: Info) -> Health:
    why = (info["error"] if info else None) or "it did not report"
    return {"problems": [f"it does not answer: {why}"], "lag": None, "errant": None, "retrieved": None, "executed": None}
