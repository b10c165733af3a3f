# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""tools/awx where it has nothing to start: the command runs in any case, and what is missing is said."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

TOOL = Path(__file__).resolve().parents[2] / "tools" / "awx"


def run(folder: Path, *command: str, **given: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWX_")} | given
    return subprocess.run([str(TOOL), str(folder / "cache"), *command], env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_without_an_awx_the_command_runs_without_its_url(tmp_path: Path) -> None:
    done = run(tmp_path, "sh", "-c", "echo url=$AWX_URL; exit 7")
    assert (done.returncode, done.stdout) == (7, "url=\n")
    assert done.stderr == "awx: neither AWX_URL nor AWX_VENV is given (tests/awx/README.md); the tests of its API are skipped\n"
    assert not (tmp_path / "cache").exists()


def test_an_awx_that_runs_is_taken_as_it_is(tmp_path: Path) -> None:
    done = run(tmp_path, "sh", "-c", "echo $AWX_URL $AWX_PASSWORD", AWX_URL="http://127.0.0.1:9", AWX_PASSWORD="not-a-secret", AWX_VENV="/not/there")
    assert (done.returncode, done.stdout, done.stderr) == (0, "http://127.0.0.1:9 not-a-secret\n", "")


def test_an_environment_without_awx_is_refused_by_name(tmp_path: Path) -> None:
    """A wrong path is a mistake of who gave it, and no reason to skip."""
    done = run(tmp_path, "touch", str(tmp_path / "ran"), AWX_VENV=str(tmp_path))
    assert (done.returncode, done.stderr) == (2, f"awx: AWX_VENV: there is no {tmp_path}/bin/awx-manage\n")
    assert not (tmp_path / "ran").exists()
