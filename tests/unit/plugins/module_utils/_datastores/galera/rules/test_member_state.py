# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who bootstraps, joins, is left alone or refused, for the states that members are found in."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.rules import member_state
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused

OURS = "12ad3d26-e595-11f1-9ec9-577aa3f41660"
LOCK = "Waiting for table level lock"
OTHER = "afe61e4c-e599-11f1-8a43-3a4ad9658b00"


def info(**changes) -> dict:
    """A member on which nothing is installed yet, with changes such as ``datadir__schemas=["app"]``."""
    found = {
        "address": "10.0.0.1",
        "version": None,
        "service": {"state": "inactive", "started": None, "enabled": False, "outdated": False, "socket_activation": False},
        "reachable": False,
        "error": None,
        "wsrep": None,
        "cluster_name": {"configured": None, "live": None},
        "grastate": None,
        "last_view": None,
        "datadir": {"path": "/var/lib/mysql", "initialised": False, "unfinished": False, "receiving": False, "copied": False, "schemas": []},
    }
    for name, value in changes.items():
        key, _separator, inner = name.partition("__")
        if inner:
            found[key] = {**found[key], inner: value}
        else:
            found[key] = value
    return found


def grastate(uuid=OURS, seqno=-1, safe=False) -> dict:
    return {"uuid": uuid, "seqno": seqno, "safe_to_bootstrap": safe}


def wsrep(**changes) -> dict:
    return {
        "on": True,
        "ready": True,
        "connected": True,
        "local_state": "Synced",
        "cluster_status": "Primary",
        "cluster_size": 3,
        "members": 3,
        "cluster_state_uuid": OURS,
        "local_state_uuid": OURS,
        **changes,
    }


def stopped(**changes) -> dict:
    """A member that was stopped with data."""
    return info(
        **{
            "version": "10.11.18",
            "cluster_name__configured": "products",
            "grastate": grastate(seqno=9),
            "datadir__initialised": True,
            "datadir__schemas": ["app"],
            **changes,
        }
    )


def serving(**changes) -> dict:
    """A member that is Synced."""
    return stopped(
        **{
            "service__state": "active",
            "service__started": 1000.0,
            "reachable": True,
            "wsrep": wsrep(),
            "cluster_name__live": "products",
            "grastate": grastate(),
            "last_view": 3,
            **changes,
        }
    )


def named(things: list) -> dict:
    return {f"m{number}": thing for number, thing in enumerate(things, 1)}


STUCK = [
    {"at": at, "recv_queue": 0, "last_committed": 9, "paused_ns": 0, "flow_control": False, "waiting": [{"id": 2, "state": LOCK, "seconds": at - 90}]}
    for at in (100.0, 101.0, 102.0)
]
FRESH = info()
INSTALLED = info(version="10.11.18", datadir__initialised=True)
STANDALONE_EMPTY = info(version="10.11.18", service__state="active", reachable=True, wsrep=wsrep(on=False, cluster_status=None), datadir__initialised=True)
HALF_RECEIVED = info(version="10.11.18", grastate=grastate(uuid=member_state.NULL_UUID), datadir__receiving=True, datadir__schemas=["app"])
CATCHING_UP = serving(grastate=grastate(uuid=member_state.NULL_UUID), wsrep=wsrep(local_state="Joining", ready=False))
FIRST_ALONE = stopped(grastate=grastate(seqno=2, safe=True))
FIRST_ALONE_KILLED = stopped(last_view=1, grastate=grastate())
FIRST_WITHOUT_SCHEMAS = stopped(grastate=grastate(), datadir__schemas=[])


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
    choice = member_state.choose(named(members), "products")
    assert choice.actions == named(actions)
    assert choice.bootstrap == next((name for name, action in choice.actions.items() if action == "bootstrap"), None)


@pytest.mark.parametrize(
    ("members", "words"),
    [
        pytest.param([stopped(), stopped(), stopped()], ["m1, m2, m3 hold data", member_state.BEGIN_BY_HAND], id="all are down"),
        pytest.param([stopped(grastate=grastate(safe=True)), stopped(), FRESH], ["m1, m2 hold data"], id="safe_to_bootstrap alone is no reason"),
        pytest.param([stopped(grastate=grastate(), last_view=3), FRESH, FRESH], ["m1 hold data", member_state.BEGIN_BY_HAND], id="the one left was not alone"),
        pytest.param([HALF_RECEIVED, FRESH, FRESH], [member_state.BEGIN_BY_HAND], id="the one left is incomplete"),
        pytest.param([FRESH, {}, FRESH], ["m2 did not report"], id="a member is not known"),
        pytest.param([FRESH, info(datadir__schemas=["crm", "web"]), FRESH], ["m2: crm, web", "destroy"], id="data of its own"),
        pytest.param([serving(), info(datadir__schemas=["crm"]), FRESH], ["m2: crm"], id="data of its own beside a cluster"),
        pytest.param([serving(), serving(wsrep=wsrep(on=False)), FRESH], ["m2: app"], id="a member that was cut off and runs by itself"),
        pytest.param([serving(), stopped(grastate=grastate(uuid=OTHER)), FRESH], ["m2 holds data of another cluster", OTHER, OURS], id="another one's data"),
        pytest.param([serving(), serving(wsrep=wsrep(cluster_state_uuid=OTHER))], ["different clusters", OTHER, OURS], id="two clusters"),
        pytest.param([serving(cluster_name__live="items"), FRESH], ["m1 belongs to the cluster 'items'", "'products'"], id="live name differs"),
        pytest.param([stopped(cluster_name__configured="items"), FRESH], ["m1 belongs to the cluster 'items'"], id="configured name differs"),
        pytest.param([serving(wsrep=wsrep(cluster_status="non-Primary")), FRESH], ["no primary", "m1 run", member_state.QUORUM_BY_HAND], id="no quorum"),
        pytest.param([stopped(service__state="activating"), stopped()], ["no primary component", "m1 run"], id="starting, and nobody serves"),
        pytest.param([serving(reachable=False, wsrep=None, error="Access denied"), serving()], ["m1 runs, but does not answer", "Access denied"], id="silent"),
        pytest.param([serving(), serving()], ["3 members", "only m1, m2 are named"], id="a member is not named"),
    ],
)
def test_choose_refuses(members: list, words: list) -> None:
    with pytest.raises(Refused) as refusal:
        member_state.choose(named(members), "products")
    for word in words:
        assert word in refusal.value.message


