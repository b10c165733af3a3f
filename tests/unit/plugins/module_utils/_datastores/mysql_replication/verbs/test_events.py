# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps about events, over FakeServers."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.verbs import events
from ansible_collections.stackdb.trove.tests.unit import replication_builders as build
from ansible_collections.stackdb.trove.tests.unit.fake_replication import FakeServer


@pytest.mark.parametrize(
    ("live", "wanted", "then", "told"),
    [
        ("ON", "OFF", "OFF", ["scheduler OFF"]), ("OFF", "ON", "ON", ["scheduler ON"]), ("ON", "ON", "ON", []), ("OFF", None, "OFF", []),
        ("DISABLED", "ON", "DISABLED", []), ("ON", "DISABLED", "ON", []),
    ],
)  # fmt: skip
def test_what_only_a_start_changes_is_left_alone(live, wanted, then, told) -> None:
    server = FakeServer(build.info(1))
    server.scheduler = live
    assert events.set_scheduler(server, wanted) == then
    assert [word for _number, word in server.journal] == told
    assert len(list(events.switch_scheduler(live, wanted, "asked for"))) == len(told)


def test_nothing_to_do_is_no_step() -> None:
    assert list(events.enable_events([], "a")) == []
    assert list(events.disable_events([build.event("off", "DISABLED")])) == []
    (step,) = events.disable_events([build.event("b"), build.event("a")])
    assert (step.name, len(step.events)) == ("shop.a, shop.b", 2)
