#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_redis_cluster
short_description: Form, rebalance, drain and shrink a Redis Cluster
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - Forms one Redis Cluster from nodes that run with C(cluster-enabled), lets new members in, moves slots with their keys while clients read and write,
    and has members leave.
  - Runs once for the whole cluster, on one of the guests or on the controller, wherever all nodes can be reached.
  - All is decided from what the nodes say, and refused before the first write where it must be. A run that was killed at any moment is continued by
    starting it again.
options:
  state:
    description:
      - V(present) has the nodes meet, gives the slots of a new cluster in Trove's division, and places replicas. In a cluster that serves all slots
        already, new members become masters without slots, and nothing moves.
      - V(rebalanced) moves slots until each master serves as many as its weight says. With O(members) only these masters are brought to their share. Of the
        others those give or take that are the furthest from theirs, and nothing moves between two of them.
      - V(drained) moves all slots of O(members) to the masters that stay, spread over all of them.
      - V(forgotten) has the cluster forget O(members), which must not serve slots any more.
      - V(purged) has the cluster forget all nodes that O(nodes) are not, which are lost members. Every member has to answer, and to find them failed. Refused
        while a replica of theirs has not taken their slots over, and while no member serves their slots, unless O(accept_lost_slots) is set.
      - V(fixed) finishes the moves of slots that a killed run or a failover of an end has left open, whichever run began them. Members that failed and serve
        nothing may be gone meanwhile. V(rebalanced) and V(drained) do the same with what they have begun themselves, once all members answer.
    type: str
    choices: [present, rebalanced, drained, forgotten, purged, fixed]
    default: present
  members:
    description: The names of the members to drain or to forget, or of the masters to rebalance; all masters where none is named.
    type: list
    elements: str
    default: []
  replicas:
    description:
      - How many replicas each master has; each is placed on another hypervisor than its master, as C(nodes[].host) tells.
      - Without it a new cluster has none, and new members of one that exists become masters.
    type: int
  masters:
    description:
      - Whom new members of a cluster that exists replicate, as the id of a node by the member's name. Where that node is a replica now, its master is meant.
        A member whose master is not known becomes a master without slots.
    type: dict
    default: {}
  accept_lost_slots:
    description: With O(state=purged), give up the keys in slots that no member serves. The members serve these slots then.
    type: bool
    default: false
  weights:
    description: What share of the slots a master serves, in proportion to the others, by name; 1 for who is not named, 0 for none at all.
    type: dict
    default: {}
  allow_few_masters:
    description: Allow fewer than three masters, though these cannot agree on a failover.
    type: bool
    default: false
  may_form:
    description: Whether O(nodes) are all there are. If not, a new cluster is refused, since there may be one on nodes that are not named.
    type: bool
    default: true
  bus_links:
    description:
      - What each member found when it probed the others' bus ports (RV(stackdb.trove.trove_redis_cluster_info#module:bus)), by the member's name.
      - Members are not joined when a pair is blocked, and the pair is named.
    type: dict
    default: {}
  stray_keys:
    description:
      - What O(state=fixed) does with keys that no client reaches, since their holder does not serve their slots, e.g. after it was restored from an old
        RDB file, or after the flags of a half-moved slot were removed by hand. Without it they are reported, and nothing is done.
      - V(keep) carries them to the members that serve these slots. Where such a member has a key of the same name, that one stays, since it is what
        clients have seen, and the other is deleted. A key that clients have deleted there meanwhile comes back.
      - V(delete) deletes them from their holder.
    type: str
    choices: [keep, delete]
  timeout:
    description: Seconds until all members must agree after the last step. The moving of slots itself has no limit.
    type: int
    default: 120
extends_documentation_fragment:
  - stackdb.trove.redis
  - stackdb.trove.progress
  - stackdb.trove.cloud.attributes
