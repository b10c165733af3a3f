# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which processes are a unit's."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.guest import processes


def test_processes_of_a_unit_are_known_by_their_control_group(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_processes", lambda: iter([7, 8, 9]))
    groups = {
        "/proc/7/cgroup": "0::/system.slice/mariadb.service\n",
        "/proc/8/cgroup": "1:cpu:/\n0::/system.slice/mariadb@b.service\n",
        "/proc/9/cgroup": "9:name=systemd:/system.slice/mariadb.service\n",
    }
    monkeypatch.setattr(processes.text_file, "text", groups.get)
    assert processes.of_unit() == [7, 9]
