# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scripted databases, no servers: what is true of them follows from the acts in the journal; a member says that, or what its trouble makes of it."""

from __future__ import annotations

import os
import pickle

from . import fake_nova, replication_builders, script

#: of which the servers in the cloud's file are; a module that is a process of its own is sent only what it imports
_PICKLED_OF = fake_nova
_SLOTS = 16384
_UUID = "6d3a1f0e-0000-11ef-0000-000000000001"


def addresses():
    """``{name: address}`` of the servers that the recording cloud has now."""
    with open(os.path.join(script.place(), "cloud"), "rb") as file:
        servers = pickle.load(file)["servers"].values()
    return {server.name: server.addresses["db-net"][0]["addr"] for server in servers}


def truth(told, events):
    """What is so after these events: ``{serving, filled, sources, configured, turns, stopped, disabled, ring, rotated}``.

    serving are the members that are up, filled those of them that serve slots, sources ``{instance: its source or None}`` (of Redis ``{replica: its master}``),
    configured who was given other settings, turns in which members were restarted, in order, stopped ``{name: who served then}`` those that stopped in order,
    disabled those that were taken down for their turn, ring those that are members of a ring, rotated ``{name: mark}`` of those that have new certificates,
    upgraded those whose server is of another version, in order.
    """
    serving = list(told["members"])
    names = [*serving, *told["stopped"]]
    filled = [name for name in names if told["datastore"] != "redis" or name not in told["sources"]]
    # as a stop one after the other leaves them, the first one last
    stopped = {name: told["stopped"][:number] for number, name in enumerate(told["stopped"])}
    found = {"serving": serving, "filled": filled, "sources": dict(told["sources"]), "configured": [], "turns": {}, "stopped": stopped, "disabled": []}
    found["ring"], found["upgraded"] = [], []
    found["rotated"] = {}
    for event in events:
        if event["what"] == "act":
            _ACTS[event["entry_point"]](found, event["who"], event)
    found.pop("promoting", None)
    return found


def _main(found, who, event):
    if who not in found["serving"]:
        found["serving"].append(who)
        found["disabled"] = [other for other in found["disabled"] if other != who]
        found["sources"].setdefault(who, None)
        if event["verb"] == "cluster_create":
            found["filled"].append(who)
    elif event["verb"].endswith("_configure"):
        found["configured"].append(who)


def _leave(found, who, event):
    for name in event["leaving"] if event["role"].endswith("redis_cluster") else [who]:
        for group in ("serving", "filled"):
            found[group] = [other for other in found[group] if other != name]


def _replace(found, who, event):
    """The lost one is down already."""


def _down(found, who, event):
    """All act, and the one whose turn it is stops, and does not start at boot until it is brought up again."""
    if who == event["going"]:
        found["disabled"].append(who)
        found["serving"] = [other for other in found["serving"] if other != who]


def _volume(found, who, event):
    """Nothing that a member's serving depends on."""


def _rebalance(found, who, event):
    found["filled"] = list(found["serving"])


def _replicate(found, who, event):
    if who not in found["serving"]:
        found["serving"].append(who)
        found["sources"][who] = event["source"]


def _attach(found, who, event):
    if who in event["subjects"]:
        found["sources"][who] = event["source"]


def _detach(found, who, event):
    if who in event["subjects"]:
        found["sources"][who] = None


def _promote(found, who, event):
    """The role has the rest follow the candidate only once that has taken over; here all act in one task, in any order."""
    (candidate,) = event["subjects"]
    found.setdefault("promoting", []).append(who)
    if candidate in found["promoting"]:
        found["sources"].update(dict.fromkeys(found["promoting"], candidate), **{candidate: None})


def _ring(found, who, event):
    found["sources"][who] = event["ring"][event["ring"].index(who) - 1]
    found["ring"].append(who)


def _one_writer(found, who, event):
    """They are a chain then, below the one."""
    found["ring"] = [other for other in found["ring"] if other != who]
    if who in event["subjects"]:
        found["sources"][who] = None


def _eject(found, who, event):
    candidate = event["names"][0]
    found["sources"][who] = None if who == candidate else candidate


def _restart(found, who, event):
    if event["going"] == who:
        found["turns"].setdefault(who, []).append(event["turn"])


