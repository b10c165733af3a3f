# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings that went wrong once, and their neighbours: served as written and unchanged in the second run, or refused by name with the file untouched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import guest
import pytest
from drawn import oracle

SERVED: list[dict[str, Any]] = [
    {"event_scheduler": True, "slow_query_log": "yes", "sync_binlog": True, "skip_name_resolve": None, "local_infile": False},
    {"event_scheduler": False, "Slow-Query-Log": "off", "sync_binlog": 0, "loose_no_such_thing": 1, "loose_max_connections": 77},
    {"init_connect": '"SET NAMES utf8mb4"', "character_set_server": "utf8mb4", "sql_mode": "TRADITIONAL", "log_output": ["TABLE", "FILE"]},
    {"init_connect": "SET @a = '#;\\'  ", "sql_mode": ["ANSI", "TRADITIONAL"], "log_output": "NONE", "optimizer_switch": "mrr=off"},
    {"ft_min_word_len": 2, "back_log": 90, "ft_query_expansion_limit": 21, "innodb_ft_min_token_size": 2, "max_connections": 11, "long_query_time": 0.25},
    {"innodb_log_file_size": "97M"},
    {"innodb_log_file_size": "97M", "wait_timeout": 250},
    {"max_allowed_packet": "17M", "join_buffer_size": "300k", "tmp_table_size": "1g", "wait_timeout": "500", "binlog_cache_size": 65536},
    {},
]
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"innodb_bufer_pool_size": "1G"}, "innodb_bufer_pool_size"),
    ({"max_connection": 5}, "max_connection"),
    ({"skip_slow_query_log": None}, "skip_slow_query_log"),
    ({"require_secure_transport": "OFF"}, "require_secure_transport"),
    ({"loose-require-secure-transport": False}, "require_secure_transport"),
    ({"datadir": "/elsewhere"}, "datadir"),
    ({"max_connections": "many"}, "max_connections"),
    ({"max_connections": None}, "max_connections"),
    ({"max_connections": ""}, "max_connections"),
    ({"max_connections": [1, 2]}, "max_connections"),
    ({"max_connections": {"a": 1}}, "max_connections"),
    ({"slow_query_log": "maybe"}, "slow_query_log"),
    ({"sql_mode": "FOO"}, "sql_mode"),
    ({"wait_timeout": 100, "character_set_server": "klingon", "back_log": 70}, "character_set_server"),
    ({"wait_timeout": 100, "tmpdir": "/nowhere", "back_log": 70}, "tmpdir"),
    ({"plugin_load_add": ["no_such_plugin"]}, "plugin_load_add"),
    ({"innodb_page_size": "8k"}, "innodb_page_size"),
    ({"lower_case_table_names": 1}, "lower_case_table_names"),
    ({"init_connect": "SET @a = 1\nskip-grant-tables"}, "init_connect"),
    ({"max-connections": 5, "max_connections": 6}, "max_connections"),
    ({"event_scheduler": "True"}, "event_scheduler"),
    # rounded to blocks of 1024 and 4096, and put within bounds
    ({"wait_timeout": 100, "max_allowed_packet": 1000001, "back_log": 70}, "max_allowed_packet"),
    ({"max_binlog_size": "100000000"}, "max_binlog_size"),
    # no server is tried with it, so it is the program that tells; alone, too
    ({"wait_timeout": 300, "innodb_log_file_size": 100663297}, "innodb_log_file_size"),
    ({"wait_timeout": 300, "innodb_log_file_size": "banana"}, "innodb_log_file_size"),
    ({"wait_timeout": 0}, "wait_timeout"),
    ({"max_connections": -1}, "max_connections"),
    ({"long_query_time": -0.5}, "long_query_time"),
    # MySQL starts, and ends every conversation; MariaDB does not know it
    ({"wait_timeout": 100, "tls_ciphersuites": "", "back_log": 70}, "tls_ciphersuites"),
]


