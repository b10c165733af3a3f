# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._guest import stopped, systemd
from ansible_collections.stackdb.trove.tests.unit.fake_programs import FakePrograms

UNIT = systemd.Unit("mariadb.service")


def test_what_one_that_stopped_in_order_has_noted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    programs = FakePrograms(systemctl="ActiveState=inactive\n").install(monkeypatch, systemd)
    monkeypatch.setattr(stopped, "_DIRECTORY", str(tmp_path))
    assert stopped.read(UNIT) is None
    stopped.note(UNIT, ["m2"], {"seqno": 9})
    assert stopped.read(UNIT) == {"others": ["m2"], "position": {"seqno": 9}}
    programs.answers["systemctl"] = "ActiveState=active\n"
    assert stopped.read(UNIT) is None, "it runs"
    programs.answers["systemctl"] = "ActiveState=failed\n"
    assert stopped.read(UNIT) is None, "it died"
    programs.answers["systemctl"] = "ActiveState=inactive\n"
    stopped.forget(UNIT)
    stopped.forget(UNIT)
    assert stopped.read(UNIT) is None
