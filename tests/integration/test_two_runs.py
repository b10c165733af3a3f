# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Start two runs of trove_cluster for the same cluster at the same moment, as processes against the embedded cloud: one goes on, the other is refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import openstack
import pytest

COLLECTIONS = os.environ.get("TROVE_TEST_COLLECTIONS", str(Path(__file__).resolve().parents[2] / ".cache" / "collections"))
MODULE = "ansible_collections.stackdb.trove.plugins.modules.trove_cluster"
CLOUD, NAME = "devcloud", "two-runs"
MEMBERS = [f"{NAME}-{number}" for number in range(1, 4)]
PRESENT = {
    "datastore_version": "10.11",
    "instances": len(MEMBERS),
    "flavor": "db.small",
    "image": "debian-12",
    "networks": ["db-net"],
    "key_name": "devcloud",
    "locality": "soft-anti-affinity",
}


def start(folder: Path, options: dict, number: int = 0) -> subprocess.Popen:
    arguments = folder / f"arguments-{number}.json"
    arguments.write_text(json.dumps({"ANSIBLE_MODULE_ARGS": {"cloud": CLOUD, "name": NAME, **options}}))
    environment = {**os.environ, "PYTHONPATH": COLLECTIONS}
    return subprocess.Popen([sys.executable, "-m", MODULE, str(arguments)], env=environment, cwd=folder, stdout=subprocess.PIPE, text=True)


def result(process: subprocess.Popen) -> dict:
    return json.loads(process.communicate(timeout=300)[0])


@pytest.fixture(scope="module")
def sdk() -> openstack.connection.Connection:
    return openstack.connect(cloud=CLOUD)


@pytest.fixture
def folder(tmp_path: Path, sdk: openstack.connection.Connection):
    result(start(tmp_path, {"state": "absent"}))
    yield tmp_path
    # by its id if there should be two
    for group in list(sdk.network.security_groups(name=f"trove-{NAME}")):
        result(start(tmp_path, {"state": "absent", "id": group.description.removeprefix("Members of the stackdb.trove cluster ")[:36]}))


def things(sdk: openstack.connection.Connection) -> dict:
    return {
        "servers": sorted(server.name for server in sdk.compute.servers(details=False) if server.name.startswith(NAME)),
        "server groups": [group.name for group in sdk.compute.server_groups() if group.name == f"trove-{NAME}"],
        "security groups": [group.name for group in sdk.network.security_groups(name=f"trove-{NAME}")],
    }


@pytest.mark.parametrize("delay", [0, 0.3, 3])
def test_two_that_create(folder: Path, sdk: openstack.connection.Connection, delay: float) -> None:
    first = start(folder, PRESENT, 1)
    time.sleep(delay)
    second = start(folder, PRESENT, 2)
    results = [result(first), result(second)]
    failed = [one["msg"] for one in results if one.get("failed")]
    # whoever comes when Nova has all of it waits until the servers are active, and has nothing to do
    assert len(failed) == 1 or [one["changed"] for one in results] == [True, False], failed or "both made something"
    assert all("Another run" in message for message in failed)
    assert things(sdk) == {"servers": MEMBERS, "server groups": [f"trove-{NAME}"], "security groups": [f"trove-{NAME}"]}
    again = result(start(folder, PRESENT))
    assert again["changed"] is False
    assert result(start(folder, {"state": "absent"}))["changed"]
    assert things(sdk) == {"servers": [], "server groups": [], "security groups": []}
