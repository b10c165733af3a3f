# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.rules import sizes
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.rules import sizes as engine


@pytest.mark.parametrize(
    ("memory_mb", "log_file"), [(256, "96M"), (775, "96M"), (776, "97M"), (4096, "512M"), (8192, "1024M"), (65536, "1024M")]
)
def test_the_log_is_a_quarter_of_the_buffer_pool_within_bounds(memory_mb: int, log_file: str) -> None:
    found = sizes.settings(memory_mb, 2)
    assert found["innodb_log_file_size"] == log_file
    assert engine.settings(memory_mb).items() <= found.items()


@pytest.mark.parametrize(("vcpus", "threads"), [(0, 2), (1, 2), (2, 4), (16, 32)])
def test_appliers_are_two_a_cpu(vcpus: int, threads: int) -> None:
    assert sizes.settings(4096, vcpus)["wsrep_slave_threads"] == threads
