# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A replica goes over to another master in the middle of a move, as servers have it do by themselves: it is not lost."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from chaos import connect
from servers import Servers
from test_failovers import EIGHT, fill, finish, grown, moving, wait_for


def id_of(servers: Servers, name: str) -> str:
    return connect(servers, name).execute_command("CLUSTER", "MYID").decode()


def replicas(servers: Servers, name: str) -> int:
    return connect(servers, name).execute_command("INFO", "replication").count(b"state=online")


@pytest.mark.parametrize("other", ["m2", "m1"], ids=["from the target", "from the target to a source"])
def test_a_replica_that_goes_over_to_another_master_is_not_lost(make_servers: Callable[..., Servers], other: str) -> None:
    servers = make_servers()
    pairs = grown(servers, cluster_allow_replica_migration="no")
    fill(servers, 20000)
    leaving = pairs[other]
    connect(servers, leaving).execute_command("CLUSTER", "REPLICATE", id_of(servers, "m7"))
    wait_for(lambda: replicas(servers, "m7") == 2)
    # All have heard of it.
    wait_for(lambda: servers.run(EIGHT, module="trove_redis_cluster_info")["redis_cluster"]["state"] == "ok")
    process = servers.popen(EIGHT, state="rebalanced")
    while process.poll() is None and not moving(servers, EIGHT[:3]):
        time.sleep(0.005)
    time.sleep(0.3)
    connect(servers, leaving).execute_command("CLUSTER", "REPLICATE", id_of(servers, other))
    assert process.poll() is None, "the move has ended before"
    result = finish(process)
    assert not result.get("failed"), result["msg"]
    assert result["redis_cluster"]["open_slots"] == []
    assert result["redis_cluster"]["state"] == "ok"
