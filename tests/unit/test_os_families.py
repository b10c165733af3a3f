# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every entry point of every role on a host that calls itself something else: refused with the list, before a package manager runs.

No such guest can be had here, so it is this machine with a FakeEtc: another /etc/os-release, and package managers that only note that they were called, in
a mount namespace of the run's own. The facts are those that Ansible's real `setup` makes of it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ansible_collections.stackdb.trove.tests.unit.test_module_contract import ROOT
from ansible_collections.stackdb.trove.tests.unit.test_roles import DATASTORES

ENTRY_POINTS = [
    (role, entry) for role in DATASTORES for entry in yaml.safe_load((ROOT / "roles" / role / "meta" / "argument_specs.yml").read_text())["argument_specs"]
]
#: what the refusal says, the file and its text that name the distribution, its os-release, and how many entry points are tried: what refuses is one task
OTHERS = {
    "Rocky 9.4, of the OS family RedHat; supported: Debian": (
        (
            "redhat-release", "Rocky Linux release 9.4 (Blue Onyx)\n",
            'NAME="Rocky Linux"\nID=rocky\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.4"\n',
        ), len(ENTRY_POINTS)
    ),
    "Ubuntu 24.04, of the OS family Debian; supported: Debian": (
        ("lsb-release", "", 'NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"\nVERSION="24.04 LTS (Noble Numbat)"\n'), 1
    ),
}  # fmt: skip
MANAGERS = ["apt", "apt-get", "dpkg", "dpkg-query", "dnf", "yum", "rpm"]


class FakeEtc:
    """The programs and files of another distribution, over those of this machine."""

    def __init__(self, folder: Path, name: str, release: str, os_release: str) -> None:
        self.etc, self.bin, self.called = folder / "etc", folder / "bin", folder / "called"
        self.etc.mkdir()
        self.bin.mkdir()
        (self.etc / name).write_text(release)
        (self.etc / "os-release").write_text(os_release)
        for manager in MANAGERS:
            (self.bin / manager).write_text(f"#!/bin/sh\necho {manager} >>{self.called}\nexit 1\n")
            (self.bin / manager).chmod(0o755)

    def run(self, command: list[str], **more: object) -> subprocess.CompletedProcess:
        overlays = "".join(f"mount -t overlay overlay -o lowerdir={over}:{under} {under} && " for over, under in ((self.etc, "/etc"), (self.bin, "/usr/bin")))
        return subprocess.run(["unshare", "--mount", "sh", "-c", f'{overlays}exec "$@"', "sh", *command], capture_output=True, text=True, check=False, **more)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, for a mount namespace")
@pytest.mark.parametrize("expected", OTHERS)
def test_every_entry_point_refuses_another_distribution(tmp_path: Path, expected: str) -> None:
    files, count = OTHERS[expected]
    other = FakeEtc(tmp_path, *files)
    names = [f"{role}-{entry}" for role, entry in ENTRY_POINTS[:count]]
    role, entry = (f"{{{{ inventory_hostname.split('-')[{number}] }}}}" for number in range(2))
    include = {"name": f"stackdb.trove.{role}", "tasks_from": entry, "rolespec_validate": False}
    wanted = "{{ ansible_failed_result.msg }}"
    tasks = [
        {
            "block": [{"ansible.builtin.include_role": include}],
            "rescue": [{"ansible.builtin.copy": {"content": wanted, "dest": f"{tmp_path}/{{{{ inventory_hostname }}}}.txt", "mode": "0600"}}],
        }
    ]
    options = {"galera_cluster_name": "c", "redis_cluster_name": "c", "ansible_python_interpreter": sys.executable}
    play = {"hosts": "all", "gather_facts": False, "connection": "local", "vars": options, "tasks": tasks}
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]))
    command = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", ",".join([*names, ""]), str(tmp_path / "play.yml")]
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache" / "units"), "NO_COLOR": "1"}
    done = other.run(command, cwd=tmp_path, env=environment, timeout=300)
    said = {name: (tmp_path / f"{name}.txt").read_text() if (tmp_path / f"{name}.txt").exists() else None for name in names}
    assert said == dict.fromkeys(names, f"This host runs {expected}."), done.stdout[-3000:] + done.stderr[-2000:]
    # where the role's options are secret, too: the task that fails is not the one that reads them
    assert done.stdout.count(f"This host runs {expected}.") >= count
    assert "censored" not in done.stdout
    assert not other.called.exists(), other.called.read_text()
