# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is shown of slots that move, while they move: the role's module in real runs of ansible-playbook, over real servers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import redis
from servers import PASSWORD, Servers

MASTERS = ("m1", "m2", "m3")
_LINE = "slots, "


def run_of(servers: Servers, names: tuple[str, ...], place: Path, **options: object) -> subprocess.Popen:
    """A run of ansible-playbook that moves slots, on this machine."""
    task = {"stackdb.trove.trove_redis_cluster": servers.arguments(names, **options)}
    play = [{"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": [task]}]
    (place / "play.yml").write_text(json.dumps(play))
    paths = {"ANSIBLE_COLLECTIONS_PATH": str(servers.tree), "ANSIBLE_LOCALHOST_WARNING": "false", "ANSIBLE_CONFIG": str(place / "ansible.cfg")}
    (place / "ansible.cfg").write_text("")
    command = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "localhost,", "-v", str(place / "play.yml"), "-e",
               f"ansible_python_interpreter={sys.executable}"]  # fmt: skip
    return subprocess.Popen(command, env={**os.environ, **paths}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def fill(servers: Servers, keys: int) -> None:
    client = redis.cluster.RedisCluster("127.0.0.1", servers.port("m1"), password=PASSWORD)
    with client.pipeline() as pipe:
        for number in range(keys):
            pipe.set(f"key{number}", "x" * 100)
            if number % 20_000 == 19_999:
                pipe.execute()
        pipe.execute()
    client.close()


def left() -> list[str]:
    return [name for name in os.listdir("/run") if name.startswith("stackdb-trove-progress-")]


def test_a_run_shows_how_far_it_came_while_it_moves_slots_and_leaves_no_file(make_servers: Callable[..., Servers], tmp_path: Path) -> None:
    servers = make_servers()
    servers.start(*MASTERS)
    assert not servers.run(MASTERS, replicas=0).get("failed")
    # more than the first look waits for, also where nothing else runs
    fill(servers, 600_000)
    run = run_of(servers, MASTERS, tmp_path, state="drained", members=["m1", "m2"], allow_few_masters=True)
    assert run.stdout
    told, ended, words = [], 0.0, []
    for line in run.stdout:
        words.append(line)
        told += [time.monotonic()] if line.startswith("localhost: ") and _LINE in line else []
        ended = time.monotonic() if line.startswith(("changed:", "ok:")) else ended
        assert PASSWORD not in line
    assert run.wait() == 0, "".join(words)
    assert told, "".join(words)[-9000:]
    assert told[0] < ended, "it was shown after the task"
    assert left() == []
