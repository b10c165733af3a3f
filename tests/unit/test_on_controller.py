# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What plays over the members have done on the controller, where what the inventory says of connections and privileges does not apply."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import yaml
from ansible_collections.stackdb.trove.tests.unit.test_module_contract import ROOT


def tasks(found: list[dict]) -> Iterator[dict]:
    for task in found:
        yield task
        for name in ("block", "rescue", "always"):
            yield from tasks(task.get(name, []))


def delegated() -> Iterator[tuple[Path, dict]]:
    for path in sorted([*(ROOT / "playbooks/tasks").glob("*.yml"), *(ROOT / "roles").glob("*/tasks/*.yml")]):
        yield from ((path.relative_to(ROOT), task) for task in tasks(yaml.safe_load(path.read_text())) if task.get("delegate_to") == "localhost")


def test_no_connection_or_password_of_the_inventory_is_asked_for() -> None:
    """Ansible sets up a task's connection before its action plugin runs, also of one that needs none, and templates ansible_become_pass for it."""
    found = [(path, task["name"], task.get("vars", {})) for path, task in delegated()]
    assert len(found) > 5
    wrong = [(str(path), name) for path, name, given in found if (given.get("ansible_connection"), given.get("ansible_become")) != ("local", False)]
    assert wrong == []
