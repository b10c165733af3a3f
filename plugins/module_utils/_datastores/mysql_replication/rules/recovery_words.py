# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The evidence of a recovery, and what was decided by it, for people. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .decision import Dataset, Recovery
from .info import Info
from .members import Members

_ACTS = {
    "none": "left as it is",
    "wait": "judged later",
    "start": "its link is started",
    "attach": "becomes a replica of {source}",
    "refetch": "what it has received is discarded, and received again from behind what it has applied",
    "refill": "ITS DATA ARE SET ASIDE, and it gets a copy of the source's. Lost: {destroyed}",
    "refused": "NOTHING IS DONE TO IT",
}


@dataclass(frozen=True)
class Finding:
    """Of one that is not the source.

    :param act: see decision.Recovery
    :param why: what is wrong, in words, with the server's own error; of `none` what is right
    :param destroyed: what a refill costs
    """

    act: str
    why: str
    destroyed: str = ""


def text(members: Members, source: str, findings: Mapping[str, Finding], recovery: Recovery) -> str:
    """A line for each member, and what is done to it."""
    rows = [(source, "the source", said(members, source), _of_source(source, recovery))]
    for name, finding in findings.items():
        done = _ACTS[finding.act].format(source=recovery["sources"][name], destroyed=finding.destroyed)
        first = [*(["is started, to take no writes"] if name in recovery["starting"] else [])]
        first += ["is fenced: it takes no writes any more"] if name in recovery["fencing"] else []
        rows.append((name, f"a replica of {recovery['sources'][name]}", f"{said(members, name)}; {finding.why}", "; ".join([*first, done])))
    return "".join(f"{name}: {part}; {evidence_}\n  -> {done}\n" for name, part, evidence_, done in rows)


def _of_source(source: str, recovery: Recovery) -> str:
    if source in recovery["starting"]:
        return "is started, and takes no writes before it is known that no other instance has more"
    return "takes writes again: no other instance has more" if source in recovery["opening"] else "left as it is"


def evidence(members: Members) -> str:
    """What each member says of itself, as a sentence."""
    return f"{'; '.join(f'{name}: {said(members, name)}' for name in members.names)}."


def said(members: Members, name: str) -> str:
    info = members.info(name)
    if info is None:
        return "it says nothing"
    if not info["reachable"]:
        return f"its server does not answer ({info['service']}: {info['error']})"
    link = info["source"]
    follows = f"replicates from {link['host']}" if link else "replicates from no source"
    return f"it {'takes no writes' if info['read_only'] else 'takes writes'}, {follows}, has {info['executed'] or 'no transaction'}"


def dataset(info: Info) -> Dataset:
    """What goes with a copy of a source's data."""
    size = info["data_bytes"] or 0
    return {
        "datastore": info["engine"],
        "datastore_version": info["version"],
        "dataset_size": round(size / 2**30, 2),
        "snapshot_href": None,
        "bytes": size,
    }
