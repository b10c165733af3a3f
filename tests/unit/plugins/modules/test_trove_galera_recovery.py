# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What trove_galera_recovery returns: a doubt is a result, and a difference is a failure."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any
from unittest.mock import create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.verbs import recovery
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from ansible_collections.stackdb.trove.plugins.modules import trove_galera_recovery as module
from ansible_collections.stackdb.trove.tests.unit.galera_builders import OURS, row

PARAMS: Any = {
    "member": "m1", "members": {}, "evidence": {}, "lost": [], "begin_with": None, "decided": {}, "ran": False, "rounds": [], "timeout": 5,
}  # fmt: skip


@pytest.fixture(autouse=True)
def locked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the locks that were held."""
    names: list[str] = []
    monkeypatch.setattr(module.lock, "held", lambda name, timeout: names.append(name) or nullcontext())
    return names


def test_a_decision_with_its_evidence(locked: list[str]) -> None:
    found = module.act({**PARAMS, "state": "decided", "evidence": {"m1": row(9), "m2": row(10), "m3": {}}, "lost": ["m3"]}, False)
    assert (found["decided"]["how"], found["decided"]["first"], found["refused"]) == ("elected", "m2", None)
    assert f"~ m2 begins at {OURS}:10" in found["text"]
    assert locked == []


def test_a_doubt_is_returned_so_that_the_servers_can_be_started_again() -> None:
    found = module.act({**PARAMS, "state": "decided", "evidence": {"m1": row(9), "m2": {}}}, False)
    assert found["decided"] is None
    assert "m2 is unknown" in found["refused"]
    assert "unknown: no answer" in found["text"]


def test_an_empty_name_is_none_given() -> None:
    assert module.act({**PARAMS, "state": "decided", "evidence": {"m1": row(9)}, "begin_with": ""}, False)["decided"]["given_up"] == []


def test_members_that_differ_fail() -> None:
    once = {name: {"position": {"uuid": OURS, "seqno": 9}, "tables": {"app.t": number}, "left_out": 0} for number, name in enumerate(("m1", "m2"))}
    with pytest.raises(Refused, match="app.t differs"):
        module.act({**PARAMS, "state": "compared", "rounds": [once, once]}, False)
    assert module.act({**PARAMS, "state": "compared", "rounds": [{"m1": once["m1"]}] * 2}, False)["text"]


@pytest.mark.parametrize("check_mode", [False, True])
def test_the_rest_is_the_verbs(monkeypatch: pytest.MonkeyPatch, locked: list[str], check_mode: bool) -> None:
    fake = create_autospec(recovery)
    fake.evidence.return_value = (row(9, ran=True), True)
    monkeypatch.setattr(module, "verb", fake)
    found = module.act({**PARAMS, "state": "read", "members": {"m1": {}}}, check_mode)
    assert (found["changed"], found["ran"]) == (True, True)
    assert fake.evidence.call_args.args == ("m1", {"m1": None}, 5, check_mode)
    position = {"uuid": OURS, "seqno": 9}
    for state in ("released", "ended"):
        module.act({**PARAMS, "state": state, "rounds": [{"m1": {"position": position}}]}, check_mode)
    assert (fake.give_back.called, fake.end.called) == (not check_mode, not check_mode)
    # to read runs a server on the data in check mode, too
    assert locked == (["galera"] if check_mode else ["galera"] * 3)
