# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A member joins, loses its compute, comes back by itself and leaves again, while a client writes at another member and none of its writes is refused."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import NAME
from members import PROJECT, Member, look, problems, run, until

ZONE, COMPUTE = "second", "compute5"
NEW = f"{NAME}-9"
REFUSED = "/var/tmp/trove-test-refused"
WRITER = f"while :; do mariadb -e 'INSERT INTO trove_test.w (at) VALUES (NOW(6))' 2>>{REFUSED} || echo refused >>{REFUSED}; done"


def verb(name: str, **options: object) -> str:
    given = {"trove_cloud": "devcloud", "trove_name": NAME, "trove_remote_user": "debian", **options}
    return run(["ansible-playbook", f"stackdb.trove.{name}", f"--extra-vars={json.dumps(given)}"], 900)


def servers() -> dict[str, str]:
    shown = json.loads(run(["openstack", "--os-cloud", "devcloud", "server", "list", "--name", f"^{NAME}-[0-9]+$", "--format=json"]))
    return {one["Name"]: one["Networks"]["db-net"][0] for one in shown}


@pytest.fixture
def writer(members: list[Member]) -> Iterator[Member]:
    members[0].sql("CREATE OR REPLACE TABLE trove_test.w (id INT PRIMARY KEY AUTO_INCREMENT, at DATETIME(6))")
    members[0].ssh(f"sudo rm -f {REFUSED}; sudo touch {REFUSED}")
    members[0].begin("trove-test-writes", WRITER)
    yield members[0]
    members[0].end("trove-test-writes")


def rows(*members: Member) -> set[str]:
    """What the members that were asked have, once each has applied what it received."""
    return {member.sql("SET SESSION wsrep_sync_wait=1; SELECT COUNT(*), MAX(id) FROM trove_test.w") for member in members}


def test_a_member_joins_loses_its_compute_and_leaves_under_a_writer(cluster: list[Member], writer: Member) -> None:
    verb("cluster_grow", trove_instances=[{"name": NEW, "availability_zone": ZONE, "volume_availability_zone": ZONE}])
    four = [*cluster, Member(NEW, servers()[NEW])]
    assert {said["galera"]["wsrep"]["cluster_size"] for said in look(*four).values()} == {4}

    devcloud = [sys.executable, str(Path(PROJECT) / "devcloud" / "devcloud")]
    run([*devcloud, "halt", COMPUTE], 120)
    until(lambda: writer.status("wsrep_cluster_size") == "3", "three members", 120)
    before = int(writer.sql("SELECT COUNT(*) FROM trove_test.w"))
    until(lambda: int(writer.sql("SELECT COUNT(*) FROM trove_test.w")) > before, "a writer that goes on", 60)
    run([*devcloud, "up"], 300)
    until(lambda: writer.status("wsrep_cluster_size") == "4", "a member that came back by itself", 300)
    # it is counted before it answers clients
    until(lambda: problems(*four) == [], "four that serve", 300, pause=5)

    verb("cluster_shrink", trove_instances=3)
    assert sorted(servers()) == [member.name for member in cluster]

    writer.end("trove-test-writes")
    assert writer.ssh(f"cat {REFUSED}") == ""
    assert len(rows(*cluster)) == 1
    longest = "SELECT MAX(gap) FROM (SELECT TIMESTAMPDIFF(MICROSECOND, LAG(at) OVER (ORDER BY id), at) AS gap FROM trove_test.w) AS gaps"
    print(f"{writer.sql('SELECT COUNT(*) FROM trove_test.w')} writes, none refused; the longest pause was {int(writer.sql(longest)) / 1e6:.2f} s")
