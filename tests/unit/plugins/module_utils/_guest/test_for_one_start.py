# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""More words in the command line of a unit, for one start."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._guest import for_one_start, systemd
from ansible_collections.stackdb.trove.plugins.module_utils._guest.systemd import Unit
from ansible_collections.stackdb.trove.tests.unit.fake_programs import FakePrograms

UNIT = Unit("mariadb.service")


@pytest.mark.parametrize(("there", "value"), [("\n", " --skip"), ('A=1 "MYSQLD_OPTS=--one --two"\n', "--one --two --skip")])
def test_more_words_for_one_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, there: str, value: str) -> None:
    monkeypatch.setattr(for_one_start, "_RUNTIME", str(tmp_path))
    programs = FakePrograms(systemctl="").install(monkeypatch, systemd)
    programs.install(monkeypatch, for_one_start)
    path = tmp_path / "mariadb.service.d" / "stackdb-trove-once.conf"
    path.parent.mkdir()
    path.write_text("left by a run that was killed")
    programs.answers["systemctl show --property=Environment"] = there
    with for_one_start.with_more(UNIT, "MYSQLD_OPTS", "--skip"):
        assert path.read_text() == f'[Service]\nEnvironment="MYSQLD_OPTS={value}"\n'
        assert programs.ran[-1] == "systemctl daemon-reload"
    assert not path.exists()
    # what was left is not read as what is there
    assert [words for words in programs.ran if "show" not in words] == ["systemctl daemon-reload"] * 3
    assert programs.ran[0] == "systemctl daemon-reload"
