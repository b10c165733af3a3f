# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the members of a Galera cluster say together: whether all serve, in one cluster, with the version that is wanted."""

from __future__ import annotations

from collections.abc import Mapping

from ...._model.errors import InvalidInput, Refused
from .info import Info, Wsrep
from .member_state import why_not_serving


def disagreements(seen: Mapping[str, Wsrep]) -> list[str]:
    """What members that serve, each by itself, do not agree in: sentences.

    :param seen: what each says of the cluster, by name; they are all members that there are
    """
    uuids = {name: wsrep["cluster_state_uuid"] for name, wsrep in seen.items()}
    found = []
    if len(set(uuids.values())) > 1:
        found.append(f"the members are in different clusters: {', '.join(f'{name} in {uuid}' for name, uuid in uuids.items())}")
    return found + [
        f"{name} counts {wsrep['cluster_size']} members (wsrep_cluster_size), and there are {len(seen)}"
        for name, wsrep in seen.items()
        if wsrep["cluster_size"] != len(seen)
    ]


def check_serving(infos: Mapping[str, Info | None]) -> None:
    """:raises Refused: unless every member serves, and all are in one cluster"""
    problems = {name: why_not_serving(info) if info else ["it did not report"] for name, info in infos.items()}
    listed = [f"{name} does not serve: {problem}" for name, found in problems.items() for problem in found]
    listed = listed or disagreements({name: info["wsrep"] for name, info in infos.items() if info and info["wsrep"]})
    if listed:
        raise Refused("; ".join(listed) + ".", problems=listed)


def check_versions(infos: Mapping[str, Info | None], wanted: str | None) -> None:
    """:raises InvalidInput: when a member has a server installed whose version does not begin with `wanted`, e.g. ``10.11``"""
    for name, info in infos.items():
        installed = info["version"] if info else None
        if wanted and installed and not f"{installed}.".startswith(f"{wanted}."):
            raise InvalidInput("version", wanted, [installed], rule=f"The server that is installed on {name} has another version.")
