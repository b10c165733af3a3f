# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every file of module_utils is imported by name in a unit test: what no test names is run by chance at most.

The tests that start real servers (tests/redis, tests/replication, tests/galera) come on top, and do not count here: they run where there are some.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest
from ansible_collections.stackdb.trove.tests.unit.test_layers import PLUGINS, PREFIX, dotted

TESTS = Path(__file__).resolve().parents[1]
FILES = sorted((PLUGINS / "module_utils").rglob("*.py"))


@cache
def imported(folder: str) -> set[str]:
    """The dotted names below plugins that the tests of a folder import; of `from package import name` both."""
    found = set()
    for path in (TESTS / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module:
                found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
            elif isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
    return {name[len(PREFIX):] for name in found if name.startswith(PREFIX)}


@pytest.mark.parametrize("path", FILES, ids=dotted)
def test_a_unit_test_imports_it(path: Path) -> None:
    module = dotted(path)
    assert module in imported("unit"), f"no test below tests/unit imports {module}"


def test_unit_tests_stand_where_their_subjects_stand() -> None:
    """A folder of tests/unit/plugins is a folder of plugins."""
    mirror = TESTS / "unit" / "plugins"
    folders = {path.parent.relative_to(mirror) for path in mirror.rglob("test_*.py")}
    assert {str(folder) for folder in folders if not (PLUGINS / folder).is_dir()} == set()
