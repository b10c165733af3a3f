# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module's states that need no server."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from ansible_collections.stackdb.trove.plugins.modules import trove_galera_upgrade
from ansible_collections.stackdb.trove.tests.unit.plugins.module_utils._model.test_upgrade import DONE, offer

EMPTY = {"member": "m1", "offers": {}, "rolled": [], "required": [], "members": {}, "nodes": {}, "wanted": {}, "going": None, "new": None, "timeout": 1}


def act(state: str, check_mode: bool = True, **params: Any) -> dict[str, Any]:
    return trove_galera_upgrade.act({**EMPTY, "state": state, **params}, check_mode)


def test_a_decision_and_its_text() -> None:
    found = act("decided", offers={"m1": offer(), "m2": DONE}, rolled=["m1", "m2"])
    assert (found["decided"]["new"], found["decided"]["todo"]) == ("10.11.19", ["m1"])
    assert "~ upgrade m1 from 10.11.18 to 1:10.11.19-0+deb12u1" in found["text"]


def test_it_refuses_with_all_reasons() -> None:
    with pytest.raises(Refused) as refused:
        act("decided", offers={"m1": {}, "m2": offer(problem="it is held")}, rolled=["m1", "m2"])
    assert refused.value.message.startswith("Nothing was touched.")
    assert len(refused.value.details["refusals"]) == 2


OLD, NEW = ({"running": version, "version": version} for version in ("10.11.19", "11.8.9"))


def limited(monkeypatch: pytest.MonkeyPatch, members: list[Any], going: str | None, own: str) -> Any:
    """What a member is told of its donors; the text where it is told nothing."""
    told: list[Any] = ["nothing"]
    monkeypatch.setattr(trove_galera_upgrade.limits, "limit", lambda names, _check_mode: told.append(names) or True)
    act("limited", member=own, members=dict(zip(("m1", "m2", "m3"), members)), going=going, new="11.8.9")
    return told[-1]


@pytest.mark.parametrize(
    ("members", "going", "names"),
    [
        pytest.param([OLD, OLD, OLD], None, [None, None, None], id="none is mixed"),
        pytest.param([OLD, OLD, OLD], "m1", [("nobody",), ("m3",), ("m2",)], id="the first turn"),
        pytest.param([NEW, OLD, OLD], "m2", [("nobody",)] * 3, id="until its packages are installed it is old"),
        pytest.param([NEW, NEW, OLD], "m3", [("m2",), ("m1",), ("nobody",)], id="the last turn"),
        pytest.param([NEW, NEW, NEW], None, [None, None, None], id="all have it"),
        pytest.param([NEW, {}, NEW], None, ["nothing"] * 3, id="one is silent"),
    ],
)
def test_the_old_server_of_the_one_whose_turn_it_is_gets_no_copy_of_a_new_one(
    monkeypatch: pytest.MonkeyPatch, members: list[Any], going: str | None, names: list[Any]
) -> None:
    assert [limited(monkeypatch, members, going, own) for own in ("m1", "m2", "m3")] == names


def test_its_new_limit_is_that_of_the_new_version(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []
    monkeypatch.setattr(trove_galera_upgrade, "GaleraUpgraded", lambda own, _wanted: made.append(own) or own)
    monkeypatch.setattr(trove_galera_upgrade.upgrade, "reconciled", lambda *_args: {})
    members = {"m1": NEW, "m2": OLD, "m3": OLD}
    params = {"member": "m2", "members": members, "wanted": {"mariadb-server": "1:11.8.9-1"}, "only": False, "turn": "r/v", "allow_full_transfer": False}
    act("upgraded", asks_again=True, **params)
    assert made[0].limit.names == ("m1",)
