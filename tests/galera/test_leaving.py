# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who leaves a cluster, by the playbook that users run: nobody whom the others still count, and one that is dead for good. It comes last: two are left."""

from __future__ import annotations

import json
import subprocess
import time

from conftest import NAME
from members import PROJECT, Member, look, run, until

OPENSTACK = ["openstack", "--os-cloud", "devcloud"]
#: a text where a list is meant, as -e gives it
SHRINK = ["ansible-playbook", "stackdb.trove.cluster_shrink", "-e", f"trove_cloud=devcloud trove_name={NAME} trove_remote_user=debian trove_members={NAME}-3"]


def servers() -> list[str]:
    return sorted(one["Name"] for one in json.loads(run([*OPENSTACK, "server", "list", "--name", f"^{NAME}-[0-9]+$", "--format=json"])))


def task() -> str:
    shown = run([*OPENSTACK, "server", "show", f"{NAME}-1", "--column=properties", "--format=json"])
    return json.loads(shown)["properties"]["trove_task"]


def test_member_out_of_sshs_reach_is_not_deleted_while_the_others_count_it(cluster: list[Member]) -> None:
    leaving = cluster[2]
    # sessions that are kept for reuse end, too
    cut = "systemctl stop ssh.socket ssh.service; pkill sshd"
    leaving.ssh(f"sudo systemd-run --quiet --on-active=90 systemctl start ssh.service && sudo systemd-run --quiet --on-active=1 sh -c '{cut}'")
    time.sleep(3)
    done = subprocess.run(SHRINK, cwd=PROJECT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode != 0
    assert f"still counts {leaving.name} ({leaving.address})" in " ".join((done.stdout + done.stderr).split())
    assert servers() == [member.name for member in cluster]
    assert task() == "NONE"


def test_member_that_is_dead_for_good_leaves_by_the_word_of_those_that_stay(cluster: list[Member]) -> None:
    run([*OPENSTACK, "server", "stop", cluster[2].name])
    until(lambda: {said["galera"]["wsrep"]["cluster_size"] for said in look(*cluster[:2]).values()} == {2}, "two members", 60)
    run(SHRINK, 600)
    assert servers() == [member.name for member in cluster[:2]]
    assert task() == "NONE"
    assert [said["problems"] for said in look(*cluster[:2]).values()] == [[], []]
