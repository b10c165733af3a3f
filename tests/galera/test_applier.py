# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A member whose applier is stuck says Synced and ready all the same; ours do not get stuck by themselves, and one that is stuck is said to be."""

from __future__ import annotations

import pytest
from conftest import NAME
from members import Member, look, problems, run, until

ALTER = "ALTER TABLE trove_test.t ADD COLUMN IF NOT EXISTS b INT"
WRITES = "i=0; while [ $i -lt 60 ]; do i=$((i+1)); mariadb -e 'INSERT INTO trove_test.t (a) VALUES (1)'; done"
#: DDL on the tables that mariadb-upgrade changes
ACCOUNTS = "while sleep 0.05; do echo 'CREATE OR REPLACE USER trove_test@localhost;'; done | mariadb"


@pytest.mark.parametrize("start", ["IST", "IST again", "SST"])
def test_joiner_is_not_stuck_by_ddl_that_arrives_all_through_its_start(members: list[Member], start: str) -> None:
    first, joiner, _third = members
    first.begin("trove-test-ddl", ACCOUNTS)
    joiner.ssh("sudo systemctl stop mariadb", 120)
    if start == "SST":
        joiner.ssh("sudo find /var/lib/mysql -mindepth 1 -delete")
    else:
        # What Debian's script goes by: it upgrades at the start when this is of another series.
        joiner.ssh("echo -n 10.6.5-MariaDB | sudo tee /var/lib/mysql/mysql_upgrade_info")
    joiner.ssh("sudo systemctl start mariadb", 300)
    until(lambda: joiner.status("wsrep_local_state_comment") == "Synced", "Synced", 120)
    for _time in range(3):
        applied = int(joiner.status("wsrep_last_committed"))
        until(lambda applied=applied: int(joiner.status("wsrep_last_committed")) > applied + 5, "applying", 20)
    assert problems(joiner) == []
    assert first.runs("trove-test-ddl")


def test_package_runs_nothing_after_a_start(members: list[Member]) -> None:
    joiner = members[1]
    assert "debian-start" not in joiner.ssh("systemctl show --property=ExecStartPost mariadb.service")
    assert look(joiner)[joiner.name]["upgrade_needed"] is False
    joiner.ssh("echo -n 10.6.5-MariaDB | sudo tee /var/lib/mysql/mysql_upgrade_info")
    joiner.ssh("sudo systemctl restart mariadb", 120)
    until(lambda: not problems(joiner), "serving")
    assert look(joiner)[joiner.name]["upgrade_needed"] is True
    assert joiner.ssh("sudo cat /var/lib/mysql/mysql_upgrade_info") == "10.6.5-MariaDB"
    joiner.ssh("echo -n 10.11.19-MariaDB | sudo tee /var/lib/mysql/mysql_upgrade_info")


@pytest.mark.parametrize("lock", ["LOCK TABLES trove_test.t READ", "FLUSH TABLES trove_test.t WITH READ LOCK"])
def test_blocked_applier_is_said_and_gone_with_the_lock(members: list[Member], lock: str) -> None:
    first, second, third = members
    second.hold(lock)
    until(lambda: second.sql("SHOW OPEN TABLES IN trove_test WHERE In_use > 0"), "locked")
    first.begin("trove-test-alter", f"mariadb -e '{ALTER}'")
    until(lambda: int(first.status("wsrep_last_committed")) > int(second.status("wsrep_last_committed")), "arrived")
    assert second.status("wsrep_local_state_comment") == "Synced"
    assert second.status("wsrep_ready") == "ON"
    assert any("Waiting for table metadata lock" in problem for problem in problems(second))
    assert problems(third) == []
    shown = run(["ansible-playbook", "stackdb.trove.cluster_show", "--extra-vars=trove_cloud=devcloud", f"--extra-vars=trove_name={NAME}",
                 "--extra-vars=trove_remote_user=debian"], 120)
    assert "Waiting for table metadata lock, " in shown
    second.end("trove-test-hold")
    until(lambda: problems(second) == [], "serving again", 30)


def test_writers_elsewhere_are_told_of_flow_control(members: list[Member]) -> None:
    first, second, _third = members
    second.hold("LOCK TABLES trove_test.t READ")
    until(lambda: second.sql("SHOW OPEN TABLES IN trove_test WHERE In_use > 0"), "locked")
    first.begin("trove-test-alter", f"mariadb -e '{ALTER}'; {WRITES}")
    until(lambda: first.status("wsrep_flow_control_active") == "true", "flow control")
    assert any("flow control stops all writes" in problem for problem in problems(first))
    found = problems(second)
    assert any("Waiting for table metadata lock" in problem for problem in found)
    assert any("write sets wait (wsrep_local_recv_queue), and none was applied" in problem for problem in found)
    second.end("trove-test-hold")
    until(lambda: problems(first, second) == [], "serving again", 60)
