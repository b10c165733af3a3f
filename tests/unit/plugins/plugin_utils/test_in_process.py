# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A module that runs in an action plugin's process returns what it returns as a process of its own, whatever it is given."""

from __future__ import annotations

import json
import os
import sys
import warnings as python_warnings
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from random import Random

import pytest
from ansible.module_utils.common import warnings
from ansible.module_utils.testing import patch_module_args
from ansible_collections.stackdb.trove.plugins.module_utils._module import cloud
from ansible_collections.stackdb.trove.plugins.modules import trove_cluster, trove_cluster_info
from ansible_collections.stackdb.trove.plugins.plugin_utils import in_process, verbs
from ansible_collections.stackdb.trove.tests.unit import another_python
from ansible_collections.stackdb.trove.tests.unit.simulated_cloud import SimulatedCloud, cluster_name

MODULES = sorted({call.module for verb in verbs.VERBS.values() for call in [verb.plan, *verb.settle]})
#: texts, lists and dictionaries where something else is meant, too
VALUES = [None, "", "shop", "yes", "3", 3, 0, -1, True, 1.5, [], ["shop-1"], "shop-1,shop-2", {}, {"before": "x"}, {"before": {}}, [{"flavor": 4}], ("a",)]


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of no cloud that this machine knows."""
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", "/dev/null")
    for name in ("OS_CLOUD", "http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)


def by_itself(name: str, arguments: dict, capsys: pytest.CaptureFixture[str], check_mode: bool = False) -> dict:
    """What the module prints as Ansible starts it, without what is only for the log of a process."""
    warnings._global_warnings.clear()
    with pytest.raises(SystemExit), patch_module_args({**arguments, "_ansible_check_mode": check_mode}):
        import_module(f"{in_process._MODULES}.{name}").main()
    result = json.loads(capsys.readouterr().out)
    # there it is named by the file that runs
    result["msg"] = result.get("msg", "").replace("Unsupported parameters for (basic.py) module", "Unsupported parameters")
    return {"changed": False, **{key: value for key, value in result.items() if key not in ("invocation", "exception") and value != ""}}


def here(name: str, arguments: Mapping, check_mode: bool = False) -> dict:
    result = in_process.run(name, arguments, check_mode, "/")
    # it crosses to Ansible's main process, as what a module prints does
    assert json.loads(json.dumps(result)) == result
    return {key: value for key, value in result.items() if key != "exception"}


def test_it_is_every_module_of_a_verb() -> None:
    assert len(MODULES) > 5
    assert all((Path(trove_cluster.__file__).parent / f"{name}.py").exists() for name in MODULES)


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("module", MODULES)
def test_whatever_it_is_given(module: str, seed: int, capsys: pytest.CaptureFixture[str]) -> None:
    random = Random(f"{module} {seed}")
    spec = {**import_module(f"{in_process._MODULES}.{module}").ARGUMENT_SPEC, **cloud._CLOUD_OPTIONS}
    names = [name for name in [*spec, "unknown"] if name not in ("auth", "progress", "api_timeout")]
    arguments = {name: random.choice(VALUES) for name in random.sample(names, random.randint(1, 8))}
    if not isinstance(arguments.get("evidence", {}), dict):
        # with suboptions Ansible's own check of a value that is no dict fails with a TypeError
        del arguments["evidence"]
    if random.random() < 0.5:
        arguments["cloud"] = "no-such-cloud"
    # what the specification refuses is refused by the same words; what it lets through, by the module
    assert here(module, arguments) == by_itself(module, arguments, capsys)


@pytest.mark.parametrize("check_mode", [True, False])
def test_what_a_cloud_answers(check_mode: bool, capsys: pytest.CaptureFixture[str]) -> None:
    with SimulatedCloud(3) as simulated:
        arguments = {"auth": simulated.auth, "region_name": "RegionOne", "name": cluster_name(1)}
        found = here("trove_cluster_info", arguments, check_mode)
        assert [one["name"] for one in found["clusters"]] == [cluster_name(1)]
        assert found == by_itself("trove_cluster_info", arguments, capsys, check_mode)


def test_a_secret_is_in_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trove_cluster_info, "_info", lambda options, _connect: {"said": f"{options['auth']['password']} was refused"})
    arguments = {"auth": {"password": "correct horse"}}
    assert here("trove_cluster_info", arguments)["said"] == "******** was refused"


def test_a_defect_of_a_module_is_a_failed_result(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has stopped a database to resize its server starts it again, and does not end with a traceback."""
    monkeypatch.setattr(trove_cluster_info, "_info", lambda _options, _connect: {}["nothing"])
    result = in_process.run("trove_cluster_info", {}, False, "/")
    assert (result["failed"], result["msg"]) == (True, "The module trove_cluster_info has failed: KeyError: 'nothing'")
    assert "in run" in result["exception"]


