# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Programs of a guest that answer by a script: a module's `run` in the tests of what calls programs."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from unittest.mock import Mock, create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._guest import command

#: the options of trove_guest_info where nothing is asked
GUEST_INFO_OF_NOTHING = {
    **dict.fromkeys(("packages", "files", "firewall", "units", "digests"), ()),
    **dict.fromkeys(("volume", "certificate", "metrics", "kernel", "data")),
}


class FakePrograms:
    """Each program answers by its longest known beginning of a command line: text, or a GuestError that it raises. Others are missing."""

    def __init__(self, **answers: str | Exception) -> None:
        self.answers: dict[str, str | Exception] = {}
        self.answers.update(answers)
        self.ran: list[str] = []

    def run(self, argv: Sequence[str], timeout: float = 60, check: bool = True) -> subprocess.CompletedProcess[str]:
        line = " ".join(argv)
        self.ran.append(line)
        known = [beginning for beginning in self.answers if line.startswith(beginning)]
        if not known:
            return subprocess.CompletedProcess(argv, 127, "", f"{argv[0]}: not found")
        answer = self.answers[max(known, key=len)]
        if isinstance(answer, Exception):
            raise answer
        return subprocess.CompletedProcess(argv, 0, answer, "")

    def install(self, monkeypatch: pytest.MonkeyPatch, *modules: object) -> FakePrograms:
        """Take the place of `run` in modules, with its real signature."""
        fake: Mock = create_autospec(command.run, side_effect=self.run)
        for module in modules:
            monkeypatch.setattr(module, "run", fake)
        return self
