# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a program becomes a transient unit, over a FakeRun in place of systemd."""

from __future__ import annotations

import shlex
from pathlib import Path
from subprocess import CompletedProcess
from unittest.mock import create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._guest import command, systemd, transient
from ansible_collections.stackdb.trove.plugins.module_utils._guest.transient import Transient

COPY = Transient("copy", "Copies")


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What systemd was told; the unit is as `show` of the test says."""
    found: list[list[str]] = []

    def fake_run(argv: list[str], **_options: object) -> CompletedProcess:
        found.append(list(argv))
        return CompletedProcess(argv, 0, SHOWN["text"], "")

    fake = create_autospec(command.run, side_effect=fake_run)
    for module in (transient, systemd):
        monkeypatch.setattr(module, "run", fake)
    return found


SHOWN = {"text": ""}


def options(argv: list[str], name: str) -> list[str]:
    return [word.partition("=")[2] for word in argv if word.startswith(f"--{name}=")]


def test_an_earlier_one_is_ended_and_the_program_gets_its_words_and_its_environment(told: list) -> None:
    COPY.start(["/bin/copy", "a b", "--", "$HOME"], {"PEER": "one"}, 60, user="mysql")
    *before, start = told
    assert before == [["systemctl", "stop", "copy.service"], ["systemctl", "reset-failed", "copy.service"]]
    assert start[0] == "systemd-run"
    assert start[-4:] == ["/bin/copy", "a b", "--", "$$HOME"], "systemd takes a single $ for a variable"
    assert options(start, "setenv") == ["PEER=one"]
    assert options(start, "unit") == ["copy"]
    properties = options(start, "property")
    assert not [text for text in properties if text.startswith("LimitNOFILE")]
    assert {"RuntimeMaxSec=60", "User=mysql", "RuntimeDirectory=copy", "RemainAfterExit=yes"} <= set(properties)
    assert not [one for one in properties if one.startswith("ExecStopPost")]


def test_it_may_be_forgotten_at_its_end_and_clean_up(told: list) -> None:
    COPY.start(["/bin/copy"], {}, 60, cleanup=["/bin/rm", "-rf", "/a b"], keep=False)
    properties = options(told[-1], "property")
    assert "RemainAfterExit=yes" not in properties
    COPY.start(["/bin/copy"], {}, 60, open_files=5000)
    assert "LimitNOFILE=5000" in options(told[-1], "property")
    (cleanup,) = [one.partition("=+")[2] for one in properties if one.startswith("ExecStopPost=+")]
    assert shlex.split(cleanup) == ["/bin/rm", "-rf", "/a b"]


@pytest.mark.parametrize(
    ("active", "sub", "state"),
    [
        ("active", "running", "running"), ("active", "exited", "done"), ("activating", "start", "running"), ("deactivating", "stop", "running"),
        ("failed", "failed", "failed"), ("inactive", "dead", "missing"),
    ],
)  # fmt: skip
def test_states(told: list, monkeypatch: pytest.MonkeyPatch, active: str, sub: str, state: str) -> None:
    monkeypatch.setitem(SHOWN, "text", f"ActiveState={active}\nSubState={sub}\n")
    assert COPY.state() == state


def test_its_log_and_its_files(told: list, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(SHOWN, "text", "one\ntwo\n")
    assert COPY.log(5) == ["one", "two"]
    assert "--lines=5" in told[-1]
    (tmp_path / "0.code").write_text("3\n")
    unit = Transient("copy", "Copies")
    unit.directory = str(tmp_path)
    assert unit.read("0.code") == "3"
    assert unit.read("1.code") is None
