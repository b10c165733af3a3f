# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The datastores that there are, by engine and topology: the one place to add the next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._model.errors import InvalidInput
from .base import Datastore
from .galera.driver import Galera
from .mysql_replication.driver import MariaDBReplication, MySQLReplication
from .redis_cluster.driver import RedisCluster

#: ``{(engine, topology): driver}``
DRIVERS: dict[tuple[str, str], Datastore] = {
    (driver.type, driver.topology): driver for driver in (Galera(), MariaDBReplication(), MySQLReplication(), RedisCluster())
}


def of_cluster(engine: str) -> Datastore:
    """The driver of an engine's clusters.

    :param engine: Trove's datastore type
    :raises InvalidInput: for an engine that forms none
    """
    return _driver("member", engine)


def of_instance(engine: str) -> Datastore:
    """The driver of an engine's single instances, which may have replicas.

    :raises InvalidInput: for an engine without them
    """
    return _driver("instance", engine)


def of(instance: Mapping[str, Any]) -> Datastore:
    """The driver of a host, by its hostvar ``trove_instance``.

    :raises InvalidInput: for an engine without a driver
    """
    is_instance = "replication_contract" in instance
    return (of_instance if is_instance else of_cluster)(instance["datastore"]["type"])


def engines(instance_type: str) -> list[str]:
    """The engines of all clusters (``member``), or of all instances (``instance``)."""
    return [driver.type for driver in DRIVERS.values() if driver.instance_type == instance_type]


def _driver(instance_type: str, engine: str) -> Datastore:
    for driver in DRIVERS.values():
        if (driver.instance_type, driver.type) == (instance_type, engine):
            return driver
    raise InvalidInput("datastore", engine, engines(instance_type))
