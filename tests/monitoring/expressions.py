# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The expressions of rules and dashboards, and the metrics in them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import yaml

FOLDER = Path(__file__).resolve().parents[2] / "monitoring"
DASHBOARDS = sorted((FOLDER / "dashboards").glob("*.json"))
_METRIC = re.compile(r"\b(?:mysql|redis|node)_\w+")


def alerts() -> dict[str, str]:
    """By the name of an alert, its expression."""
    groups = yaml.safe_load((FOLDER / "rules.yml").read_text())["groups"]
    return {rule["alert"]: rule["expr"] for group in groups for rule in group["rules"]}


def group(alert: str) -> str:
    """The last word of the name of an alert's group: members, galera, replication or redis."""
    groups = yaml.safe_load((FOLDER / "rules.yml").read_text())["groups"]
    return next(one["name"].rpartition("_")[2] for one in groups if alert in [rule["alert"] for rule in one["rules"]])


def panels(dashboard: Path) -> dict[str, list[str]]:
    """By the title of a panel, its expressions for all clusters."""
    found = json.loads(dashboard.read_text())
    return {panel["title"]: [target["expr"].replace("$cluster", ".*") for target in panel["targets"]] for panel in found["panels"]}


def metrics(expression: str) -> set[str]:
    """The names of metrics in an expression, without what is in quotes, and without the labels that it groups by."""
    return set(_METRIC.findall(re.sub(r'"[^"]*"|\b(?:by|on) \([^)]*\)', "", expression)))