notes:
  - A move survives the failover of either end. The run in which that happens fails, after it has ended what it had opened, if the replica took over within
    O(timeout). Lost with a target are at most the last 400 keys (or 256 KiB, or one larger value) of each source, those that its replicas had not proven to
    have; all that arrived on it where it has no replica, or where it was restarted without its data before a replica was promoted.
    A replica that goes over to another master meanwhile (C(cluster-allow-replica-migration), CLUSTER REPLICATE) is not missed, as long as one stays; one
    that fails ends the run.
  - Redis does not tell the new source, promoted in place of a failed one, of keys that had gone to the target already. Until the move goes on, reads do not
    find these, and what is written to them meanwhile stays, in place of what had gone. Valkey from 8.0 on tells it.
  - Where both ends failed over, Redis has no trace of the move left. What had gone is reported as keys that no client reaches, and O(stray_keys) decides.
  - A server that was restored from an old RDB file cannot be told from the target of a move where the owner of its former slots has failed over since
    then. Delete the file before such a server is started.
  - Slots are moved with the keys of database 0, with their time to live. Libraries of functions are copied to a master before its first slot; masters that
    serve slots and differ in them are refused, as are targets that differ from a source in their ACL users or lack a module of it. Settings that clients
    notice and that differ are a warning. Scripts are not carried; EVALSHA gets C(NOSCRIPT) on a master that has not seen them, as after every restart.
  - What moves is weighed key by key (MEMORY USAGE, which estimates collections by five of their elements), by the servers themselves, a thousand keys in about
    a millisecond of theirs. After 60 s, and beyond 50000 keys of one slot, the rest is estimated; the plan says how many keys that are.
  - MIGRATE keeps both servers silent while it carries a value. Values of 1 MiB and more are in the plan by name, with the longest that clients are to wait
    for one, reckoned with 8 MiB a second; an estimate, since a hash of 1.5 million small fields had 7 on two busy cores, and a text 50 and more. Where the
    C(cluster-node-timeout) is not three times as long, it is raised on all members for the run, up to 900 s, and so are C(proto-max-bulk-len) and
    C(client-query-buffer-limit) of a target; a member that really fails is failed over so much later. They are put back at the end, whatever it is. What a
    killed run has raised stands in the member's C(proc-title-template), and the next run of V(rebalanced), V(drained) or V(fixed) puts it back; a restart
    does, too. Values of more than 2400 MiB are refused.
  - A value that a target does not take is named. Its slot is closed where it was, all others move, and the run fails. What had gone of that slot goes back,
    and clients do not find these keys for so long. A target with replicas may have to resynchronise them for a value that is larger than their
    C(client-output-buffer-limit).
  - When slots have arrived, targets with snapshots (C(save)) write one, and of those with C(appendonly) the log is synced; until then what has arrived is in
    their memory and in their replicas'. With C(appendfsync no) it is the kernel that decides when.
  - From Redis 8.4 on the servers move slots by themselves (CLUSTER MIGRATION); tried with Redis 8.6.3. A task that a restarted target has forgotten, and one
    that takes longer than 300 s and 2 MiB a second, is an error.
  - While a slot is half moved, a command on several keys of it gets C(TRYAGAIN), as in every Redis Cluster; commands on one key are not affected. So few
    slots are moved at a time that this ends after some 20 ms, with replicas up to 100 ms, and a client that tries again sees no error; slots with very many or
    large keys, and busy servers, take longer, and what a killed run has left half moved stays so until the next one.
  - A client has to follow C(ASK) to a node that served no slots when the client looked last, whoever moves the slots. redis-py 4.3 to 8.1 cannot, and
    fails at such redirections to a new master until a C(MOVED) has told it of that one.
seealso:
  - module: stackdb.trove.trove_redis_cluster_info
"""

EXAMPLES = r"""
- name: Create a cluster of three masters
  run_once: true
  stackdb.trove.trove_redis_cluster:
    nodes: "{{ redis_nodes }}"
    password: "{{ redis_password }}"
    ca_cert: /etc/redis/tls/ca.pem

- name: Fill a new master, which gets twice as much as the others
  stackdb.trove.trove_redis_cluster:
    nodes: "{{ redis_nodes }}"
    password: "{{ redis_password }}"
    state: rebalanced
    weights:
      sessions-member-4: 2
    progress: /tmp/rebalance.log

- name: Empty a member
  stackdb.trove.trove_redis_cluster:
    nodes: "{{ redis_nodes }}"
    password: "{{ redis_password }}"
    state: drained
    members: [sessions-member-4]

- name: Have all members forget those that are lost
  stackdb.trove.trove_redis_cluster:
    nodes: "{{ redis_nodes }}"
    password: "{{ redis_password }}"
    state: purged

- name: Have the others forget it
  stackdb.trove.trove_redis_cluster:
    nodes: "{{ redis_nodes }}"
    password: "{{ redis_password }}"
    state: forgotten
    members: [sessions-member-4]
