# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What members say together."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.rules import cluster_state
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused
from ansible_collections.stackdb.trove.tests.unit.galera_builders import FRESH, OTHER, OURS, STUCK, grastate, named, serving, wsrep


def test_check_serving() -> None:
    cluster_state.check_serving(named([serving(), serving(), serving()]))


@pytest.mark.parametrize(
    ("members", "words"),
    [
        pytest.param([serving(), {}, serving()], "m2 does not serve: it did not report", id="silent"),
        pytest.param([serving(), serving(wsrep=wsrep(looks=STUCK)), serving()], "m2 does not serve: an applier thread", id="stuck"),
        pytest.param([serving(), serving()], "m1 counts 3 members (wsrep_cluster_size), and there are 2", id="one more than is named"),
        pytest.param([serving(), serving(), serving(wsrep=wsrep(cluster_size=2))], "m3 counts 2 members", id="one has lost another"),
        pytest.param(
            [serving(), serving(), serving(grastate=grastate(uuid=OTHER), wsrep=wsrep(cluster_state_uuid=OTHER, local_state_uuid=OTHER))],
            f"in different clusters: m1 in {OURS}, m2 in {OURS}, m3 in {OTHER}",
            id="two clusters",
        ),
    ],
)
def test_check_serving_refuses(members: list, words: str) -> None:
    with pytest.raises(Refused) as refusal:
        cluster_state.check_serving(named(members))
    assert words in refusal.value.message


@pytest.mark.parametrize("wanted", [None, "", "10", "10.11", "10.11.18"])
def test_version_that_begins_alike_is_taken(wanted: str | None) -> None:
    cluster_state.check_versions({"m1": serving(), "m2": FRESH, "m3": {}}, wanted)


@pytest.mark.parametrize("wanted", ["10.1", "10.6", "11.4"])
def test_other_version_is_refused(wanted: str) -> None:
    with pytest.raises(InvalidInput, match="m1") as refusal:
        cluster_state.check_versions({"m1": serving()}, wanted)
    assert wanted in refusal.value.message
    assert "10.11.18" in refusal.value.message
