# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any
from unittest.mock import Mock, create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.guest import control, member
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.verbs import shutdown
from ansible_collections.stackdb.trove.plugins.module_utils._guest import stopped
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.plugins.module_utils._plan.runner import reconcile
from ansible_collections.stackdb.trove.tests.unit import galera_builders as build
from ansible_collections.stackdb.trove.tests.unit.fake_database import fake_unit, state

NOTED = {"others": ["m2"], "position": {}}


def done(monkeypatch: pytest.MonkeyPatch, seen: Any, after: Any) -> Mock:
    """What was done to a member that was found so, and is so afterwards."""
    calls, looks = Mock(), create_autospec(member)
    looks.observe.side_effect = [seen, after, after]
    looks.SERVICE = fake_unit(state("inactive"))
    fakes = {"control": create_autospec(control), "stopped": create_autospec(stopped), "member": looks}
    for name, fake in fakes.items():
        monkeypatch.setattr(shutdown, name, fake)
    calls.attach_mock(fakes["control"].stop, "stop")
    calls.attach_mock(fakes["control"].give_up_start, "give_up_start")
    calls.attach_mock(looks.SERVICE.disable, "disable")
    calls.attach_mock(fakes["stopped"].note, "note")
    reconcile(shutdown.GaleraStopped("m1", ["m2"]), False)
    return calls


DOWN = build.stopped(grastate=build.grastate(seqno=9))


def test_it_stops_for_good_and_then_notes_who_still_serves_and_where_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = done(monkeypatch, build.serving(service__enabled=True), DOWN)
    assert [name for name, _args, _kwargs in calls.mock_calls] == ["stop", "disable", "note"]
    assert calls.note.call_args.args[1:] == (["m2"], {"uuid": build.OURS, "seqno": 9, "safe_to_bootstrap": False})


def test_one_that_was_stopped_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = build.stopped(stopped=NOTED)
    assert done(monkeypatch, seen, seen).mock_calls == []


def test_one_that_is_down_and_has_noted_nothing_is_stopped_for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = done(monkeypatch, build.stopped(service__enabled=True), DOWN)
    assert [name for name, _args, _kwargs in calls.mock_calls] == ["stop", "disable", "note"]


def test_one_that_does_not_stop_notes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(GuestError, match="m1 was told to stop, and its service is active"):
        done(monkeypatch, build.serving(), build.serving())
