# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cluster of three on the embedded cloud, made by the playbook that users run, with the collection that is installed in .cache/collections.

GALERA_TEST_NAME is its name; with GALERA_TEST_KEEP=1 it is kept at the end, and used again by the next run.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from members import Member, problems, run, until

NAME = os.environ.get("GALERA_TEST_NAME", "galera-test")
#: what a test may have left on a member
UNITS = ("trove-test-hold", "trove-test-ddl", "trove-test-alter", "trove-test-writes")


@pytest.fixture(scope="session")
def variables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    asked = {
        "trove_cloud": "devcloud",
        "trove_name": NAME,
        "trove_datastore": "mariadb",
        "trove_datastore_version": "10.11",
        "trove_instances": 3,
        "trove_flavor": "db.small",
        "trove_volume_size": 2,
        "trove_image": "debian-12-mariadb-10.11",
        "trove_networks": ["db-net"],
        "trove_key_name": "devcloud",
        "trove_locality": "anti-affinity",
        "trove_remote_user": "debian",
    }
    path = tmp_path_factory.mktemp("cluster") / "variables.json"
    path.write_text(json.dumps(asked))
    return path


@pytest.fixture(scope="session")
def cluster(variables: Path) -> Iterator[list[Member]]:
    run(["ansible-playbook", "stackdb.trove.cluster_create", f"--extra-vars=@{variables}"], 900)
    shown = json.loads(run(["openstack", "--os-cloud", "devcloud", "server", "list", "--name", f"^{NAME}-[0-9]+$", "--long", "--format=json"], 60))
    yield sorted((Member(one["Name"], one["Networks"]["db-net"][0]) for one in shown), key=lambda member: member.name)
    if not os.environ.get("GALERA_TEST_KEEP"):
        run(["ansible-playbook", "stackdb.trove.cluster_delete", "--extra-vars=trove_cloud=devcloud", f"--extra-vars=trove_name={NAME}"], 300)


@pytest.fixture
def members(cluster: list[Member]) -> Iterator[list[Member]]:
    """The members, serving, with the table trove_test.t; nothing that a test has begun goes on after it."""
    cluster[0].sql(
        "CREATE DATABASE IF NOT EXISTS trove_test",
        "CREATE OR REPLACE TABLE trove_test.t (id INT PRIMARY KEY AUTO_INCREMENT, a INT)",
        "INSERT INTO trove_test.t (a) VALUES (1), (2)",
    )
    yield cluster
    for member in cluster:
        member.end(*UNITS)
    until(lambda: problems(*cluster) == [], "all serve again", 120)
