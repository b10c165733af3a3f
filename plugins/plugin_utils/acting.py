# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A line of the plan for a verb that acts on members alone: the cloud has nothing to say of it, and what each member changes it decides by its own state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Data = Mapping[str, Any]


def _configure(plan: Data, options: Data) -> str:
    then = "members that have to be restarted for it are, one after the other" if options.get("restart") else "what needs a restart waits for one"
    return f"~ configure {', '.join(plan['names'])}: the given options, where they differ from what is there; {then}\n"


def _rebalance(plan: Data, options: Data) -> str:
    weighted = f", with the weights {options['weights']}" if options.get("weights") else ""
    named = ", ".join(options.get("members") or plan["names"])
    return f"~ rebalance {named}: slots move until each master serves its share{weighted}; the moves are shown before the first one\n"


def _promote(plan: Data, options: Data) -> str:
    if plan["subject"] == plan["source"]:
        # an earlier run has done it, or has written the contracts already
        return ""
    risk = f"no client can write for {options['window']:g} seconds at most, and clients of {plan['source']} are disconnected"
    return f"~ promote {plan['subject']}: it takes the place of {plan['source']}, which is its replica then [{risk}]\n"


def _eject(plan: Data, options: Data) -> str:
    risk = f"what {plan['subject']} has committed and no replica has received is lost"
    return f"~ eject {plan['subject']}: the replica with the most transactions takes its place, and the others replicate from that one [{risk}]\n"


def _detach(plan: Data, options: Data) -> str:
    if plan["subject"] == plan["source"]:
        return ""
    risk = "takes writes of its own from then on, with which it cannot be attached again"
    return f"~ detach {plan['subject']}: it becomes an independent instance [{risk}]\n"


def _stop(plan: Data, options: Data) -> str:
    if plan["rolled"]:
        return ""
    risk = "no client can read or write until the cluster is started"
    return f"~ shutdown {', '.join(plan['names'])}: all at the same time, each when its data are saved [{risk}]\n"


def _start(plan: Data, options: Data) -> str:
    return f"~ startup {', '.join(plan['names'])}: the databases that do not run\n"


_LINES: dict[str, Callable[[Data, Data], str]] = {
    "cluster_configure": _configure,
    "cluster_stop": _stop,
    "cluster_start": _start,
    "instance_configure": _configure,
    "cluster_rebalance": _rebalance,
    "replica_promote": _promote,
    "replica_eject": _eject,
    "replica_detach": _detach,
}


def line(plan: Data, options: Data) -> str:
    """What the verb has the members do; empty for a verb of which the cloud's plan says it.

    :param plan: as plugin_utils.plan makes it, with `verb`, `names`, `subject` `source` and `rolled`
    :param options: the verb's
    """
    make = _LINES.get(plan["verb"])
    return make(plan, options) if make else ""
