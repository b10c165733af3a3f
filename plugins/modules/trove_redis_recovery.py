#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_redis_recovery
short_description: Bring a Redis Cluster to serve again after an outage, a step at a time
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - The parts of the entry point C(recover) of the role P(stackdb.trove.redis_cluster#role), which says in which order they are run.
  - Each part asks the nodes again before it acts, so that a run that was killed is continued by starting it again.
options:
  state:
    description:
      - V(read) says why the server of this guest is down, and what it has left. Nothing is changed, nor started.
      - V(decided) decides from what all have said, see O(evidence), who is started, whose place is taken by a replica, who meets again, and which dead nodes
        are forgotten. In doubt RV(refused) says why nothing is. It waits for what masters do by votes, twice the node timeout.
      - V(noted) keeps O(decided) on this guest, in C(/etc/stackdb-trove/recovery-redis-server.service.json) (or valkey-server).
      - V(started) starts the server of this guest through its unit, now and at boot, and waits until it answers. One that runs is only waited for.
      - V(met) has members that do not reach each other meet again, by the ids that they had.
      - V(taken_over) has replicas take the places of the masters that were decided upon.
      - V(forgotten) has all members forget nodes that failed and are no members.
      - V(proven) waits until all members serve and agree, and fails where they do not.
    type: str
    choices: [read, decided, noted, started, met, taken_over, forgotten, proven]
    required: true
  member:
    description: The name of the local member.
    type: str
    required: true
  directory:
    description: The data directory of the local server. Required with O(state=read).
    type: path
  tried:
    description: With O(state=read), whether this run has started the server in vain, so that it is not started again.
    type: bool
    default: false
  may_fail:
    description: With O(state=started), whether RV(failure) says why it could not be started, in place of a failure, so that the others can go on without it.
    type: bool
    default: false
  evidence:
    description: RV(evidence) of each member by its name; an empty dictionary for one whose host could not be reached.
    type: dict
    default: {}
  lost:
    description: With O(state=decided), the members that are given up, with what only they have.
    type: list
    elements: str
    default: []
  servers:
    description: With O(state=decided), what Nova says of each member's server, for people.
    type: dict
    default: {}
  decided:
    description: RV(decided), as O(state=decided) returned it.
    type: dict
    default: {}
  timeout:
    description: Seconds until the server must answer, a replica must have taken over, and all members must agree.
    type: int
    default: 120
extends_documentation_fragment:
  - stackdb.trove.redis
  - stackdb.trove.cloud.attributes
requirements:
  - redis >= 4.3 (Python library) where it runs
notes:
  - A takeover without votes is done for members named in O(lost) alone, and loses writes that were acknowledged and not replicated.
seealso:
  - module: stackdb.trove.trove_redis_cluster
"""

EXAMPLES = r"""
- name: Read why the server is down, and what it has left
  become: true
  stackdb.trove.trove_redis_recovery:
    state: read
    member: "{{ inventory_hostname }}"
    directory: /var/lib/redis
    nodes: "{{ nodes }}"
  register: row

- name: Decide which servers are started, and which replicas take over
  become: true
  run_once: true
  stackdb.trove.trove_redis_recovery:
    state: decided
    member: "{{ inventory_hostname }}"
    evidence: "{{ dict(ansible_play_hosts | zip(ansible_play_hosts | map('extract', hostvars, ['row', 'evidence']))) }}"
    nodes: "{{ nodes }}"
    username: trove
    password: "{{ redis_password }}"
    ca_cert: /etc/redis/tls/ca.pem
"""

RETURN = r"""
evidence:
  description: What is known of the local member, a row of the table by which it is decided.
  returned: when O(state=read)
  type: dict
decided:
  description: >-
    Who is started C(first), which C(takeovers) follow, who is started C(then), who are to C(meet), which nodes all C(forget), who is C(left) down and what
    to do for them, who is C(expected) to serve or to follow in the end, who was given up (C(lost)), and C(why). V(none) where it was refused.
  returned: when O(state=decided)
  type: dict
refused:
  description: Why nothing is done, V(none) where it was decided.
  returned: when O(state=decided)
  type: str
text:
  description: The table of the evidence and the decision, for people.
  returned: when O(state=decided)
  type: str
failure:
  description: Why the server could not be started, with the end of its log; V(none) where it was.
  returned: when O(state=started)
  type: str
redis_cluster:
  description: The cluster, as RV(stackdb.trove.trove_redis_cluster#module:redis_cluster).
  returned: when O(state=met), O(state=taken_over), O(state=forgotten) or O(state=proven)
  type: dict
plan:
  description: The steps as they were created, or would be in check mode.
  returned: when O(state=met), O(state=taken_over), O(state=forgotten) or O(state=proven)
  type: list
  elements: dict
"""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import Any

from ..module_utils._datastores.redis_cluster.guest import recovery as guest_recovery
from ..module_utils._datastores.redis_cluster.rules import recovery as rules
from ..module_utils._datastores.redis_cluster.verbs import recovery
from ..module_utils._datastores.redis_cluster.verbs.cluster import Nodes
from ..module_utils._guest import lock
from ..module_utils._guest.command import GuestError
from ..module_utils._model.errors import InvalidInput
from ..module_utils._module import guest, redis
from ..module_utils._plan.runner import reconcile

Params = Mapping[str, Any]
Result = dict[str, Any]


def act(params: Params, check_mode: bool) -> Result:
    """The module's result."""
    with lock.held("redis", params["timeout"]) if params["state"] in _LOCAL and not check_mode else nullcontext():
        return _STATES.get(params["state"], _reached)(params, check_mode)


def _read(params: Params, check_mode: bool) -> Result:
    return {"changed": False, "evidence": guest_recovery.row(params["member"], params["directory"], params["tried"])}


def _decided(params: Params, check_mode: bool) -> Result:
    names = [node["name"] for node in params["nodes"]]
    for number, name in enumerate(params["lost"]):
        if name not in names:
            raise InvalidInput(f"lost[{number}]", name, names)
    rows = _rows(params)
    own = rows.get(params["member"])
    with redis.connect(params) as connections:
        found = recovery.decide(Nodes(connections, params["timeout"]), rows, params["lost"], params["servers"], own["at"] if own else None)
    facts, decision, refused = found
    table = rules.table(facts, params["lost"], params["servers"])
    lines = "".join(f"~ {line}\n" for line in decision.why) if decision else ""
    would = check_mode and decision is not None and decision.acts
    return {"changed": would, "decided": decision.view() if decision else None, "refused": refused, "text": table + lines}


def _rows(params: Params) -> dict[str, Any]:
    return {node["name"]: params["evidence"].get(node["name"]) or None for node in params["nodes"]}


def _noted(params: Params, check_mode: bool) -> Result:
    if not check_mode:
        guest_recovery.note(params["decided"])
    return {"changed": False}


def _started(params: Params, check_mode: bool) -> Result:
    try:
        if not check_mode:
            guest_recovery.start(params["member"], params["timeout"])
    except GuestError as error:
        if not params["may_fail"]:
            raise
        return {"changed": True, "failure": error.message}
    return {"changed": True, "failure": None}


def _reached(params: Params, check_mode: bool) -> Result:
    with redis.connect(params) as connections:
        outcome = reconcile(recovery.make(params["state"], Nodes(connections, params["timeout"]), _rows(params), params["decided"]), check_mode)
    return {"changed": outcome.changed, "redis_cluster": outcome.after, "plan": outcome.plan.view(), "diff": outcome.diff()}


_STATES: Mapping[str, Callable[[Params, bool], Result]] = {"read": _read, "decided": _decided, "noted": _noted, "started": _started}
_LOCAL = ("noted", "started")


def main() -> None:
    guest.run(
        act,
        {
            **redis.OPTIONS,
            "state": {"type": "str", "choices": [*_STATES, *recovery.NAMES], "required": True},
            "member": {"type": "str", "required": True},
            "directory": {"type": "path"},
            "tried": {"type": "bool", "default": False},
            "may_fail": {"type": "bool", "default": False},
            "evidence": {"type": "dict", "default": {}},
            "lost": {"type": "list", "elements": "str", "default": []},
            "servers": {"type": "dict", "default": {}},
            "decided": {"type": "dict", "default": {}},
            "timeout": {"type": "int", "default": 120},
        },
        required_together=redis.TOGETHER,
        required_if=[("state", "read", ("directory",))],
    )


if __name__ == "__main__":
    main()
