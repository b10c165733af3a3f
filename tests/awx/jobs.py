# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A job as AWX runs it: a private data directory, the survey's answers, the credentials' environment, the key in ssh-agent; by ansible-runner."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ansible_runner

ROOT = Path(__file__).resolve().parents[2]
RECORDED = Path(__file__).with_name("recorded")
#: where AWX's jobs see their private data directory
CONTAINER = "/runner"


@dataclass(frozen=True)
class Given:
    """What AWX gives to a job.

    - extra_vars: the survey's answers, as AWX passes them on
    - env, files: of the cloud's credential; paths in env begin with /runner, files are {name below env/: text}
    - user: of the credential for the servers
    """

    extra_vars: dict[str, Any]
    env: dict[str, str]
    files: dict[str, str]
    user: str

    def recorded(self, secret: str) -> dict[str, Any]:
        """As it is kept in the repository: without the secret, and without names that are new in each job."""
        names = {name: f"file{number}" for number, name in enumerate(sorted(self.files))}
        texts = {names[name]: "CLOUDS" if text.strip() == secret.strip() else text for name, text in self.files.items()}
        env = {key: re.sub("|".join(names) or "$^", lambda found: names[found[0]], value) for key, value in self.env.items()}
        return {"extra_vars": self.extra_vars, "env": env, "files": texts, "user": self.user}


def replay(verb: str, clouds: str) -> Given:
    kept = json.loads((RECORDED / f"{verb}.json").read_text())
    return Given(kept["extra_vars"], kept["env"], {name: clouds if text == "CLOUDS" else text for name, text in kept["files"].items()}, kept["user"])


def prepare(folder: Path, given: Given) -> dict[str, str]:
    """Lay the directory out; the environment of what runs in it."""
    (folder / "env").mkdir(parents=True)
    folder.chmod(0o700)
    for name, text in given.files.items():
        (folder / "env" / name).touch(0o600)
        (folder / "env" / name).write_text(text)
    # the project, as AWX has it of this repository
    for part in ("playbooks", "awx"):
        shutil.copytree(ROOT / part, folder / "project" / part)
    # its configuration counts in AWX, too, where there is no such key
    settings = (ROOT / "ansible.cfg").read_text()
    (folder / "project" / "ansible.cfg").write_text(re.sub(r"(?m)^private_key_file = .*$", "private_key_file = /var/lib/not/there", settings))
    (folder / "inventory").mkdir()
    (folder / "inventory" / "hosts").write_text('{"all": {"hosts": {}}}')
    of_the_job = {name: value.replace(CONTAINER, str(folder)) for name, value in given.env.items()}
    # of the execution environment, and of AWX itself
    return of_the_job | {"ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache" / "collections"), "ANSIBLE_HOST_KEY_CHECKING": "False"}


def run(folder: Path, verb: str, given: Given, key: str) -> tuple[str, str]:
    """The job's status, and what it printed."""
    environment = prepare(folder, given)
    done = ansible_runner.run(
        private_data_dir=str(folder), playbook=f"playbooks/{verb}.yml", extravars=given.extra_vars, envvars=environment, ssh_key=key,
        cmdline=f"-u {given.user}", quiet=True, timeout=1500,
    )  # fmt: skip
    return done.status, re.sub(r"\x1b\[[0-9;]*m", "", done.stdout.read())


def inventory(folder: Path, given: Given) -> dict:
    """What the inventory source reads."""
    environment = prepare(folder, given)
    command = ["ansible-inventory", "-i", "awx/inventory/members.trove.yml", "--list"]
    done = subprocess.run(command, cwd=folder / "project", env=os.environ | environment, capture_output=True, text=True, timeout=300, check=True)
    # what Ansible would not template is marked so
    return json.loads(done.stdout, object_hook=lambda one: one.get("__ansible_unsafe", one))
