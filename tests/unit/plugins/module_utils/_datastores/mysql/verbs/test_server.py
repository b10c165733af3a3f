# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When the system tables of a server are upgraded: once for each version, after the start, and never by the start itself."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.guest.engines import ENGINES
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.verbs.server import MysqlServer


def steps(engine: str = "mariadb", service: str = "active", data: str = "initialised", tables: str | None = "10.11.1") -> list[str]:
    server = MysqlServer(ENGINES[engine], "/var/lib/mysql", {}, [], None, initialise=True, allow_restart=False, timeout=60)
    observed = {
        "version": "10.11.19",
        "tables_version": tables,
        "service": {"state": service, "started": None, "enabled": True, "outdated": False},
        "reachable": service == "active",
        "error": None,
        "variables": {},
        "datadir": {"path": "/var/lib/mysql", "state": data, "schemas": []},
        "configured": None,
    }
    return [f"{step.action} {step.kind}" for step in server.plan(observed).steps]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param({}, [], id="of the same series"),
        pytest.param({"tables": "10.6.5"}, ["upgrade tables"], id="of an older series, and it runs"),
        pytest.param({"tables": "10.6.5", "service": "inactive"}, ["start server", "upgrade tables"], id="of an older series, and it is down"),
        pytest.param({"tables": None}, ["upgrade tables"], id="of an unknown version"),
        pytest.param({"service": "inactive", "data": "received"}, ["start server"], id="received from a server of the same series"),
        pytest.param({"service": "inactive", "data": "blank", "tables": None}, ["create datadir", "start server"], id="created by this server"),
        pytest.param({"engine": "mysql", "tables": None}, [], id="MySQL does it by itself"),
    ],
)
def test_system_tables_are_upgraded_once_for_each_version(given: dict, expected: list) -> None:
    assert steps(**given) == expected
