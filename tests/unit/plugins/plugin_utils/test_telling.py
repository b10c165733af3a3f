# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is shown while a module runs, and when. Real runs: tests/redis/test_progress.py."""

from __future__ import annotations

import re
import time
from types import SimpleNamespace

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model import progress
from ansible_collections.stackdb.trove.plugins.plugin_utils import telling

PLAN = ["~ move slots 1-2: one", "+ create lamp: two"]


@pytest.fixture
def display(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    lines: list[str] = []
    monkeypatch.setattr(telling.Display, "display", lambda _self, line: lines.append(line))
    return lines


def wait_until(told: list[str], count: int) -> None:
    deadline = time.monotonic() + 5
    while len(told) < count and time.monotonic() < deadline:
        time.sleep(0.01)


def test_each_line_is_shown_once_and_nothing_after_the_module_has_ended(display: list[str]) -> None:
    reads = iter([[], [*PLAN, PLAN[-1]], [*PLAN, "1/3"], [*PLAN, "1/3"]])
    with telling.shown(lambda: next(reads, [*PLAN, "2/3"]), telling.Told("m1").lines, 0.01, 0.01):
        wait_until(display, 4)
    wanted = [f"m1: {line}" for line in [*PLAN, "1/3", "2/3"]]
    assert display == wanted
    time.sleep(0.05)
    assert display == wanted


def test_of_what_was_left_when_the_module_ended_the_plan_alone_is_shown(display: list[str]) -> None:
    told = telling.Told("m1")
    told.lines(PLAN[:1])
    told.plan([*PLAN, "3/3"])
    assert display == [f"m1: {line}" for line in PLAN]


def test_a_module_that_ends_at_once_is_not_read_and_its_failure_stays_its_own() -> None:
    with pytest.raises(ZeroDivisionError), telling.shown(lambda: pytest.fail("it was read"), print):
        raise ZeroDivisionError


class FakeModule:
    """A module on the controller, which waits for a server."""

    def __init__(self, display: list[str]):
        self.display = display

    def run(self, module: str, arguments: dict, check_mode: bool, directory: str, environment: dict) -> dict:
        progress.planned("+ create server m1: new\n")
        progress.now(lambda: "1 s: waiting for m1", last=True)
        wait_until(self.display, 1)
        return {"module": module, "given": arguments, "check_mode": check_mode, "directory": directory, "environment": environment}


@pytest.mark.parametrize("plan", [True, False])
def test_on_the_controller_the_last_line_is_shown_and_there_is_no_file(display: list[str], monkeypatch: pytest.MonkeyPatch, plan: bool) -> None:
    monkeypatch.setattr(telling.in_process, "run", FakeModule(display).run)
    monkeypatch.setattr(progress, "_listeners", [])
    action = SimpleNamespace(_task=SimpleNamespace(check_mode=plan), _loader=SimpleNamespace(get_basedir=lambda: "/playbooks"))
    action._compute_environment_string = lambda found: found.update(OS_CLOUD="devcloud")
    told = telling.Told("localhost") if plan else None
    result = telling.on_controller(action, "trove_resize", {"name": "shop"}, {"inventory_hostname": "localhost"}, told)
    assert (result["module"], result["given"], result["check_mode"]) == ("trove_resize", {"name": "shop"}, plan)
    assert (result["directory"], result["environment"]) == ("/playbooks", {"OS_CLOUD": "devcloud"})
    steps = ["localhost: + create server m1: new"] if plan else []
    assert display[:-1] == steps
    assert re.fullmatch(r"localhost: [-:0-9T]+Z 1 s: waiting for m1", display[-1])
    assert progress._listeners == []
    if told:
        assert told.rest("+ create server m1: new\n~ resize server m2: by another one\n") == "~ resize server m2: by another one\n"
