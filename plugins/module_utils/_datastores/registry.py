# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The datastores that there are: the one place to add the next."""

from __future__ import annotations

from .._model.errors import InvalidInput
from .galera.driver import MariaDB
from .mysql_replication.driver import MariaDBInstance, MySQLInstance
from .redis_cluster.driver import Redis

DATASTORES = {driver.type: driver for driver in (MariaDB(), Redis())}
#: of single instances, which may have replicas
INSTANCES = {driver.type: driver for driver in (MariaDBInstance(), MySQLInstance())}


def get(type_):
    """The driver of a cluster's datastore type.

    :raises InvalidInput: for a type without a driver
    """
    return _driver(DATASTORES, type_)


def of(instance):
    """The driver of a host, by its hostvar ``trove_instance``.

    :raises InvalidInput: for a type without a driver
    """
    is_instance = "replication_contract" in instance
    return (get_instance if is_instance else get)(instance["datastore"]["type"])


def get_instance(type_):
    """The driver of a single instance's datastore type.

    :raises InvalidInput: for a type without a driver
    """
    return _driver(INSTANCES, type_)


def _driver(drivers, type_):
    try:
        return drivers[type_]
    except KeyError:
        raise InvalidInput("datastore", type_, list(drivers)) from None
