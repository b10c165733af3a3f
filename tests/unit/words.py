# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Words of members as the filter stackdb.trove.evidence makes them, of the servers that a FakeOpenStack has."""

from __future__ import annotations

from ansible_collections.stackdb.trove.tests.unit import galera_builders, replication_builders

VERB = "run-1/a_verb"
UUID = "6d3a1f0e-0000-11ef-0000-000000000001"


def addresses(cloud):
    """``{name: address}`` of all servers."""
    return {server.name: server.addresses["db-net"][0]["addr"] for server in cloud.servers.values()}


def said(moment, identity, **word):
    return {"said": {"asked": f"{VERB}/1/{moment}", "identity": {"id": "i", "addresses": [identity]}, **word}}


def silent(why="it is unreachable: no route to host"):
    return {"silent": why}


def galera(moment, at, names, counted=None, **changes):
    """Of those names, each Synced and counting these members, or those that are `counted`; changes of what wsrep says by keyword."""
    counted = [at[name] for name in (names if counted is None else counted)]
    uuid = changes.get("cluster_state_uuid", UUID)
    seen = {"cluster_state_uuid": uuid, "local_state_uuid": uuid, "last_committed": 10}
    seen.update({"cluster_size": len(counted), "addresses": counted, "members": len(counted), **changes})
    info = galera_builders.serving(wsrep=galera_builders.wsrep(**seen), grastate=galera_builders.grastate(uuid))
    return {name: said(moment, at[name], galera=info) for name in names}


def stopped(moment, at, name):
    """A Galera member that has left in order."""
    word = said(moment, at[name], galera=galera_builders.stopped())
    word["said"]["identity"]["addresses"] = []
    return {name: word}


def replication(moment, at, sources, **changes):
    """Of instances by the name of their source or None; a source takes writes and a replica does not. Changes of one's info by its name."""
    words = {}
    for name, source in sources.items():
        info = replication_builders.info(1, read_only=source is not None)
        info["source"] = source and replication_builders.link(host=at[source])
        words[name] = said(moment, at[name], replication={**info, **changes.get(name.replace("-", "_"), {})})
    return words
