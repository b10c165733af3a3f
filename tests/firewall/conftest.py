# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Three hosts as network namespaces of this machine: a server, and two clients. They reach each other and nothing else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
UNITS = ROOT / ".cache" / "units" / "ansible_collections" / "stackdb"


class Hosts:
    """Namespaces ``<prefix>s``, ``<prefix>a`` and ``<prefix>b``: the server has the addresses .1 and ::1, the clients .2 and .3."""

    def __init__(self) -> None:
        self.prefix = f"fw{os.getpid()}"
        self.running: list[subprocess.Popen[str]] = []
        self.names = {who: f"{self.prefix}{who}" for who in "sab"}
        for name in self.names.values():
            ip("netns", "add", name)
            ip("-n", name, "link", "set", "lo", "up")
        ip("-n", self.names["s"], "link", "add", "br0", "type", "bridge")
        ip("-n", self.names["s"], "address", "add", "192.0.2.1/24", "dev", "br0")
        ip("-n", self.names["s"], "address", "add", "fd00:99::1/64", "dev", "br0", "nodad")
        ip("-n", self.names["s"], "link", "set", "br0", "up")
        for number, who in enumerate("ab", 2):
            ip("link", "add", f"to{who}", "netns", self.names["s"], "type", "veth", "peer", "name", "eth0", "netns", self.names[who])
            ip("-n", self.names["s"], "link", "set", f"to{who}", "master", "br0", "up")
            ip("-n", self.names[who], "address", "add", f"192.0.2.{number}/24", "dev", "eth0")
            ip("-n", self.names[who], "address", "add", f"fd00:99::{number}/64", "dev", "eth0", "nodad")
            ip("-n", self.names[who], "link", "set", "eth0", "up")

    def start(self, who: str, what: str, **given: object) -> subprocess.Popen[str]:
        """Something that goes on until its standard input is closed, see `end`."""
        run = subprocess.Popen(
            ["ip", "netns", "exec", self.names[who], sys.executable, str(Path(__file__).with_name("inside.py")), what, json.dumps(given)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(UNITS.parents[1])},
        )  # fmt: skip
        self.running.append(run)
        return run

    def ready(self, who: str, what: str, **given: object) -> subprocess.Popen[str]:
        run = self.start(who, what, **given)
        assert run.stdout
        assert run.stdout.readline() == "ready\n"
        return run

    def run(self, who: str, what: str, **given: object) -> dict:
        return self.end(self.start(who, what, **given))

    @staticmethod
    def end(run: subprocess.Popen[str]) -> dict:
        out, _none = run.communicate(timeout=120)
        assert run.returncode == 0, out
        return json.loads(out.splitlines()[-1])

    def remove(self) -> None:
        for run in self.running:
            if run.poll() is None:
                run.kill()
                run.wait()
        for name in self.names.values():
            subprocess.run(["ip", "netns", "delete", name], check=False)


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


@pytest.fixture
def hosts() -> Iterator[Hosts]:
    if os.geteuid() != 0 or not shutil.which("nft"):
        pytest.fail("the tests need root, and the package nftables")
    UNITS.mkdir(parents=True, exist_ok=True)
    if not (UNITS / "trove").is_symlink():
        (UNITS / "trove").symlink_to(ROOT)
    made = Hosts()
    try:
        yield made
    finally:
        made.remove()
