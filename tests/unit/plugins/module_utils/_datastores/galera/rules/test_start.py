# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who begins a cluster that was stopped in order, and each doubt for which nobody does."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.rules.start import choose_stopped
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from ansible_collections.stackdb.trove.tests.unit.galera_builders import OTHER, grastate, serving, stopped, wsrep


def down(others: list[str], seqno: int = 9, safe: bool = False, uuid: str | None = None, **changes: Any) -> Any:
    state = grastate(seqno=seqno, safe=safe) if uuid is None else grastate(uuid, seqno, safe)
    return stopped(grastate=state, stopped={"others": others, "position": dict(state)}, **changes)


ORDER = {"m1": down(["m2", "m3"], 7), "m2": down(["m3"], 8), "m3": down([], 9, safe=True)}


def test_the_one_that_stopped_last_begins() -> None:
    assert choose_stopped(ORDER, "products").actions == {"m1": "join", "m2": "join", "m3": "bootstrap"}


def test_where_one_serves_the_others_join_it() -> None:
    seen = {**ORDER, "m3": serving(wsrep=wsrep(cluster_size=1, members=1))}
    assert choose_stopped(seen, "products").actions == {"m1": "join", "m2": "join", "m3": "none"}


@pytest.mark.parametrize(
    ("changes", "doubt"),
    [
        ({"m1": None}, "m1 did not report"),
        ({"m1": stopped()}, "m1 was not stopped by cluster_stop"),
        ({"m3": stopped(grastate=grastate(seqno=9, safe=True))}, "m3 was not stopped by cluster_stop"),
        ({"m3": down(["m2"], 9, safe=True)}, "no member noted that no other served any more"),
        ({"m2": down([], 9)}, "m2 and m3 noted that no other served any more"),
        ({"m3": down([], 9, safe=False)}, "grastate.dat says that it did not (safe_to_bootstrap: 0)"),
        ({"m3": down([], -1, safe=True)}, "grastate.dat does not say its position"),
        ({"m3": down([], 6, safe=True)}, "m1 stands at"),
        ({"m2": down(["m3"], 10)}, "m2 stands at"),
        ({"m2": down(["m3"], 8, safe=True)}, "m2 stands at"),
        ({"m2": down(["m3"], 8, uuid=OTHER)}, f"m2 stands at {OTHER}:8"),
        ({"m3": {**down([], 9, safe=True), "grastate": grastate(seqno=12, safe=True)}}, "the data of m3 are not as it has noted them"),
        ({"m3": {**down([], 9, safe=True), "grastate": None}}, "the data of m3 are not as it has noted them"),
    ],
)
def test_nobody_begins_where_it_is_in_doubt(changes: dict[str, Any], doubt: str) -> None:
    with pytest.raises(Refused, match="No member was started, since it is not certain who stopped last") as refused:
        choose_stopped({**ORDER, **changes}, "products")
    assert any(doubt in sentence for sentence in refused.value.details["doubts"]), refused.value.details


def test_one_without_data_has_nothing_to_lose() -> None:
    null = "00000000-0000-0000-0000-000000000000"
    assert choose_stopped({**ORDER, "m1": down(["m2", "m3"], -1, uuid=null)}, "products").bootstrap == "m3"
