# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a verb shows at its end: tables for people, with what the members said, and JSON where a verb is for showing."""

from __future__ import annotations

import json

from ..module_utils._view import cluster as cluster_view
from ..module_utils._view import table, topology


def text(plan, done, words):
    """The end of a verb as text.

    :param plan: see plugin_utils.plan
    :param done: what the modules returned that settled it: ``{cluster or instances, placement}``, or nothing
    :param words: ``{name: {said} or {silent}}``; empty where nobody was asked
    """
    if "clusters" in plan:
        return table.many(plan["clusters"]) + _json({"clusters": plan["clusters"], "next_marker": plan["next_marker"]})
    cluster = done.get("cluster") or plan.get("cluster")
    if cluster:
        seen = cluster_view.with_health(cluster, words)
        return table.one(seen) + (_json({"cluster": seen, "placement": plan["placement"]}) if plan["verb"].endswith("_show") else "")
    instances = plan.get("instances") and _now(plan, done)
    if instances:
        seen = topology.with_health(instances, {name: word.get("said") for name, word in words.items()}) if words else instances
        return topology.tree(seen) + (_json({"instances": seen, "placement": plan["placement"]}) if plan["verb"].endswith("_show") else "")
    return ""


def _now(plan, done):
    """The instances of the plan as they are now; one that was removed is gone."""
    now = done.get("instances") or plan["instances"]
    names = {one["name"] for one in plan["instances"]} | set(plan["names"])
    return [one for one in now if one["name"] in names]


def _json(data):
    return json.dumps(data, indent=4, sort_keys=True) + "\n"
