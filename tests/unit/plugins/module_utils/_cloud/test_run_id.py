# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run is called in a lease: whether one that had it is dead is known at once on its own machine, and of another machine nothing is known."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._cloud import run_id

OTHER = "web-7.1.1.elsewhere.abcd"


def test_a_run_that_goes_on_is_not_dead():
    assert not run_id.is_dead(run_id.new())


@pytest.mark.parametrize("fetched", [True, False], ids=["gone", "a zombie, whose exit code nobody has fetched"])
def test_one_whose_process_has_ended_is_dead_at_once(fetched):
    source = f"import sys; sys.path[:0] = {sys.path!r}; import tests.unit.conftest\n"
    source += "from ansible_collections.stackdb.trove.plugins.module_utils._cloud import run_id; print(run_id.new())"
    root = __file__.rpartition("/tests/unit/")[0]
    with subprocess.Popen([sys.executable, "-c", source], stdout=subprocess.PIPE, text=True, cwd=root) as process:
        run = process.stdout.read().strip()
        if fetched:
            process.wait()
        else:
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert run_id.is_dead(run)


@pytest.mark.parametrize("run", [OTHER, "what an editor wrote", ""])
def test_of_another_machine_nothing_is_known(run):
    assert not run_id.is_dead(run)


def test_the_number_of_a_process_may_be_used_again():
    host, pid, _began, namespace, letters = run_id.new().rsplit(".", 4)
    assert run_id.is_dead(f"{host}.{pid}.1.{namespace}.{letters}")


def test_a_name_is_safe_in_a_description(monkeypatch):
    monkeypatch.setattr(run_id.socket, "gethostname", lambda: "Büro, 3." + "x" * 40)
    host, pid, began, namespace, letters = run_id.new().rsplit(".", 4)
    assert host == "B-ro--3-" + "x" * 22
    assert (pid, len(letters)) == (str(os.getpid()), 4)
    assert began.isdecimal()
    assert "-" in namespace


def test_where_the_kernel_tells_nothing_nothing_is_known(monkeypatch):
    run = run_id.new()
    gone = run.replace(f".{os.getpid()}.", ".4194305.")
    assert run_id.is_dead(gone)
    monkeypatch.setattr(run_id, "_namespace", lambda: None)
    assert not run_id.is_dead(gone)
    assert ".unknown." in run_id.new()


def test_a_process_of_another_user_is_not_dead(monkeypatch):
    def refuse(pid, number):
        raise PermissionError

    monkeypatch.setattr(run_id.os, "kill", refuse)
    assert not run_id.is_dead(run_id.new())
