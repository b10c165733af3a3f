# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`--tags install`, `configure` and `run` of roles that are used alone: each has all that comes before it, and `run` is all there is.

Real runs of ansible-playbook over the roles' real files, their includes and tags, in which each task that is no include only says that it was its turn.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ansible_collections.stackdb.trove.tests.unit.test_module_contract import ROOT
from ansible_collections.stackdb.trove.tests.unit.test_roles import DATASTORES

STEPS = ["install", "configure", "run"]
_INCLUDES = {f"ansible.builtin.{verb}_{what}" for verb in ("include", "import") for what in ("tasks", "role")}
#: where files that a server reads are written, and where servers are started, restarted and told of each other
WRITES = {"galera": {"settings"}, "mysql_replication": {"mysql_configure"}, "redis_cluster": {"passwords", "users", "server", "settings"}}
SERVES = {"galera": {"cluster", "member"}, "mysql_replication": {"mysql_serve"}, "redis_cluster": {"serve", "cluster"}}


def told(tasks: list[dict], place: str) -> list[dict]:
    """The same tasks without conditions and loops, of which each one that does something says where it is; of several in a row with equal tags the first."""
    found = []
    for number, task in enumerate(tasks):
        kept = {name: value for name, value in task.items() if name in ("tags", *_INCLUDES)}
        blocks = {name: told(task[name], f"{place}.{number}") for name in ("block", "rescue", "always") if name in task}
        if kept.get("ansible.builtin.include_tasks", "").startswith("{{"):
            del kept["ansible.builtin.include_tasks"]
        says = not blocks and not kept.keys() & _INCLUDES
        if says and found and "ansible.builtin.debug" in found[-1] and found[-1].get("tags") == kept.get("tags"):
            continue
        if says:
            kept["ansible.builtin.debug"] = {"msg": f"turn of {place}.{number}"}
        found.append({**kept, **blocks})
    return found


@pytest.fixture(scope="module")
def collections(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("steps")
    collection = place / "ansible_collections/stackdb/trove"
    for path in sorted((ROOT / "roles").glob("*/tasks/*.yml")):
        copy = collection / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(yaml.safe_dump(told(yaml.safe_load(path.read_text()), f"{path.parents[1].name}/{path.stem}"), sort_keys=False))
    play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "roles": [f"stackdb.trove.{role}" for role in DATASTORES]}
    (place / "play.yml").write_text(json.dumps([play]))
    return place


def turns(place: Path, *arguments: str) -> list[str]:
    command = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "localhost,", "play.yml", *arguments]
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(place), "NO_COLOR": "1"}
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return re.findall(r"turn of (\S+?)\"?$", done.stdout, re.MULTILINE)


def of(role: str, found: list[str]) -> list[str]:
    """From the first task of a role to the next one of a datastore: those of the role common in between are its."""
    whose, mine = "", []
    for turn in found:
        first = turn.partition("/")[0]
        whose = whose if first == "common" else first
        mine += [turn] if whose == role else []
    return mine


@pytest.fixture(scope="module")
def whole(collections: Path) -> list[str]:
    return turns(collections)


@pytest.fixture(scope="module")
def steps(collections: Path) -> dict[str, list[str]]:
    return {step: turns(collections, "--tags", step) for step in STEPS}


def files(found: list[str]) -> set[str]:
    return {turn.partition("/")[2].partition(".")[0] for turn in found}


@pytest.mark.parametrize("role", DATASTORES)
def test_the_last_step_is_the_whole_role(role: str, whole: list[str], steps: dict[str, list[str]]) -> None:
    assert of(role, steps["run"]) == of(role, whole) != []


@pytest.mark.parametrize("role", DATASTORES)
def test_a_step_ends_where_a_killed_run_could_have_ended(role: str, steps: dict[str, list[str]]) -> None:
    each = [of(role, steps[step]) for step in STEPS]
    for step, more in zip(each, each[1:], strict=False):
        assert more[: len(step)] == step
        assert len(more) > len(step)


@pytest.mark.parametrize("role", DATASTORES)
def test_hosts_are_prepared_before_settings_are_written_and_servers_start_last(role: str, steps: dict[str, list[str]]) -> None:
    install, configure, run = (files(of(role, steps[step])) for step in STEPS)
    assert {"options", "packages", "firewall", "certificates"} <= install
    assert WRITES[role] <= configure - install
    assert SERVES[role] <= run - configure


def test_no_step_is_run_by_a_tag_of_another_name(collections: Path) -> None:
    assert files(turns(collections, "--tags", "web")) == {"main"}, "what says so, and refuses a step that is left out"
