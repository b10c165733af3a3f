# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether members hold the same: what is written to while it is compared is no difference."""

from __future__ import annotations

from typing import Any

from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.rules import same
from ansible_collections.stackdb.trove.tests.unit.galera_builders import OTHER, OURS


def held(uuid: str = OURS, left_out: int = 0, **tables: Any) -> Any:
    return {"position": {"uuid": uuid, "seqno": 9}, "tables": {f"app.{name}": checksum for name, checksum in tables.items()}, "left_out": left_out}


def test_equal_members() -> None:
    once = {"m1": held(t=1, u=2), "m2": held(t=1, u=2)}
    assert same.differences([once, once]) == []
    assert "2 tables have the same checksum on m1, m2" in same.text([once, once])
    assert "checksum" not in same.text([{name: {**held, "tables": {}} for name, held in once.items()}] * 2)


def test_what_differs_and_stays_so_is_named_with_both() -> None:
    once = {"m1": held(t=1), "m2": held(t=2)}
    assert same.differences([once, once]) == ["app.t differs (CHECKSUM TABLE: m1 1, m2 2)"]


def test_a_table_that_only_one_has_differs() -> None:
    once = {"m1": held(t=1), "m2": held()}
    assert same.differences([once, once]) == ["app.t differs (CHECKSUM TABLE: m1 1, m2 None)"]


def test_what_is_written_to_meanwhile_is_not_compared_and_said() -> None:
    # the first one was asked before the write
    rounds = [{"m1": held(t=1), "m2": held(t=2)}, {"m1": held(t=2), "m2": held(t=2)}]
    assert same.differences(rounds) == []
    assert "0 tables have the same checksum" in same.text(rounds)
    assert "not compared, since they are written to: app.t" in same.text(rounds)


def test_what_is_too_large_is_said() -> None:
    once = {"m1": held(left_out=3), "m2": held()}
    assert "too large for it: 3 tables" in same.text([once, once])


def test_members_of_different_clusters() -> None:
    once = {"m1": held(), "m2": held(OTHER)}
    assert same.differences([once, once]) == [f"the members are in different clusters (m1 in {OURS}, m2 in {OTHER})"]
