# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What CONTRIBUTING.md promises of every module and role: documented, tested, and named where it has to be named."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml
from ansible.parsing.plugin_docs import read_docstring
from ansible.plugins.loader import fragment_loader
from ansible.utils.plugin_docs import add_fragments
from ansible_collections.stackdb.trove.plugins.module_utils._datastores import registry

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("trove_*.py"))
PLAYBOOKS = sorted(path.stem for path in (ROOT / "playbooks").glob("[a-z]*.yml") if not path.name.endswith(".meta.yml"))
ACTIONS = sorted(path.stem for path in (ROOT / "plugins" / "action").glob("trove_*.py"))
ROLES = sorted(path.name for path in (ROOT / "roles").glob("*") if path.is_dir())


@cache
def documentation(module: str) -> dict:
    """A module's three documents with the fragments merged in: {doc, plainexamples, returndocs}."""
    path = str(ROOT / "plugins" / "modules" / f"{module}.py")
    docs = read_docstring(path, verbose=False, ignore_errors=False)
    add_fragments(docs["doc"], path, fragment_loader=fragment_loader, is_module=True)
    return docs


def talks_to_the_cloud(module: str) -> bool:
    return "cloud" in documentation(module)["doc"]["options"]


def tasks_in(path: Path) -> Iterator[dict]:
    """Every task below a folder's YAML files, those inside of plays and blocks as well."""

    def walk(items: object) -> Iterator[dict]:
        for item in items if isinstance(items, list) else []:
            if isinstance(item, dict):
                yield item
                for key in ("block", "rescue", "always", "tasks", "pre_tasks", "post_tasks", "handlers"):
                    yield from walk(item.get(key))

    for file in sorted(path.rglob("*.yml")):
        yield from walk(yaml.safe_load(file.read_text()))


@cache
def all_tasks(folder: Path) -> tuple[dict, ...]:
    return tuple(tasks_in(folder))


def calls(folder: Path, module: str) -> list[dict]:
    return [task for task in all_tasks(folder) if f"stackdb.trove.{module}" in task]


@pytest.mark.parametrize("module", MODULES)
def test_module_is_documented(module: str) -> None:
    docs = documentation(module)
    attributes = docs["doc"].get("attributes", {})
    for attribute in ("check_mode", "diff_mode"):
        assert attributes.get(attribute, {}).get("support") in ("full", "partial", "none", "N/A"), f"no attribute {attribute}"
        assert attributes[attribute].get("description"), f"attribute {attribute} has no description"
    assert f"stackdb.trove.{module}" in docs["plainexamples"]
    assert "\nRETURN = " in (ROOT / "plugins" / "modules" / f"{module}.py").read_text()


@pytest.mark.parametrize("module", [module for module in MODULES if talks_to_the_cloud(module)])
def test_module_has_an_integration_target(module: str) -> None:
    target = ROOT / "tests" / "integration" / "targets" / module
    tested = calls(target, module)
    assert tested, f"no task in {target.relative_to(ROOT)} calls it"
    if module.endswith("_info"):
        return
    assert any(task.get("check_mode") is True for task in tested), "no check mode"
    assert any(task.get("diff") is True for task in tested), "no diff"
    asserted = [str(condition) for task in tasks_in(target) for condition in (task.get("ansible.builtin.assert") or {}).get("that", [])]
    assert any("is not changed" in condition for condition in asserted), "no second run that changes nothing"
    assert any("is failed" in str(task.get("failed_when")) for task in tested), "no wrong input"


@pytest.mark.parametrize("module", [module for module in MODULES if not talks_to_the_cloud(module) and module not in ACTIONS])
def test_module_for_guests_is_proven_by_scenarios(module: str) -> None:
    # It needs a guest with a database, so a scenario runs it through what users call: a role, a playbook, or trove_look by the name that a driver has.
    asked = {driver.info_module for driver in registry.DRIVERS.values()}
    called = any(calls(ROOT / folder, module) for folder in ("roles", "playbooks"))
    assert called or f"stackdb.trove.{module}" in asked, "no role, no playbook and no driver calls it"


