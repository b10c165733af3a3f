# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings that a role sets itself, or that are none: refused by name where a user gives them. Pure.

A server takes a setting in many spellings, and of a setting that stands in a file twice the last one, silently.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from ...._model.errors import InvalidInput
from .option_file import CUMULATIVE, PREFIXES, Option

_PROVIDER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.]*")
_PROVIDER_VALUE = re.compile(r"[^;\"'\x00-\x1f\x7f]*")

_TLS = "nothing: clients, members and replicas are encrypted by the certificates of {role}_tls_*"
_DATA = "nothing: the data are in {role}_data_directory"
_NETWORK = "nothing: the role's modules, firewall and members go by it"
_ORDER = "nothing: it is an order to the program, or one for a repair by hand, and no setting of a server that serves"

_IN_ALL = {
    _TLS: "ssl ssl_ca ssl_capath ssl_cert ssl_key tls_version require_secure_transport auto_generate_certs admin_ssl admin_ssl_ca admin_ssl_cert admin_ssl_key",
    _DATA: "datadir innodb_data_home_dir innodb_log_group_home_dir innodb_undo_directory innodb_doublewrite_dir innodb_temp_tablespaces_dir aria_log_dir_path"
    " rocksdb_datadir rocksdb_wal_dir log_bin_index relay_log_index relay_log_info_file master_info_file slave_relay_log_info_file",
    _NETWORK: "socket port bind_address skip_networking extra_port pid_file user mysqlx mysqlx_port mysqlx_socket mysqlx_bind_address admin_address"
    " admin_port",
    _ORDER: "help verbose version print_defaults no_defaults defaults_file defaults_extra_file defaults_group_suffix login_path no_login_paths bootstrap"
    " initialize initialize_insecure validate_config daemonize console gdb chroot basedir upgrade tc_heuristic_recover skip_grant_tables"
    " standalone install remove"
    " innodb_buffer_pool_load_now innodb_buffer_pool_load_abort innodb_buffer_pool_dump_now innodb_log_checkpoint_now innodb_buf_flush_list_now"
    " innodb_purge_run_now innodb_purge_stop_now"
    " wsrep_recover wsrep_new_cluster wsrep_start_position no_monitor",
}
_BY_ROLE = {
    "galera": {
        "nothing: Galera works with no other value": "binlog_format innodb_autoinc_lock_mode wsrep_on wsrep_provider wsrep_sst_method wsrep_sst_auth"
        " wsrep_cluster_address wsrep_data_home_dir wsrep_desync wsrep_reject_queries wsrep_node_incoming_address wsrep_sst_receive_address wsrep_status_file",
        "galera_cluster_name": "wsrep_cluster_name",
        "galera_node_name": "wsrep_node_name",
        "galera_address": "wsrep_node_address",
        "galera_provider_options": "wsrep_provider_options",
    },
    "mysql_replication": {
        "mysql_replication_writable": "read_only super_read_only",
        "mysql_replication_server_id": "server_id",
        "nothing: replication works with no other value": "log_bin log_bin_basename relay_log relay_log_basename binlog_format log_slave_updates"
        " log_replica_updates gtid_mode gtid_strict_mode gtid_domain_id gtid_ignore_duplicates gtid_purged gtid_executed gtid_next enforce_gtid_consistency"
        " skip_slave_start skip_replica_start replicate_same_server_id server_uuid init_slave init_replica"
        " sql_log_bin wsrep_on wsrep_provider wsrep_cluster_address",
    },
}

#: other names of MariaDB's for the same variable
_ALIASES = {"slave_parallel_workers": "slave_parallel_threads"}

#: what a data directory is made with: another value later keeps the server from starting, or loses sight of tables
#: Sources: MariaDB, "InnoDB System Variables", "lower_case_table_names"; MySQL Reference Manual, "InnoDB Startup Configuration", "Identifier Case Sensitivity"
MADE_WITH_DATA = frozenset({"innodb_page_size", "innodb_data_file_path", "innodb_undo_tablespaces", "lower_case_table_names", "aria_block_size"})


def reserved(role: str) -> dict[str, str]:
    """``{name: what to use instead}`` for a role, by its short name."""
    groups = [*_IN_ALL.items(), *_BY_ROLE.get(role, {}).items()]
    return {name: instead.format(role=role) for instead, names in groups for name in names.split()}


def refuse(options: Mapping[str, Option], role: str, where: str, ours: Collection[str] = ()) -> None:
    """Refuse what is not the user's to set.

    :param where: the name of the option that holds the settings
    :param ours: the names that the role writes itself
    :raises InvalidInput: naming the setting, and what to use instead
    """
    instead = reserved(role)
    for option in options.values():
        name = next((spelling for spelling in _meanings(option.name) if spelling in instead or (spelling in ours and spelling not in CUMULATIVE)), None)
        if name is not None:
            raise InvalidInput(f"{where}.{option.name}", option.text, instead.get(name, "nothing: the role sets it"))


def provider_options(given: Mapping[str, Any], ours: Mapping[str, Any], where: str) -> str:
    """The text of wsrep_provider_options: the user's beside the role's. Source: Galera documentation, "Galera Parameters".

    :param where: the name of the option that holds the user's
    :raises InvalidInput: for one that is the role's, and for what cannot stand in that text
    """
    for name, value in given.items():
        if name in ours:
            raise InvalidInput(f"{where}.{name}", value, "nothing: the role sets it")
        if not isinstance(name, str) or not _PROVIDER_NAME.fullmatch(name):
            raise InvalidInput(where, name, "names of Galera's parameters, such as gcache.size")
        if value is None or isinstance(value, (dict, list, tuple)) or not _PROVIDER_VALUE.fullmatch(str(value)):
            raise InvalidInput(f"{where}.{name}", value, "a text without ; and quotes, a number or a truth value")
    words = {True: "yes", False: "no"}
    return "".join(f"{name}={words[value] if isinstance(value, bool) else value};" for name, value in {**given, **ours}.items())


def _meanings(name: str) -> list[str]:
    found = [name, *(name[len(prefix) :] for prefix in PREFIXES if name.startswith(prefix))]
    return [*found, *(_ALIASES[one] for one in found if one in _ALIASES)]
