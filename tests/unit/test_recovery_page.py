# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tables in docs/recovery.md are what the decisions print for these members."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.rules import outage
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.rules import recovery as galera
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules import recovery as redis
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from ansible_collections.stackdb.trove.tests.unit.galera_builders import OTHER, damaged, row
from ansible_collections.stackdb.trove.tests.unit.redis_outages import fail, shards
from ansible_collections.stackdb.trove.tests.unit.test_module_contract import ROOT

PAGE = ROOT / "docs" / "recovery.md"
NAMES = ("products-1", "products-2", "products-3")


def of_galera(*rows: Any, lost: tuple = ()) -> str:
    seen: Mapping = dict(zip(NAMES, rows, strict=True))
    return _said(outage.table(seen, lost), lambda: [*(found := galera.decide(seen, lost=lost)).why, *(f"given up: {text}" for text in found.given_up)])


def of_redis(down: list[str], unreachable: list[str] | tuple = (), lost: tuple = ()) -> str:
    facts = fail(shards(), down, unreachable)
    return _said(redis.table(facts, lost, {}), lambda: redis.decide(facts, lost, {}, {}).why)


def _said(table: str, decide: Any) -> str:
    try:
        return table + "\n".join(f"~ {line}" for line in decide())
    except Refused as refused:
        return table + refused.message


TABLES = {
    "G1": lambda: of_galera(row(6), row(10), row(6)),
    "G2": lambda: of_galera(row(6), row(10), None),
    "G3": lambda: of_galera(row(6), row(10), None, lost=("products-3",)),
    "G4": lambda: of_galera(row(9), damaged(), row(9)),
    "G5": lambda: of_galera(row(9, uuid=OTHER), row(9), row(9)),
    "R1": lambda: of_redis(["m1"]),
    "R2": lambda: of_redis(["m1", "m2"]),
    "R3": lambda: of_redis(["m1", "m2"], ["m1", "m2"]),
    "R4": lambda: of_redis(["m1", "m2"], ["m1", "m2"], lost=("m1", "m2")),
}


@pytest.mark.parametrize("name", TABLES)
def test_page_has_the_table(name: str) -> None:
    assert f"```text\n{TABLES[name]()}\n```\n" in PAGE.read_text()
