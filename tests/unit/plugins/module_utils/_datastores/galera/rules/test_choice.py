# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who bootstraps, joins, is left alone or refused, for the states that members are found in."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.rules import choice
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.rules.member_state import NULL_UUID
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from ansible_collections.stackdb.trove.tests.unit.galera_builders import (
    CATCHING_UP,
    FIRST_ALONE,
    FIRST_ALONE_KILLED,
    FIRST_WITHOUT_SCHEMAS,
    FRESH,
    HALF_RECEIVED,
    INSTALLED,
    OTHER,
    OURS,
    STANDALONE_EMPTY,
    grastate,
    info,
    named,
    serving,
    stopped,
    wsrep,
)

#: as seen of one that could not write what the others wrote, since its disk was full
LEFT = serving(
    wsrep=wsrep(cluster_status="Disconnected", local_state="Inconsistent", connected=False, ready=False, local_state_uuid=NULL_UUID, cluster_size=0, members=0),
    grastate=grastate(uuid=NULL_UUID),
)


@pytest.mark.parametrize(
    ("members", "actions"),
    [
        pytest.param([FRESH, FRESH, FRESH], ["bootstrap", "join", "join"], id="three bare hosts"),
        pytest.param([INSTALLED, FRESH, INSTALLED], ["bootstrap", "join", "join"], id="packages on some"),
        pytest.param([STANDALONE_EMPTY, STANDALONE_EMPTY, FRESH], ["bootstrap", "join", "join"], id="started by the package, nothing in it"),
        pytest.param([serving(), serving(), serving()], ["none", "none", "none"], id="all serve"),
        pytest.param([serving(), stopped(), serving()], ["none", "join", "none"], id="one is down"),
        pytest.param([FRESH, serving(), FRESH], ["join", "none", "join"], id="the second one began the cluster"),
        pytest.param([serving(), serving(wsrep=wsrep(local_state="Joiner", ready=False)), FRESH], ["none", "join", "join"], id="one is receiving"),
        pytest.param([serving(), serving(wsrep=wsrep(local_state="Donor/Desynced")), serving()], ["none", "join", "none"], id="one is giving"),
        pytest.param([serving(), CATCHING_UP, FRESH], ["none", "join", "join"], id="one is catching up"),
        pytest.param([serving(), HALF_RECEIVED, FRESH], ["none", "join", "join"], id="a state transfer was killed"),
        pytest.param([serving(), info(datadir__copied=True, datadir__schemas=["app"]), FRESH], ["none", "join", "join"], id="a state transfer just ended"),
        pytest.param([serving(), info(service__state="activating"), FRESH], ["none", "join", "join"], id="one is starting"),
        pytest.param([serving(), stopped(grastate=grastate(uuid=OTHER), datadir__schemas=[]), FRESH], ["none", "join", "join"], id="another one's, empty"),
        pytest.param([FIRST_ALONE, FRESH, FRESH], ["bootstrap", "join", "join"], id="the first was stopped before the others joined"),
        pytest.param([FIRST_ALONE_KILLED, FRESH, FRESH], ["bootstrap", "join", "join"], id="the first was killed before the others joined"),
        pytest.param([FRESH, FIRST_WITHOUT_SCHEMAS, FRESH], ["join", "bootstrap", "join"], id="the one member has no schemas"),
    ],
)
def test_choose(members: list, actions: list) -> None:
    chosen = choice.choose(named(members), "products")
    assert chosen.actions == named(actions)
    assert chosen.bootstrap == next((name for name, action in chosen.actions.items() if action == "bootstrap"), None)


@pytest.mark.parametrize(
    ("members", "words"),
    [
        pytest.param([stopped(), stopped(), stopped()], ["m1, m2, m3 hold data", choice.BEGIN_BY_HAND], id="all are down"),
        pytest.param([stopped(grastate=grastate(safe=True)), stopped(), FRESH], ["m1, m2 hold data"], id="safe_to_bootstrap alone is no reason"),
        pytest.param([stopped(grastate=grastate(), last_view=3), FRESH, FRESH], ["m1 hold data", choice.BEGIN_BY_HAND], id="the one left was not alone"),
        pytest.param([HALF_RECEIVED, FRESH, FRESH], [choice.BEGIN_BY_HAND], id="the one left is incomplete"),
        pytest.param([FRESH, {}, FRESH], ["m2 did not report"], id="a member is not known"),
        pytest.param([FRESH, info(datadir__schemas=["crm", "web"]), FRESH], ["m2: crm, web", "destroy"], id="data of its own"),
        pytest.param([serving(), info(datadir__schemas=["crm"]), FRESH], ["m2: crm"], id="data of its own beside a cluster"),
        pytest.param([serving(), serving(wsrep=wsrep(on=False)), FRESH], ["m2: app"], id="a member that was cut off and runs by itself"),
        pytest.param([serving(), LEFT, FRESH], ["m2 runs, and has left its cluster", "Inconsistent", "cluster_recover"], id="one that was voted out"),
        pytest.param([serving(), stopped(grastate=grastate(uuid=NULL_UUID)), FRESH], ["m2: app", "cluster_recover"], id="the same, stopped"),
        pytest.param([serving(), stopped(grastate=grastate(uuid=OTHER)), FRESH], ["m2 holds data of another cluster", OTHER, OURS], id="another one's data"),
        pytest.param([serving(), serving(wsrep=wsrep(cluster_state_uuid=OTHER))], ["different clusters", OTHER, OURS], id="two clusters"),
        pytest.param([serving(cluster_name__live="items"), FRESH], ["m1 belongs to the cluster 'items'", "'products'"], id="live name differs"),
        pytest.param([stopped(cluster_name__configured="items"), FRESH], ["m1 belongs to the cluster 'items'"], id="configured name differs"),
        pytest.param([serving(wsrep=wsrep(cluster_status="non-Primary")), FRESH], ["no primary", "m1 run", choice.QUORUM_BY_HAND], id="no quorum"),
        pytest.param([stopped(service__state="activating"), stopped()], ["no primary component", "m1 run"], id="starting, and no member serves"),
        pytest.param([serving(reachable=False, wsrep=None, error="Access denied"), serving()], ["m1 runs, but does not answer", "Access denied"], id="silent"),
        pytest.param([serving(), serving()], ["3 members", "only m1, m2 are named"], id="a member is not named"),
    ],
)
def test_choose_refuses(members: list, words: list) -> None:
    with pytest.raises(Refused) as refusal:
        choice.choose(named(members), "products")
    for word in words:
        assert word in refusal.value.message


def test_who_does_not_know_all_members_begins_no_cluster() -> None:
    blank = {"m1": info(), "m2": info()}
    with pytest.raises(Refused, match=r"No member serves, .* where all members are named \(galera_members\)\. m1, m2 are the hosts of this play"):
        choice.choose(blank, "products", may_bootstrap=False)
    assert choice.choose(blank, "products").bootstrap == "m1"
