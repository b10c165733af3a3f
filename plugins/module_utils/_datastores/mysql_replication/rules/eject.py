# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who takes over when the source is dead. A pure choice over the infos that `rules.replication` describes."""

from __future__ import annotations

from ...._model.errors import InvalidInput, Refused
from .gtid import parse


def choose(infos):
    """The name of the replica that has the most of its dead source's transactions; the first by name of several.

    What a replica has received counts as well as what it has applied, since it applies it before it takes over.

    :param infos: all replicas of the source by name, each seen with the question whether the source answers
    :raises Refused: where the source lives, a replica does not report, or none has everything that the others have
    """
    if not infos:
        raise InvalidInput("replicas", [], "the replicas of the source that is to be left behind")
    _check_reports(infos)
    check_sources(infos)
    has = {name: _received(info) for name, info in infos.items()}
    for name, info in sorted(infos.items()):
        own = has[name].own(info["server_uuid"] if info["engine"] == "mysql" else info["server_id"])
        # It may have been the source once. One that is alone cannot be compared with anybody, and there is nobody else to lose anything.
        errant = [own - others for other, others in has.items() if other != name]
        if errant and all(errant):
            raise Refused(f"{name} has transactions of its own, which no other replica has: {own}. Detach it first.", replica=name, errant=str(own))
    for name in sorted(has):
        if all(other <= has[name] for other in has.values()):
            return name
    listed = "; ".join(f"{name}: {gtids}" for name, gtids in sorted(has.items()))
    raise Refused(f"No replica has everything that the others have, so that whichever took over, something would be lost ({listed}).")


def _check_reports(infos):
    silent = sorted(name for name, info in infos.items() if not info or not info["reachable"])
    if silent:
        raise Refused(f"{', '.join(silent)} did not report, and may have more than the others. Mend them, or detach them first.", replicas=silent)
    loose = sorted(name for name, info in infos.items() if not info["source"])
    if loose:
        raise Refused(f"{', '.join(loose)} replicate from nobody.", replicas=loose)


def check_sources(infos):
    """:raises Refused: where the replicas have different sources, or one of them still reaches its source"""
    sources = {name: f"{info['source']['host']}:{info['source']['port']}" for name, info in infos.items()}
    if len(set(sources.values())) > 1:
        listed = ", ".join(f"{name} from {source}" for name, source in sorted(sources.items()))
        raise Refused(f"The replicas replicate from different sources ({listed}).")
    unsure = sorted(name for name, info in infos.items() if info["source"]["answers"] is not False)
    if unsure:
        raise Refused(
            f"The source {sources[unsure[0]]} still answers {', '.join(unsure)}. A source that lives is promoted away from, not ejected.", replicas=unsure
        )


def _received(info):
    executed = parse(info["engine"], info["executed"])
    # What a replica cannot apply is of no use.
    return executed if info["source"]["sql_error"] else executed | parse(info["engine"], info["source"]["retrieved"])
