# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of a MariaDB or MySQL server: what is wanted against what a running one has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_UNITS = {unit: 1 << power for unit, power in (("k", 10), ("m", 20), ("g", 30), ("t", 40), ("p", 50), ("e", 60))}
# Of a unit both servers read the first letter, in either case, and ignore the rest: 16MB is 16M. They refuse a fraction with a unit.
# Source: MySQL Reference Manual, "Program Option Modifiers"; what `mariadbd --verbose --help` and `mysqld --verbose --help` made of each.
_SIZE = re.compile(r"(-?\d+)([kmgtpe])(?:i?b)?")
_PLAIN = re.compile(r"-?\d+(?:\.\d+)?")


@dataclass(frozen=True)
class Fixed:
    """An engine's settings that are read at its start only, of those that the roles write.

    :param required: what replication cannot do without
    :param others: a server that runs goes on with what it has
    """

    required: tuple[str, ...]
    others: frozenset[str]

    def among(self, names: Iterable[str]) -> tuple[list[str], list[str]]:
        """``(required, others)`` of the names."""
        names = list(names)
        return [name for name in names if name in self.required], [name for name in names if name in self.others]


# Sources: MariaDB Server documentation, "Server System Variables"; MySQL Reference Manual, "Server System Variable Reference"
_FIXED_IN_BOTH = frozenset({
    "back_log", "bind_address", "datadir", "innodb_buffer_pool_instances", "innodb_flush_method", "innodb_log_file_size", "log_error", "lower_case_table_names",
    "open_files_limit", "performance_schema", "pid_file", "plugin_dir", "port", "relay_log", "relay_log_index", "report_host", "report_port",
    "secure_file_priv", "skip_name_resolve", "skip_networking", "socket", "table_open_cache_instances", "thread_stack", "tmpdir",
})  # fmt: skip
MARIADB = Fixed(
    required=("log_bin", "log_slave_updates", "ssl_ca", "ssl_cert", "ssl_key"),
    others=_FIXED_IN_BOTH | {"innodb_buffer_pool_chunk_size", "slave_parallel_threads", "tls_version"},
)
MYSQL = Fixed(
    required=("log_bin", "log_replica_updates", "gtid_mode", "enforce_gtid_consistency"),
    others=_FIXED_IN_BOTH | {"log_bin_basename", "mysqlx_bind_address"},
)

#: ``{name: (live value, wanted value)}``
Differences = dict[str, tuple[str, object]]

_WORDS = {"on": 1, "true": 1, "yes": 1, "off": 0, "false": 0, "no": 0}


def differences(wanted: Mapping[str, object], live: Mapping[str, str]) -> Differences:
    """The settings that a running server has otherwise.

    :param wanted: values by name, as a settings file has them
    :param live: values by name, as ``SHOW GLOBAL VARIABLES`` has them; names that are not there are no variables (such as plugin_load_add)
    """
    found = {}
    for name, value in wanted.items():
        known = name.replace("-", "_").lower()
        if known in live and not same(value, live[known]):
            found[known] = (live[known], value)
    return found


def chosen(found: Differences, names: Iterable[str]) -> Differences:
    """Those of some names."""
    return {name: found[name] for name in names}


def statement(name: str, value: object) -> str:
    """SQL that sets a value of a settings file in a server that runs: a size as a number, since SET knows no units."""
    number = _number(value)
    text = str(value).replace("\\", "\\\\").replace("'", "''")
    return f"SET GLOBAL `{name}` = " + (f"'{text}'" if number is None else str(number))


def same(wanted: object, live: object) -> bool:
    """Whether two texts say the same value: ``512M`` and ``536870912``, ``ON`` and ``1``, ``binlog`` and ``ON``."""
    wanted_number, live_number = _number(wanted), _number(live)
    if wanted_number is not None and live_number is not None:
        return wanted_number == live_number
    if live_number is not None:
        # A name stands for a file's path: log_bin = binlog is shown as ON.
        return live_number == 1 and str(live).lower() == "on"
    return _list(wanted) == _list(live)


def _number(value: object) -> int | float | None:
    """A number, a size such as 512M or a truth value as a number; None for any other text."""
    text = str(value).strip().lower()
    if text in _WORDS:
        return _WORDS[text]
    size = _SIZE.fullmatch(text)
    if size:
        return int(size.group(1)) * _UNITS[size.group(2)]
    if not _PLAIN.fullmatch(text):
        return None
    return float(text) if "." in text else int(text)


def _list(value: object) -> list[str]:
    # the server ends a directory's path with a slash
    return [part.strip().rstrip("/") for part in str(value).lower().split(",")]
