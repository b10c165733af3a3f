# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who dies with a run: ansible-playbook's workers are sessions of their own, so a process group does not hold them."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import killing
import pytest


def _alive(process: int) -> bool:
    try:
        return (Path("/proc") / str(process) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize(("kind", "outlives"), [(killing.WHOLE, False), (killing.MAIN, True)])
def test_a_worker_with_a_session_of_its_own_dies_with_the_whole_run_and_outlives_the_controller_alone(kind, outlives):
    run = subprocess.Popen(["sh", "-c", "setsid sleep 300 & wait"], start_new_session=True)
    while not (workers := killing.descendants(run.pid)):
        time.sleep(0.01)
    killing.kill_tree(run.pid, kind)
    assert run.wait() == -signal.SIGKILL
    (worker,) = workers
    while _alive(worker) and not outlives:
        time.sleep(0.01)
    assert _alive(worker) == outlives
    if outlives:
        os.kill(worker, signal.SIGKILL)
