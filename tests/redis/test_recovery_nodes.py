# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Outages of real servers after which nodes do not know each other: who meets again, who is forgotten and who is refused, by the entry point `recover`."""

from __future__ import annotations

import pytest
from chaos import connect
from outages import Recovery, assert_done, healthy, outage, settings
from servers import Servers
from test_lost_members import KEYS, SIX, ids, kept, known, lose


def test_a_lost_nodes_conf_makes_a_stranger_that_is_refused_with_its_id(servers: Servers) -> None:
    pairs = outage(servers)
    heir, lost = next(iter(pairs.items()))
    servers.kill(lost)
    (servers.directory / lost / "nodes.conf").unlink()
    recovery = Recovery(servers)
    servers.start(lost, **settings("aof"))
    own = ids(servers, lost)[lost]
    refused = recovery.run()["refused"]
    assert f"answers the node {own}, which is a stranger" in refused
    done = recovery.run(lost=[lost])
    assert connect(servers, heir).execute_command("ROLE")[0] == b"master"
    assert_done(done)


@pytest.mark.thorough
def test_a_damaged_nodes_conf_is_no_node_to_start(servers: Servers) -> None:
    pairs = outage(servers)
    heir, lost = next(iter(pairs.items()))
    servers.kill(lost)
    path = servers.directory / lost / "nodes.conf"
    path.write_text(path.read_text()[:200])
    recovery = Recovery(servers)
    done = recovery.run()
    assert lost not in recovery.started
    assert "nodes.conf is damaged" in done["msg"]
    assert "cluster_replace" in done["msg"]
    assert connect(servers, heir).execute_command("ROLE")[0] == b"master"
    assert kept(servers, heir) == len(KEYS)


@pytest.mark.thorough
def test_a_member_that_the_others_forgot_meets_them_again(servers: Servers) -> None:
    pairs = outage(servers)
    replica = next(iter(pairs))
    id_ = ids(servers, replica)[replica]
    rest = tuple(name for name in SIX if name != replica)
    servers.kill(replica)
    for name in rest:
        connect(servers, name).execute_command("CLUSTER", "FORGET", id_)
    servers.start(replica, **settings("aof"))
    done = Recovery(servers).run()
    assert_done(done)
    assert done["changed"]
    assert known(servers, SIX, id_) == list(SIX)
    healthy(servers)


@pytest.mark.thorough
def test_members_that_all_came_back_at_other_addresses_meet_again_by_their_ids(servers: Servers) -> None:
    """Each nodes.conf has the old ones, where nobody is any more."""
    outage(servers)
    before = ids(servers, *SIX)
    for name in SIX:
        servers.kill(name)
        servers.addresses[name] = f"127.0.1.{name[1:]}"
    for name in SIX:
        # as the role has them known; on loopback, what arrives says nothing of where it is from
        servers.start(name, cluster_announce_ip=servers.address(name), **settings("aof"))
    done = Recovery(servers).run()
    assert_done(done)
    assert done["changed"]
    assert ids(servers, *SIX) == before
    healthy(servers)
    assert not Recovery(servers).run()["changed"]


@pytest.mark.thorough
def test_a_dead_node_that_is_no_member_is_forgotten_by_all(servers: Servers) -> None:
    pairs = outage(servers)
    replica = next(iter(pairs))
    rest = tuple(name for name in SIX if name != replica)
    id_ = lose(servers, replica, rest)
    done = Recovery(servers, rest).run()
    assert_done(done)
    assert done["decided"]["forget"] == [id_]
    assert known(servers, rest, id_) == []


@pytest.mark.thorough
def test_a_living_node_that_is_no_member_is_not_forgotten(servers: Servers) -> None:
    outage(servers)
    done = Recovery(servers, SIX[:5]).run()
    assert done["decided"]["forget"] == []
    assert "is not found failed by all who know it" in "".join(done["decided"]["why"])
