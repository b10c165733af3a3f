# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the collection says it needs is the oldest row of tests/versions.yml, which is tested; what users and developers install is within the rows, too."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
import yaml
from ansible_collections.stackdb.trove.tests.unit.test_module_contract import ROOT

ROWS = {row["name"]: row for row in yaml.safe_load((ROOT / "tests/versions.yml").read_text())}
OLDEST, NEWEST = ROWS["oldest"], ROWS["newest"]
ROLES = [path.parents[1].name for path in sorted((ROOT / "roles").glob("*/meta/main.yml"))]


def number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def read(path: str) -> dict:
    return yaml.safe_load((ROOT / path).read_text())


def pins() -> dict[str, str]:
    return dict(re.findall(r"^([A-Za-z][\w.-]*)==([\d.]+)", (ROOT / "requirements-dev.txt").read_text(), re.MULTILINE))


@pytest.mark.parametrize("name", ["python", "ansible", "ansible-core", "openstacksdk"])
def test_the_oldest_and_the_newest_row_are_what_they_are_called(name: str) -> None:
    every = [number(row[name]) for row in ROWS.values()]
    assert (min(every), max(every)) == (number(OLDEST[name]), number(NEWEST[name]))


def test_ansible_core_is_asked_for_as_it_was_tested() -> None:
    assert read("meta/runtime.yml")["requires_ansible"] == f">={OLDEST['ansible-core']}"
    assert f"ansible-core >= {OLDEST['ansible-core']}; " in (ROOT / "tests/unit/requirements.txt").read_text()


@pytest.mark.parametrize("role", ROLES)
def test_a_role_asks_for_the_ansible_core_that_was_tested(role: str) -> None:
    assert read(f"roles/{role}/meta/main.yml")["galaxy_info"]["min_ansible_version"] == OLDEST["ansible-core"].rpartition(".")[0]


def test_collections_are_asked_for_as_they_were_tested() -> None:
    assert read("galaxy.yml")["dependencies"] == {name: f">={version}" for name, version in OLDEST["collections"].items()}


@pytest.mark.parametrize("path", ["requirements.txt", "tests/unit/requirements.txt"])
def test_openstacksdk_is_asked_for_as_it_was_tested(path: str) -> None:
    assert f"openstacksdk>={OLDEST['openstacksdk']}\n" in (ROOT / path).read_text().replace(" ", "")


def test_the_environment_of_the_developers_is_a_row() -> None:
    assert {name: pins()[name] for name in ("ansible", "ansible-core", "openstacksdk")} in [
        {name: row[name] for name in ("ansible", "ansible-core", "openstacksdk")} for row in ROWS.values()
    ]


def test_the_page_of_the_versions_is_made_of_the_rows() -> None:
    made = subprocess.run([sys.executable, str(ROOT / "tools/versions-reference")], capture_output=True, text=True, timeout=60, check=True).stdout
    assert (ROOT / "docs/versions.md").read_text() == made, "make reference"
    checks = {check for row in ROWS.values() for check in (*row["checks"], *row.get("asked", []))}
    assert not [check for check in checks if f"| {check} |" not in made], "a check that the page does not explain"


@pytest.mark.parametrize("path", ["README.md", "docs/first-cluster.md"])
def test_users_are_told_to_install_what_was_tested(path: str) -> None:
    before = int(NEWEST["ansible"].partition(".")[0]) + 1
    assert f"'ansible>={OLDEST['ansible'].partition('.')[0]},<{before}'" in (ROOT / path).read_text()


def test_awx_runs_what_was_tested() -> None:
    given = read("awx/execution-environment.yml")["dependencies"]
    major, minor, _patch = number(NEWEST["ansible-core"])
    assert given["ansible_core"]["package_pip"] == f"ansible-core>={OLDEST['ansible-core'].rpartition('.')[0]},<{major}.{minor + 1}"
    assert given["python_interpreter"]["package_system"].removeprefix("python") in {row["python"] for row in ROWS.values()}


def test_the_workflow_runs_each_row_and_has_its_python() -> None:
    job = read(".github/workflows/test.yml")["jobs"]["versions"]
    assert job["strategy"]["matrix"]["row"] == list(ROWS)
    (pythons,) = (step["with"]["python-version"].split() for step in job["steps"] if "setup-python" in step.get("uses", ""))
    assert {row[name] for row in ROWS.values() for name in ("python", "guests") if name in row} <= set(pythons)
