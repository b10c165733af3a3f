# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import itertools
import os
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import guest
import pytest

sys.path.insert(0, str(guest.collection_path()))

_PORTS = itertools.count(int(os.environ.get("SETTINGS_TEST_PORT", "13100")))
ENGINES = {"mariadb": guest.mariadb, "mariadb_11": guest.mariadb_11, "mysql": guest.mysql}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--quick", action="store_true", help="MariaDB of this machine alone, and few settings")
    parser.addoption("--seed", type=int, default=1, help="of the settings that are drawn")
    parser.addoption("--settings", type=int, default=300, help="how many are drawn for an engine")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "program" in metafunc.fixturenames:
        names = ["mariadb"] if metafunc.config.getoption("--quick") else list(ENGINES)
        metafunc.parametrize("program", names, indirect=True, scope="session")


def _free_port() -> int:
    """One on which nobody listens: a run that was killed leaves its server behind."""
    for port in _PORTS:
        with socket.socket() as looking:
            if looking.connect_ex(("127.0.0.1", port)):
                return port
    raise AssertionError("there is always another one")


@pytest.fixture(scope="session")
def program(request: pytest.FixtureRequest) -> Iterator[guest.Program]:
    # where AppArmor's profiles let a database write
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="stackdb-settings-") as place:
        found = ENGINES[request.param](Path(place))
        if not found:
            pytest.skip(f"there is no server of {request.param} on this machine")
        yield found


@pytest.fixture(scope="module")
def server(program: guest.Program) -> Iterator[guest.Guest]:
    """A guest with a server that runs."""
    place = Path(tempfile.mkdtemp(dir=program.template.parent))
    made = guest.Guest(program, place / "guest", _free_port())
    first = made.serve({})
    assert not first[-1].get("failed"), first
    yield made
    made.remove()
