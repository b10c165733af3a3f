# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules import snapshot_tools
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused

ALL = [("mariadb_backup", "mariadb"), ("clone", "mysql"), ("xtrabackup", "mysql"), ("dump", "mariadb"), ("dump", "mysql")]


@pytest.mark.parametrize(("engine", "name"), [("mariadb", "mariadb_backup"), ("mysql", "clone")])
def test_auto(engine: str, name: str) -> None:
    assert snapshot_tools.choose("auto", engine).name == name


@pytest.mark.parametrize(("name", "engine"), [("clone", "mariadb"), ("xtrabackup", "mariadb"), ("mariadb_backup", "mysql")])
def test_a_tool_of_the_other_datastore_is_refused(name: str, engine: str) -> None:
    with pytest.raises(InvalidInput, match=f"tool: '{name}' was given; allowed: one of auto, "):
        snapshot_tools.choose(name, engine)


def test_xtrabackup_commands() -> None:
    tool = snapshot_tools.choose("xtrabackup", "mysql")
    assert tool.send("/work", {}) == [
        "xtrabackup", "--backup", "--stream=xbstream", "--parallel=2", "--lock-ddl=ON", "--user=root", "--socket=/run/mysqld/mysqld.sock", "--target-dir=/work",
    ]
    assert tool.unpack("/data") == ["xbstream", "-x", "-C", "/data"]
    assert tool.prepare("/data") == ["xtrabackup", "--prepare", "--target-dir=/data"]


def test_mariadb_backup_gets_no_option_that_only_xtrabackup_has() -> None:
    # It refuses them; and a bogus option beside --help would not be noticed.
    words = snapshot_tools.choose("mariadb_backup", "mariadb").send("/work", {})
    assert not [word for word in words if word.startswith(("--compress", "--lock-ddl", "--encrypt", "--stream=xb"))]


@pytest.mark.parametrize(("name", "engine"), ALL)
def test_no_password_in_any_command(name: str, engine: str) -> None:
    tool = snapshot_tools.choose(name, engine)
    words = [*tool.stage("/work"), *tool.send("/work", {}), *tool.unpack("/data"), *tool.prepare("/data")]
    assert words
    assert not [word for word in words if "pass" in word or word.startswith("-p")]


@pytest.mark.parametrize(("name", "engine"), [pair for pair in ALL if pair[0] != "dump"])
def test_tables_that_a_tool_does_not_copy_are_named(name: str, engine: str) -> None:
    with pytest.raises(Refused, match=f"{name} does not copy tables .*MEMORY: shop.cart, shop.seen"):
        snapshot_tools.choose(name, engine).check({"MEMORY": ["shop.cart", "shop.seen"]})


def test_clone_copies_innodb_alone() -> None:
    with pytest.raises(Refused, match="MyISAM: shop.old"):
        snapshot_tools.choose("clone", "mysql").check({"MyISAM": ["shop.old"]})


@pytest.mark.parametrize("engine", ["mariadb", "mysql"])
def test_dump_locks_what_knows_no_transactions(engine: str) -> None:
    tool = snapshot_tools.choose("dump", engine)
    tool.check({"MyISAM": ["shop.old"]})
    assert "--single-transaction" in tool.send("/work", {})
    assert "--single-transaction" in tool.send("/work", {"InnoDB": ["shop.orders"]})
    assert "--lock-all-tables" in tool.send("/work", {"MyISAM": ["shop.old"]})
    assert "--single-transaction" not in tool.send("/work", {"MyISAM": ["shop.old"]})


def test_a_dump_takes_a_history_by_time_along() -> None:
    tables = {"SYSTEM VERSIONED": ["shop.prices"]}
    tool = snapshot_tools.choose("dump", "mariadb")
    tool.check(tables)
    assert {"--dump-history", "--single-transaction"} <= set(tool.send("/work", tables))
    assert "--dump-history" not in tool.send("/work", {"MyISAM": ["shop.old"]})
    assert (tool.option(tables), tool.option({}), snapshot_tools.choose("mariadb_backup", "mariadb").option(tables)) == ("--dump-history", None, None)
    with pytest.raises(Refused, match="history of tables that keep it by transactions .shop.prices"):
        tool.check({"SYSTEM VERSIONED by transactions": ["shop.prices"]})


def test_mariadb_backup_copies_histories() -> None:
    snapshot_tools.choose("mariadb_backup", "mariadb").check({"SYSTEM VERSIONED": ["a.b"], "SYSTEM VERSIONED by transactions": ["a.c"], "Aria": ["a.d"]})


@pytest.mark.parametrize("engine", ["mariadb", "mysql"])
def test_accounts_of_a_dump_are_there_at_once(engine: str) -> None:
    assert "--flush-privileges" in snapshot_tools.choose("dump", engine).send("/work", {})


@pytest.mark.parametrize(("engine", "programs"), [("mariadb", ("mariadb-dump", "mariadb")), ("mysql", ("mysqldump", "mysql"))])
def test_a_dump_says_where_it_stands_in_the_words_of_its_engine(engine: str, programs: tuple) -> None:
    tool = snapshot_tools.choose("dump", engine)
    send, unpack = tool.send("/work", {}), tool.unpack("/data")
    assert (send[0], unpack[0]) == programs
    assert (tool.source_programs[0], tool.replica_programs[0]) == programs
    assert ("--set-gtid-purged=ON" in send, "--gtid" in send) == (engine == "mysql", engine == "mariadb")
    assert "--init-command=SET SESSION sql_log_bin = 0" in unpack, "what is loaded is no transaction of the replica's own"
