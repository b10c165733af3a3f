# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One run of ansible-playbook over the staged collection, and what it did."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import yaml

_TIMEOUT = 300
#: whoever becomes root where the playbooks say that nobody does, fails
_SETTINGS = """[defaults]
collections_path = {place}
local_tmp = {place}/tmp
remote_tmp = {place}/tmp
localhost_warning = false
nocolor = true
internal_poll_interval = 0.01
[inventory]
inventory_unparsed_warning = false
[connection]
pipelining = true
[privilege_escalation]
become_exe = /nonexistent/sudo
"""
#: members are reached by the scripted connection, whatever they are named, and nothing becomes another user here
_MEMBERS = {"ansible_connection": "stackdb.trove.scripted_member", "ansible_become": False, "ansible_python_interpreter": sys.executable}


@dataclass
class Result:
    """What a run did: its exit code, what it said, its journal, and the cloud before and after as ``{server: {task, contract}}``."""

    code: int
    output: str
    journal: list
    before: dict
    after: dict

    @property
    def acts(self):
        return [event for event in self.journal if event["what"] == "act"]

    @property
    def writes(self):
        return [(event["verb"], event["kind"], event["name"]) for event in self.journal if event["what"] == "write" and event["verb"] != "lease"]

    @property
    def deleted(self):
        return {name for verb, kind, name in self.writes if verb == "delete" and kind in ("server", "volume")}

    def tasks(self, names=None):
        """The tasks that are noted at the end, of these servers."""
        return {one["task"] for name, one in self.after.items() if names is None or name in names}


class Bench:
    """Where runs are made.

    :param place: the collections path of the staged collection
    :param cloud: the file of the cloud that each run begins with
    :param quick: whether runs are forks of a process that has imported Ansible, see preloaded.py
    """

    def __init__(self, place, cloud, quick):
        self.place, self.cloud = place, cloud
        (place / "ansible.cfg").write_text(_SETTINGS.format(place=place))
        self._preloaded = None
        if quick:
            command = [sys.executable, str(Path(__file__).with_name("preloaded.py"))]
            self._preloaded = subprocess.Popen(command, env=self._environment(place), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def close(self):
        if self._preloaded:
            self._preloaded.stdin.close()
            self._preloaded.wait(_TIMEOUT)

    def options(self, verb):
        """The names of all options of a verb."""
        spec = self.place / f"ansible_collections/stackdb/trove/playbooks/{verb}.meta.yml"
        return list(yaml.safe_load(spec.read_text())["argument_specs"][verb]["options"])

    def run(self, directory, playbook, variables, script, arguments=(), settings=None, inventory="", keep=False):
        """Run a playbook.

        :param playbook: a name, or a list of them that are imported into one
        :param settings: of Ansible, as environment variables
        :param keep: go on with the cloud and the journal of the run before in that directory
        """
        directory.mkdir(exist_ok=True)
        if not keep:
            shutil.copy(self.cloud, directory / "cloud")
            _note_stopped(directory / "cloud", script["stopped"])
            (directory / "journal").write_text("")
        before, begun = _servers(directory), len(_journal(directory))
        command, _environment = self.command(directory, playbook, variables, script, arguments, inventory)
        code, output = self._start(directory, command, settings)
        return Result(code, output, _journal(directory)[begun:], before, _servers(directory))

    def command(self, directory, playbook, variables, script, arguments=(), inventory=""):
        """The command of a run, and its environment; what it reads is written to its directory."""
        (directory / "script.json").write_text(json.dumps(script))
        (directory / "variables.json").write_text(json.dumps(variables))
        (directory / "inventory").write_text(inventory)
        (directory / "group_vars").mkdir(exist_ok=True)
        (directory / "group_vars/trove_members.yml").write_text(yaml.safe_dump(_MEMBERS))
        files = ["-i", str(directory / "inventory"), "-e", f"@{directory}/variables.json"]
        return ["ansible-playbook", *files, *arguments, _playbook(directory, playbook)], self._environment(directory)

    def _start(self, directory, command, settings):
        """Of settings some are read when Ansible is imported."""
        output = directory / "output"
        environment = {**self._environment(directory), **(settings or {})}
        if self._preloaded and not settings:
            order = {"arguments": command, "directory": str(directory), "environment": environment, "output": str(output)}
            self._preloaded.stdin.write(json.dumps(order) + "\n")
            self._preloaded.stdin.flush()
            code, _seconds = self._preloaded.stdout.readline().split()
            return int(code), output.read_text()
        ran = subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, timeout=_TIMEOUT, check=False)
        return ran.returncode, ran.stdout + ran.stderr

    def _environment(self, directory):
        return {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(directory),
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(self.place / "sdk"),
            "ANSIBLE_CONFIG": str(self.place / "ansible.cfg"),
            "TROVE_SCRIPTED": str(directory),
        }


def _playbook(directory, playbook):
    if isinstance(playbook, str):
        return f"stackdb.trove.{playbook}"
    file = directory / "several.yml"
    file.write_text(yaml.safe_dump([{"import_playbook": f"stackdb.trove.{name}"} for name in playbook]))
    return str(file)


def _note_stopped(cloud, names):
    """As a stop has left the task."""
    kept = pickle.loads(cloud.read_bytes()) if names else {"servers": {}}
    for server in kept["servers"].values():
        if server.name in names:
            server.metadata["trove_task"] = "STOPPED"
    if names:
        cloud.write_bytes(pickle.dumps(kept))


def _journal(directory):
    return [json.loads(line) for line in (directory / "journal").read_text().splitlines()]


def _servers(directory):
    servers = pickle.loads((directory / "cloud").read_bytes())["servers"].values()
    return {server.name: {"task": server.metadata.get("trove_task", "NONE"), "contract": _contract(server.metadata)} for server in servers}


def _contract(metadata):
    return {key: value for key, value in metadata.items() if key.startswith(("trove_replicates", "trove_writable"))}
