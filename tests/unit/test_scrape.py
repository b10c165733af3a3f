# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What `monitoring/scrape.yml` writes, in real runs of ansible-playbook; what members answer is in the inventory. And which alerts the documents name."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ansible_collections.stackdb.trove.tests.unit.test_module_contract import ROOT


def member(cluster: str, number: int, answer: str | None) -> dict:
    """:param answer: on, off, or None for one that is silent"""
    instance = {"name": f"{cluster}-{number}", "ip": f"10.0.0.{number}", "cluster": {"id": cluster, "name": cluster}, "datastore": {"type": "mariadb"}}
    of = {"on": {"content": base64.b64encode(f"CA of {cluster}\n".encode()).decode()}, "off": {"skipped": True}, None: {"unreachable": True}}
    return {"trove_instance": instance, "scrape_ca": of[answer], "ansible_connection": "local"}


def run(place: Path, answers: dict[str, list[str | None]], *arguments: str) -> subprocess.CompletedProcess:
    hosts = {f"{name}-{at}": member(name, at, answer) for name, all_of in answers.items() for at, answer in enumerate(all_of, 1)}
    inventory = {"all": {"hosts": {"localhost": {"ansible_connection": "local"}}, "children": {"trove_datastore_mariadb": {"hosts": hosts}}}}
    (place / "hosts.yml").write_text(yaml.safe_dump(inventory))
    command = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "hosts.yml", "--limit", "localhost", str(ROOT / "monitoring/scrape.yml")]
    command += ["-e", f"scrape_directory={place}/out", "-e", f"ansible_python_interpreter={sys.executable}", *arguments]
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache" / "units"), "NO_COLOR": "1"}
    return subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, timeout=200, check=False)


def written(place: Path) -> tuple[list[str], dict[str, list[str]]]:
    jobs = yaml.safe_load((place / "out/prometheus.yml").read_text())["scrape_configs"]
    targets = {path.stem: sorted({one["labels"]["member"] for one in json.loads(path.read_text())}) for path in (place / "out").glob("*.json")}
    return [job["job_name"] for job in jobs], targets


def test_silence_takes_nobody_from_the_targets(tmp_path: Path) -> None:
    done = run(tmp_path, {"a": ["on", "on"], "b": ["on", "on"], "c": ["off"]})
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    whole = (["a", "b"], {"a": ["a-1", "a-2"], "b": ["b-1", "b-2"]})
    assert written(tmp_path) == whole
    # one is down; all of a cluster are; and nobody knows whether d has any
    done = run(tmp_path, {"a": ["on", None], "b": [None, None], "c": ["off", None], "d": [None]})
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert written(tmp_path) == whole
    assert (tmp_path / "out/b.pem").read_text() == "CA of b\n"
    told = re.sub(r"\s+", " ", done.stdout)
    silent = re.findall(r"([\w, -]+) did not answer. They are", told)[0]
    assert sorted(re.findall(r"\w-\d", silent)) == ["a-2", "b-1", "b-2", "c-2", "d-1"], told
    assert re.findall(r"(\w+): nobody answered", told)[0] == "d"
    # and one that said so is none any more
    done = run(tmp_path, {"a": ["on", None], "b": ["off", None]})
    assert written(tmp_path)[0] == ["a"]


@pytest.mark.parametrize(
    ("answers", "given"),
    [({"a": ["on"]}, "scrape_certificate=/c.pem"), ({"a/b": ["on"]}, "x=1"), ({"a": ["on"]}, "scrape_directory=out")],
    ids=["no key", "a slash", "a relative path"],
)
def test_what_cannot_be_written_is_refused_before_anything_is(tmp_path: Path, answers: dict[str, list[str | None]], given: str) -> None:
    done = run(tmp_path, answers, "-e", given)
    assert (done.returncode, (tmp_path / "out").exists(), "since files are named after them" in re.sub(r"\s+", " ", done.stdout)) == (2, False, True)


def test_the_documents_name_each_alert() -> None:
    groups = yaml.safe_load((ROOT / "monitoring/rules.yml").read_text())["groups"]
    alerts = {rule["alert"] for group in groups for rule in group["rules"]}
    assert alerts == set(re.findall(r"`(Trove\w+)`", (ROOT / "docs/monitoring.md").read_text()))
    assert alerts == set(re.findall(r'alertname="(\w+)"', (ROOT / "monitoring/rules.test.yml").read_text()))