def not_taken(options: dict, given: object, where: str = "") -> Iterator[str]:
    """What a module has no option for, and literal values that are none of its choices. A template is a value that is known later."""
    for name, value in given.items() if isinstance(given, dict) else ():
        known = {alias: option for title, option in options.items() for alias in (title, *option.get("aliases", []))}
        if name not in known:
            yield f"{where}{name}"
            continue
        choices, inner = known[name].get("choices"), known[name].get("suboptions")
        literal = [one for one in (value if isinstance(value, list) else [value]) if not isinstance(one, dict) and "{{" not in str(one)]
        yield from (f"{where}{name}={one}" for one in literal if choices and one not in choices)
        for one in value if isinstance(value, list) else [value]:
            yield from not_taken(inner, one, f"{where}{name}.") if inner else ()


@pytest.mark.parametrize("module", MODULES)
def test_every_task_gives_a_module_what_it_takes(module: str) -> None:
    """A value that a module took once, and that a role gives it only for an option that few users give."""
    tasks = [task for folder in ("roles", "playbooks", "molecule", "examples") for task in calls(ROOT / folder, module)]
    options = documentation(module)["doc"]["options"]
    assert [found for task in tasks for found in not_taken(options, task[f"stackdb.trove.{module}"])] == []


def test_what_a_module_does_not_take_is_seen() -> None:
    options = documentation("trove_metrics")["doc"]["options"]
    one = {"name": "nodes", "service": "{{ x }}", "program": "/usr/bin/x"}
    found = [*not_taken(options, {"state": "seen", "exporters": [one, {**one, "name": "{{ y }}"}], "more": 1, "ca": ""})]
    assert found == ["state=seen", "exporters.name=nodes", "more"]


@pytest.mark.parametrize("action", ACTIONS)
def test_action_plugin_is_called_or_tested(action: str) -> None:
    tests = ROOT / "tests" / "unit" / "plugins" / "action" / f"test_{action}.py"
    assert tests.exists() or calls(ROOT / "playbooks", action), "no playbook calls it, and no unit test runs it"


@pytest.mark.parametrize("scenario", sorted((ROOT / "molecule").glob("*/molecule.yml")), ids=lambda path: path.parent.name)
def test_scenario_proves_check_mode_and_idempotence(scenario: Path) -> None:
    """Those of day two, of outages and of upgrades begin with a cluster that another scenario proves to be created so."""
    shared = yaml.safe_load((ROOT / ".config" / "molecule" / "config.yml").read_text())
    sequence = {**shared["scenario"], **yaml.safe_load(scenario.read_text()).get("scenario", {})}["test_sequence"]
    wanted = ["converge", "verify"] if scenario.parent.name.endswith(("_day_two", "_recover", "_upgrade")) else ["check", "converge", "idempotence", "verify"]
    assert [step for step in sequence if step in ("check", "converge", "idempotence", "verify")] == wanted
    assert sequence[-1] == "destroy"


def test_action_group_is_the_modules_that_talk_to_the_cloud() -> None:
    runtime = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())
    assert runtime["action_groups"]["trove"] == [module for module in MODULES if talks_to_the_cloud(module)]


@pytest.mark.parametrize("role", ROLES)
def test_role_documents_its_variables(role: str) -> None:
    specs = yaml.safe_load((ROOT / "roles" / role / "meta" / "argument_specs.yml").read_text())["argument_specs"]
    documented = {option for entry in specs.values() for option in entry.get("options", {})}
    for entry in specs.values():
        assert entry.get("short_description")
    defaults = ROOT / "roles" / role / "defaults" / "main.yml"
    public = set(yaml.safe_load(defaults.read_text()) or {}) if defaults.exists() else set()
    assert public <= documented, "defaults that are no documented options"
    assert {name for name in documented if not name.startswith(f"{role}_")} == set(), "options outside of the role's name"


@pytest.mark.parametrize("name", [*MODULES, *ROLES, *PLAYBOOKS])
def test_contents_name_it(name: str) -> None:
    assert f"`{name}`" in (ROOT / "docs" / "contents.md").read_text()
