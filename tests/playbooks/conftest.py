# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import clouds
import oracle
import plans
import pytest
import stage
from ansible.utils.collection_loader._collection_finder import _AnsibleCollectionFinder
from bench import Bench, Result


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--quick", action="store_true", help="a choice of cases, in forks of a process that has imported Ansible")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "thorough: left out by --quick")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--quick"):
        left_out = [item for item in items if item.get_closest_marker("thorough")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    place = tmp_path_factory.mktemp("staged")
    stage.stage(place)
    sys.path.insert(0, str(place / "sdk"))
    _AnsibleCollectionFinder(paths=[str(place)])._install()
    stage.replace_what_drivers_name(place)
    made = Bench(place, clouds.build(place), quick=request.config.getoption("--quick"))
    yield made
    made.close()


@pytest.fixture
def trial(bench: Bench, tmp_path: Path) -> Callable[..., Result]:
    """Run a case, and hold it against the oracle."""

    def run(case, outcome=None, variables=(), **how):
        from ansible_collections.stackdb.trove.plugins.module_utils._scripted import database

        scenario, script, verbs = case.scenario, case.scenario.script(case.troubles), case.scenario.driver.verbs
        given = {"trove_timeout": 2, **case.variables(bench.options(scenario.verb)), **dict(variables)}
        how = {"arguments": case.arguments(), "inventory": case.hosts(), **how}
        result = bench.run(tmp_path / "run", case.playbook(), given, script, **how)
        truth = database.truth(script, []), database.truth(script, result.journal)
        found = oracle.unproven(scenario, case.troubles, result, truth)
        named = case.troubles if scenario.verb in verbs and not outcome else ()
        found += oracle.complaints(scenario, named, result, outcome or oracle.expected(scenario, case.troubles, verbs))
        # what a recovery does is known when the members have said how they are
        if result.writes and not scenario.verb.endswith("_recover") and not plans.is_shown(result.output):
            found.append("nothing was shown before it was done")
        assert not found, "\n".join([*found, result.output, *map(str, result.journal)])
        return result

    return run
