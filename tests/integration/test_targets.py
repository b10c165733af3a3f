# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs each target against the cloud that OS_CLIENT_CONFIG_FILE tells of, with the installed collection (see `make integration`)."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from recording_proxy import RecordingProxy

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TARGETS = sorted(path.name for path in (HERE / "targets").glob("trove*"))


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RecordingProxy]:
    with RecordingProxy(tmp_path_factory.mktemp("proxy")) as running:
        yield running


@pytest.mark.parametrize("target", TARGETS)
def test_target(target: str, proxy: RecordingProxy) -> None:
    environment = {
        **os.environ,
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_ROLES_PATH": str(HERE / "targets"),
        "TROVE_TEST_PROXY": proxy.url,
        "TROVE_TEST_PROXY_FOLDER": str(proxy.folder),
    }
    run = subprocess.run(["ansible-playbook", str(HERE / "run.yml"), "-e", f"trove_test_target={target}"], cwd=ROOT, env=environment, check=False)
    assert run.returncode == 0, f"the target {target} failed, see its output"
