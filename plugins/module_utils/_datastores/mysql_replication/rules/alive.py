# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the server of a failed source may be stopped before it is replaced: not while one of its replicas finds it alive. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from .info import Info
from .topology import source_of

PROMOTE = "a living source is replaced by a promotion, not by an ejection"


def living(source: str, address: str | None, replicas: Mapping[str, Info]) -> list[str]:
    """Why it has to be taken for alive, by its replicas: sentences. One that is hung or unknown is not alive, see Probe.

    A replica that has another source already says nothing of this one. Where all have, an earlier run has replaced it.

    :param address: of the source, as Nova has it
    :param replicas: what they say, seen with the question whether their source answers
    """
    links = {name: info["source"] for name, info in replicas.items() if info["source"] and info["source"]["host"] == address}
    if not links and not source_of(replicas):
        return [f"no instance replicates from {source} ({address}), and none has taken its place, so it is not known whether it is dead"]
    found = []
    for name, link in sorted(links.items()):
        probe = link["probe"]
        if not probe:
            found.append(f"{name} was not asked whether {source} answers")
        elif probe["verdict"] == "alive":
            found.append(f"{name} finds {source} alive: {probe['why']}; {PROMOTE}")
    return found
