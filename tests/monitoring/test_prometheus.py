# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Prometheus' own words on the rules. And with MONITORING_PROMETHEUS, the URL of one that scrapes members, whether every panel has data there."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
from expressions import DASHBOARDS, FOLDER, alerts, group, metrics, panels

PROMTOOL = os.environ.get("PROMTOOL", "promtool")
URL = os.environ.get("MONITORING_PROMETHEUS")
live = pytest.mark.skipif(not URL, reason="MONITORING_PROMETHEUS names no Prometheus that scrapes members")
#: which members a dashboard is for
TOPOLOGIES = {"galera": 'topology="galera"', "replication": 'topology="mysql_replication"', "redis": 'topology="redis_cluster"', "node": 'exporter="node"'}


def promtool(*words: str, of: Path = FOLDER) -> subprocess.CompletedProcess[str]:
    return subprocess.run([PROMTOOL, *words], cwd=of, capture_output=True, text=True, check=False)


def test_prometheus_takes_the_rules() -> None:
    done = promtool("check", "rules", "rules.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(alerts())} rules found" in done.stdout


def test_each_alert_fires_for_what_it_is_there_for_and_none_for_members_that_are_well() -> None:
    done = promtool("test", "rules", "rules.test.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    fired = (FOLDER / "rules.test.yml").read_text()
    assert {name for name in alerts() if f'alertname="{name}"' not in fired} == set()


def test_that_test_notices_a_rule_that_takes_a_replica_for_a_galera_member(tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text((FOLDER / "rules.yml").read_text().replace('{topology="galera"}', ""))
    (tmp_path / "rules.test.yml").write_text((FOLDER / "rules.test.yml").read_text())
    assert promtool("test", "rules", "rules.test.yml", of=tmp_path).returncode != 0


def series(expression: str) -> list[dict]:
    with urlopen(f"{URL}/api/v1/query?{urlencode({'query': expression})}", timeout=20) as answer:
        found: list[dict] = json.load(answer)["data"]["result"]
    return found


@live
def test_members_are_scraped_over_tls_and_prometheus_verifies_them() -> None:
    with urlopen(f"{URL}/api/v1/targets?state=active", timeout=20) as answer:
        targets = json.load(answer)["data"]["activeTargets"]
    assert targets
    assert [(one["scrapeUrl"], one["lastError"]) for one in targets if one["health"] != "up" or not one["scrapeUrl"].startswith("https://")] == []


@live
@pytest.mark.parametrize(("dashboard", "title"), [(path, title) for path in DASHBOARDS for title in panels(path)], ids=str)
def test_every_panel_has_data(dashboard: Path, title: str) -> None:
    if not series(f"up{{{TOPOLOGIES[dashboard.stem]}}} == 1"):
        pytest.skip(f"no member for the dashboard {dashboard.stem} is scraped")
    assert [expression for expression in panels(dashboard)[title] if not series(expression)] == []


@live
@pytest.mark.parametrize("alert", alerts())
def test_what_an_alert_asks_for_is_there(alert: str) -> None:
    kind = group(alert)
    if not series(f"up{{{TOPOLOGIES['node' if kind == 'members' else kind]}}} == 1"):
        pytest.skip(f"no member for the rules {kind} is scraped")
    alternatives = alerts()[alert].split(" or ")
    assert any(all(series(f"{{__name__='{name}'}}") for name in metrics(one)) for one in alternatives), alerts()[alert]
