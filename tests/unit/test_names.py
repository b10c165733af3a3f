# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The circle of names: driver's verbs, playbooks, their specs, roles' entry points, modules' options, and every name in a message or a document."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.stackdb.trove.plugins.action.trove_options import specs
from ansible_collections.stackdb.trove.plugins.module_utils._datastores import registry
from ansible_collections.stackdb.trove.plugins.module_utils._model import options, verb_options
from ansible_collections.stackdb.trove.plugins.plugin_utils.verbs import VERBS
from ansible_collections.stackdb.trove.tests.unit.test_module_contract import ACTIONS, MODULES, PLAYBOOKS, ROLES, ROOT, documentation

SPECS = specs()
DRIVERS = list(registry.DRIVERS.values())
DRIVERS_VERBS = [pytest.param(driver, verb, id=f"{driver.role.rpartition('.')[2]}-{driver.type}-{verb}") for driver in DRIVERS for verb in driver.verbs]
ENTRY_POINTS = {role: yaml.safe_load((ROOT / "roles" / role / "meta" / "argument_specs.yml").read_text())["argument_specs"] for role in ROLES}

# The module that takes a verb's options, and those that it has by another name.
MODULE_OF = {verb: cloud_verb.plan.module for verb, cloud_verb in VERBS.items()}
MODULES_NAME = {(verb, of): name for verb, cloud_verb in VERBS.items() for name, of in cloud_verb.plan.renamed.items()}
ROLES_NAME = {
    "begin_with": ("galera", "galera_begin_with"),
    "allow_full_transfer": ("galera", "galera_allow_full_transfer"),
    "refill": ("mysql_replication", "mysql_replication_refill"),
    "datastore_version": ("galera", "galera_wanted_version"),
    "replicas": ("redis_cluster", "redis_cluster_replicas"),
    "members": ("redis_cluster", "redis_cluster_rebalanced_members"),
    "weights": ("redis_cluster", "redis_cluster_weights"),
    "drain": ("redis_cluster", "redis_cluster_drain"),
    "allow_few_masters": ("redis_cluster", "redis_cluster_allow_few_masters"),
    "allow_restart": ("mysql_replication", "mysql_replication_allow_restart"),
    "snapshot_tool": ("mysql_replication", "mysql_replication_tool"),
    "window": ("mysql_replication", "mysql_replication_promote_window"),
    "allow_privileged_writers": ("mysql_replication", "mysql_replication_allow_privileged_writers"),
}
#: what only the playbooks read
PLAYBOOKS_OWN = {"snapshot", "remote_user", "members", "keep", "address", "timeout", "live", "force", "clear_task", "restart", "rebalance", "stop_server"}
PLAYBOOKS_OWN |= {"rotate", "rotate_phase", "keep_old_authority", "older_than", "ca_file"}
PLAYBOOKS_OWN |= {"promote_first", "picture", "report", "max_lag", "certificate_days", "task_minutes", "confirm"}

TEXTS = ("README.md", "CONTRIBUTING.md", "docs", "examples", "roles", "playbooks", "molecule", "awx", "changelogs/fragments", "benchmarks", "meta")
NAME = re.compile(r"stackdb\.trove\.([a-z_]+)")
VERB = re.compile(
    r"(?<![\w.])(?:cluster|instance|replica)_(?:create|list|show|check|configure|grow|shrink|restart|stop|start|resize|initialize|replace|rebalance"
    r"|failover|recover|upgrade|rotate|delete|attach|detach|promote|eject)(?!\w)"
)
VARIABLE = re.compile(r"(?<![\w.])(trove_(?!test_)[a-z_]+)[\"']?(?:=|: )")


def files(*places: str) -> Iterator[Path]:
    for place in places:
        path = ROOT / place
        found = [path] if path.is_file() else sorted(path.rglob("*"))
        yield from (file for file in found if file.is_file() and file.suffix in (".md", ".yml", ".yaml", ".py", ".j2", ".json"))


def strings(source: str) -> str:
    """All text of a Python file that is not code: messages, documentation and docstrings."""
    return "\n".join(node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant) and isinstance(node.value, str))


def text_of(path: Path) -> str:
    return strings(path.read_text()) if path.suffix == ".py" else path.read_text()


def names(folder: str) -> set[str]:
    return {path.stem for path in (ROOT / "plugins" / folder).glob("*.py")}


