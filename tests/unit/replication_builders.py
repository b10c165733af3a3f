# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Infos of MariaDB and MySQL servers, as trove_mysql_replication_info reports them."""

from __future__ import annotations

UUIDS = {number: f"0000000{number}-0000-0000-0000-000000000000" for number in range(1, 10)}


def link(number: int = 1, **changes) -> dict:
    """A healthy link to the server of that number."""
    answers = changes.get("answers")
    # as a real probe says it: of a source that answers, that it lives
    probe = None if answers is None else {"verdict": "alive" if answers else "dead", "why": "it greets" if answers else "TCP: Connection refused"}
    healthy = {
        "host": f"10.0.0.{number}", "port": 3306, "user": "trove_r_2", "server_id": number, "server_uuid": UUIDS[number], "tls": True,
        "ca_cert": "/tls/ca.pem", "client_cert": "/tls/server.pem", "client_key": "/tls/server.key", "io_running": "Yes", "io_errno": 0, "io_error": "",
        "sql_running": "Yes", "sql_errno": 0, "sql_error": "",
        "sql_state": "Slave has read all relay log; waiting for more updates", "lag": 0, "delay": 0, "retrieved": "", "answers": None,
        "probe": probe,
    }  # fmt: skip
    return {**healthy, **changes}


def facts(**changes) -> dict:
    """A server that replicates all, at once and exactly."""
    plain = {
        "replica_filters": [], "binlog_filters": [], "other_links": [], "delay": 0, "leniency": [], "closed": [], "strict": True, "waits": False,
        "acknowledges": False, "lower_case_table_names": "0", "domain": 0,
    }  # fmt: skip
    return {**plain, **changes}


def info(number: int, executed: str = "", engine: str = "mariadb", **changes) -> dict:
    """A server that could be a source: what it executed is in its binary logs, and nothing was purged."""
    mysql = engine == "mysql"
    server = {
        "engine": engine, "version": "9.7.4" if mysql else "10.11.19-MariaDB", "service": "active", "reachable": True, "error": None, "server_id": number,
        "server_uuid": UUIDS[number] if mysql else None, "read_only": False, "super_read_only": False if mysql else None, "log_bin": True, "gtid": True,
        "logs_updates": True, "binlog_format": "ROW", "executed": executed, "logged": executed, "position": executed, "purged": "", "source": None,
        "replicas": [], "engines_not_copyable": {}, "data_bytes": 1, "volume": {"size": 5.0, "used": 1.0}, "identity": None, "facts": facts(),
        "events": [],
    }  # fmt: skip
    return {**server, **changes}


def replica(number: int, executed: str, engine: str = "mariadb", **changes) -> dict:
    """A healthy replica of server 1; changes of the link by ``link=``."""
    of_link = changes.pop("link", {})
    return info(number, executed, engine, **{"read_only": True, "source": link(**of_link), **changes})


def silent() -> dict:
    """A server that is down."""
    found = dict.fromkeys(info(1))
    return {**found, "engine": "mariadb", "reachable": False, "error": "Can't connect", "service": "inactive", "replicas": []}


def event(name: str, status: str = "ENABLED", **changes) -> dict:
    """An event of the schema shop."""
    own = {"schema": "shop", "name": name, "definer": "root@localhost", "status": status, "charset": "utf8mb4", "collation": "utf8mb4_general_ci"}
    return {**own, "over": False, **changes}


def account(number: int) -> dict:
    """What the account of server number is made of."""
    return {"server_id": number, "address": f"10.0.0.{number}", "subject": f"/CN=name-{number}"}


def word(number: int, of: dict, asked: str | None = None) -> dict:
    """The result of trove_mysql_replication_info on server number: its info, and by what other members know it."""
    known = dict(account(number), server_id=of["server_id"])
    identity = {"id": of["server_uuid"] or of["server_id"], "addresses": [f"10.0.0.{number}"], "name": f"name-{number}", **known}
    return {"changed": False, "asked": asked, "identity": identity, "replication": of}