def _upgrade(found, who, event):
    """One that has the version is not stopped. A source whose place a candidate takes in its turn follows that one, as all others do."""
    if event["promotes"] not in (None, event["going"]) and event["going"] == who:
        found["sources"] = {**dict.fromkeys(found["sources"], event["promotes"]), event["promotes"]: None}
    if who not in found["upgraded"]:
        _restart(found, who, event)
        found["upgraded"] += [who] if event["going"] == who else []


def _initialize(found, who, event):
    """It need not serve before."""
    _restart(found, who, event)
    if event["going"] == who and who not in found["serving"]:
        found["serving"].append(who)


def _shutdown(found, who, event):
    """One after the other, or all of them where nobody's turn it is."""
    if event["going"] in (None, who):
        found["serving"] = [other for other in found["serving"] if other != who]
        found["stopped"][who] = event["standing"]


def _startup(found, who, event):
    if event["going"] in (None, who):
        found["serving"] = [*(other for other in found["serving"] if other != who), who]
        found["stopped"].pop(who, None)


def _failover(found, who, event):
    master = found["sources"].get(who)
    if event["going"] == who and master:
        found["sources"].update({who: None, master: who})
        found["filled"] = [who if other == master else other for other in found["filled"]]


def _rotate(found, who, event):
    rotation = event["rotation"]
    found["rotated"][who] = f"{rotation['run']}/{','.join(rotation['what'])}/{rotation['phase']}"


def _discard(found, who, event):
    """What was set aside is of no matter to what is served."""


_ACTS = {
    "main": _main, "leave": _leave, "rebalance": _rebalance, "replicate": _replicate, "attach": _attach, "detach": _detach, "promote": _promote,
    "ring": _ring, "one_writer": _one_writer, "eject": _eject, "configure": _main, "restart": _restart, "replace": _replace, "down": _down, "up": _main,
    "volume": _volume, "initialize": _initialize, "discard": _discard, "shutdown": _shutdown, "startup": _startup, "failover": _failover,
    "recover": _startup, "rotate": _rotate, "rotate_end": _rotate, "upgrade": _upgrade,
}  # fmt: skip


def word(name, asked, troubles, peers=()):
    """What a member says when it is asked: the result of an info module.

    :param peers: the addresses of those whose certificates it looks at
    """
    if "silent" in troubles:
        return {"changed": False}
    told, at = script.read(), addresses()
    found = truth(told, [] if "lies" in troubles else script.journal())
    down = [other for other in found["serving"] if "down" in script.troubles(other)]
    found["serving"] = [other for other in found["serving"] if other not in down]
    up = name in found["serving"]
    address = "10.9.9.9" if "other_server" in troubles else at[name]
    return {
        "changed": False,
        "asked": "another-run/" + asked.partition("/")[2] if "other_round" in troubles else asked,
        "identity": {"id": name, "addresses": [address] if up else []},
        "unit": _unit(name, found, up),
        "persistent": True,
        **_WORDS[told["datastore"]](name, up, found, at),
        **({"rotation": _rotation(name, truth(told, script.journal()), found, at)} if peers else {}),
    }


def _rotation(name, real, said, at):
    """What is presented is so, whatever a member says of itself."""
    own = {other: f"{other} {real['rotated'].get(other, 'at first')}" for other in at}
    mark = said["rotated"].get(name)
    presented = {at[other]: {"digest": own[other]} for other in at}
    note = {"mark": mark, "replaces": f"{name} at first", "drops": [], "idle": False} if mark else {}
    mine = f"{name} {mark or 'at first'}"
    return {
        "own": mine, "issuer": "ca", "trusted": ["ca"], "ca": "PEM\n", "note": note, "unread": [], "presented": presented,
        "passwords": {account: _password(account, bool(mark), at) for account in ("default", "trove")},
    }  # fmt: skip


def _password(account, published, at):
    """As after the first run of their rotation."""
    pending = published and account == "default"
    by_each = dict.fromkeys(at.values())
    return {
        "pending": pending, "newest": True, "others": int(pending), "used": None if account == "default" else True, "refused": by_each,
        "present": by_each if pending else {},
    }  # fmt: skip


