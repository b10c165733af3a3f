# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server is set up to leave out, to hold back or to change of what it replicates, built from its own rows. Pure.

Sources: MariaDB, "Replication Filters", "Replication and Binary Log System Variables", "Delayed Replication", "Multi-Source Replication"; MySQL Reference
Manual, "How Servers Evaluate Replication Filtering Rules", "The replication_applier_filters Table", "Replica Server Options and Variables".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

Row = Mapping[str, Any]


class Facts(TypedDict):
    """Every text is ``name = value``, as the server says it.

    - replica_filters: what its replication leaves out or renames, also that of named connections and of a connection that is not there yet
    - binlog_filters: what its binary log leaves out
    - other_links: the names of its replication connections (MariaDB) or channels (MySQL) besides the unnamed one, which alone is ours
    - delay: seconds that it waits before it applies
    - leniency: settings by which it applies something else than its source wrote, and reports no error
    - closed: settings that would keep clients from writing to it as a source, besides read_only
    - strict: whether GTIDs out of order are refused
    - waits: whether its commits wait for a replica's word (semi-synchronous replication); acknowledges: whether it gives that word as a replica
    - lower_case_table_names: how it compares names
    - domain: of the GTIDs that it writes, 0 but in a ring, and on MySQL
    """

    replica_filters: list[str]
    binlog_filters: list[str]
    other_links: list[str]
    delay: int
    leniency: list[str]
    closed: list[str]
    strict: bool
    waits: bool
    acknowledges: bool
    lower_case_table_names: str
    domain: int


#: columns of SHOW ALL SLAVES STATUS and SHOW REPLICA STATUS
_FILTERS = (
    "Replicate_Do_DB", "Replicate_Ignore_DB", "Replicate_Do_Table", "Replicate_Ignore_Table", "Replicate_Wild_Do_Table", "Replicate_Wild_Ignore_Table",
    "Replicate_Rewrite_DB", "Replicate_Ignore_Server_Ids", "Replicate_Do_Domain_Ids", "Replicate_Ignore_Domain_Ids",
)  # fmt: skip
#: MariaDB's variables of the unnamed connection, which say it before that connection is made
_FILTER_VARIABLES = tuple(column.lower() for column in _FILTERS[:7])
#: the value of each setting that changes nothing; a variable that a server does not have changes nothing
_EXACT = {
    "slave_exec_mode": ("STRICT",), "replica_exec_mode": ("STRICT",), "slave_skip_errors": ("OFF", ""), "replica_skip_errors": ("OFF", ""),
    "sql_slave_skip_counter": ("0",), "sql_replica_skip_counter": ("0",), "slave_run_triggers_for_rbr": ("NO",), "replicate_same_server_id": ("OFF",),
    "gtid_ignore_duplicates": ("OFF",), "replicate_events_marked_for_skip": ("REPLICATE",),
}  # fmt: skip
_OPEN = {
    "innodb_force_recovery": ("0",), "innodb_read_only": ("OFF",), "offline_mode": ("OFF",), "skip_networking": ("OFF",), "tx_read_only": ("OFF",),
    "transaction_read_only": ("OFF",),
}  # fmt: skip


def digest(variables: Mapping[str, str], links: Iterable[Row], binlog: Iterable[Row], filters: Iterable[Row] = ()) -> Facts:
    """The facts of one server.

    :param variables: of SHOW GLOBAL VARIABLES
    :param links: of SHOW ALL SLAVES STATUS (MariaDB) or SHOW REPLICA STATUS (MySQL)
    :param binlog: of SHOW MASTER STATUS or SHOW BINARY LOG STATUS
    :param filters: MySQL's of performance_schema.replication_applier_filters and replication_applier_global_filters
    """
    links = list(links)
    conversions = [variables.get(f"{role}_type_conversions", "") for role in ("slave", "replica")]
    lossy = [f"type_conversions = {value}" for value in conversions if "ALL_LOSSY" in value.upper()]
    return {
        "replica_filters": sorted(_replica_filters(variables, links, filters)),
        "binlog_filters": [f"{name} = {row[column]}" for row in binlog for name, column in _BINLOG_FILTERS.items() if row.get(column)],
        "other_links": sorted(filter(None, map(_name, links))),
        "delay": next((int(link.get("SQL_Delay") or 0) for link in links if not _name(link)), 0),
        "leniency": [*_unlike(_EXACT, variables), *lossy],
        "closed": _unlike(_OPEN, variables),
        "strict": variables.get("gtid_strict_mode", "ON") == "ON",
        "waits": "ON" in (variables.get("rpl_semi_sync_master_enabled"), variables.get("rpl_semi_sync_source_enabled")),
        "acknowledges": "ON" in (variables.get("rpl_semi_sync_slave_enabled"), variables.get("rpl_semi_sync_replica_enabled")),
        "lower_case_table_names": variables.get("lower_case_table_names", "0"),
        "domain": int(variables.get("gtid_domain_id", "0")),
    }


_BINLOG_FILTERS = {"binlog_do_db": "Binlog_Do_DB", "binlog_ignore_db": "Binlog_Ignore_DB"}


def binlog_filters(binlog: Iterable[Row]) -> list[str]:
    """What the binary log leaves out, of a server that is asked from elsewhere; `binlog` as for `digest`."""
    return digest({}, (), binlog)["binlog_filters"]


def _replica_filters(variables: Mapping[str, str], links: Iterable[Row], filters: Iterable[Row]) -> set[str]:
    found = {f"{name} = {variables[name]}" for name in _FILTER_VARIABLES if variables.get(name)}
    for link in links:
        found |= {f"{column.lower()} = {link[column]}{_of(_name(link))}" for column in _FILTERS if link.get(column)}
    for row in filters:
        if row.get("FILTER_RULE"):
            found.add(f"{row['FILTER_NAME'].lower()} = {row['FILTER_RULE']}{_of(row.get('CHANNEL_NAME') or '')}")
    return found


def _of(name: str) -> str:
    return f" (of {name})" if name else ""


def _name(link: Row) -> str:
    return str(link.get("Connection_name") or link.get("Channel_Name") or "")


def _unlike(harmless: Mapping[str, tuple[str, ...]], variables: Mapping[str, str]) -> list[str]:
    return [f"{name} = {variables[name]}" for name, values in harmless.items() if name in variables and variables[name].upper() not in values]
