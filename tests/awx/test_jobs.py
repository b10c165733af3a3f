# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What AWX gives to jobs runs on the embedded cloud, in private data directories. Without an AWX, by answers that were recorded of one."""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import jobs
import openstack
import pytest
from conftest import CLOUDS, KEY, ORGANIZATION, PREFIX
from controller import INJECT
from jobs import Given

NAME = "awx-cache"
#: what is answered; numbers that have to be, choices and texts, a list as text
ANSWERS: dict[str, dict] = {
    "cluster_create": {
        "trove_name": NAME, "trove_instances": "4", "trove_datastore_version": "7.0", "trove_image": "debian-12-redis-7.0", "trove_datastore": "redis",
        "trove_replicas": 1, "trove_flavor": "db.tiny", "trove_volume_size": 1, "trove_networks": "db-net", "trove_key_name": "devcloud",
        "trove_locality": "soft-anti-affinity", "trove_allow_few_masters": "true", "trove_region_name": "", "trove_metadata": "team=shop, tier=test",
    },
    "cluster_show": {"trove_name": NAME, "trove_live": ""},
    "cluster_failover": {"trove_name": NAME, "trove_members": f"{NAME}-member-3,{NAME}-member-4"},
    "cluster_shrink": {"trove_name": NAME, "trove_confirm": NAME, "trove_members": f"{NAME}-member-2, ", "trove_allow_few_masters": "true"},
    "cluster_delete": {"trove_name": NAME, "trove_confirm": NAME},
}  # fmt: skip

Job = Callable[..., str]


@pytest.fixture(scope="session")
def given(request: pytest.FixtureRequest) -> Callable[[str], Given]:
    """What a job of a verb gets: from AWX where there is one, and then it has to be what was recorded; AWX_RECORD=1 records it anew."""
    if not os.environ.get("AWX_URL"):
        return lambda verb: jobs.replay(verb, CLOUDS.read_text())
    awx = request.getfixturevalue("awx")
    request.getfixturevalue("changed")
    injected = awx.shell(INJECT, name=f"{PREFIX} cloud", organization=ORGANIZATION)
    user = awx.named("credentials", f"{PREFIX} ssh key")["inputs"]["username"]

    def live(verb: str) -> Given:
        status, job = awx.launch("job_templates", awx.named("job_templates", f"{PREFIX} {verb}")["id"], ANSWERS[verb])
        assert status == 201, job
        found = Given(json.loads(job["extra_vars"]), injected["env"], injected["files"], user)
        path = jobs.RECORDED / f"{verb}.json"
        if os.environ.get("AWX_RECORD"):
            path.write_text(json.dumps(found.recorded(CLOUDS.read_text()), indent=1) + "\n")
        assert found.recorded(CLOUDS.read_text()) == json.loads(path.read_text()), "AWX_RECORD=1"
        return found

    return live


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A container has nothing of this shell's environment."""
    for name in [name for name in os.environ if name.startswith(("OS_", "ANSIBLE_", "DEVCLOUD_"))]:
        monkeypatch.delenv(name)


@pytest.fixture
def job(given: Callable[[str], Given], tmp_path: Path, alone: None) -> Job:
    numbers = itertools.count()

    def run(verb: str, status: str = "successful", **otherwise: str) -> str:
        found = given(verb)
        found = Given(found.extra_vars | otherwise, found.env, found.files, found.user)
        ended, text = jobs.run(tmp_path / str(next(numbers)), verb, found, KEY.read_text())
        assert ended == status, text[-4000:]
        assert "password:" not in text
        return text

    return run


@pytest.fixture(scope="module")
def cloud() -> openstack.connection.Connection:
    return openstack.connection.Connection(config=openstack.config.OpenStackConfig(config_files=[str(CLOUDS)]).get_one("devcloud"))


@pytest.fixture(scope="module", autouse=True)
def left(cloud: openstack.connection.Connection) -> Iterator[None]:
    """Nothing is there before, and nothing stays, whatever fails."""
    assert servers(cloud) == set(), "left by an earlier run: delete the cluster first"
    yield
    if servers(cloud):
        command = ["ansible-playbook", "stackdb.trove.cluster_delete", "-e", "trove_cloud=devcloud", "-e", f"trove_name={NAME}"]
        subprocess.run(command, cwd=jobs.ROOT, timeout=600, check=True)


def servers(cloud: openstack.connection.Connection) -> set[str]:
    return {one.name for one in cloud.compute.servers(name=f"^{NAME}-")}


def changes(text: str) -> int:
    return sum(int(count) for count in re.findall(r"changed=(\d+)", text))


def test_create_from_a_surveys_answers_and_a_second_job_changes_nothing(job, cloud):
    assert f"{NAME}-member-1" in job("cluster_create")
    assert servers(cloud) == {f"{NAME}-member-{number}" for number in range(1, 5)}


def test_a_second_create_changes_nothing(job):
    assert changes(job("cluster_create")) == 0


def test_show(job):
    text = job("cluster_show")
    for number in range(1, 5):
        assert f"{NAME}-member-{number}" in text
    assert changes(text) == 0


def test_the_inventory_source_has_the_members(given, tmp_path, alone):
    found = jobs.inventory(tmp_path / "inventory", given("cluster_show"))
    assert found["trove_cluster_awx_cache"]["hosts"] == [f"{NAME}-member-{number}" for number in range(1, 5)]
    assert found["_meta"]["hostvars"][f"{NAME}-member-1"]["trove_instance"]["metadata"] == {"team": "shop", "tier": "test"}


def test_failover_of_a_list_in_a_text(job):
    """Both replicas take their masters' places."""
    assert changes(job("cluster_failover")) > 0
    assert changes(job("cluster_failover")) == 0


def test_shrink_of_another_name_touches_nothing(job, cloud):
    text = job("cluster_shrink", "failed", trove_confirm="awx-cach")
    assert f"trove_confirm: 'awx-cach' was given; allowed: {NAME}, the same as trove_name; nothing was touched" in text
    assert len(servers(cloud)) == 4


def test_shrink_of_a_list_in_a_text(job, cloud):
    job("cluster_shrink")
    assert servers(cloud) == {f"{NAME}-member-{number}" for number in (1, 3, 4)}


def test_delete(job, cloud):
    job("cluster_delete")
    assert servers(cloud) == set()
