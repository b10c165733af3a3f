# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A database that was stopped in order: the proof with which a server is resized."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores import registry
from ansible_collections.stackdb.trove.plugins.module_utils._model.evidence import STOPPED, Act, Word, needs

ACT = Act(STOPPED, {"a": "10.0.0.1"})


@pytest.mark.parametrize("driver", registry.DRIVERS.values(), ids=lambda driver: f"{driver.type} {driver.topology}")
@pytest.mark.parametrize(
    ("word", "says"),
    [
        (Word(said={"unit": {"state": "inactive"}}), []),
        (Word(said={"unit": {"state": "inactive", "enabled": True}}), ["a would start at boot: its service is enabled"]),
        (Word(said={"unit": {"state": "active"}}), ["a was not stopped in order: its service is active"]),
        (Word(said={"unit": {"state": "failed"}}), ["a was not stopped in order: its service is failed"]),
        (Word(said={"unit": {"state": "deactivating"}}), ["a was not stopped in order: its service is deactivating"]),
        (Word(said={"unit": None}), ["a was not stopped in order: its service is not known"]),
        (Word(said={}), ["a was not stopped in order: its service is not known"]),
        (Word(silent="unreachable"), ["a is silent: unreachable"]),
    ],
)
def test_of_every_datastore(driver, word, says):
    assert driver.allows(ACT, {}, {"a": word}) == says
    assert needs(ACT) == "needs proof that the databases of a were stopped in order, and do not start at boot"


@pytest.mark.parametrize("driver", registry.DRIVERS.values(), ids=lambda driver: f"{driver.type} {driver.topology}")
def test_every_datastore_says_how_little_memory_is_too_little(driver):
    assert 0 < driver.min_memory_mb < 1024
