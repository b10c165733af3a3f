# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may give a full copy of the data to whom."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.rules import donors

NAMES = ("m1", "m2", "m3")
OLD, NEW, BETWEEN = {"10.11.19"}, {"11.8.9"}, {"10.11.19", "11.8.9"}
NOBODY = ("nobody",)


def limits(*seen: set[str] | None, nodes: dict[str, str] | None = None) -> list[tuple[str, ...] | None]:
    """Of each member; the names are m1 and so on."""
    found = dict(zip(NAMES, seen))
    return [limit.names if limit else ("as it is",) for limit in (donors.limit(name, found, nodes or {}) for name in found)]


@pytest.mark.parametrize(
    ("versions", "allowed"),
    [
        pytest.param(({"10.11.18"}, OLD, {"10.11.18"}), [None, None, None], id="of one release series"),
        pytest.param((NEW, OLD, OLD), [NOBODY, ("m3",), ("m2",)], id="the first one gets it from nobody"),
        pytest.param((NEW, NEW, OLD), [("m2",), ("m1",), NOBODY], id="and so does the last one of old"),
        pytest.param((BETWEEN, OLD, OLD), [NOBODY, ("m3",), ("m2",)], id="the turn of the first"),
        pytest.param((NEW, BETWEEN, OLD), [NOBODY, NOBODY, NOBODY], id="the old server of the one whose turn it is gets none from a new one, nor gives it"),
        pytest.param((NEW, NEW, BETWEEN), [("m2",), ("m1",), NOBODY], id="in the last turn the old one is still old"),
        pytest.param((NEW, None, NEW), [("as it is",)] * 3, id="one that says nothing may be of another series"),
        pytest.param((None, NEW, {"10.11.1"}), [NOBODY] * 3, id="who is not known gets it from nobody, and gives none"),
        pytest.param((set(), NEW, NEW), [None, None, None], id="where nothing is installed yet"),
    ],
)
def test_only_members_of_the_own_series(versions: tuple[set[str] | None, ...], allowed: list[tuple[str, ...] | None]) -> None:
    assert limits(*versions) == allowed


def test_galera_takes_the_first_name_that_begins_so() -> None:
    nodes = {"m1": "products-1", "m2": "products-10", "m3": "products-2"}
    assert limits(OLD, NEW, OLD, nodes=nodes) == [("products-2",), NOBODY, NOBODY], "products-1 would be products-10, which is new"
    assert limits(NEW, OLD, OLD, nodes={**nodes, "m1": "nobody-1"})[0] == ("nobody--",)


def test_both_versions_of_one_that_is_between_count() -> None:
    infos = {"m1": {"running": "10.11.19", "version": "11.8.9"}, "m2": {"running": None, "version": "10.11.19"}, "m3": {}}
    assert donors.versions(infos) == {"m1": BETWEEN, "m2": OLD, "m3": None}
    assert donors.versions(infos, "m2", "11.8.9")["m2"] == BETWEEN


@pytest.mark.parametrize(
    ("infos", "mixed"),
    [
        ({}, False),
        ({"m1": {"running": "10.11.18", "version": "10.11.19"}, "m2": {}}, False),
        ({"m1": {"running": "10.11.18", "version": "11.8.9"}}, True),
        ({"m1": {"running": None, "version": "10.11.18"}, "m2": {"running": "11.8.9", "version": "11.8.9"}}, True),
    ],
)
def test_versions_are_mixed_where_there_are_two_series(infos: dict, mixed: bool) -> None:
    assert donors.is_mixed(infos) is mixed
