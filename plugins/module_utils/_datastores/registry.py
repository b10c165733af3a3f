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
from .redis_cluster.driver import RedisCluster, Valkey

#: ``{(engine, topology): driver}``
DRIVERS: dict[tuple[str, str], Datastore] = {
    (driver.type, driver.topology): driver for driver in (Galera(), MariaDBReplication(), MySQLReplication(), RedisCluster(), Valkey())
}


def of_cluster(engine: str | None) -> Datastore:
    """The driver of an engine's clusters.

    :param engine: Trove's datastore type
    :raises InvalidInput: for an engine that forms none
    """
    return _driver("member", engine)


def of_instance(engine: str | None) -> Datastore:
    """The driver of an engine's single instances, which may have replicas.

    :raises InvalidInput: for an engine without them
    """
    return _driver("instance", engine)


def of(instance: Mapping[str, Any]) -> Datastore:
    """The driver of a host, by its hostvar ``trove_instance``.

    :raises InvalidInput: for an engine and a topology without a driver
    """
    datastore = instance["datastore"]
    key = (datastore["type"], datastore.get("topology"))
    if key not in DRIVERS:
        raise InvalidInput("datastore", " ".join(str(part) for part in key if part), [" ".join(known) for known in DRIVERS])
    return DRIVERS[key]


def find(engine: str | None, instance_type: str) -> Datastore | None:
    """The driver of an engine's clusters (``member``) or instances (``instance``), None where there is none."""
    return next((driver for driver in DRIVERS.values() if (driver.type, driver.instance_type) == (engine, instance_type)), None)


def engines(instance_type: str) -> list[str]:
    """The engines of all clusters (``member``), or of all instances (``instance``)."""
    return [driver.type for driver in DRIVERS.values() if driver.instance_type == instance_type]


def _driver(instance_type: str, engine: str | None) -> Datastore:
    driver = find(engine, instance_type)
    if driver is None:
        raise InvalidInput("datastore", engine, engines(instance_type))
    return driver
