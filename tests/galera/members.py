# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Members of a real Galera cluster, by ssh, and what the collection says of them."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
STATE = Path(os.environ.get("DEVCLOUD_STATE", "/var/lib/stackdb-devcloud"))


def run(command: list[str], timeout: float = 60, **environment: str) -> str:
    """What a command printed, run from the project as users do; an assertion with all of it when it fails."""
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=timeout, check=False, env={**os.environ, **environment})
    assert done.returncode == 0, f"{shlex.join(command)}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def until(condition: Callable[[], object], what: str, timeout: float = 60, pause: float = 0.5) -> None:
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, f"after {timeout:.0f} s: not {what}"
        time.sleep(pause)


@dataclass(frozen=True)
class Member:
    name: str
    address: str

    def ssh(self, command: str, timeout: float = 60) -> str:
        return run(["ssh", "-F", str(STATE / "ssh_config"), "-o", "ConnectTimeout=5", "-o", "BatchMode=yes", self.address, command], timeout).strip()

    def sql(self, *statements: str, timeout: float = 60) -> str:
        return self.ssh(f"sudo mariadb --batch --skip-column-names -e {shlex.quote('; '.join(statements))}", timeout)

    def status(self, name: str) -> str:
        return self.sql(f"SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = '{name}'")

    def begin(self, unit: str, script: str) -> None:
        """Run a shell script in the background, as a unit of its own, until `end`."""
        self.ssh(f"sudo systemd-run --quiet --collect --unit={unit} sh -c {shlex.quote(script)}")

    def end(self, *units: str) -> None:
        self.ssh(f"sudo systemctl stop {' '.join(units)} 2>/dev/null || true")

    def runs(self, unit: str) -> bool:
        return self.ssh(f"systemctl is-active {unit}.service || true") == "active"

    def hold(self, statement: str) -> None:
        """A session that keeps what the statement locks, until `end("trove-test-hold")`."""
        self.begin("trove-test-hold", f"(echo {shlex.quote(statement + ';')}; sleep 120) | mariadb")


def look(*members: Member) -> dict[str, dict]:
    """What stackdb.trove.trove_galera_info says of each, all asked at once."""
    hosts = {one.name: {"ansible_host": one.address, "ansible_user": "debian"} for one in members}
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"all": {"hosts": hosts}}, file)
        file.flush()
        said = run(["ansible", f"--inventory={file.name}", "--become", "--module-name=stackdb.trove.trove_galera_info", "--one-line", "all"], 120)
    return {line.split(" | ")[0]: json.loads(line[line.index("{"):]) for line in said.splitlines() if " | " in line}


def problems(*members: Member) -> list[str]:
    """Why they do not serve, all of them together."""
    return [problem for said in look(*members).values() for problem in said["problems"]]