def _unit(name, found, up):
    """Each restart has an invocation of its own."""
    turns, stopped = found["turns"].get(name, []), found["stopped"].get(name)
    noted = None if up or stopped is None else {"others": stopped, "position": {}}
    invocation = {"invocation": f"invocation-{len(turns)}", "turn": turns[-1] if turns else None}
    return {"state": "active" if up else "inactive", "enabled": stopped is None and name not in found["disabled"], **invocation, "stopped": noted}


def _galera(name, up, found, at):
    counted = [at[other] for other in found["serving"] if other in at]
    wsrep = {
        "on": True, "ready": True, "connected": True, "local_state": "Synced", "cluster_status": "Primary", "cluster_size": len(counted),
        "members": len(counted), "cluster_state_uuid": _UUID, "local_state_uuid": _UUID, "last_committed": 10, "addresses": counted,
        "looks": [], "cached_downto": 1, "cache_bytes": 2**27, "set_bytes": 1000, "commits": 5, "uptime": 100, "clients": 0,
    }  # fmt: skip
    service = {"state": "active" if up else "inactive", "started": 1, "enabled": True, "outdated": False, "socket_activation": False}
    version = "10.11.19" if name in found["upgraded"] else "10.11.6"
    info = {
        "address": at.get(name), "node_address": at.get(name), "configured_members": counted, "version": version, "tables_version": version,
        "running": version if up else None,
        "service": service, "reachable": up, "error": None,
        "wsrep": wsrep if up else None, "cluster_name": {"configured": "shop", "live": "shop" if up else None},
        "grastate": {"uuid": _UUID, "seqno": -1, "safe_to_bootstrap": False}, "last_view": None, "volume": {"size": 5, "used": 1},
        "datadir": {"path": "/var/lib/mysql", "initialised": up, "unfinished": False, "receiving": False, "copied": up, "schemas": []},
    }  # fmt: skip
    return {"galera": info}


def _node(up):
    return {"service": "active" if up else "inactive", "volume": {"size": 5, "used": 1}}


def _redis(name, up, found, at):
    if not up:
        return {**_node(up), "redis_cluster": {"members": [{"name": name, "error": "Connection refused", "id": None, "state": None, "nodes": []}]}}
    owners = [other for other in found["filled"] if other in found["serving"]]
    share = -(-_SLOTS // max(len(owners), 1))
    slots = {other: range(number * share, min(_SLOTS, (number + 1) * share)) for number, other in enumerate(owners)}
    spelled = {other: f"{part[0]}-{part[-1]}" for other, part in slots.items()}

    def master_id(other):
        master = found["sources"].get(other)
        return master and master.ljust(40, "0")

    mine = master_id(name)
    nodes = [
        {
            "id": other.ljust(40, "0"), "address": at.get(other), "port": 6379, "slots": spelled.get(other, ""), "slot_count": len(slots.get(other, ())),
            "master": master_id(other), "failed": False,
        }
        for other in sorted(found["serving"])
    ]  # fmt: skip
    member = {
        "name": name, "id": name.ljust(40, "0"), "error": None, "state": "ok", "role": "replica" if mine else "master", "master": None,
        "version": "8.0.2" if name in found["upgraded"] else "7.0.15",
        "master_id": mine, "slots": spelled.get(name, ""), "slot_count": len(slots.get(name, ())), "master_link": "up" if mine else None,
        "open": [], "nodes": nodes, "key_count": 3, "used_memory": 100, "maxmemory": 0,
    }  # fmt: skip
    return {**_node(up), "redis_cluster": {"state": "ok", "slots": _SLOTS, "faults": [], "open_slots": [], "members": [member]}}


def _replication(name, up, found, at):
    if not up:
        return {"versions": {"running": None, "installed": "10.11.6", "tables": None}, "replication": replication_builders.silent()}
    source = found["sources"].get(name)
    seen = replication_builders.info(1, read_only=source is not None and name not in found["ring"])
    version = "10.11.19" if name in found["upgraded"] else "10.11.6"
    link = source and replication_builders.link(host=at.get(source, "10.9.9.8"))
    return {
        "versions": {"running": version, "installed": version, "tables": version},
        "replication": {**seen, "version": f"{version}-MariaDB-log", "source": link, "problems": []},
    }


_WORDS = {"mariadb": _galera, "redis": _redis, "instance": _replication}
