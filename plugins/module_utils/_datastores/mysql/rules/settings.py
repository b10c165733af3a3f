# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of a MariaDB or MySQL server: what is wanted against what a running one has."""

from __future__ import annotations

import re

_UNITS = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}
#: what replication cannot do without, and no server takes while it runs
REQUIRED = {
    "mariadb": ("log_bin", "log_slave_updates", "ssl_ca", "ssl_cert", "ssl_key"),
    "mysql": ("log_bin", "log_replica_updates", "gtid_mode", "enforce_gtid_consistency"),
}
#: other settings of ours that are read at a start only; a server that runs goes on with what it has.
#: Sources: MariaDB Server documentation, "Server System Variables"; MySQL Reference Manual, "Server System Variable Reference"
_FIXED = {
    "back_log", "bind_address", "datadir", "innodb_buffer_pool_instances", "innodb_flush_method", "innodb_log_file_size", "log_error", "lower_case_table_names",
    "open_files_limit", "performance_schema", "pid_file", "plugin_dir", "port", "relay_log", "relay_log_index", "report_host", "report_port",
    "secure_file_priv", "skip_name_resolve", "skip_networking", "socket", "table_open_cache_instances", "thread_stack", "tmpdir",
}
_FIXED_IN = {"mariadb": {"innodb_buffer_pool_chunk_size", "slave_parallel_threads", "tls_version"}, "mysql": {"log_bin_basename", "mysqlx_bind_address"}}

#: of Galera: a SET of them would have the member leave its cluster, or is not possible at all
_GALERA_FIXED = {"wsrep_cluster_name", "wsrep_node_address", "wsrep_node_name", "wsrep_on", "wsrep_provider", "wsrep_provider_options"}
#: what a server never shows
_HIDDEN = {"wsrep_sst_auth"}

_WORDS = {"on": 1, "true": 1, "yes": 1, "off": 0, "false": 0, "no": 0}


def differences(wanted, live):
    """The settings that a running server has otherwise.

    :param wanted: values by name, as a settings file has them
    :param live: values by name, as ``SHOW GLOBAL VARIABLES`` has them; names that are not there are no variables (such as plugin_load_add)
    :return: ``{name: (live value, wanted value)}``
    """
    found = {}
    for name, value in wanted.items():
        known = name.replace("-", "_").lower()
        if known in live and not _same(value, live[known]):
            found[known] = (live[known], value)
    return found


def waiting(wanted, live, at_start):
    """``(settable, pending)`` of a Galera member: ``{name: [live value, wanted value]}`` and the names that only a restart brings.

    What is no variable, such as plugin_load_add, may have been changed or not: it counts as pending.

    :param at_start: the names that the server itself calls read-only
    """
    found = {name: list(pair) for name, pair in differences(wanted, live).items() if name not in _HIDDEN and not _same_provider_options(name, *pair)}
    fixed = at_start | _GALERA_FIXED
    unknown = [name for name in wanted if name not in live and name not in _HIDDEN and not name.startswith("loose_")]
    return {name: pair for name, pair in found.items() if name not in fixed}, sorted([name for name in found if name in fixed] + unknown)


def _same_provider_options(name, live, wanted):
    """The provider shows all of its options, so those that are wanted have to be among them."""
    if name != "wsrep_provider_options":
        return False
    shown = _options(live)
    return all(key in shown and _same(value, shown[key]) for key, value in _options(wanted).items())


def _options(text):
    pairs = (part.partition("=") for part in text.split(";") if part.strip())
    return {key.strip(): value.strip() for key, _equals, value in pairs}


def at_start_only(engine, names):
    """``(required, others)``: those of the names that a server reads at its start only."""
    required = [name for name in names if name in REQUIRED[engine]]
    return required, [name for name in names if name in _FIXED | _FIXED_IN[engine]]


def statement(name, value):
    """SQL that sets a value of a settings file in a server that runs: a size as a number, since SET knows no units."""
    number = _number(value)
    text = str(value).replace("\\", "\\\\").replace("'", "''")
    return f"SET GLOBAL `{name}` = " + (f"'{text}'" if number is None else str(number))


def _same(wanted, live):
    wanted_number, live_number = _number(wanted), _number(live)
    if wanted_number is not None and live_number is not None:
        return wanted_number == live_number
    if live_number is not None:
        # A name stands for a file's path: log_bin = binlog is shown as ON.
        return live_number == 1 and str(live).lower() == "on"
    return _list(wanted) == _list(live)


def _number(value):
    """A number, a size such as 512M or a truth value as a number; None for any other text."""
    text = str(value).strip().lower()
    if text in _WORDS:
        return _WORDS[text]
    found = re.fullmatch(r"(-?\d+(?:\.\d+)?)([kmgt]?)", text)
    if not found:
        return None
    number = float(found.group(1)) * _UNITS[found.group(2)]
    return int(number) if number == int(number) else number


def _list(value):
    # the server ends a directory's path with a slash
    return [part.strip().rstrip("/") for part in str(value).lower().split(",")]
