# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a verb shows at its end: tables for people, with what the members said, and JSON where a verb is for showing."""

from __future__ import annotations

import json
from collections.abc import Mapping

from . import cluster as cluster_view
from . import instance as instance_view
from . import table, topology
from .table import Data


def text(plan: Data, done: Data, words: Mapping[str, Data]) -> str:
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
        return table.one(seen) + _shown(plan, "cluster", seen)
    instances = _now(plan, done) if plan.get("instances") else []
    if plan["verb"] == "instance_show":
        instances = [instance_view.with_health(one, words.get(one["name"])) for one in instances]
        return "".join(map(instance_view.show, instances)) + _shown(plan, "instances", instances)
    if words:
        instances = topology.with_health(instances, {name: word.get("said") for name, word in words.items()}, _silent(words))
    return topology.tree(instances) + _shown(plan, "instances", instances) if instances else ""


def _silent(words: Mapping[str, Data]) -> dict[str, str]:
    return {name: word["silent"] for name, word in words.items() if word.get("silent")}


def _shown(plan: Data, key: str, seen: object) -> str:
    more = {"next_marker": plan["next_marker"]} if plan.get("next_marker") else {}
    return _json({key: seen, "placement": plan["placement"], **more}) if plan["verb"].endswith("_show") else ""


def _now(plan: Data, done: Data) -> list[Data]:
    """The instances of the plan as they are now; one that was removed is gone."""
    now = done.get("instances") or plan["instances"]
    names = {one["name"] for one in plan["instances"]} | set(plan["names"])
    return [one for one in now if one["name"] in names]


def _json(data: Data) -> str:
    return json.dumps(data, indent=4, sort_keys=True) + "\n"
