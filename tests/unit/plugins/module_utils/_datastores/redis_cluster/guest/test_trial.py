# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a server that does not start says of its settings; what real ones make of settings is tried by tests/redis."""

from __future__ import annotations

import os
import stat

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest import trial
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput


@pytest.fixture
def fake_program(tmp_path, monkeypatch):
    """Programs that never start; where they have worked is to be gone afterwards."""
    monkeypatch.setattr(trial.tempfile, "tempdir", str(tmp_path))

    def make(script):
        path = tmp_path / "FakeServer"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return str(path)

    yield make
    assert os.listdir(tmp_path) == ["FakeServer"]


def test_the_line_that_it_names(fake_program):
    program = fake_program("""printf "*** FATAL ***\\nat line 5\\n>>> 'maxmemory \\"a lot\\"'\\nargument must be a memory value\\n"; exit 1""")
    with pytest.raises(InvalidInput, match="settings.maxmemory: 'a lot' was given; allowed: what the server takes; it says: argument must be a memory value"):
        trial.attempt(program, None, {"maxmemory": "a lot", "save": ""})


def test_a_value_that_is_looked_at_after_the_file_was_read(fake_program):
    program = fake_program("""echo "12:M 26 Nov 2026 03:42:00.021 # Failed to configure LOCALE"; exit 1""")
    with pytest.raises(InvalidInput, match="settings.locale-collate: 'xx' was given; .* it says: Failed to configure LOCALE"):
        trial.attempt(program, None, {"locale-collate": "xx"})
    with pytest.raises(GuestError, match="does not start. It says: Failed to configure LOCALE"):
        trial.attempt(program, None, {})


def test_settings_are_in_a_file_of_its_own_and_those_that_reach_out_are_not(fake_program, tmp_path, monkeypatch):
    program = fake_program("cat $1; exit 1")
    with trial._started(program, None, {"maxmemory": "1gb"}) as (node, words):
        assert node is None
        assert "maxmemory 1gb\n" in words
        assert "port 0\n" in words
    with pytest.raises(InvalidInput, match="settings.save"):
        trial.attempt(program, None, {"pidfile": "/run/x.pid", "save": ""})
