# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the model asks of a driver, each driver has."""

from __future__ import annotations

import inspect

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores import registry
from ansible_collections.stackdb.trove.plugins.module_utils._model.datastore import Driver

METHODS = {name: inspect.signature(method) for name, method in vars(Driver).items() if inspect.isfunction(method) and not name.startswith("_")}


@pytest.mark.parametrize("driver", registry.DRIVERS.values(), ids=lambda driver: f"{driver.type}-{driver.topology}")
def test_every_driver_is_one(driver):
    assert [fact for fact in Driver.__annotations__ if getattr(driver, fact, None) in (None, "", ())] == []
    for name, wanted in METHODS.items():
        assert list(inspect.signature(getattr(type(driver), name)).parameters) == list(wanted.parameters), name


def test_methods_are_found():
    assert {"member_name", "member_number", "check_version", "check_size"} <= METHODS.keys()
