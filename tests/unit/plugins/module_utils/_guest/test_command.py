# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Programs are run, with real ones."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError, run


def test_its_words_are_returned() -> None:
    done = run(["sh", "-c", "echo out; echo err >&2"])
    assert (done.returncode, done.stdout, done.stderr) == (0, "out\n", "err\n")


def test_it_speaks_english_and_waits_for_no_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    monkeypatch.setenv("KEPT", "yes")
    assert run(["sh", "-c", "cat; echo $LC_ALL $KEPT"]).stdout == "C yes\n"


def test_bytes_that_are_no_text() -> None:
    assert run(["printf", r"a\377b"]).stdout == "a\ufffdb"


@pytest.mark.parametrize(
    ("script", "words"),
    [("echo out; echo err >&2; exit 3", "failed: err"), ("echo out; exit 3", "failed: out"), ("exit 3", "failed: exit code 3")],
)
def test_a_failure_is_told_in_its_own_words(script: str, words: str) -> None:
    with pytest.raises(GuestError, match=f"{words}$"):
        run(["sh", "-c", script])
    assert run(["sh", "-c", script], check=False).returncode == 3


def test_a_program_that_is_missing() -> None:
    with pytest.raises(GuestError, match="no-such-program: not found"):
        run(["no-such-program"])
    assert run(["no-such-program"], check=False).returncode == 127


def test_a_program_that_does_not_end() -> None:
    with pytest.raises(GuestError, match=r"sleep 60 did not end within 0 s\."):
        run(["sleep", "60"], timeout=0.1)
