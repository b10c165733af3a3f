# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What trove_galera and trove_galera_info return, for members in some states. The guest is a fake with the real signatures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import Mock, create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.guest import control, member
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.verbs import member as verb
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.verbs import settings
from ansible_collections.stackdb.trove.plugins.module_utils._guest import turn
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused
from ansible_collections.stackdb.trove.plugins.modules import trove_galera, trove_galera_info
from ansible_collections.stackdb.trove.tests.unit.galera_builders import FRESH, OURS, serving, stopped

BARE = {"m1": FRESH, "m2": FRESH}
UNIT = {"state": "active", "enabled": True, "invocation": "a", "turn": None, "stopped": None}
PARAMS = {
    "cluster_name": "products", "member": "m1", "members": BARE, "state": "synced", "may_bootstrap": True, "allow_restart": False,
    "from_stop": False, "others": [], "tls_files": [], "rejoin_for": [], "version": None, "timeout": 60,
}  # fmt: skip


@pytest.fixture
def guest(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A fake guest with a bare host's member; `locked` holds the names of the locks that were held."""
    found = Mock(control=create_autospec(control), locked=[], observe=create_autospec(member.observe, return_value=FRESH))

    @contextmanager
    def held(name: str, timeout: float) -> Iterator[None]:
        found.locked.append((name, timeout))
        yield

    monkeypatch.setattr(trove_galera.lock, "held", held)
    monkeypatch.setattr(verb, "control", found.control)
    monkeypatch.setattr(trove_galera_info, "control", found.control)
    monkeypatch.setattr(member, "observe", found.observe)
    waiting = {"live": {"a": ["1", "2"]}, "pending": ["port"], "told": ["b: 1 stands in the file"]}
    monkeypatch.setattr(settings, "waiting", create_autospec(settings.waiting, return_value=waiting))
    monkeypatch.setattr(settings, "note_start", create_autospec(settings.note_start))
    monkeypatch.setattr(trove_galera_info.turn, "look", create_autospec(turn.look, return_value=UNIT))
    return found


def test_a_member_that_is_none_of_the_members() -> None:
    with pytest.raises(InvalidInput, match="member: 'm9' was given; allowed: one of m1, m2"):
        trove_galera.act({**PARAMS, "member": "m9"}, False)


def test_who_begins_is_only_planned(guest: Any) -> None:
    actions = {"m1": "bootstrap", "m2": "join"}
    assert trove_galera.act({**PARAMS, "state": "planned"}, False) == {"changed": False, "actions": actions, "bootstrap": "m1", "mixed": False}
    assert (guest.locked, guest.observe.called) == ([], False)


def test_who_does_not_know_all_members_begins_nothing(guest: Any) -> None:
    with pytest.raises(Refused, match="galera_members"):
        trove_galera.act({**PARAMS, "state": "planned", "may_bootstrap": False}, False)


def test_all_have_to_serve(guest: Any) -> None:
    both = {"m1": serving(wsrep={**serving()["wsrep"], "cluster_size": 2}), "m2": serving(wsrep={**serving()["wsrep"], "cluster_size": 2})}
    assert trove_galera.act({**PARAMS, "state": "serving", "members": both}, False) == {"changed": False}
    with pytest.raises(Refused, match="m2 does not serve"):
        trove_galera.act({**PARAMS, "state": "serving", "members": {**both, "m2": stopped()}}, False)


def test_another_version_is_refused_for_any_member(guest: Any) -> None:
    with pytest.raises(InvalidInput, match="m2"):
        trove_galera.act({**PARAMS, "members": {"m1": FRESH, "m2": stopped()}, "version": "10.6"}, False)


def test_the_first_one_begins(guest: Any) -> None:
    result = trove_galera.act(PARAMS, False)
    assert (result["changed"], result["bootstrap"], result["pending"]) == (True, "m1", ["port"])
    assert [step["action"] for step in result["plan"]] == ["update", "create", "bootstrap"]
    assert result["galera"] == {**FRESH, "settings": {"live": {"a": ["1", "2"]}, "pending": ["port"], "told": ["b: 1 stands in the file"]}}
    assert result["warnings"] == ["b: 1 stands in the file"]
    assert guest.locked == [("galera", 60)]
    guest.control.bootstrap.assert_called_once()


def test_what_is_due_is_only_said(guest: Any) -> None:
    result = trove_galera.act({**PARAMS, "member": "m2", "state": "due"}, False)
    assert (result["changed"], [step["action"] for step in result["plan"]]) == (False, ["update", "join"])
    assert (guest.locked, guest.control.mock_calls) == ([], [])
    assert (result["galera"]["version"], result["warnings"]) == (FRESH["version"], ["b: 1 stands in the file"])


def test_nothing_is_due_of_one_that_serves(guest: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    guest.observe.return_value = serving(service__enabled=True)
    monkeypatch.setattr(settings, "waiting", lambda info: {"live": {}, "pending": [], "told": []})
    three = dict.fromkeys(("m1", "m2", "m3"), serving())
    assert trove_galera.act({**PARAMS, "members": three, "state": "due"}, False)["plan"] == []


def test_check_mode_holds_no_lock_and_does_nothing(guest: Any) -> None:
    result = trove_galera.act({**PARAMS, "member": "m2"}, True)
    assert [step["action"] for step in result["plan"]] == ["update", "join"]
    assert (guest.locked, guest.control.mock_calls) == ([], [])


def test_what_a_member_says_in_a_round(guest: Any) -> None:
    guest.observe.return_value = serving(tables_version="10.6.5")
    found = trove_galera_info.look({"address": "10.0.0.1", "asked": "run/verb/1/after", "settle": 0, "peers": []}, False)
    assert found["unit"] == UNIT
    assert {name: found[name] for name in ("asked", "problems", "pending", "upgrade_needed", "identity")} == {
        "asked": "run/verb/1/after",
        "problems": [],
        "pending": ["port"],
        "upgrade_needed": True,
        "identity": {"id": OURS, "addresses": ["10.0.0.1"]},
    }
    guest.observe.assert_called_once_with("10.0.0.1")
    guest.control.settle.assert_not_called()
    trove_galera_info.look({"address": None, "asked": None, "settle": 9, "peers": []}, False)
    guest.control.settle.assert_called_once_with(9)
