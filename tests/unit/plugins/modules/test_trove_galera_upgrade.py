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

EMPTY = {"member": "m1", "offers": {}, "rolled": [], "required": [], "members": {}, "going": None, "new": None, "timeout": 1}


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


@pytest.mark.parametrize(
    ("going", "names"),
    [(None, None), ("m1", ["m1"]), ("m2", ["m3"])],
)
def test_the_one_whose_turn_it_is_counts_with_the_version_that_it_will_have(monkeypatch: pytest.MonkeyPatch, going: str | None, names: Any) -> None:
    told: list[Any] = []
    monkeypatch.setattr(trove_galera_upgrade.limits, "limit", lambda allowed, _check_mode: told.append(allowed) or False)
    members = {name: {"running": "10.11.19", "version": "10.11.19"} for name in ("m1", "m2", "m3")}
    act("limited", members=members, going=going, new="11.8.9")
    assert told == [names]
