# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The real playbooks, with a cloud that records and members that say what a script has for them: nothing is deleted, ended or written without proof."""

from __future__ import annotations

import cases
import oracle
import pytest


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    quick = metafunc.config.getoption("--quick")
    if "case" in metafunc.fixturenames:
        chosen = {"test_well_or_not": cases.well_or_not, "test_words": cases.words}[metafunc.function.__name__](quick)
        metafunc.parametrize("case", chosen, ids=lambda case: case.id)
    if "cut" in metafunc.fixturenames:
        chosen = cases.cuts(quick)
        metafunc.parametrize(("scenario", "cut"), chosen, ids=[f"{scenario.id},{cut}" for scenario, cut in chosen])


def test_well_or_not(trial, case):
    trial(case)


def test_words(trial, case):
    trial(case)


def test_a_run_that_is_cut_is_refused_before_the_first_write(trial, scenario, cut):
    arguments, settings = cases.CUTS[cut]
    inventory = "shop-1\norders\n" if cut == "limit-member" else ""
    result = trial(cases.Case(scenario), outcome=oracle.REFUSED, arguments=arguments, settings=settings, inventory=inventory)
    assert not result.journal
