# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who has to be in the play, as a variable of the user's says it, and which steps may be run alone: the plugin in real runs of ansible-playbook.

The playbooks: tests/playbooks.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ansible_collections.stackdb.trove.plugins.action.trove_guard import refusals

ROOT = Path(__file__).resolve().parents[4]
WAYS = ["m1,m2", " m1 , m2,", '["m1", "m2"]', ["m1", "m2"], "['m1','m2']"]
EMPTY = ["", " ", None, [], ",", "\n"]
#: with one who is not in the play, and what is no list of names
WRONG = [" m1 , m3,", ["m1", ["m2"]], "[m1"]


def test_members_are_the_same_however_they_are_written(tmp_path: Path) -> None:
    guard = {"stackdb.trove.trove_guard": {"members": "{{ item }}"}, "run_once": True, "register": "found", "failed_when": False}
    tasks = [
        {**guard, "loop": [*WAYS, *EMPTY, *WRONG]},
        {"ansible.builtin.copy": {"content": "{{ found.results | map(attribute='msg', default='') | to_json }}", "dest": f"{tmp_path}/found", "mode": "0600"}},
    ]
    play = {"hosts": "m1:m2", "gather_facts": False, "connection": "local", "vars": {"ansible_python_interpreter": sys.executable}, "tasks": tasks}
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]))
    command = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "m1,m2,m3,", str(tmp_path / "play.yml")]
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache" / "units"), "NO_COLOR": "1"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout
    said = json.loads((tmp_path / "found").read_text())
    good = len(WAYS) + len(EMPTY)
    assert said[:good] == [""] * good
    assert "m3 belong to the cluster, and are not in this play" in said[good]
    assert said[good + 1].startswith("members[1]: ['m2'] was given; allowed: a text")
    assert said[good + 2].startswith("members: '[m1' was given; allowed: a list")


def test_a_step_of_a_role_runs_by_its_real_tag(tmp_path: Path) -> None:
    role = tmp_path / "roles" / "alone" / "tasks"
    role.mkdir(parents=True)
    (role / "main.yml").write_text(yaml.safe_dump([{"stackdb.trove.trove_guard": {"steps": True}, "tags": ["install", "configure", "run"]}]))
    play = {"hosts": "localhost", "gather_facts": False, "connection": "local", "roles": [{"role": "alone", "tags": "database"}]}
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]))
    command = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "localhost,", str(tmp_path / "play.yml"), "--tags"]
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache" / "units"), "NO_COLOR": "1"}

    def run(tag):
        return subprocess.run([*command, tag], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False)

    assert run("configure").returncode == 0
    refused = run("database")
    assert refused.returncode != 0
    assert "--tags database was given; allowed: install, configure, run" in refused.stdout


def run_of(tags: list[str], skipped: list[str]) -> dict:
    return {"ansible_run_tags": tags, "ansible_skip_tags": skipped, "ansible_play_hosts_all": ["a"], "groups": {"all": ["a"]}}


@pytest.mark.parametrize("tags", [["install"], ["configure"], ["run"], ["install", "configure"]])
def test_a_step_may_be_run_alone_where_the_role_says_so(tags: list[str]) -> None:
    assert refusals(run_of(tags, []), "linear", steps=True) == []
    assert refusals(run_of(tags, []), "linear") == [f"--tags {','.join(tags)} was given"]


@pytest.mark.parametrize("tags", [["web"], ["configure", "web"], ["always"]])
def test_no_other_tag_runs_a_part_of_a_role(tags: list[str]) -> None:
    assert refusals(run_of(tags, []), "linear", steps=True) == [f"--tags {','.join(tags)} was given; allowed: install, configure, run"]


@pytest.mark.parametrize("steps", [True, False])
@pytest.mark.parametrize("skipped", ["install", "configure", "run", "always"])
def test_no_step_may_be_left_out(skipped: str, steps: bool) -> None:
    assert refusals(run_of(["all"], ["notest", skipped]), "linear", steps=steps) == [f"--skip-tags notest,{skipped} was given"]
