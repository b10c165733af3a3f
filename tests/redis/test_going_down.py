# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A master without a replica is down, so all others say that the cluster fails: what they lack is its own, and it has its turn; another one has not."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from servers import Servers, collection_path

NAMES = ["m1", "m2", "m3"]


def test_the_turn_of_a_master_that_is_down_goes_on(make_servers: Callable[..., Servers], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(collection_path(tmp_path / "collections")))
    from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.driver import RedisCluster
    from ansible_collections.stackdb.trove.plugins.module_utils._model.evidence import SERVE, Act, Word

    servers, driver, act = make_servers(), RedisCluster(), Act(SERVE, dict.fromkeys(NAMES, "127.0.0.1"))

    def words() -> dict[str, Word]:
        found = {name: servers.run([name], module="trove_redis_cluster_info") for name in NAMES}
        return {name: Word({**result, "volume": {"size": 9, "used": 1}}) for name, result in found.items()}

    servers.start(*NAMES, cluster_node_timeout="1500")
    assert not servers.run(NAMES).get("failed")
    servers.kill("m3")
    deadline = time.monotonic() + 60
    said = words()
    while not all("cluster_state:fail" in text for name in ("m1", "m2") for text in driver.problems(said[name].told)[:1] or [""]):
        assert time.monotonic() < deadline
        said = words()
    assert driver.next_down(NAMES, said, said) == "m3"
    assert driver.may_go_down(act, "m3", said, asked=True).refusals == ()
    assert driver.may_go_down(act, "m1", said, asked=True).refusals
    assert "owns 5461 slots in the eyes of the others" in driver.against("cluster_initialize", ["m3"], said, asked=True)[0]
