# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Clusters and instances as they are shown, with what their members say: what pictures and checks are made of. In all of them something can be wrong."""

from __future__ import annotations

from ansible_collections.stackdb.trove.plugins.module_utils._datastores import registry
from ansible_collections.stackdb.trove.plugins.module_utils._view import cluster as cluster_view
from ansible_collections.stackdb.trove.plugins.module_utils._view import cluster_scene, findings, instance_scene, topology
from ansible_collections.stackdb.trove.tests.unit import galera_builders, replication_builders

MARIADB = registry.of_cluster("mariadb")
NOW = 1_790_000_000.0
LIMITS = findings.Limits(NOW)
SLOTS = 16384
SILENT = {"silent": "it is unreachable: ssh: connect to host port 22: No route to host"}
TASK = {"id": 1, "name": "NONE", "description": "No tasks for the cluster."}


def tls(days=300.0):
    end = NOW + days * 86400
    return {"certificate": end, "authorities": [NOW + 3000 * 86400], "days": days, "due": days < 100}


def _server(name, number, host=None, **changes):
    good = {
        "id": f"{number:08x}-aaaa-bbbb-cccc-000000000000", "name": name, "status": "ACTIVE", "server_status": "ACTIVE",
        "flavor": {"id": "f1", "name": "db.small"}, "volume": {"id": f"v{number}", "size": 20, "type": "fast", "used": None},
        "host_id": host or f"{number * 7919:08x}{number:024x}",
        "created": "2026-09-01T10:00:00Z", "updated": "2026-09-01T10:05:00Z", "hostname": name,
    }  # fmt: skip
    return {**good, **changes}


def member(name, number, **changes):
    return {**_server(name, number, **changes), "type": "member", "ip": f"10.0.0.{number}"}


def shown(name, datastore, version, members, task=None, **changes):
    plain = {"id": "c1", "name": name, "task": task or TASK, "datastore": {"type": datastore, "version": version}, "ip": [one["ip"] for one in members]}
    times = {"created": "2026-09-01T10:00:00Z", "updated": "2026-09-01T10:05:00Z"}
    return {**plain, **times, "metadata": {}, "instances": members, "locality": "anti-affinity", **changes}


KEPT = {"policy": "anti-affinity", "kept": True, "broken": [], "hosts": {}}


def broken(*names):
    return {**KEPT, "kept": False, "broken": [f"anti-affinity: {', '.join(names)} are on one host, which may hold 1"]}


def galera(count=3, name="products", counted=None, **changes):
    """(cluster, words) of members that are Synced; changes of what wsrep says by keyword."""
    members = [member(f"{name}-{number}", number) for number in range(1, count + 1)]
    at = [one["ip"] for one in members] if counted is None else list(counted)
    seen = {"cluster_size": len(at), "members": len(at), "addresses": at, **changes}
    said = {one["name"]: {"said": galera_word(number, **seen)} for number, one in enumerate(members, 1)}
    return shown(name, "mariadb", "10.11", members), said


def unit(state="active", enabled=True):
    return {"state": state, "enabled": enabled, "invocation": None, "turn": None, "stopped": None}


def galera_word(number, used=3.2, info=None, **seen):
    state = galera_builders.serving(wsrep=galera_builders.wsrep(**seen), volume={"size": 19.6, "used": used}, **(info or {}))
    identity = {"id": "i", "addresses": [f"10.0.0.{number}"]}
    return {"asked": "r", "identity": identity, "problems": [], "pending": [], "tls": tls(), "unit": unit(), "galera": state}


def galera_down(number):
    word = galera_word(number)
    return {**word, "unit": unit("inactive", enabled=False), "galera": {**galera_builders.stopped(), "volume": {"size": 19.6, "used": 3.2}}}


