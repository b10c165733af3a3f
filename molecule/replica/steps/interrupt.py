#!/usr/bin/env python3
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Creates replicas with a run whose receiver is killed in mid-stream, and with another one that is killed itself at that point.

Reads ``{argv, cloud, user, replica, other}`` as JSON on stdin: the run's command, and the names of the replica whose receiver is killed and of
the one that must not suffer by it. Says in words what came of it; exits 1 when it was not what it should be.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time

import openstack

_RECEIVER = "stackdb-trove-snapshot-receiver"
#: MiB that have to be there before anything is killed
_MANY = 20
#: seconds after which a guest, or the run on it, is given up: also on a machine with much else to do
_PATIENCE = 1200
_WATCH = f"""
size() {{ sudo du -sm /var/lib/mysql/data 2>/dev/null | cut -f1; }}
until sudo test -e /var/lib/mysql/data/.stackdb-trove-receiving && [ "$(size)" -gt {_MANY} ]; do sleep 0.02; done
"""


def address(cloud: str, name: str) -> str:
    sdk = openstack.connect(cloud=cloud)
    while True:
        for server in sdk.compute.servers(name=f"^{re.escape(name)}$"):
            for port in sdk.network.ports(device_id=server.id):
                return port.fixed_ips[0]["ip_address"]
        time.sleep(0.5)


def on_guest(where: str, script: str) -> None:
    """Run a script on a guest, as soon as it lets anybody in."""
    quiet = [f"-o{option}" for option in ("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "ConnectTimeout=3")]
    argv = ["ssh", *quiet, f"-i{os.environ['ANSIBLE_PRIVATE_KEY_FILE']}", where, script]
    deadline = time.monotonic() + _PATIENCE
    # 255 is ssh's own failure
    while subprocess.run(argv, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=_PATIENCE).returncode == 255:
        if time.monotonic() > deadline:
            sys.exit(f"{where} lets nobody in")
        time.sleep(0.5)


def begin(argv: list[str]) -> subprocess.Popen:
    return subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)


def kill_receiver(options: dict) -> str:
    run = begin(options["argv"])
    where = f"{options['user']}@{address(options['cloud'], options['replica'])}"
    on_guest(where, f"{_WATCH} sudo systemctl kill --signal=KILL {_RECEIVER}")
    output, _nothing = run.communicate()
    said = f"{options['replica']}: The snapshot was not received" in " ".join(output.split())
    follows = re.search(rf"{re.escape(options['other'])} .*\| running ", output)
    if run.returncode == 0 or not said or not follows:
        sys.exit(f"the receiver of {options['replica']} was killed, and only that replica should have failed:\n{output}")
    return f"the receiver of {options['replica']} killed in mid-stream: the run said so, and {options['other']} follows its source"


def kill_run(options: dict) -> str:
    run = begin(options["argv"])
    on_guest(f"{options['user']}@{address(options['cloud'], options['replica'])}", _WATCH)
    os.killpg(run.pid, signal.SIGKILL)
    run.communicate()
    return f"the run killed in mid-stream to {options['replica']}"


def main() -> None:
    options = json.load(sys.stdin)
    print(kill_receiver(options))
    print(kill_run(options))


if __name__ == "__main__":
    main()
