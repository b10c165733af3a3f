# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.stackdb.trove.plugins.filter.instance_table import instance_table
from ansible_collections.stackdb.trove.plugins.module_utils._view import topology
from ansible_collections.stackdb.trove.tests.unit import replication_builders


def shown(name, ip, **contract):
    node = {"host_id": f"{name}-host", "flavor": {"id": "2", "name": "db.small"}, "volume": {"size": 5}}
    one = {"id": f"id-{name}", "name": name, "type": "instance", "status": "ACTIVE", "server_status": "ACTIVE", "ip": [ip], "nodes": [node], "drift": []}
    said = {"datastore": {"type": "mariadb", "version": "10.11"}, "task": {"name": "NONE"}, "volume": {"size": 5}, "locality": "anti-affinity"}
    return {**one, **said, "metadata": {"replication_contract": contract}}


FAMILY = [
    shown("orders-replica-1", "10.0.0.2", replicates_from=["id-orders"], writable=False),
    shown("orders", "10.0.0.1", replicates_to=["id-orders-replica-1"], writable=True),
]


def info(source=None, read_only=False, **changes):
    link = source and replication_builders.link(host=source, **changes)
    seen = replication_builders.info(1, read_only=read_only, replicas=[] if source else [{"user": "r", "host": "10.0.0.2"}])
    return {"replication": {**seen, "source": link}}


GOOD = {"orders": info(), "orders-replica-1": info("10.0.0.1", read_only=True)}


def drift(infos):
    return [sentence for one in topology.with_health(FAMILY, infos) for sentence in one["drift"]]


def test_a_replica_stands_below_its_source():
    lines = instance_table(topology.with_health(FAMILY, GOOD)).splitlines()
    assert [line.split("|")[1].rstrip() for line in lines[3:5]] == [" orders", " └─ orders-replica-1"]
    assert "| anti-affinity | writable  | source  | yes" in lines[3]
    assert "| anti-affinity | read only | replica | no       | running | 0 s |" in lines[4]
    assert "| 1.0 of 5 GiB |" in lines[3]
    assert drift(GOOD) == []


def test_who_does_not_answer_is_shown_and_nothing_is_said_of_its_drift():
    one = topology.with_health(FAMILY, {"orders": info()}, {"orders-replica-1": "it is unreachable"})[0]
    assert (one["health"], one["status"], one["problems"]) == ({"Role": "unreachable"}, "UNKNOWN", ["it is unreachable"])
    assert drift({"orders": {"replication": {**replication_builders.silent(), "service": "inactive"}}}) == []


def test_a_link_that_has_an_error_shows_it():
    broken = {**GOOD, "orders-replica-1": info("10.0.0.1", True, sql_running="No", sql_error="Duplicate entry", lag=None)}
    assert topology.with_health(FAMILY, broken)[0]["health"]["Link"] == "Duplicate entry"


def test_a_database_that_does_not_keep_the_contract_is_drift():
    assert drift({**GOOD, "orders-replica-1": info(read_only=True)}) == [
        "orders-replica-1 replicates from 10.0.0.1 by its contract, and from no source in its database"
    ]
    assert drift({**GOOD, "orders-replica-1": info("10.0.0.9", True)}) == [
        "orders-replica-1 replicates from 10.0.0.1 by its contract, and from 10.0.0.9 in its database"
    ]
    assert drift({**GOOD, "orders": info(read_only=True)}) == ["orders is for writes by its contract, and is not in its database"]
    assert drift({**GOOD, "orders-replica-1": info("10.0.0.1")}) == ["orders-replica-1 is not for writes by its contract, and is in its database"]


def test_drift_is_told_below_the_table():
    text = instance_table(topology.with_health(FAMILY, {**GOOD, "orders": info(read_only=True)}))
    assert text.endswith("Drift: orders is for writes by its contract, and is not in its database.\n")


def column(instances):
    lines = instance_table(instances).splitlines()
    return [line.split("|")[1].strip() for line in lines[3:] if line.startswith("|")], [line for line in lines if line.startswith("Topology")]


def test_a_ring_is_drawn_as_one():
    """In its order, nobody below another one."""
    ring = [
        shown("n01", "10.0.0.1", replicates_from=["id-n02"], writable=True),
        shown("n02", "10.0.0.2", replicates_from=["id-n03"], writable=True),
        shown("n03", "10.0.0.3", replicates_from=["id-n01"], writable=True),
        shown("single", "10.0.0.4", writable=True),
    ]
    assert column(ring) == (["single", "n01", "n03", "n02"], ["Topology: ring: n01 -> n03 -> n02 -> n01."])


def test_a_chain_is_said_and_a_star_is_not():
    star = [shown("a", "10.0.0.1", writable=True), *(shown(name, "10.0.0.2", replicates_from=["id-a"], writable=False) for name in "bc")]
    assert column(star) == (["a", "└─ b", "└─ c"], [])
    chain = [*star[:2], shown("c", "10.0.0.3", replicates_from=["id-b"], writable=False)]
    assert column(chain) == (["a", "└─ b", "└─ c"], ["Topology: chain: a -> b -> c."])


def test_more_than_one_source_is_said():
    mesh = [shown("a", "10.0.0.1", writable=True), shown("b", "10.0.0.2", writable=True)]
    mesh.append(shown("c", "10.0.0.3", replicates_from=["id-a", "id-b"], writable=False))
    assert column(mesh) == (["a", "b", "c"], ["Topology: mesh: a -> c, b -> c."])


def test_a_replica_of_a_replica_stands_below_that_one():
    chain = [
        shown("a", "10.0.0.1", replicates_to=["id-b"], writable=True),
        shown("b", "10.0.0.2", replicates_from=["id-a"], writable=False),
        shown("c", "10.0.0.3", replicates_from=["id-b"], writable=False),
        shown("d-10", "10.0.0.4", writable=True),
        shown("d-9", "10.0.0.5", writable=True),
    ]
    lines = [line.split("|")[1].rstrip() for line in instance_table(chain).splitlines()[3:8]]
    assert lines == [" a", " └─ b", "    └─ c", " d-9", " d-10"]
