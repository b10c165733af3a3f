# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file of the option ``progress``."""

from __future__ import annotations

import json

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.stackdb.trove.plugins.module_utils._model import progress as said
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from ansible_collections.stackdb.trove.plugins.module_utils._module import guest, progress
from ansible_collections.stackdb.trove.tests.unit import another_python
from ansible_collections.stackdb.trove.tests.unit.fake_redis import FakeClock


@pytest.fixture
def clock(monkeypatch, heard):
    found = FakeClock()
    monkeypatch.setattr(progress.time, "monotonic", found.monotonic)
    return found


def test_the_plan_is_there_at_once_and_a_line_a_second_after_it(tmp_path, clock):
    path = tmp_path / "progress"
    clock.now = 0.0
    progress.to(str(path))
    said.planned("~ update lamp desk: it is dark\n+ create lamp door: too\n")
    made = []
    for moment in (0.5, 1.0, 1.5, 1.9, 2.0):
        clock.now = moment
        said.now(lambda at=moment: made.append(at) or f"{at} s")
    clock.now = 2.1
    said.now(lambda: "the end", last=True)
    lines = path.read_text().splitlines()
    assert lines[:2] == ["~ update lamp desk: it is dark", "+ create lamp door: too"]
    assert [line.split(" ", 1)[1] for line in lines[2:]] == ["1.0 s", "2.0 s", "the end"]
    assert made == [1.0, 2.0], "words that nobody reads were made"
    assert path.stat().st_mode & 0o777 == 0o600


def test_nothing_is_written_where_no_file_was_given(clock):
    progress.to(None)
    said.planned("~ update lamp desk: it is dark\n")


def test_what_cannot_be_written_or_said_does_not_end_the_work(tmp_path, clock):
    def fails():
        raise Refused("my_print_defaults did not end")

    progress.to(str(tmp_path / "missing" / "progress"))
    said.planned("~ update lamp desk: it is dark\n")
    said.now(lambda: "the end", last=True)
    progress.to(str(tmp_path / "progress"))
    said.now(fails, last=True)
    said.now(lambda: "the end", last=True)
    assert (tmp_path / "progress").read_text().count("\n") == 1


def test_a_module_on_a_guest_writes_to_the_file_that_was_given(tmp_path, capsys, clock):
    path = tmp_path / "progress"

    def act(_options, _check_mode):
        said.planned("~ update lamp desk: it is dark\n")
        return {"changed": True}

    with patch_module_args({"progress": str(path)}), pytest.raises(SystemExit):
        guest.run(act, progress.OPTIONS)
    assert json.loads(capsys.readouterr().out)["changed"] is True
    assert path.read_text() == "~ update lamp desk: it is dark\n"


@pytest.mark.parametrize("refused", [False, True])
def test_a_file_of_the_action_plugins_is_gone_when_the_module_ends_and_its_steps_are_in_the_result(tmp_path, refused):
    """Also where the controller was killed meanwhile, who would have deleted it before."""
    code = f"""
import sys
from ansible_collections.stackdb.trove.plugins.module_utils._model import progress as said
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from ansible_collections.stackdb.trove.plugins.module_utils._module import guest, progress
from ansible.module_utils.testing import patch_module_args
progress.OWN = {str(tmp_path)!r}

def act(options, _check_mode):
    said.planned("~ update lamp desk: it is dark\\n" * 200)
    print(open(options["progress"]).read().count("\\n"), file=sys.stderr)
    if {refused}:
        raise Refused("it is too dark")
    return {{"changed": True}}

with patch_module_args({{"progress": {str(tmp_path / "progress")!r}}}):
    guest.run(act, progress.OPTIONS)
"""
    done = another_python.run(code, check=False)
    assert done.stdout, done.stderr
    result = json.loads(done.stdout)
    assert (result.get("failed", False), result["told"]) == (refused, ["~ update lamp desk: it is dark"] * 100)
    assert done.stderr.split() == ["200"]
    assert not (tmp_path / "progress").exists()