@pytest.mark.parametrize("allow_restart", [True, False])
def test_what_is_served(server: guest.Guest, allow_restart: bool, request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--quick") and not allow_restart:
        pytest.skip("in the long run")
    for settings in SERVED:
        first = server.serve(settings, allow_restart)
        assert not any(result.get("failed") for result in first), first
        again = server.serve(settings, allow_restart)
        assert [result["changed"] for result in again] == [False, False], again
        pending = again[1]["server"]["pending"]
        assert pending == [] or not allow_restart
        wrong = {name: got for name, got in oracle(server, settings).items() if name not in pending}
        assert wrong == {}
    assert not server.serve({}, True)[-1].get("failed")


def test_what_is_refused(server: guest.Guest) -> None:
    server.serve({"wait_timeout": 300})
    before = server.file.read_text(), server.pid()
    for settings, name in REFUSED:
        done = server.settings(settings)
        assert done.get("failed"), (settings, done)
        assert done["msg"].startswith(f"mysql_replication_settings.{name}"), (settings, done["msg"])
        assert (server.file.read_text(), server.pid()) == before
    assert [result["changed"] for result in server.serve({"wait_timeout": 300})] == [False, False]


@pytest.mark.parametrize("settings", [{"innodb_log_file_mmap": True}, {"innodb_log_write_ahead_size": 512}, {"large-pages": True}, {"memlock": "yes"}])
def test_what_only_the_server_that_runs_knows_is_told_in_every_run(server: guest.Guest, settings: dict[str, Any]) -> None:
    """Served as it was written, or else a warning with its name, also in a run that changes nothing."""
    first = server.serve(settings, allow_restart=True)
    if first[0].get("failed"):
        # this server does not know it
        assert f"mysql_replication_settings.{'_'.join(settings).replace('-', '_')}" in first[0]["msg"]
        return
    again = server.serve(settings, allow_restart=True)
    assert [result["changed"] for result in again] == [False, False], again
    wrong = oracle(server, settings)
    for results in (first, again):
        assert [sentence.partition(":")[0] for sentence in results[1]["server"]["told"]] == list(wrong), results
        assert len(results[1].get("warnings", [])) == len(wrong)
    assert not server.serve({}, True)[-1].get("warnings")


def test_a_plugin_counts_as_pending_until_a_restart_and_not_after_a_rewrite(server: guest.Guest, program: guest.Program) -> None:
    plugin = {"mariadb": "auth_ed25519.so", "mysql": "validate_password.so"}[program.engine]
    if not (Path(server.live()["plugin_dir"]) / plugin).exists():
        pytest.skip("this server has no plugins beside it")
    assert not server.serve({"plugin_load_add": [plugin]}, allow_restart=True)[-1].get("failed")
    first = server.serve({"plugin_load_add": [plugin], "wait_timeout": 301}, allow_restart=False)
    assert [first[0]["changed"], first[1]["server"]["pending"]] == [True, []]
    gone = server.serve({"wait_timeout": 301}, allow_restart=False)
    assert gone[1]["server"]["pending"] == ["plugin_load_add"]
    assert not server.serve({}, True)[-1].get("failed")


def test_somebody_who_sets_it_by_hand_is_put_right(server: guest.Guest) -> None:
    server.serve({"wait_timeout": 300})
    server.sql("SET GLOBAL wait_timeout = 5")
    assert [result["changed"] for result in server.serve({"wait_timeout": 300})] == [False, True]
    assert server.live()["wait_timeout"] == "300"


def test_a_server_that_was_started_with_another_file_waits_for_its_own(server: guest.Guest) -> None:
    settings = {"ft_min_word_len": 2, "wait_timeout": 300}
    server.serve(settings)
    server.file.write_text(server.file.read_text().replace("ft_min_word_len = 2\n", ""))
    server.restart()
    assert server.live()["ft_min_word_len"] == "4"
    assert server.serve(settings, allow_restart=False)[1]["server"]["pending"] == ["ft_min_word_len"]
    assert [result["changed"] for result in server.serve(settings)] == [False, True]
    assert server.live()["ft_min_word_len"] == "2"
    assert [result["changed"] for result in server.serve(settings)] == [False, False]


def test_check_mode_refuses_and_writes_nothing(server: guest.Guest) -> None:
    server.serve({})
    before = server.file.read_text()
    assert server.settings({"wait_timeout": 99}, check=True)["changed"]
    assert server.settings({"wait_timeuot": 99}, check=True)["failed"]
    assert server.file.read_text() == before
