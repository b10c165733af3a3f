# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules and dashboards ask for what exporters say: the names of metrics were recorded from Debian's own, over real members (tests/unit/exporters).

What Prometheus makes of them: tests/monitoring.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "monitoring"))
from expressions import DASHBOARDS, alerts, metrics, panels  # noqa: E402

RECORDED = {path.stem: set(path.read_text().splitlines()[1:]) for path in sorted((ROOT / "tests/unit/exporters").glob("*.txt"))}
ALL = set().union(*RECORDED.values())


@pytest.mark.parametrize("alert", alerts())
def test_an_alert_asks_for_what_exporters_say(alert: str) -> None:
    assert metrics(alerts()[alert]) - ALL == set()


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda path: path.stem)
def test_a_dashboard_shows_what_exporters_say(dashboard: Path) -> None:
    asked = {name for expressions in panels(dashboard).values() for expression in expressions for name in metrics(expression)}
    assert asked
    assert asked - ALL == set()


@pytest.mark.parametrize("exporter", ["redis-1.45.0", "redis-1.69.0"])
def test_every_release_of_debian_knows_what_is_asked_of_redis(exporter: str) -> None:
    asked = {name for expressions in panels(ROOT / "monitoring/dashboards/redis.json").values() for one in expressions for name in metrics(one)}
    # of a replica alone, and the one of Debian 13 was recorded over a master
    assert asked - RECORDED[exporter] <= {"redis_master_link_up"}


def test_a_metric_is_found_wherever_it_stands_in_an_expression() -> None:
    assert metrics('sum by (redis_version) (rate(mysql_a{x="redis_b"}[5m])) / (node_c > 0)') == {"mysql_a", "node_c"}


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda path: path.stem)
def test_a_dashboard_can_be_imported_beside_the_others(dashboard: Path) -> None:
    found = json.loads(dashboard.read_text())
    assert [json.loads(path.read_text())["uid"] for path in DASHBOARDS].count(found["uid"]) == 1
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in found["panels"]]
    assert len(set(places)) == len({panel["id"] for panel in found["panels"]}) == len(places)
    assert all("$cluster" in target["expr"] for panel in found["panels"] for target in panel["targets"])
    assert {variable["name"] for variable in found["templating"]["list"]} == {"datasource", "cluster"}


def test_the_document_names_every_alert() -> None:
    told = set(re.findall(r"`(Trove\w+)`", (ROOT / "docs" / "monitoring.md").read_text()))
    assert told == set(alerts())
