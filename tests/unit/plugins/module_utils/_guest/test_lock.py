# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A guest's lock between real processes, and a wait that ends when nobody listens any more."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._guest import lock
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError

HOLDER = """
import fcntl, sys, time
file = open(sys.argv[1], "w")
fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(60)
"""
ORPHAN = """
import sys, time
sys.path.insert(0, sys.argv[1])
from ansible_collections.stackdb.trove.plugins.module_utils._guest import lock
print("here", flush=True)
for _ in range(100):
    try:
        lock.check_controller()
    except lock.GuestError as error:
        sys.exit(error.message)
    time.sleep(0.05)
"""


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(lock, "_DIRECTORY", str(tmp_path))
    return tmp_path


def test_lock_is_held_by_one_process_only(directory: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(directory / "stackdb-trove-x.lock")], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(GuestError, match="Another run"), lock.held("x", 0.5):
            pass
        other.kill()
        other.wait()
        with lock.held("x", 0.5):
            pass


def test_wait_ends_when_the_controller_has_gone() -> None:
    tree = next(path for path in Path(lock.__file__).parents if (path / "ansible_collections").is_dir())
    with subprocess.Popen([sys.executable, "-c", ORPHAN, str(tree)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as orphan:
        assert orphan.stdout.readline() == "here\n"
        orphan.stdout.close()
        assert orphan.wait(timeout=30) == 1
        assert "The connection to the controller is lost." in orphan.stderr.read()