def redis(masters=3, replicas=3, name="sessions", strangers=(), down=(), host_of=lambda number: None):
    """(cluster, words): masters with even slots, replica number n of master n. Those that are down say so, and their replicas' links are down."""
    count = masters + replicas
    members = [member(f"{name}-member-{number}", number, host=host_of(number)) for number in range(1, count + 1)]
    share = -(-SLOTS // masters)
    slots = {number: (f"{(number - 1) * share}-{min(SLOTS, number * share) - 1}" if number <= masters else "") for number in range(1, count + 1)}
    follows = {number: (number - masters - 1) % masters + 1 for number in range(masters + 1, count + 1)}
    nodes = [redis_node(number, slots[number], follows.get(number), number in down) for number in range(1, count + 1)]
    nodes += [redis_node(number, "", None, True) for number in strangers]
    said = {}
    for number, one in enumerate(members, 1):
        if number in down:
            said[one["name"]] = {"said": redis_word(number, {"name": one["name"], "error": "Connection refused", "id": None, "state": None, "nodes": []})}
            continue
        master = follows.get(number)
        own = {
            "name": one["name"], "id": redis_id(number), "error": None, "version": "7.0.15", "state": "ok", "role": "replica" if master else "master",
            "master": None, "master_id": redis_id(master) if master else None, "slots": slots[number],
            "slot_count": share if slots[number] else 0, "master_link": ("down" if master in down else "up") if master else None, "open": [],
            "nodes": nodes, "key_count": 10, "used_memory": 2**20, "maxmemory": 2**28, "stray_keys": None, "offset": 1,
        }  # fmt: skip
        said[one["name"]] = {"said": redis_word(number, own)}
    return shown(name, "redis", "7.0", members), said


def redis_id(number):
    return f"{number:040x}"


def redis_node(number, slots, master, failed):
    low, _dash, high = slots.partition("-")
    count = int(high) - int(low) + 1 if slots else 0
    found = {"id": redis_id(number), "address": f"10.0.0.{number}", "port": 6379, "slots": slots, "slot_count": count}
    return {**found, "master": redis_id(master) if master else None, "failed": failed}


def redis_word(number, own):
    up = not own["error"]
    word = {"asked": "r", "identity": {"id": own["id"], "addresses": [f"10.0.0.{number}"] if up else []}, "pending": [], "tls": tls() if up else None}
    rest = {"service": "active" if up else "failed", "volume": {"size": 19.6, "used": 1.1}, "persistent": True if up else None}
    return {**word, **rest, "redis_cluster": {"members": [own]}}


def replication(sources, name="orders", task=None, writable=None, **changes):
    """(instances, words) of instances by their sources' names, a text or None; changes of a link by the replica's name, with _ for -."""
    numbers = {one: number for number, one in enumerate(sources, 1)}
    ids = {one: f"{number:08x}-aaaa-bbbb-cccc-000000000000" for one, number in numbers.items()}
    instances, said = [], {}
    for one, number in numbers.items():
        source = sources[one]
        contract = {"writable": source is None if writable is None else writable}
        if source:
            contract["replicates_from"] = [ids.get(source, source)]
        to = [ids[other] for other in sources if sources[other] == one]
        if to:
            contract["replicates_to"] = to
        server = _server(one, number)
        node = {key: server[key] for key in ("id", "name", "hostname", "host_id", "flavor", "volume")}
        more = {"type": "instance", "ip": [f"10.0.0.{number}"], "nodes": [node], "metadata": {"replication_contract": contract}, "drift": []}
        instances.append({**server, **more, "task": task or TASK, "datastore": {"type": "mariadb", "version": "10.11"}, "locality": "anti-affinity"})
        link = source and replication_builders.link(host=f"10.0.0.{numbers.get(source, 99)}", **changes.get(one.replace("-", "_"), {}))
        clients = [{"user": "r", "host": f"10.0.0.{numbers[other]}"} for other in sources if sources[other] == one]
        seen = replication_builders.info(number, read_only=not contract["writable"], source=link or None, replicas=clients)
        seen = {**seen, "version": "10.11.19-MariaDB", "volume": {"size": 19.6, "used": 4.4}}
        identity = {"id": number, "addresses": [f"10.0.0.{number}"]}
        said[one] = {"said": {"asked": "r", "identity": identity, "pending": [], "tls": tls(), "unit": unit(), "replication": seen}}
    return instances, said


def of_cluster(cluster, words, placement=None, limits=LIMITS):
    """(scene, findings) as a verb makes them."""
    kept = KEPT if placement is None else placement
    seen = cluster_view.with_health(cluster, words)
    found = findings.of_cluster(seen, kept, words, limits)
    return cluster_scene.scene(seen, kept, words, found), found


def of_instances(instances, words, placements=None, limits=LIMITS):
    silent = {name: word["silent"] for name, word in words.items() if word.get("silent")}
    seen = topology.with_health(instances, {name: word.get("said") for name, word in words.items()}, silent) if words else list(instances)
    found = findings.of_instances(seen, placements, words, limits)
    return instance_scene.scene(seen, placements, words, found), found


def without(thing, *names):
    """Members that Nova lacks: taken out of the view, while the others go on counting them."""
    cluster, words = thing
    left = [one for one in cluster["instances"] if one["name"] not in names]
    return {**cluster, "instances": left}, {name: word for name, word in words.items() if name not in names}


def silenced(thing, *names):
    seen, words = thing
    return seen, {**words, **dict.fromkeys(names, SILENT)}


STAR = {"orders": None, **{f"orders-replica-{number}": "orders" for number in (1, 2, 3)}}
CHAIN = {"orders": None, "orders-replica-1": "orders", "orders-replica-2": "orders-replica-1", "orders-replica-3": "orders-replica-2"}
RING = {"orders-1": "orders-4", "orders-2": "orders-1", "orders-3": "orders-2", "orders-4": "orders-3"}
ODD = {"orders-1": "orders-3", "orders-2": "orders-1", "orders-3": "orders-2"}


def _one_behind():
    cluster, words = galera(3)
    cluster["instances"][2]["host_id"] = cluster["instances"][0]["host_id"]
    looks = [{"at": at, "recv_queue": 40 + at, "last_committed": 9 + at, "paused_ns": at * 6e8, "flow_control": False, "waiting": []} for at in (0, 1, 2)]
    words["products-2"] = {"said": galera_word(2, used=17.9, looks=looks)}
    return cluster, words


def _parted():
    """Two that lost the third, which is alone and non-primary."""
    cluster, words = galera(3, counted=["10.0.0.1", "10.0.0.2"])
    seen = {"cluster_size": 1, "members": 1, "addresses": ["10.0.0.3"], "cluster_status": "non-Primary", "ready": False, "local_state": "Initialized"}
    words["products-3"] = {"said": galera_word(3, **seen)}
    return cluster, words


def _one_host(number):
    return f"{min(number, 5) * 7919:08x}{0:024x}"


def _unserved():
    cluster, words = redis(3, 0, down=(2,))
    for word in words.values():
        for one in word["said"]["redis_cluster"]["members"]:
            one["nodes"] = [dict(node, slots="", slot_count=0) if node["failed"] else node for node in one["nodes"]]
            one["state"] = None if one["error"] else "fail"
    return cluster, words


def scenes():
    """{name: scene} of all that has to be seen at a glance."""
    late = {"orders_replica_2": {"lag": 940}}
    dead = {"orders_replica_2": {"io_running": "No", "io_error": "Got fatal error 1236 from master: could not find the next GTID", "lag": None}}
    names = [f"sessions-member-{number}" for number in (5, 6)]
    building = {"id": 5, "name": "GROWING_CLUSTER", "description": "Increasing the size of the cluster.", "run": "20260901T100000Z-0123abcd"}
    return {
        "galera_3": of_cluster(*galera(3))[0],
        "galera_9": of_cluster(*silenced(galera(9), "products-7"))[0],
        "galera_1": of_cluster(*galera(1))[0],
        "galera_not_asked": of_cluster(galera(3)[0], {})[0],
        "galera_strained": of_cluster(*_one_behind(), broken("products-1", "products-3"))[0],
        "galera_parted": of_cluster(*_parted())[0],
        "galera_not_in_nova": of_cluster(*without(galera(4), "products-4"))[0],
        "redis_6": of_cluster(*redis(3, 3))[0],
        "redis_6_down": of_cluster(*redis(3, 3, down=(2,)))[0],
        "redis_6_one_host": of_cluster(*redis(3, 3, host_of=_one_host), broken(*names))[0],
        "redis_12": of_cluster(*redis(6, 6))[0],
        "redis_9": of_cluster(*redis(3, 6))[0],
        "redis_unserved": of_cluster(*_unserved())[0],
        "redis_not_in_nova": of_cluster(*without(redis(3, 3), "sessions-member-3", "sessions-member-5"))[0],
        "redis_growing": of_cluster(*_with_task(redis(3, 0), building))[0],
        "star": of_instances(*replication(STAR))[0],
        "star_late": of_instances(*silenced(replication(STAR, **late), "orders-replica-3"))[0],
        "star_broken": of_instances(*replication(STAR, **dead))[0],
        "chain": of_instances(*replication(CHAIN))[0],
        "chain_source_down": of_instances(*silenced(replication(CHAIN), "orders"))[0],
        "ring": of_instances(*replication(RING, writable=True))[0],
        "ring_of_three": of_instances(*silenced(replication(ODD, writable=True), "orders-2"))[0],
        "ring_of_two": of_instances(*replication({"a-1": "a-2", "a-2": "a-1"}, writable=True))[0],
        "source_gone": of_instances(*replication({"orders-replica-1": "gone-0001", "orders-replica-2": "gone-0001"}))[0],
        "many": of_instances(*replication({**STAR, "single-1": None, "single-2": None, "crm": None, "crm-replica-1": "crm"}))[0],
    }


def _with_task(thing, task):
    return {**thing[0], "task": task}, thing[1]
