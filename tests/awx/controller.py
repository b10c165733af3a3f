# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A running AWX: its API, and its own command for what the API does not show."""

from __future__ import annotations

import json
import shlex
import subprocess
from typing import Any

import requests

MARK = "=== stackdb.trove ==="
#: what AWX would put into a job's private data directory for a credential; the path of a file begins with /runner there
INJECT = """
import json, os, shutil, tempfile
from awx.main.models import Credential
found, folder = Credential.objects.get(name={name!r}, organization__name={organization!r}), tempfile.mkdtemp()
os.mkdir(folder + '/env')
env = {{}}
found.credential_type.inject_credential(found, env, {{}}, [], folder)
files = {{name: open(folder + '/env/' + name).read() for name in os.listdir(folder + '/env')}}
shutil.rmtree(folder)
print({mark!r} + json.dumps(dict(env=env, files=files)))
"""
#: without a dispatcher no project is ever fetched, and AWX takes a playbook only when it has seen it
FETCHED = """
from awx.main.models import Project
Project.objects.filter(name={name!r}, organization__name={organization!r}).update(
    playbook_files={playbooks!r}, inventory_files={inventories!r}, status='successful', scm_revision='0' * 40)
"""
#: what a node of a workflow would be started with
NODES = """
import json
from awx.main.models import WorkflowJob
nodes = WorkflowJob.objects.get(pk={job}).workflow_job_nodes.all()
print({mark!r} + json.dumps({{node.identifier: node.get_job_kwargs().get('extra_vars') or {{}} for node in nodes}}))
"""
FORGET = """
from awx.main.models import UnifiedJob
for job in UnifiedJob.objects.filter(organization__name={organization!r}, status__in=['new', 'pending', 'waiting']):
    job.delete()
"""


class Controller:
    def __init__(self, url: str, user: str, password: str, manage: str):
        self.url, self._auth, self._manage = url.rstrip("/"), (user, password), shlex.split(manage)

    def get(self, path: str, **query: str) -> Any:
        answer = requests.get(f"{self.url}/api/v2/{path}", params=query, auth=self._auth, timeout=120)
        answer.raise_for_status()
        return answer.json()

    def named(self, kind: str, name: str) -> dict:
        (found,) = self.get(f"{kind}/", name=name)["results"]
        return found

    def launch(self, kind: str, identity: int, answers: dict) -> tuple[int, dict]:
        """The status and what AWX says; a survey's answers are extra variables."""
        answer = requests.post(f"{self.url}/api/v2/{kind}/{identity}/launch/", json={"extra_vars": answers}, auth=self._auth, timeout=120)
        return answer.status_code, answer.json()

    def shell(self, code: str, **words: Any) -> Any:
        """Run Python in AWX; what it prints as JSON behind MARK."""
        done = subprocess.run(
            [*self._manage, "shell", "-c", code.format(mark=MARK, **words)], capture_output=True, text=True, timeout=300, check=False, stdin=subprocess.DEVNULL
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return json.loads(done.stdout.rpartition(MARK)[2]) if MARK in done.stdout else None
