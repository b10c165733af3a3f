# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The status and the health of a server, as the cloud and its database see it."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores import registry
from ansible_collections.stackdb.trove.plugins.module_utils._view import health
from ansible_collections.stackdb.trove.tests.unit import galera_builders, replication_builders

GALERA, REDIS, INSTANCE = registry.of_cluster("mariadb"), registry.of_cluster("redis"), registry.of_instance("mysql")
DISK = {"size": 20.0, "used": 17.0}


def server(status="ACTIVE", nova="ACTIVE", volume=True):
    return {"status": status, "server_status": nova, "volume": {"size": 20, "used": None} if volume else None}


def galera(pending=(), **changes):
    return {"galera": galera_builders.serving(volume=DISK, **changes), "pending": list(pending)}


def down(state):
    told = galera_builders.stopped()
    return {"galera": {**told, "service": {**told["service"], "state": state}}, "pending": []}


@pytest.mark.parametrize(
    ("of", "task", "said", "shown"),
    [
        (server(), "NONE", galera(), "ACTIVE"),
        # the task has not ended, and the database serves
        (server("BUILD"), "BUILDING", galera(), "ACTIVE"),
        (server(), "NONE", galera(pending=["innodb_buffer_pool_size"]), "RESTART_REQUIRED"),
        (server("RESTART_REQUIRED"), "NONE", galera(), "RESTART_REQUIRED"),
        (server("BUILD"), "BUILDING", None, "BUILD"),
        (server("BUILD"), "BUILDING", down("inactive"), "BUILD"),
        (server("BUILD"), "BUILDING", down("failed"), "BUILD"),
        # a joiner receives its data while its unit starts
        (server(), "NONE", down("activating"), "BUILD"),
        (server(), "NONE", None, "UNKNOWN"),
        (server(), "GROWING_CLUSTER", None, "UNKNOWN"),
        (server(), "NONE", down("inactive"), "SHUTDOWN"),
        (server(), "NONE", down("deactivating"), "SHUTDOWN"),
        (server(), "NONE", down("failed"), "FAILED"),
        (server(), "NONE", galera(wsrep=galera_builders.wsrep(cluster_status="non-Primary")), "FAILED"),
        # on a server that does not run no database does, and an old word changes nothing
        (server("SHUTDOWN", "SHUTOFF"), "NONE", None, "SHUTDOWN"),
        (server("ERROR", "ERROR"), "NONE", galera(), "ERROR"),
    ],
)
def test_the_status_is_the_databases(of, task, said, shown):
    assert health.status(GALERA, of, task, said) == shown


REPLICA = {"replication": replication_builders.info(1, volume=DISK)}
NODE = {
    "service": "active", "volume": DISK,
    "redis_cluster": {
        "members": [
            {
                "error": None, "state": "ok", "role": "master", "slots": "0-16383", "key_count": 1, "used_memory": 1, "maxmemory": 0, "open": [],
                "nodes": [{"slot_count": 16384}], "master_link": None,
            }
        ]
    },
}  # fmt: skip


@pytest.mark.parametrize(("driver", "said"), [(GALERA, galera()), (INSTANCE, REPLICA), (REDIS, NODE)], ids=["galera", "replication", "redis"])
def test_what_is_used_is_known_of_every_datastore(driver, said):
    found = health.told(driver, server(), "NONE", {"said": said})
    assert (found["status"], found["volume"]) == ("ACTIVE", {"size": 20, "used": 17.0})
    assert found["warnings"] == ["the file system of its data is 85 % full: 17.0 of 20.0 GiB are used"]


def test_a_root_disk_that_is_filling_is_said_too():
    found = health.told(GALERA, server(volume=False), "NONE", {"said": galera()})
    assert (found["volume"], len(found["warnings"])) == (None, 1)


@pytest.mark.parametrize(("used", "many"), [(15.99, 0), (16.0, 1), (20.0, 1)])
def test_from_four_fifths_on_it_is_filling(used, many):
    assert len(health.filling({"size": 20.0, "used": used})) == many


@pytest.mark.parametrize("disk", [None, {"size": 0.0, "used": 0.0}])
def test_of_no_file_system_nothing_is_said(disk):
    assert health.filling(disk) == []


def test_who_is_silent_says_why():
    found = health.told(REDIS, server(), "NONE", {"silent": "it is unreachable"})
    assert (found["status"], found["problems"], found["warnings"], found["volume"]["used"]) == ("UNKNOWN", ["it is unreachable"], [], None)
