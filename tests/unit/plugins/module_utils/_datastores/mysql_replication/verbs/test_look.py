# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.verbs import look
from ansible_collections.stackdb.trove.tests.unit import replication_builders as build
from ansible_collections.stackdb.trove.tests.unit.fake_replication import FakeServer


def test_what_is_seen_of_a_server() -> None:
    server = FakeServer(build.replica(2, "0-1-100", purged="0-1-9"))
    seen = look.look(server)
    assert (seen["engine"], seen["server_id"], seen["executed"], seen["source"]["host"]) == ("mariadb", 2, "0-1-100", "10.0.0.1")
    assert "source" not in look.look_at_state(server)
    assert look.look_at_logs(server)["purged"] == "0-1-9"


def test_what_was_purged_is_not_asked_of_a_server_without_a_log() -> None:
    assert look.look_at_logs(FakeServer(build.info(1, log_bin=False, purged="0-1-9")))["purged"] == ""


def test_what_a_reader_wants_to_know() -> None:
    shown = {"host": "10.0.0.1", "port": 3306, "user": "trove_r_2", "tls": True, "io_running": "Yes", "sql_running": "Yes"}
    assert look.view(look.look(FakeServer(build.replica(2, "0-1-100")))) == {"source": shown, "read_only": True}
    assert look.view(look.look(FakeServer(build.info(1)))) == {"source": None, "read_only": False}
