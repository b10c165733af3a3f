# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An AWX that is there already, configured by awx/configure.yml. See README.md here for what it has to be."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from controller import FETCHED, FORGET, Controller

ROOT = Path(__file__).resolve().parents[2]
ORGANIZATION = PREFIX = "trove-test"
NO_AWX = "AWX_URL names no AWX, so its API is not asked (tests/awx/README.md)"
RECAP = re.compile(r"localhost +: ok=(\d+) +changed=(\d+) +unreachable=0 +failed=0")
CLOUDS, KEY = Path(os.environ["OS_CLIENT_CONFIG_FILE"]), Path(os.environ["ANSIBLE_PRIVATE_KEY_FILE"])


@pytest.fixture(scope="session")
def awx() -> Controller:
    url = os.environ.get("AWX_URL")
    if not url:
        pytest.skip(NO_AWX)
    return Controller(url, os.environ.get("AWX_USERNAME", "admin"), os.environ["AWX_PASSWORD"], os.environ["AWX_MANAGE"])


@pytest.fixture(scope="session")
def changed(awx: Controller, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, int]]:
    """How much each run of awx/configure.yml has changed; nothing where an earlier run of the tests has configured it (AWX_CONFIGURED=1)."""
    if os.environ.get("AWX_CONFIGURED"):
        yield {}
        return
    path = tmp_path_factory.mktemp("configure") / "yours.json"
    path.write_text(json.dumps(yours()))
    found = {"foundation": configure(awx, path, "--tags=foundation")}
    playbooks = [f"playbooks/{file.name}" for file in sorted((ROOT / "playbooks").glob("*.yml")) if not file.name.endswith(".meta.yml")]
    awx.shell(FETCHED, name=PREFIX, organization=ORGANIZATION, playbooks=playbooks, inventories=["awx/inventory/members.trove.yml"])
    found["all"] = configure(awx, path)
    found["again"] = configure(awx, path)
    yield found
    awx.shell(FORGET, organization=ORGANIZATION)


def yours() -> dict:
    return {
        "awx_organization": ORGANIZATION,
        "awx_prefix": PREFIX,
        "awx_project_wait": False,
        "awx_clouds_file": str(CLOUDS),
        "awx_cloud": "devcloud",
        "awx_key_file": str(KEY),
        "awx_remote_user": "debian",
        # it would wait for a project that nobody fetches
        "awx_inventory_update_on_launch": False,
        "awx_checked_clusters": ["products"],
        "awx_notification": {
            "type": "webhook",
            "configuration": {
                "url": "http://127.0.0.1:9/",
                "http_method": "POST",
                "headers": {},
                "username": "",
                "password": "",
                "disable_ssl_verification": False,
            },
        },
    }


def configure(awx: Controller, variables: Path, *arguments: str) -> int:
    environment = {**os.environ, "CONTROLLER_HOST": awx.url, "CONTROLLER_VERIFY_SSL": "false"}
    environment |= {"CONTROLLER_USERNAME": os.environ.get("AWX_USERNAME", "admin"), "CONTROLLER_PASSWORD": os.environ["AWX_PASSWORD"]}
    command = ["ansible-playbook", "awx/configure.yml", "-e", f"@{variables}", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=1500, check=False)
    recap = RECAP.search(done.stdout)
    assert recap, done.stdout[-3000:] + done.stderr[-1000:]
    return int(recap[2])
