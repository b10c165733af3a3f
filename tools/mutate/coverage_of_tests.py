# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which unit test runs which lines: a plugin of pytest, used as `pytest -p coverage_of_tests` with TROVE_COVERAGE=the data file to write."""

from __future__ import annotations

import os

import coverage
import pytest

_COVERAGE = coverage.Coverage(data_file=os.environ["TROVE_COVERAGE"], include=["*/plugins/*"], config_file=False)


def pytest_load_initial_conftests() -> None:
    _COVERAGE.start()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> object:
    _COVERAGE.switch_context(item.nodeid)
    result = yield
    _COVERAGE.switch_context("")
    return result


def pytest_unconfigure() -> None:
    _COVERAGE.stop()
    _COVERAGE.save()
