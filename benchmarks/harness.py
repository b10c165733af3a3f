# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all benchmarks need: playbooks run and timed, intervals added up, tables printed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
STATE = Path(os.environ.get("DEVCLOUD_STATE", "/var/lib/stackdb-devcloud"))

#: which cloud, and what is there; the defaults are the embedded cloud's
CLOUD = {
    "bench_cloud": os.environ.get("BENCH_CLOUD", "devcloud"),
    "bench_image": os.environ.get("BENCH_IMAGE", "debian-12"),
    "bench_flavor": os.environ.get("BENCH_FLAVOR", "db.small"),
    "bench_network": os.environ.get("BENCH_NETWORK", "db-net"),
    "bench_key": os.environ.get("BENCH_KEY", "devcloud"),
}
#: how often everything is measured; ours and the peer take turns in going first
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "1"))


@dataclass(frozen=True)
class Side:
    """One of the two that are compared: its name, and the directory of its environment's commands."""

    name: str
    bin: Path


OURS = Side("stackdb.trove", ROOT / ".venv/bin")
PEER = Side("openstack.cloud", ROOT / ".cache/bench-venv/bin")


@dataclass(frozen=True)
class Run:
    """One run of ansible-playbook.

    :param seconds: from its start to its end
    :param tasks: the rows of callback_plugins/timeline.py
    :param modules: (from, to) of each module that ran on the controller, in seconds since the epoch
    """

    start: float
    seconds: float
    tasks: list
    modules: list

    @property
    def end(self) -> float:
        return self.start + self.seconds

    @property
    def in_modules(self) -> float:
        return covered(self.modules)

    @property
    def changed(self) -> int:
        return sum(row["changed"] for row in self.tasks)


def play(side: Side, playbook: str, variables: dict, hosts: dict | None = None, environment: dict | None = None) -> Run:
    """Run a playbook (a path, or the name of one in a collection).

    :param hosts: hosts and their variables, beside localhost
    :raises SystemExit: with the end of the output, when it fails
    """
    with tempfile.TemporaryDirectory() as folder:
        files = {name: Path(folder) / name for name in ("timeline.json", "modules", "inventory.json")}
        files["modules"].touch()
        files["inventory.json"].write_text(json.dumps(_inventory(hosts or {})))
        start = time.time()
        done = subprocess.run(
            [side.bin / "ansible-playbook", "-i", files["inventory.json"], playbook, "-e", json.dumps(variables)],
            cwd=ROOT,
            env={
                **os.environ,
                "PATH": f"{side.bin}:{os.environ['PATH']}",
                "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback_plugins"),
                "ANSIBLE_CALLBACKS_ENABLED": "timeline",
                "BENCHMARK_TIMELINE": str(files["timeline.json"]),
                "BENCHMARK_MODULES": str(files["modules"]),
                "BENCHMARK_PYTHON": str(side.bin / "python"),
                **(environment or {}),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        seconds = time.time() - start
        if done.returncode:
            sys.exit(f"{side.name}: {playbook} failed\n{done.stdout[-4000:]}")
        modules = [tuple(map(float, line.split())) for line in files["modules"].read_text().splitlines()]
        return Run(start, seconds, json.loads(files["timeline.json"].read_text()), modules)


def _inventory(hosts: dict) -> dict:
    local = {"ansible_connection": "local", "ansible_python_interpreter": str(HERE / "timed-python")}
    # what ansible needs for a guest of the embedded cloud, also for those that a playbook adds
    guests = {"ansible_user": "debian", "ansible_ssh_common_args": f"-F {STATE / 'ssh_config'}"}
    return {"all": {"vars": guests, "hosts": {"localhost": local}, "children": {"bench": {"hosts": hosts}}}}


def covered(intervals: list) -> float:
    """Seconds that at least one of the (from, to) covers: things at the same time count once."""
    total, reached = 0.0, float("-inf")
    for start, end in sorted(intervals):
        total += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return total


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


def table(title: str, header: list, rows: list) -> None:
    """Print rows below a header, numbers with one decimal, and how busy the machine is, since that is in every figure."""
    shown = [header, *([f"{value:.1f}" if isinstance(value, float) else str(value) for value in row] for row in rows)]
    widths = [max(len(row[column]) for row in shown) for column in range(len(header))]
    print(f"\n{title} (load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores)")
    for row in shown:
        first, *rest = (value.rjust(width) for value, width in zip(row, widths, strict=True))
        print("  ".join(["", row[0].ljust(len(first)), *rest]).rstrip())
    sys.stdout.flush()


def ratio(ours: float, theirs: float) -> str:
    return f"{ours / theirs:.2f}"
