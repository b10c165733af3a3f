# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain running servers for what starts where the servers are there already, and what they say of themselves."""

from __future__ import annotations

import json
import shlex
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import openstack
from harness import CLOUD, HERE, STATE

SSH_OPTIONS = ["-F", str(STATE / "ssh_config"), "-o", "ControlMaster=auto", "-o", "ControlPath=/tmp/bench-ssh-%C", "-o", "ControlPersist=30"]


@contextmanager
def running(name: str, count: int) -> Iterator[dict]:
    """Servers from a plain image that answer ssh: address by name. They are deleted at the end."""
    cloud = openstack.connect(cloud=CLOUD["bench_cloud"])
    try:
        cloud.compute.create_server(
            name=name,
            image_id=cloud.image.find_image(CLOUD["bench_image"], ignore_missing=False).id,
            flavor_id=cloud.compute.find_flavor(CLOUD["bench_flavor"], ignore_missing=False).id,
            networks=[{"uuid": cloud.network.find_network(CLOUD["bench_network"], ignore_missing=False).id}],
            key_name=CLOUD["bench_key"],
            min_count=count,
            max_count=count,
        )
        servers = [cloud.compute.wait_for_server(server, interval=1) for server in _named(cloud, name)]
        addresses = {server.name: server.addresses[CLOUD["bench_network"]][0]["addr"] for server in servers}
        for address in addresses.values():
            _wait_for_ssh(address)
        yield dict(sorted(addresses.items()))
    finally:
        for server in _named(cloud, name):
            cloud.compute.delete_server(server)
        for server in _named(cloud, name):
            cloud.compute.wait_for_delete(server)


def _named(cloud, name: str) -> list:
    return [server for server in cloud.compute.servers() if server.name.startswith(f"{name}-")]


def _wait_for_ssh(address: str) -> None:
    for _attempt in range(60):
        if subprocess.run(["ssh", *SSH_OPTIONS, "-o", "ConnectTimeout=2", address, "true"], check=False, stderr=subprocess.DEVNULL).returncode == 0:
            return
        time.sleep(0.5)
    raise TimeoutError(f"{address} does not answer ssh")


def ask(address: str, *command: str) -> str:
    """What a command prints that runs there as root."""
    return subprocess.run(["ssh", *SSH_OPTIONS, address, shlex.join(["sudo", *command])], check=True, capture_output=True, text=True).stdout


def start(address: str, script: str, *arguments: str) -> subprocess.Popen:
    """Start a script of benchmarks/scripts there as root. It comes by stdin."""
    with (HERE / "scripts" / script).open() as text:
        return subprocess.Popen(["ssh", *SSH_OPTIONS, address, shlex.join(["sudo", "bash", "-s", "--", *arguments])], stdin=text)


def run(address: str, script: str, *arguments: str) -> None:
    """Run such a script to its end."""
    code = start(address, script, *arguments).wait()
    if code:
        raise subprocess.CalledProcessError(code, script)


def as_root(address: str, since: float) -> list:
    """(from, to) of everything that sudo ran there since then, in seconds since the epoch: a module that became root, without ssh around it."""
    lines = ask(address, "journalctl", "--quiet", "--output=json", f"--since=@{since:.0f}", "--identifier=sudo")
    opened, intervals = {}, []
    for entry in map(json.loads, lines.splitlines()):
        when, pid, text = float(entry["__REALTIME_TIMESTAMP"]) / 1e6, entry["_PID"], entry["MESSAGE"]
        if "session opened" in text:
            opened[pid] = when
        elif "session closed" in text and pid in opened:
            intervals.append((opened.pop(pid), when))
    return intervals
