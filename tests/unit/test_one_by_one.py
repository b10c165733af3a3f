# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A rolling step ends for the rest as soon as one member fails or is unreachable: the form for this, as the installed Ansible runs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[2]
NAMES = ["m1", "m2", "m3"]
BLOCK = {
    "name": "Act on the members, one by one",
    "any_errors_fatal": True,
    "block": [{"name": "Act on the next", "ansible.builtin.include_tasks": "member.yml", "loop": NAMES, "loop_control": {"loop_var": "member"}}],
}
ACT = [{"name": "Act", "ansible.builtin.command": "{{ act }}", "when": "inventory_hostname == member"}]


def run(place: Path, **second: str) -> tuple[int, list[str]]:
    """The exit code, and who acted, of three members of which the second one has other variables."""
    local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    hosts = {name: {**local, "act": f"touch {place / name}"} for name in NAMES}
    hosts["m2"].update(second)
    (place / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": hosts}}))
    (place / "member.yml").write_text(yaml.safe_dump(ACT))
    (place / "play.yml").write_text(yaml.safe_dump([{"name": "Roll", "hosts": "all", "gather_facts": False, "tasks": [BLOCK]}]))
    done = subprocess.run(["ansible-playbook", "-i", "hosts.yml", "play.yml"], cwd=place, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, [name for name in NAMES if (place / name).exists()]


@pytest.mark.parametrize(
    ("second", "acted"),
    [
        pytest.param({}, NAMES, id="all well"),
        pytest.param({"act": "false"}, ["m1"], id="failed"),
        pytest.param({"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": "9"}, ["m1"], id="unreachable"),
    ],
)
def test_one_that_does_not_come_to_its_end_stops_those_after_it(tmp_path: Path, second: dict, acted: list) -> None:
    code, found = run(tmp_path, **second)
    assert found == acted
    assert (code == 0) == (not second)


def tasks_of(path: Path) -> list[dict]:
    found, queue = [], list(yaml.safe_load(path.read_text()) or [])
    while queue:
        item = queue.pop()
        found.append(item)
        queue += [inner for key in ("tasks", "block", "rescue", "always") for inner in item.get(key) or []]
    return found


@pytest.mark.parametrize("pattern", ["roles/*/tasks/*.yml", "playbooks/**/*.yml"])
def test_nothing_else_rolls(pattern: str) -> None:
    """With throttle the tasks of the rest run after one that failed; with serial the next batch runs after one that is unreachable."""
    for path in PROJECT.glob(pattern):
        items = [] if path.name.endswith(".meta.yml") else tasks_of(path)
        assert [item for item in items if "throttle" in item or "serial" in item] == [], path
