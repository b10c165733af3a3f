# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.rules import catalogue, option_file
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.rules.option_file import Option
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput

HELP = """mariadbd  Ver 10.11.18-MariaDB
Usage: mariadbd [OPTIONS]
--no-defaults           Don't read default options from any option file.

  --plugin-load-add=name
                      Optional list of plugins to load, see --plugin-load
  -W, --log-warnings[=#]
  --skip-name-resolve Don't resolve hostnames.
  --wsrep-OSU-method[=name]
                      Method for Online Schema Upgrade

Variables (--variable-name=value)
and boolean options {FALSE|TRUE}                             Value (after reading options)
------------------------------------------------------------ -------------
event-scheduler                                              OFF
init-connect                                                 (No default value)
innodb-buffer-pool-size                                      134217728
long-query-time                                              10
skip-name-resolve                                            FALSE
slow-query-log                                               FALSE
sync-binlog                                                  0
wsrep-allowlist
wsrep-OSU-method                                             TOI

To see what variables a running server is using, type
'SELECT * FROM INFORMATION_SCHEMA.GLOBAL_VARIABLES' instead.
"""
KNOWN = catalogue.parse(HELP)


def resolved(**settings: Any) -> list[str]:
    options = catalogue.resolve(option_file.read(settings, "galera_settings"), KNOWN, "galera_settings")
    return [line for option in options.values() for line in option.lines()]


def test_what_a_server_knows() -> None:
    assert KNOWN.values["slow_query_log"] == "FALSE"
    assert KNOWN.values["wsrep_allowlist"] == ""
    assert KNOWN.spellings["wsrep_osu_method"] == "wsrep_OSU_method"
    assert {"plugin_load_add", "log_warnings"} <= KNOWN.spellings.keys()
    assert {"to", "no_defaults", "variables"} & KNOWN.spellings.keys() == set()


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"event_scheduler": True}, "event_scheduler = ON"),
        ({"slow_query_log": "yes"}, "slow_query_log = ON"),
        ({"slow_query_log": " False "}, "slow_query_log = OFF"),
        ({"slow_query_log": 1}, "slow_query_log = ON"),
        ({"skip_name_resolve": None}, "skip_name_resolve"),
        ({"sync_binlog": True}, "sync_binlog = 1"),
        ({"sync_binlog": False}, "sync_binlog = 0"),
        ({"innodb_buffer_pool_size": " 1G "}, "innodb_buffer_pool_size = 1G"),
        ({"init_connect": ""}, "init_connect ="),
        ({"Wsrep-osu_METHOD": "RSU"}, "wsrep_OSU_method = RSU"),
        ({"loose_unheard_of": 1}, "loose_unheard_of = 1"),
        ({"loose_sync_binlog": True}, "loose_sync_binlog = 1"),
    ],
)
def test_options_as_the_server_takes_them(settings: dict[str, Any], line: str) -> None:
    assert resolved(**settings) == [line]


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"innodb_bufer_pool_size": "1G"}, r"galera_settings.innodb_bufer_pool_size: '1G' was given; .*the nearest is innodb_buffer_pool_size"),
        ({"event_sched": "ON"}, "by its whole name; the nearest is event_scheduler"),
        ({"zzz": 1}, "by its whole name; loose_zzz"),
        ({"skip_slow_query_log": None}, "the setting slow_query_log itself"),
        ({"disable_event_scheduler": None}, "the setting event_scheduler itself"),
        ({"maximum_sync_binlog": 5}, "the setting sync_binlog itself"),
        ({"slow_query_log": "maybe"}, "slow_query_log: 'maybe' was given; allowed: ON or OFF"),
        ({"slow_query_log": ""}, "allowed: ON or OFF"),
        ({"event_scheduler": "Original"}, "event_scheduler: 'Original' was given; allowed: a value that the server keeps"),
        ({"slow_query_log": 2}, "allowed: ON or OFF"),
        ({"sync_binlog": " "}, "sync_binlog: ' ' was given; allowed: a number"),
        ({"sync_binlog": "many"}, "sync_binlog: 'many' was given; allowed: a number"),
        ({"sync_binlog": " G"}, "allowed: a number"),
    ],
)
def test_what_it_does_not_know_or_would_take_for_something_else(settings: dict[str, Any], why: str) -> None:
    with pytest.raises(InvalidInput, match=why):
        resolved(**settings)


OPTIONS = {
    "max_connections": Option("max_connections", ("1",)),
    "slow_query_log": Option("slow_query_log", ("maybe",)),
    "sync_binlog": Option("sync_binlog", ("1",), truth=True),
    "plugin_load_add": Option("plugin_load_add", ("a", "b")),
}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("[Warning] option 'slow_query_log': boolean value 'maybe' wasn't recognized. Set to OFF.", "o.slow_query_log: 'maybe' was given.*wasn't recognized"),
        ("[Warning] option 'sync_binlog': value 1 adjusted to 5", "o.sync_binlog"),
        ("2026-11-26 0 [Warning] Buffered warning: option 'max-connections': unsigned value 1 adjusted to 10",
         r"o.max_connections: '1' was given; allowed: what the server does not change \(unsigned value 1 adjusted to 10\)"),
        ("[ERROR] mariadbd: Can't open shared library '/a.so' (errno: 2)", "o.plugin_load_add: 'a, b' was given; allowed: plugins that are .*: Can't"),
        ("[ERROR] Couldn't load plugins from 'b.so'.", "plugins that are installed"),
    ],
)  # fmt: skip
def test_what_it_takes_for_something_else_is_refused(line: str, why: str) -> None:
    with pytest.raises(InvalidInput, match=why):
        catalogue.refuse_remarks([line], OPTIONS, "o")


def test_what_nobody_asked_for_is_not_the_users_fault() -> None:
    catalogue.refuse_remarks(["[ERROR] Couldn't load plugins from 'b.so'.", "[Warning] option 'theirs': unsigned value 1 adjusted to 10"], {}, "o")


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["x [Note] a", "2026 0 [ERROR] mariadbd: Error while setting value 'FOO' to 'sql_mode'", "y [ERROR] [MY-010119] [Server] Aborting"],
         "mariadbd: Error while setting value 'FOO' to 'sql_mode'"),
        (["2026Z 0 [ERROR] [MY-000067] [Server] unknown variable 'a=1'."], "unknown variable 'a=1'"),
        (["\x07mariadbd: Character set 'klingon' is none", "x [Warning] b"], "mariadbd: Character set 'klingon' is none"),
        (["x [Warning] b", ""], "x [Warning] b"),
        ([], "it gives no reason"),
    ],
)  # fmt: skip
def test_why_a_server_ends(lines: list[str], reason: str) -> None:
    assert catalogue.reason(lines) == reason


def test_the_setting_that_a_reason_names() -> None:
    assert catalogue.blamed("Error while setting value 'x' to 'max-connections'", OPTIONS) == OPTIONS["max_connections"]
    assert catalogue.blamed("max_connections and sync_binlog", OPTIONS) is None
    assert catalogue.blamed("nothing", OPTIONS) is None


def test_what_is_collected() -> None:
    assert [catalogue.is_collected(name) for name in ("plugin_load_add", "sql_mode")] == [True, False]
