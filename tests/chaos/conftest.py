# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


from __future__ import annotations

import sys
from collections.abc import Iterator

import clouds
import pytest
import stage
from ansible.utils.collection_loader._collection_finder import _AnsibleCollectionFinder
from bench import Bench


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--scenarios", type=int, default=0, help="so many, chosen by the seed; all without it")
    parser.addoption("--points", type=int, default=0, help="so many kills of each scenario, chosen by the seed; all without it")
    parser.addoption("--real", type=int, default=0, help="so many scenarios with a real kill, chosen by the seed; all without it")
    parser.addoption("--seed", type=int, default=1, help="of the choice, and of the moments of kills")
    parser.addoption("--verb", default="", help="only scenarios whose id contains it, or one of several, with commas")


def pytest_report_header(config: pytest.Config) -> str:
    return f"chaos: --seed {config.getoption('--seed')}"


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    place = tmp_path_factory.mktemp("staged")
    stage.stage(place)
    sys.path.insert(0, str(place / "sdk"))
    _AnsibleCollectionFinder(paths=[str(place)])._install()
    stage.replace_what_drivers_name(place)
    made = Bench(place, clouds.build(place), quick=True)
    yield made
    made.close()
