# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Galera cluster of three on the embedded cloud, and clients that go on connecting while its CA changes.

TLS_TEST_NAME is its name; with TLS_TEST_KEEP=1 it is kept at the end, and used again by the next run.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from clients import Clients
from members import Member, run

NAME = os.environ.get("TLS_TEST_NAME", "tls-test")
USER, PASSWORD = "trove_tls", "not-a-secret-1"


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Member]]:
    asked = {
        "trove_cloud": "devcloud", "trove_name": NAME, "trove_datastore": "mariadb", "trove_datastore_version": "10.11", "trove_instances": 3,
        "trove_flavor": "db.small", "trove_volume_size": 2, "trove_image": "debian-12-mariadb-10.11", "trove_networks": ["db-net"],
        "trove_key_name": "devcloud", "trove_remote_user": "debian",
    }  # fmt: skip
    path = tmp_path_factory.mktemp("cluster") / "variables.json"
    path.write_text(json.dumps(asked))
    if not os.environ.get("TLS_TEST_KEEP") or not _servers():
        run(["ansible-playbook", "stackdb.trove.cluster_create", f"--extra-vars=@{path}"], 900)
    yield sorted((Member(one["Name"], one["Networks"]["db-net"][0]) for one in _servers()), key=lambda member: member.name)
    if not os.environ.get("TLS_TEST_KEEP"):
        run(["ansible-playbook", "stackdb.trove.cluster_delete", "--extra-vars=trove_cloud=devcloud", f"--extra-vars=trove_name={NAME}"], 300)


def _servers() -> list[dict]:
    return json.loads(run(["openstack", "--os-cloud", "devcloud", "server", "list", "--name", f"^{NAME}-[0-9]+$", "--long", "--format=json"], 60))


@pytest.fixture
def bundle(cluster: list[Member], tmp_path: Path) -> Path:
    """The CAs that clients trust: what the first member trusts now."""
    path = tmp_path / "ca.pem"
    path.write_text(cluster[0].ssh("cat /etc/mysql/tls/ca.pem") + "\n")
    return path


@pytest.fixture
def clients(cluster: list[Member], bundle: Path) -> Iterator[Clients]:
    cluster[0].sql(
        "CREATE DATABASE IF NOT EXISTS trove_tls",
        "CREATE TABLE IF NOT EXISTS trove_tls.t (id INT PRIMARY KEY AUTO_INCREMENT, at DATETIME(6))",
        f"CREATE USER IF NOT EXISTS {USER}@'%' IDENTIFIED BY '{PASSWORD}'",
        f"GRANT ALL ON trove_tls.* TO {USER}@'%'",
    )
    with Clients([member.address for member in cluster], bundle, USER, PASSWORD) as running:
        yield running
