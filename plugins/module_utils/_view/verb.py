# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a verb shows at its end: tables for people, with what the members said, and JSON and a picture where a verb is for showing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from . import cluster as cluster_view
from . import cluster_scene, findings, instance_scene, svg, table, topology
from . import instance as instance_view
from .findings import ERROR, Finding, Limits
from .scene import Scene
from .table import Data

_SHOWS, _CHECKS = ("cluster_show", "replica_show"), ("cluster_check", "replica_check")
#: what each deletes
_DELETES = {"cluster_delete": "cluster", "instance_delete": "instance"}


@dataclass(frozen=True)
class Shown:
    """The end of a verb that shows.

    :param text: tables and JSON
    :param picture: an SVG file's text
    """

    text: str
    picture: str


def shown(plan: Data, done: Data, words: Mapping[str, Data], limits: Limits) -> Shown | None:
    """The end of a verb that shows a cluster, or instances with their replicas; None for all others, which have `text`.

    :param limits: from when on something is wrong
    """
    if plan["verb"] not in _SHOWS or not (plan.get("cluster") or plan.get("instances")):
        return None
    seen, found, scene = _judged(plan, done, words, limits)
    key, tables = ("cluster", table.one(seen)) if isinstance(seen, Mapping) else ("instances", topology.tree(seen))
    notes = "".join(f"{finding}\n" for finding in found if _is_new(finding, tables))
    more = {"findings": [finding.view() for finding in found]}
    return Shown(tables + notes + _shown(plan, key, seen, more), svg.picture(scene))


@dataclass(frozen=True)
class Checked:
    """The end of a verb that checks.

    :param text: JSON, see `checked`
    :param errors: a line for each finding that is an error
    """

    text: str
    errors: tuple[str, ...]


def checked(plan: Data, done: Data, words: Mapping[str, Data], limits: Limits) -> Checked | None:
    """The end of a verb that checks; None for all others. JSON: ``{name, ok, errors, warnings, findings: [{member, kind, what, severity}]}``.

    :param limits: from when on something is wrong
    """
    if plan["verb"] not in _CHECKS:
        return None
    members = plan["cluster"]["instances"] if plan.get("cluster") else plan["instances"]
    # who was not asked, as one that no host of the inventory stands for, is no member of which nothing is wrong
    asked = {one["name"]: words.get(one["name"], {"silent": "it was not asked"}) for one in members}
    seen, found, _scene = _judged(plan, done, asked, limits)
    errors = tuple(str(finding) for finding in found if finding.severity == ERROR)
    name = seen["name"] if isinstance(seen, Mapping) else plan["subject"]
    counted = {"errors": len(errors), "warnings": len(found) - len(errors), "ok": not errors}
    return Checked(_json({"name": name, **counted, "findings": [finding.view() for finding in found]}), errors)


def _judged(plan: Data, done: Data, words: Mapping[str, Data], limits: Limits) -> tuple[Data | Sequence[Data], list[Finding], Scene]:
    """What there is with what its members said, what is wrong with it, and how it is drawn."""
    cluster, placement = done.get("cluster") or plan.get("cluster"), plan.get("placement")
    if cluster:
        seen = cluster_view.with_health(cluster, words)
        found = findings.of_cluster(seen, placement, words, limits)
        return seen, found, cluster_scene.scene(seen, placement, words, found)
    instances = _with_health(_now(plan, done), words)
    found = findings.of_instances(instances, placement, words, limits)
    return instances, found, instance_scene.scene(instances, placement, words, found)


def _is_new(finding: Finding, tables: str) -> bool:
    """Whether the lines below the tables do not say it already."""
    return f"{finding.member}: {finding.what}\n" not in tables and f"Drift: {finding.what}.\n" not in tables


def _with_health(instances: Sequence[Data], words: Mapping[str, Data]) -> list[Data]:
    if not words:
        return list(instances)
    return topology.with_health(instances, {name: word.get("said") for name, word in words.items()}, _silent(words))


def deleted(plan: Data, given: str | None) -> str:
    """The line with which a deletion ends, when it has ended; empty for all other verbs.

    :param given: the name or id that was given
    """
    if plan["verb"] not in _DELETES:
        return ""
    if not plan["text"]:
        return f"There is no {_DELETES[plan['verb']]} {given}, and nothing was deleted.\n"
    return f"{given} was deleted, with all that the plan names.\n"


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
    instances = _with_health(instances, words)
    return topology.tree(instances) + _shown(plan, "instances", instances) if instances else ""


def _silent(words: Mapping[str, Data]) -> dict[str, str]:
    return {name: word["silent"] for name, word in words.items() if word.get("silent")}


def _shown(plan: Data, key: str, seen: object, more: Data | None = None) -> str:
    marker = {"next_marker": plan["next_marker"]} if plan.get("next_marker") else {}
    return _json({key: seen, "placement": plan["placement"], **(more or {}), **marker}) if plan["verb"].endswith("_show") else ""


def _now(plan: Data, done: Data) -> list[Data]:
    """The instances of the plan as they are now; one that was removed is gone."""
    now = done.get("instances") or plan["instances"]
    names = {one["name"] for one in plan["instances"]} | set(plan["names"])
    return [one for one in now if one["name"] in names]


def _json(data: Data) -> str:
    return json.dumps(data, indent=4, sort_keys=True) + "\n"
