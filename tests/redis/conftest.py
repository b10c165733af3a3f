# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from servers import Servers, certificate

#: Each set of servers has ports of its own: a node that was stopped must never be met again by another test's.
#: Ports and buses (10000 above) stay below those that the kernel gives to outgoing connections.
_FIRST_PORT = itertools.count(int(os.environ.get("REDIS_TEST_PORT", "11100")), 20)


#: another server than Debian's, by its path
PROGRAM = os.environ.get("REDIS_SERVER", "redis-server")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="more rounds, more keys, more kills")
    parser.addoption("--seeds", type=int, default=0, help="how many random losses of an end of a move; 2 with --quick, else 5")
    parser.addoption("--first-seed", type=int, default=1, help="the seed of the first of them")
    parser.addoption("--quick", action="store_true", help="each test once, with or without TLS, and not those that wait for timeouts")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "thorough: left out by --quick")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--quick"):
        left_out = [item for item in items if item.get_closest_marker("thorough")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> dict:
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def make_servers(tmp_path: Path) -> Iterator[Callable[..., Servers]]:
    """Make sets of servers, all of which are stopped at the end."""
    if not shutil.which(PROGRAM):
        pytest.fail(f"{PROGRAM} is not installed")
    made: list[Servers] = []
    # In memory where there is such a place: each node syncs its configuration to disk whenever a slot moves.
    place = Path(tempfile.mkdtemp(prefix="redis-test-", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else tmp_path))

    def make(tls: dict | None = None, **options) -> Servers:
        made.append(Servers(place / f"servers{len(made)}", next(_FIRST_PORT), tls, program=PROGRAM, **options))
        return made[-1]

    yield make
    for servers in made:
        servers.stop()
    shutil.rmtree(place)


@pytest.fixture
def servers(make_servers: Callable[..., Servers], monkeypatch: pytest.MonkeyPatch) -> Servers:
    """With the collection on the path of this process."""
    made = make_servers()
    monkeypatch.syspath_prepend(str(made.tree))
    return made