THERE = {*MODULES, *ACTIONS, *ROLES, *PLAYBOOKS, *names("filter"), *names("inventory"), *names("doc_fragments")}


def parameters(paths: Iterator[Path]) -> list:
    return [pytest.param(path, id=str(path.relative_to(ROOT))) for path in paths]


# Verbs, playbooks and specs


@pytest.mark.parametrize(("driver", "verb"), DRIVERS_VERBS)
def test_verb_of_a_driver_is_a_playbook_with_a_spec(driver, verb: str) -> None:
    assert verb in PLAYBOOKS
    assert verb in SPECS


@pytest.mark.parametrize(("driver", "verb"), DRIVERS_VERBS)
def test_entry_points_of_a_verb_are_there_and_documented(driver, verb: str) -> None:
    role = driver.role.rpartition(".")[2]
    assert [entry for entry, _who in driver.verbs[verb].entry_points if entry not in ENTRY_POINTS[role]] == []


def test_playbooks_and_specs_are_the_same() -> None:
    assert set(PLAYBOOKS) == set(SPECS) == set(MODULE_OF)


# Entry points


@pytest.mark.parametrize(("role", "entry"), [(role, entry) for role, entries in ENTRY_POINTS.items() for entry in entries])
def test_entry_point_has_tasks(role: str, entry: str) -> None:
    assert (ROOT / "roles" / role / "tasks" / f"{entry}.yml").exists()


@pytest.mark.parametrize("role", ROLES)
def test_tasks_that_no_other_tasks_of_the_role_include_are_an_entry_point(role: str) -> None:
    tasks = {path.name: path.read_text() for path in (ROOT / "roles" / role / "tasks").glob("*.yml")}
    inner = {name for text in tasks.values() for name in re.findall(r"(?:include|import)_tasks: (\w+\.yml)", text)}
    # those that are included while the role common is at work, of the role that calls it
    while_common_works = [(ROOT / "roles/common/vars/main.yml").read_text(), *tasks.values()]
    inner |= set(re.findall(r"ansible_parent_role_paths \| first \}\}/tasks/(\w+\.yml)", "\n".join(while_common_works)))
    assert {name.removesuffix(".yml") for name in tasks.keys() - inner} - ENTRY_POINTS[role].keys() == set()


@pytest.mark.parametrize("role", [role for role in ROLES if role != "common"])
def test_entry_point_is_a_verbs_or_a_playbooks(role: str) -> None:
    """`show` is how a member is asked; others are used by name, as `tasks_from` or in the tasks of another entry point."""
    used = {entry for driver in DRIVERS if driver.role == f"stackdb.trove.{role}" for verb in driver.verbs.values()
            for entry, _who in (*verb.entry_points, *verb.then)}  # fmt: skip
    texts = "\n".join(path.read_text() for path in files("playbooks", f"roles/{role}/tasks"))
    by_name = {entry for entry in ENTRY_POINTS[role] if re.search(rf"(?:tasks_from|entry_point|(?:import|include)_tasks): {entry}\b", texts)}
    assert ENTRY_POINTS[role].keys() - used - by_name == set()


# Specs


@pytest.mark.parametrize("verb", SPECS)
def test_spec_is_complete(verb: str) -> None:
    document = yaml.safe_load((ROOT / "playbooks" / f"{verb}.meta.yml").read_text())["argument_specs"]
    assert list(document) == [verb]
    assert document[verb]["short_description"]
    assert document[verb]["description"]
    for name, option in SPECS[verb].items():
        assert name.startswith(verb_options.PREFIX)
        assert name not in verb_options.OURS
        assert option["description"].endswith("."), name
        assert ("elements" in option) == (option["type"] == "list"), name
        assert not (option.get("required") and "default" in option), name
        assert "default" in option or option["type"] != "bool", f"{name}: true, false or unset?"


@pytest.mark.parametrize("verb", SPECS)
def test_defaults_are_of_their_types(verb: str) -> None:
    given = {name: option["default"] for name, option in SPECS[verb].items() if "default" in option}
    assert options.read(SPECS[verb], given) == given


@pytest.mark.parametrize("verb", SPECS)
def test_ansible_takes_the_spec(verb: str) -> None:
    values = {name: {"a": "b"} if option["type"] == "dict" else (option.get("choices") or ["1"])[0] for name, option in SPECS[verb].items()}
    required = {name: value for name, value in values.items() if SPECS[verb][name].get("required")}
    assert ArgumentSpecValidator(SPECS[verb]).validate(required).error_messages == []


