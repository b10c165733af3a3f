# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kill trove_cluster after its n-th write, go on, and look past the collection whether anything is there twice or left over.

A process is killed for good while the proxy keeps the answers of the n-th write and of those sent with it: the cloud has carried
them out, and the run does not know. A few moments by default; every one with TROVE_KILL=everywhere (`make kill-test`).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import openstack
import pytest
from recording_proxy import RecordingProxy

ROOT = Path(__file__).resolve().parents[2]
COLLECTIONS = os.environ.get("TROVE_TEST_COLLECTIONS", str(ROOT / ".cache" / "collections"))
MODULE = "ansible_collections.stackdb.trove.plugins.modules.trove_cluster"
CLOUD = "devcloud"
NAME = "kill-test"
MEMBERS = [f"{NAME}-{number}" for number in range(1, 4)]
PRESENT = {
    "datastore_version": "10.11",
    "instances": len(MEMBERS),
    "flavor": "db.small",
    "image": "debian-12",
    "volume_size": 1,
    "networks": ["db-net"],
    "key_name": "devcloud",
    "locality": "anti-affinity",
}
ABSENT = {"state": "absent"}

EVERYWHERE = os.environ.get("TROVE_KILL") == "everywhere"
# the lease, two groups and three volumes, the rules and the servers, three notes and three attachments, the end of the lease
WRITES_OF_A_CREATION = 15
CREATING = range(1, WRITES_OF_A_CREATION + 1) if EVERYWHERE else (7,)
# the lease, the task on three servers and the group, three servers, three volumes and the server group, the security group
DELETING = range(1, 14) if EVERYWHERE else (6,)


class Runs:
    """Runs of the module, each in a process of its own; `proxy` stands between them and the cloud."""

    def __init__(self, folder: Path, proxy: RecordingProxy):
        self.folder = folder
        self.silence = folder / "silent_after"
        self.environment = {**os.environ, "PYTHONPATH": COLLECTIONS, "http_proxy": proxy.url, "no_proxy": ""}

    def start(self, options: dict) -> subprocess.Popen:
        arguments = self.folder / "arguments.json"
        arguments.write_text(json.dumps({"ANSIBLE_MODULE_ARGS": {"cloud": CLOUD, "name": NAME, **options}}))
        command = [sys.executable, "-m", MODULE, str(arguments)]
        return subprocess.Popen(command, env=self.environment, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def finish(self, options: dict) -> dict:
        """The result of a run that nobody disturbs."""
        output, _none = self.start(options).communicate(timeout=300)
        result = json.loads(output)
        assert not result.get("failed"), result["msg"]
        return result

    def kill(self, options: dict, write: int) -> bool:
        """Kill a run as soon as the cloud has carried out its n-th write, and those that were sent with it: whether it wrote so much."""
        self.silence.write_text(str(write))
        process = self.start(options)
        deadline = time.monotonic() + 120
        while self._writes_left() > 0 and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.5)
        alive = process.poll() is None
        process.kill()
        process.communicate()
        self.silence.unlink()
        return alive

    def _writes_left(self) -> int:
        text = self.silence.read_text()
        return int(text) if text else 1


@pytest.fixture(scope="module")
def sdk() -> openstack.connection.Connection:
    return openstack.connect(cloud=CLOUD)


def things(sdk: openstack.connection.Connection) -> dict:
    """Names by kind of all that looks like the cluster's."""
    kinds = {
        "servers": sdk.compute.servers(details=False),
        "volumes": sdk.block_storage.volumes(details=False),
        "server groups": sdk.compute.server_groups(),
        "security groups": sdk.network.security_groups(),
    }
    return {kind: sorted(thing.name for thing in found if NAME in thing.name) for kind, found in kinds.items()}


NOTHING = {"servers": [], "volumes": [], "server groups": [], "security groups": []}
COMPLETE = {"servers": MEMBERS, "volumes": MEMBERS, "server groups": [f"trove-{NAME}"], "security groups": [f"trove-{NAME}"]}


@pytest.fixture
def runs(tmp_path: Path, sdk: openstack.connection.Connection):
    with RecordingProxy(tmp_path) as proxy:
        started = Runs(tmp_path, proxy)
        started.finish(ABSENT)
        assert things(sdk) == NOTHING
        yield started
        started.silence.unlink(missing_ok=True)
        started.finish(ABSENT)


def assert_complete(sdk: openstack.connection.Connection, result: dict) -> None:
    assert things(sdk) == COMPLETE
    instances = result["cluster"]["instances"]
    assert [(i["name"], i["server_status"]) for i in instances] == [(name, "ACTIVE") for name in MEMBERS]
    assert len({i["host_id"] for i in instances}) == len(MEMBERS)
    for instance in instances:
        attached = sdk.block_storage.get_volume(instance["volume"]["id"]).attachments
        assert [attachment["server_id"] for attachment in attached] == [instance["id"]]


@pytest.mark.parametrize("write", CREATING)
def test_a_killed_creation_goes_on(runs: Runs, sdk: openstack.connection.Connection, write: int) -> None:
    assert runs.kill(PRESENT, write)
    assert_complete(sdk, runs.finish(PRESENT))
    assert not runs.finish(PRESENT)["changed"]
    ports = {port.id for server in sdk.compute.servers() if server.name in MEMBERS for port in sdk.network.ports(device_id=server.id)}
    assert len(ports) == len(MEMBERS)
    runs.finish(ABSENT)
    assert things(sdk) == NOTHING
    assert not ports & {port.id for port in sdk.network.ports()}


@pytest.mark.parametrize("write", DELETING)
def test_a_killed_deletion_goes_on(runs: Runs, sdk: openstack.connection.Connection, write: int) -> None:
    runs.finish(PRESENT)
    assert runs.kill(ABSENT, write)
    runs.finish(ABSENT)
    assert things(sdk) == NOTHING


def test_a_run_that_is_killed_again_and_again_gets_there(runs: Runs, sdk: openstack.connection.Connection) -> None:
    kills = 0
    # the first write of a run that goes on is that of its lease, the second brings it one of the writes of a creation nearer; how many it
    # brings depends on how many were sent together
    while runs.kill(PRESENT, 2):
        kills += 1
        assert kills <= WRITES_OF_A_CREATION
    # at least: groups and volumes, rules and servers, attachments
    assert kills >= 3
    assert_complete(sdk, runs.finish(PRESENT))