@pytest.mark.parametrize(
    ("member", "synced"),
    [
        (serving(), True),
        (FRESH, False),
        (serving(wsrep=wsrep(local_state="Donor/Desynced")), False),
        (serving(wsrep=wsrep(cluster_status="non-Primary")), False),
        (serving(wsrep=wsrep(ready=False)), False),
        (serving(wsrep=wsrep(connected=False)), False),
        (serving(wsrep=wsrep(on=False)), False),
        (serving(wsrep=wsrep(looks=STUCK)), False),
    ],
)
def test_is_synced(member: dict, synced: bool) -> None:
    assert member_state.is_synced(member) is synced


@pytest.mark.parametrize(
    ("member", "problem"),
    [
        pytest.param(serving(wsrep=wsrep(looks=STUCK)), "in the state 'Waiting for table level lock' for 12 s", id="its applier is stuck"),
        pytest.param(serving(wsrep=wsrep(cluster_state_uuid=member_state.NULL_UUID)), "wsrep_cluster_state_uuid is null", id="started without a position"),
        pytest.param(serving(wsrep=wsrep(local_state_uuid=member_state.NULL_UUID)), f"wsrep_local_state_uuid is {member_state.NULL_UUID}", id="no state"),
        pytest.param(serving(wsrep=wsrep(local_state_uuid=OTHER)), f"wsrep_local_state_uuid is {OTHER}, and", id="other state"),
        pytest.param(serving(grastate=grastate(uuid=OTHER)), f"the UUID in grastate.dat is {OTHER}", id="another cluster than the recorded one"),
    ],
)
def test_why_not_serving(member: dict, problem: str) -> None:
    (found,) = member_state.why_not_serving(member)
    assert problem in found


def test_a_null_uuid_in_the_file_of_a_member_that_applies_ddl_is_no_problem() -> None:
    assert member_state.why_not_serving(serving(grastate=grastate(uuid=member_state.NULL_UUID))) == []


def test_check_serving() -> None:
    member_state.check_serving(named([serving(), serving(), serving()]))


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
        member_state.check_serving(named(members))
    assert words in refusal.value.message


@pytest.mark.parametrize(
    ("member", "needed"),
    [
        (serving(tables_version="10.11.18"), False),
        (serving(tables_version="10.6.5"), True),
        (serving(tables_version=None), True),
        (FRESH, None),
    ],
)
def test_upgrade_needed(member: dict, needed: bool | None) -> None:
    assert member_state.upgrade_needed(member) is needed


@pytest.mark.parametrize(
    ("member", "words"),
    [
        (serving(), None),
        (serving(wsrep=wsrep(cluster_size=4)), None),
        (serving(wsrep=wsrep(cluster_size=2)), "2 of 3 members"),
        (serving(wsrep=wsrep(local_state="Donor/Desynced")), "Donor/Desynced"),
        (serving(wsrep=wsrep(looks=STUCK)), "Waiting for table level lock"),
        (stopped(), "its service is inactive"),
    ],
)
def test_may_restart(member: dict, words: str | None) -> None:
    why_not = member_state.may_restart(member, 3)
    assert why_not is None if words is None else words in why_not


@pytest.mark.parametrize("wanted", [None, "", "10", "10.11", "10.11.18"])
def test_version_that_begins_alike_is_taken(wanted: str | None) -> None:
    member_state.check_versions({"m1": serving(), "m2": FRESH, "m3": {}}, wanted)


@pytest.mark.parametrize("wanted", ["10.1", "10.6", "11.4"])
def test_other_version_is_refused(wanted: str) -> None:
    with pytest.raises(InvalidInput, match="m1") as refusal:
        member_state.check_versions({"m1": serving()}, wanted)
    assert wanted in refusal.value.message
    assert "10.11.18" in refusal.value.message


def test_who_does_not_know_all_members_begins_no_cluster() -> None:
    blank = {"m1": info(), "m2": info()}
    with pytest.raises(Refused, match=r"No member serves, .* where all members are named \(galera_members\)\. m1, m2 are the hosts of this play"):
        member_state.choose(blank, "products", may_bootstrap=False)
    assert member_state.choose(blank, "products").bootstrap == "m1"
