# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Both dialects, and the fake that stands for them, take what the interface says."""

from __future__ import annotations

import inspect

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.guest.mariadb import MariaDb
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.guest.mysql import MySql
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.guest.server import Server
from ansible_collections.stackdb.trove.tests.unit.fake_replication import FakeServer

METHODS = [name for name, _method in inspect.getmembers(Server, inspect.isfunction) if not name.startswith("__")]


def parameters(kind: type, method: str) -> list[tuple]:
    return [(one.name, one.kind, one.default) for one in inspect.signature(getattr(kind, method)).parameters.values()]


@pytest.mark.parametrize("kind", [MariaDb, MySql, FakeServer])
@pytest.mark.parametrize("method", METHODS)
def test_the_same_parameters_as_the_interface(kind: type, method: str) -> None:
    assert parameters(kind, method) == parameters(Server, method)
