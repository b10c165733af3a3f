# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether an option file gives exactly the text that a user wrote, by the server's own reading."""

from __future__ import annotations

import random
import re
import subprocess
from pathlib import Path

import guest
import pytest

PIECES = [
    "a", "B7", "é", "日本", " ", "  ", "#", ";", "=", "'", '"', "\\", "\\n", "\\s", "%", "$x", "{{", "}}", "[mysqld]", "!include", "--x", ",", "`", "0", "-1",
    "~", "|", "&",
]  # fmt: skip


def test_an_option_file_gives_the_text(program: guest.Program, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.rules import option_file
    from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput

    draw = random.Random(request.config.getoption("--seed"))
    tried = 0
    for _try in range(60 if request.config.getoption("--quick") else 400):
        text = "".join(draw.choice(PIECES) for _piece in range(draw.randint(0, 8)))
        try:
            option = next(iter(option_file.read({"init_connect": text}, "settings").values()))
        except InvalidInput:
            assert text[0] == text[-1]
            assert text[0] in "'\""
            continue
        file = tmp_path / "one.cnf"
        file.write_text("[mysqld]\n" + "\n".join(option.lines()) + "\n")
        done = subprocess.run(
            [program.path, f"--defaults-file={file}", "--user=root", "--verbose", "--help"], check=True, capture_output=True, text=True
        )  # fmt: skip
        # one pair of quotes around the whole is the option file's
        expected = text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text
        # the name takes 60 columns, a blank comes behind it
        shown = next(line[61:] for line in done.stdout.splitlines() if re.match("init-connect +", line))
        assert shown == expected, (text, option.lines())
        tried += 1
    assert tried > 30
