# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.rules import option_file, reserved
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput


def refused(role: str, name: str, ours: tuple[str, ...] = ()) -> None:
    reserved.refuse(option_file.read({name: "x"}, f"{role}_settings"), role, f"{role}_settings", ours)


@pytest.mark.parametrize("role", ["galera", "mysql_replication"])
@pytest.mark.parametrize(
    "name",
    [
        "require_secure_transport", "require-secure-transport", "loose_require_secure_transport", "skip_require_secure_transport",
        "enable-require_secure_transport", "REQUIRE_SECURE_TRANSPORT", "ssl_ca", "skip_ssl", "tls_version", "datadir", "innodb_undo_directory", "socket",
        "port", "bind-address", "skip_networking", "user", "bootstrap", "skip_grant_tables", "pid_file",
        "innodb_buffer_pool_load_now", "innodb-log-checkpoint-now",
    ],
)  # fmt: skip
def test_what_no_role_lets_a_user_set(role: str, name: str) -> None:
    with pytest.raises(InvalidInput, match="x' was given; allowed: nothing: "):
        refused(role, name)


@pytest.mark.parametrize(
    ("role", "name", "instead"),
    [
        ("galera", "wsrep_cluster_name", "galera_cluster_name"),
        ("galera", "wsrep_provider_options", "galera_provider_options"),
        ("galera", "wsrep_sst_method", "nothing: Galera works with no other value"),
        ("galera", "binlog_format", "nothing: Galera works with no other value"),
        ("galera", "datadir", "nothing: the data are in galera_data_directory"),
        ("mysql_replication", "server-id", "mysql_replication_server_id"),
        ("mysql_replication", "super_read_only", "mysql_replication_writable"),
        ("mysql_replication", "skip_log_bin", "nothing: replication works with no other value"),
        ("mysql_replication", "disable_log_bin", "nothing: replication works with no other value"),
        ("mysql_replication", "gtid_mode", "nothing: replication works with no other value"),
        ("mysql_replication", "skip_replica_start", "nothing: replication works with no other value"),
    ],
)
def test_what_to_use_instead(role: str, name: str, instead: str) -> None:
    with pytest.raises(InvalidInput, match=f"{role}_settings.*: 'x' was given; allowed: {instead}"):
        refused(role, name)


@pytest.mark.parametrize("name", ["max_connections", "wsrep_slave_threads", "wsrep_sync_wait", "log_bin", "read_only", "server_id", "plugin_load_add"])
def test_what_is_left_to_a_galera_cluster(name: str) -> None:
    refused("galera", name, ours=("plugin_load_add",))


def test_what_else_the_role_writes() -> None:
    with pytest.raises(InvalidInput, match="galera_settings.its_own: 'x' was given; allowed: nothing: the role sets it"):
        refused("galera", "its_own", ours=("its_own",))


@pytest.mark.parametrize("name", ["auto_increment_increment", "auto-increment-offset", "slave_parallel_threads", "slave-parallel-workers", "gtid_domain_id"])
def test_what_the_role_writes_of_a_member_of_a_ring(name: str) -> None:
    ours = ("gtid_domain_id", "auto_increment_increment", "auto_increment_offset", "slave_parallel_threads")
    with pytest.raises(InvalidInput, match=f"mysql_replication_settings.{name.replace('-', '.')}: 'x' was given; allowed: nothing: "):
        refused("mysql_replication", name, ours)


def test_what_is_left_to_one_in_no_ring() -> None:
    for name in ("auto_increment_increment", "auto_increment_offset", "slave_parallel_threads", "slave_parallel_workers"):
        refused("mysql_replication", name)


OURS = {"socket.ssl": "yes", "socket.ssl_key": "/key"}


def test_galeras_parameters_of_the_user_stand_beside_the_roles() -> None:
    given = {"gcache.size": "1G", "pc.weight": 2, "socket.checksum": 0, "evs.auto_evict": False}
    text = "gcache.size=1G;pc.weight=2;socket.checksum=0;evs.auto_evict=no;socket.ssl=yes;socket.ssl_key=/key;"
    assert reserved.provider_options(given, OURS, "galera_provider_options") == text
    assert reserved.provider_options({}, {}, "o") == ""


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"socket.ssl": "no"}, "galera_provider_options.socket.ssl: 'no' was given; allowed: nothing: the role sets it"),
        ({"gcache.size": "1G;socket.ssl=no"}, "galera_provider_options.gcache.size: .* a text without ;"),
        ({"gcache.size": '"'}, "a text without ;"),
        ({"gcache.size": None}, "a text without ;"),
        ({"gcache.size": ["1G"]}, "a text without ;"),
        ({"a;socket.ssl": "no"}, "names of Galera's parameters"),
    ],
)
def test_galeras_parameters_that_are_not_the_users(given: dict[str, Any], why: str) -> None:
    with pytest.raises(InvalidInput, match=why):
        reserved.provider_options(given, OURS, "galera_provider_options")