def test_an_option_is_of_one_type_in_all_verbs() -> None:
    """One file of variables serves all verbs. A number that may be a list elsewhere is raw there."""
    types: dict[str, set] = {}
    for spec in SPECS.values():
        for name, option in spec.items():
            types.setdefault(name, set()).add((option["type"], option.get("elements")))
    assert {name: found for name, found in types.items() if len(found) > 1} == {"trove_instances": {("raw", None), ("int", None)}}


@pytest.mark.parametrize(("verb", "option"), [(verb, option) for verb, spec in SPECS.items() for option in spec])
def test_option_is_the_modules_or_the_roles_or_the_playbooks_own(verb: str, option: str) -> None:
    name = option.removeprefix(verb_options.PREFIX)
    called = [MODULE_OF[verb], *(call.module for call in VERBS[verb].settle if name in call.options)]
    module = next(filter(None, (documentation(of)["doc"]["options"].get(MODULES_NAME.get((verb, name), name)) for of in called)), None)
    role, variable = ROLES_NAME.get(name, (None, None))
    wanted = [it for it in (module, role and options_of(role)[variable]) if it]
    assert wanted or name in PLAYBOOKS_OWN, "neither module nor role nor playbook has it"
    mine = SPECS[verb][option]
    for theirs in wanted:
        assert mine["type"] in (theirs["type"], "int" if theirs["type"] == "raw" else None)
        assert mine.get("elements") == theirs.get("elements")
        assert mine.get("choices") == theirs.get("choices")
    if module and not mine.get("required"):
        assert mine.get("default") == module.get("default")


def options_of(role: str) -> dict:
    return {name: option for entry in ENTRY_POINTS[role].values() for name, option in entry.get("options", {}).items()}


@pytest.mark.skipif(not (ROOT / "tools").exists(), reason="the artifact has no tools")
def test_the_reference_is_made_of_the_specs() -> None:
    made = subprocess.run([sys.executable, str(ROOT / "tools" / "verbs-reference")], capture_output=True, text=True, timeout=60, check=True).stdout
    assert (ROOT / "docs" / "verbs.md").read_text() == made, "make reference"


# Names in texts


def unknown_names(text: str) -> set[str]:
    return {*NAME.findall(text), *VERB.findall(text)} - {"plugins", "tests"} - THERE


def unknown_variables(text: str) -> set[str]:
    return {*VARIABLE.findall(text)} - {name for spec in SPECS.values() for name in spec} - {*verb_options.OURS} - THERE


@pytest.mark.parametrize("path", parameters(files(*TEXTS, "plugins")))
def test_every_name_of_ours_is_there(path: Path) -> None:
    assert unknown_names(text_of(path)) == set()


@pytest.mark.parametrize("path", parameters(files("README.md", "docs", "examples", "molecule", "awx", "benchmarks", "playbooks", "roles")))
def test_every_variable_is_an_option_of_a_verb(path: Path) -> None:
    """The playbooks' own variables begin with _trove_."""
    assert unknown_variables(path.read_text()) == set()


@pytest.mark.parametrize("path", parameters(files("plugins")))
def test_every_variable_in_a_message_is_an_option_of_a_verb(path: Path) -> None:
    assert unknown_variables(strings(path.read_text())) == set()


@pytest.mark.parametrize(
    ("text", "names", "variables"),
    [
        ("use stackdb.trove.cluster_repair", {"cluster_repair"}, set()),
        ("the playbook C(replica_atach), then `instance_rebalance`", {"instance_rebalance"}, set()),
        ("ansible-playbook stackdb.trove.cluster_grow -e trove_instnaces=5", set(), {"trove_instnaces"}),
        ("trove_localtiy: affinity", set(), {"trove_localtiy"}),
        ('{"trove_cnofirm": 1}', set(), {"trove_cnofirm"}),
        ("stackdb.trove.trove_cluster: stackdb.trove.plugins.modules, _trove_plan: 1, trove_instance: 2, trove_name=x", set(), set()),
    ],
)
def test_a_wrong_name_is_seen(text: str, names: set, variables: set) -> None:
    assert unknown_names(text) == names
    assert unknown_variables(text) == variables