"""

RETURN = r"""
redis_cluster:
  description: The cluster as its members see it.
  returned: success
  type: dict
  contains:
    state:
      description: V(ok) when every member says C(cluster_state:ok), all 16384 slots are served and all members agree on who serves which, else V(fail).
      type: str
    faults:
      description: What is wrong, a sentence each.
      type: list
      elements: str
    slots:
      description: How many slots are served.
      type: int
    open_slots:
      description: Slots that a move has opened and that were not closed, each with C(slot), C(source) and C(target).
      type: list
      elements: dict
    members:
      description: The nodes that were named.
      type: list
      elements: dict
      contains:
        name:
          description: The member's name.
          type: str
        address:
          description: Its IP address.
          type: str
        port:
          description: Its port for clients.
          type: int
        host:
          description: Its hypervisor, as it was given.
          type: str
        id:
          description: Its node id.
          type: str
        error:
          description: Why it does not answer.
          type: str
        version:
          description: The server's version.
          type: str
        state:
          description: What the member itself says of the cluster.
          type: str
        role:
          description: V(master) or V(replica).
          type: str
        master:
          description: The name of a replica's master.
          type: str
        master_id:
          description: The node id of a replica's master.
          type: str
        slots:
          description: The slots that it serves, such as V(0-5460).
          type: str
        slot_count:
          description: How many these are.
          type: int
        offset:
          description: How far it is in the replication stream; of a master what it has written, of a replica what it has received.
          type: int
        key_count:
          description: How many keys it holds.
          type: int
        used_memory:
          description: Bytes in use.
          type: int
        maxmemory:
          description: Bytes that it may use, 0 for no limit.
          type: int
plan:
  description: The steps as they were created, or would be in check mode. Bytes are estimated.
  returned: success
  type: list
  elements: dict
  contains:
    action:
      description: What is done.
      type: str
    kind:
      description: To what.
      type: str
    name:
      description: To which.
      type: str
    why:
      description: The reason, and for slots how many keys and bytes move.
      type: str
    risk:
      description: What it may cost.
      type: str
    stage:
      description: Steps of one stage belong together; stages follow each other.
      type: int
moved:
  description: What was moved, with C(source), C(target), C(slots), C(key_count) and C(seconds) from the start until the last of these slots had arrived.
  returned: success
  type: list
  elements: dict
"""

from collections.abc import Mapping
from typing import Any

from ..module_utils._datastores.redis_cluster.verbs import repair, states
from ..module_utils._datastores.redis_cluster.verbs.cluster import Nodes
from ..module_utils._module import guest, progress, redis
from ..module_utils._plan.runner import reconcile


def act(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """The module's result."""
    with redis.connect(params) as connections:
        outcome = reconcile(states.make(params, Nodes(connections, params["timeout"])), check_mode)
    moved = outcome.result.get("moved", [])
    told = guest.warnings(outcome.plan.warnings)
    before, after = _short(outcome.before), _short(outcome.after)
    diff = {**outcome.diff(), "before": before, "after": after}
    return {**told, "changed": outcome.changed, "redis_cluster": after, "plan": outcome.plan.view(), "moved": moved, "diff": diff}


def _short(view: Mapping[str, Any] | None) -> dict[str, Any]:
    """A view without what each member knows of each other one, which trove_redis_node_info returns of its own: of 200 members that are 40,000 entries."""
    if not view:
        return {}
    return {**view, "members": [{key: value for key, value in member.items() if key != "nodes"} for member in view["members"]]}


def main() -> None:
    guest.run(
        act,
        {
            **redis.OPTIONS,
            **progress.OPTIONS,
            "state": {"type": "str", "choices": states.NAMES, "default": "present"},
            "members": {"type": "list", "elements": "str", "default": []},
            "replicas": {"type": "int"},
            "masters": {"type": "dict", "default": {}},
            "accept_lost_slots": {"type": "bool", "default": False},
            "weights": {"type": "dict", "default": {}},
            "allow_few_masters": {"type": "bool", "default": False},
            "may_form": {"type": "bool", "default": True},
            "bus_links": {"type": "dict", "default": {}},
            "stray_keys": {"type": "str", "choices": [repair.KEEP, repair.DELETE]},
            "timeout": {"type": "int", "default": 120},
        },
        required_together=redis.TOGETHER,
        required_if=[("state", "drained", ("members",)), ("state", "forgotten", ("members",))],
    )


if __name__ == "__main__":
    main()
