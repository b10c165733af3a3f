# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The datastores that there are: the one place to add the next."""

from __future__ import annotations

from .._model.errors import InvalidInput
from .mariadb import MariaDB
from .redis import Redis

DATASTORES = {driver.type: driver for driver in (MariaDB(), Redis())}


def get(type_):
    """The driver of a datastore type.

    :raises InvalidInput: for a type without a driver
    """
    try:
        return DATASTORES[type_]
    except KeyError:
        raise InvalidInput("datastore", type_, list(DATASTORES)) from None