def test_what_libraries_warn_of_is_not_shown(monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder) -> None:
    def info(_options: object, _connect: object) -> dict:
        python_warnings.warn("Unverified HTTPS request is being made", UserWarning, stacklevel=1)
        return {"clusters": []}

    monkeypatch.setattr(trove_cluster_info, "_info", info)
    assert here("trove_cluster_info", {})["clusters"] == []
    assert not recwarn.list


def test_a_module_that_says_nothing_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trove_cluster_info, "main", lambda: None)
    assert "without a result" in in_process.run("trove_cluster_info", {}, False, "/")["msg"]


def test_it_runs_where_the_playbook_is_and_leaves_all_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = Path.cwd()
    monkeypatch.setattr(trove_cluster_info, "_info", lambda _options, _connect: {"where": str(Path.cwd())})
    assert in_process.run("trove_cluster_info", {}, False, str(tmp_path))["where"] == str(tmp_path)
    assert Path.cwd() == before
    assert in_process.run("trove_cluster_info", {}, False, str(tmp_path / "none"))["failed"]
    assert Path.cwd() == before
    with patch_module_args({}):
        assert type(cloud.make_module({})).__name__ == "AnsibleModule"


def test_variables_of_the_environment_are_there_for_the_module_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trove_cluster_info, "_info", lambda _options, _connect: {"said": os.environ.get("OS_CLOUD")})
    monkeypatch.setenv("OS_CLOUD", "of the shell")
    assert in_process.run("trove_cluster_info", {}, False, "/", {"OS_CLOUD": "of the task"})["said"] == "of the task"
    assert os.environ["OS_CLOUD"] == "of the shell"


def test_there_may_be_no_way_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was done is told, though the directory before may not be entered."""
    monkeypatch.setattr(trove_cluster_info, "_info", lambda _options, _connect: {"where": str(Path.cwd())})
    before, change = Path.cwd(), os.chdir

    def chdir(path: str) -> None:
        if path == str(before):
            raise PermissionError(13, "Permission denied", path)
        change(path)

    with monkeypatch.context() as patched:
        patched.setattr(os, "chdir", chdir)
        assert in_process.run("trove_cluster_info", {}, False, str(tmp_path))["where"] == str(tmp_path)
    os.chdir(before)


def test_a_library_that_ends_the_process_ends_the_module(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trove_cluster_info, "_info", lambda _options, _connect: sys.exit("login was cancelled"))
    assert "SystemExit: login was cancelled" in in_process.run("trove_cluster_info", {}, False, "/")["msg"]


def test_the_sdk_looks_for_clouds_yaml_where_the_module_runs_also_from_a_directory_that_was_deleted(tmp_path: Path) -> None:
    """It notes where it is when it is imported."""
    gone, there = tmp_path / "gone", tmp_path / "there"
    gone.mkdir()
    there.mkdir()
    code = (
        f"import os; os.rmdir({str(gone)!r});"
        "from ansible_collections.stackdb.trove.plugins.plugin_utils import in_process;"
        f"print(in_process.run('trove_cluster_info', {{'timeout': 'soon'}}, False, {str(there)!r})['msg']);"
        "from openstack.config import loader; print(loader.CONFIG_SEARCH_PATH[0])"
    )
    said, where = another_python.run(code, cwd=gone).stdout.splitlines()
    assert "timeout" in said or "Unsupported" in said
    assert where == str(there)


def test_only_a_run_of_a_module_imports_the_sdk() -> None:
    """Each process that Ansible forks would have to carry it."""
    code = (
        "import sys;"
        "import ansible_collections.stackdb.trove.plugins.action.trove_plan;"
        "print([name for name in sys.modules if name.startswith(('openstack', 'keystoneauth1'))])"
    )
    assert another_python.run(code).stdout == "[]\n"
