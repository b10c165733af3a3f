# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.rules import settings

GALERA = {
    "max_connections": "151",
    "performance_schema": "OFF",
    "datadir": "/var/lib/mysql/",
    "wsrep_cluster_name": "products",
    "wsrep_sst_auth": "********",
    "wsrep_provider_options": "base_host = 10.0.0.1; gcache.size = 128M; socket.ssl = YES; socket.ssl_ca = /etc/mysql/tls/ca.pem; ",
}


def test_options_of_the_provider_may_end_in_a_semicolon() -> None:
    live = {"wsrep_provider_options": "gcache.size = 128M; socket.ssl = YES"}
    assert settings.waiting({"wsrep_provider_options": "gcache.size=128M; "}, live, ()) == ({}, [])


@pytest.mark.parametrize(
    ("wanted", "settable", "pending"),
    [
        ({"max_connections": "200", "datadir": "/var/lib/mysql", "wsrep_sst_auth": "mysql:"}, {"max_connections": ["151", "200"]}, []),
        ({"max_connections": "200", "performance_schema": "ON"}, {"max_connections": ["151", "200"]}, ["performance_schema"]),
        ({"wsrep_provider_options": "gcache.size=134217728;socket.ssl=yes;"}, {}, []),
        ({"wsrep_provider_options": "gcache.size=1G;socket.ssl=yes;"}, {}, ["wsrep_provider_options"]),
        ({"wsrep_provider_options": "evs.new_option=1;"}, {}, ["wsrep_provider_options"]),
        ({"wsrep_cluster_name": "other"}, {}, ["wsrep_cluster_name"]),
        ({"plugin_load_add": "server_audit", "loose_mysqlx": "OFF"}, {}, ["plugin_load_add"]),
    ],
)
def test_what_a_galera_member_takes_while_it_runs_and_what_waits(wanted: dict, settable: dict, pending: list) -> None:
    assert settings.waiting(wanted, GALERA, {"performance_schema", "datadir"}) == (settable, pending)
