#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_galera
short_description: Bring a Galera member to serve in its cluster
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - Decides from the state of all members who begins the cluster, who joins, and who is left alone, and does the local member's part.
  - Every member comes to the same decision, so the task runs on the one that O(state=planned) names for the bootstrap first, and then on the
    others one by one, in an include for each, so that one that fails ends it for the rest (C(any_errors_fatal)).
  - A member is done when it is Synced, in the primary component, ready and connected, and applies what it receives.
  - Refuses to begin a cluster over the data of one that is merely down, to join a member that has schemas of its own, and to touch the member of
    another cluster.
  - A member that serves is given changed settings and a new certificate while it runs. Settings that the server reads only at its start are pending;
    for them a member is restarted when O(allow_restart) says so, it is Synced, and all other members are there.
  - Runs on the guest, as root, after MariaDB was installed and configured.
options:
  cluster_name:
    description: The C(wsrep_cluster_name).
    type: str
    required: true
  member:
    description: The name of the local member in O(members).
    type: str
    required: true
  turn:
    description: With O(state=restarted) and O(state=initialized), the run that began it and its verb, with C(/) between.
    type: str
  members:
    description:
      - What M(stackdb.trove.trove_galera_info) returned of each member (RV(stackdb.trove.trove_galera_info#module:galera)), by name and in the order in which
        a first member is chosen; an empty dictionary for a member that did not report.
      - With O(state=restarted) and O(state=initialized) only their number counts.
    type: dict
    required: true
  state:
    description:
      - V(planned) only decides, for all members, and refuses what must be refused. It and V(serving) run on the controller.
      - V(due) also returns what the local member has to do for its part, RV(plan), and changes nothing. It may be asked of all members at once.
      - V(synced) also does the local member's part.
      - V(serving) only looks at O(members), and refuses unless every one of them serves and all are in one cluster.
      - V(restarted) stops the local member in order and starts it, unless it has noted that it was restarted in O(turn), and waits until it serves. That all
        others serve is not looked at; it is asked by the playbook, before.
      - V(initialized) is V(restarted), and between stop and start sets the member's data aside, in C(.stackdb-trove-aside.sst) in the data directory, so that
        it gets all of them from another member by a state transfer. They stay there until M(stackdb.trove.trove_data_aside) deletes them.
      - V(stopped) stops the local member in order and for good, so that it does not start at boot, and notes that O(others) still serve.
    type: str
    choices: [planned, due, synced, serving, restarted, initialized, stopped]
    default: synced
  others:
    description: With O(state=stopped), the names of the members that still serve; empty for the last one, which starts first when the cluster is started.
    type: list
    elements: str
    default: []
  from_stop:
    description:
      - Whether all members were stopped by O(state=stopped), as far as none runs. Then the one that has noted that it was the last begins, where its
        C(grastate.dat) and the positions of all say so, too. Otherwise no member is started.
    type: bool
    default: false
  may_bootstrap:
    description: Whether O(members) are all there are. If not, a new cluster is refused, since members that are not named may have one.
    type: bool
    default: true
  allow_restart:
    description: Whether to restart a member that serves for settings that are pending.
    type: bool
    default: false
  tls_files:
    description: The files of certificate and key. When one of them is newer than what the server has read, it is told to read them.
    type: list
    elements: path
    default: []
  rejoin_for:
    description: Files that the server reads when it looks for the others. A member that has found them ignores these files.
    type: list
    elements: path
    default: []
  version:
    description: Refuse to start a server whose version does not begin with this one, such as V(10.11).
    type: str
  timeout:
    description: Seconds until the member must be Synced. A full state transfer of a large database takes its time.
    type: int
    default: 1800
extends_documentation_fragment:
  - stackdb.trove.progress
  - stackdb.trove.cloud.attributes
requirements:
  - PyMySQL on the guest
seealso:
  - module: stackdb.trove.trove_galera_info
"""

EXAMPLES = r"""
- name: See how the members are
  become: true
  stackdb.trove.trove_galera_info:
  register: seen

- name: Let this member serve in the cluster
  become: true
  when: inventory_hostname == member
  stackdb.trove.trove_galera:
    cluster_name: products
    member: "{{ inventory_hostname }}"
    members: "{{ dict(ansible_play_hosts | zip(ansible_play_hosts | map('extract', hostvars, ['seen', 'galera']))) }}"
"""

RETURN = r"""
actions:
  description: What was decided for each member, V(bootstrap), V(join) or V(none).
  returned: when O(state=planned), O(state=due) or O(state=synced)
  type: dict
  sample: {products-1: bootstrap, products-2: join, products-3: join}
mixed:
  description: Whether O(members) have, or are about to have, servers of more than one release series.
  returned: when O(state=planned), O(state=due) or O(state=synced)
  type: bool
bootstrap:
  description: The member that begins the cluster, V(none) when there is one already.
  returned: when O(state=planned), O(state=due) or O(state=synced)
  type: str
pending:
  description: The settings that the server reads at its start only, and has otherwise than its files.
  returned: when O(state=due) or O(state=synced)
  type: list
  elements: str
plan:
  description: The steps for the local member, as they were created, or would be in check mode or with O(state=due).
  returned: when O(state=due), O(state=synced) or O(state=restarted)
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
      description: The reason.
      type: str
    risk:
      description: What it may cost.
      type: str
    stage:
      description: Steps of one stage belong together; stages follow each other.
      type: int
galera:
  description: The state of the local member afterwards.
  returned: when O(state=due), O(state=synced) or O(state=restarted)
  type: dict
  contains:
    address:
      description: The address by which the other members reach this one, as it was given.
      type: str
    node_address:
      description: The C(wsrep_node_address) of the settings.
      type: str
    version:
      description: The version of the server that is installed, V(none) where there is none.
      type: str
    running:
      description: The version of the server that answers, by its own word, V(none) where none does.
      type: str
    tables_version:
      description: The version that the system tables are of, V(none) where nothing says so.
      type: str
    service:
      description: What systemd says of the server, C(state), C(started) in seconds since the epoch, and C(enabled).
      type: dict
    reachable:
      description: Whether the server answers root on its socket.
      type: bool
    error:
      description: Why it does not, when its service runs.
      type: str
    wsrep:
      description: >-
        What the server says of the cluster: C(on), C(ready), C(connected), C(local_state), C(cluster_status), C(cluster_size), C(cluster_state_uuid),
        C(local_state_uuid), C(last_committed), C(addresses) of those that hold data, C(members), how many these are, and C(looks), one of its receive
        queue, flow control and waiting applier threads where it was at rest, and several where it was busy; C(cached_downto), the oldest write set that it
        could give to a joiner; and its use: C(clients), and C(commits) for them in C(uptime) seconds. V(none) when it does not answer.
      type: dict
    cluster_name:
      description: wsrep_cluster_name as it is C(configured) and as it is C(live).
      type: dict
    grastate:
      description: What C(grastate.dat) holds, C(uuid), C(seqno) and C(safe_to_bootstrap); V(none) where there is none.
      type: dict
    last_view:
      description: How many members the last view had, by C(gvwstate.dat); V(none) after a clean stop.
      type: int
    datadir:
      description: >-
        The C(path), whether it is C(initialised), whether it is C(receiving) or has been C(copied) by a state transfer, and the users' C(schemas).
      type: dict
    volume:
      description: C(size) and C(used) of the file system below the data directory, in GiB.
      type: dict
    settings:
      description: >-
        What its files have otherwise than the running server, C(live) by name, from and to, which it can be given while it runs; C(pending), the names
        of those that wait for a restart; and C(told), of what it has read and made something else of. Each of these is a warning, too.
      type: dict
"""

from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

from ..module_utils._datastores.galera.rules import choice, decided
from ..module_utils._datastores.galera.verbs.initialize import GaleraInitialized
from ..module_utils._datastores.galera.verbs.member import GaleraMember, Observed
from ..module_utils._datastores.galera.verbs.restart import GaleraRestarted
from ..module_utils._datastores.galera.verbs.shutdown import GaleraStopped
from ..module_utils._guest import lock
from ..module_utils._model.errors import InvalidInput
from ..module_utils._module import guest, progress
from ..module_utils._plan.runner import Outcome, reconcile


def act(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """The module's result."""
    if params["member"] not in params["members"]:
        raise InvalidInput("member", params["member"], list(params["members"]))
    if params["state"] in decided.ON_CONTROLLER:
        return decided.on_controller(params)
    if params["state"] in _IN_TURN:
        return _restart(params, check_mode)
    if params["state"] == "stopped":
        return _stop(params, check_mode)
    chosen = decided.choose(params)
    return {"changed": False, **decided.view(chosen, params["members"]), **_member(params, chosen, check_mode)}


def _member(params: Mapping[str, Any], chosen: choice.Choice, check_mode: bool) -> dict[str, Any]:
    """The local member's part of what was decided, or only what that is."""
    options = {name: params[name] for name in ("tls_files", "rejoin_for", "allow_restart", "version", "timeout")}
    member = GaleraMember(params["member"], chosen, len(params["members"]), **options)
    if params["state"] == "due":
        outcome = reconcile(member, True)
        return _seen(outcome)
    with nullcontext() if check_mode else lock.held("galera", params["timeout"]):
        outcome = reconcile(member, check_mode)
    return {**_seen(outcome), "changed": outcome.changed, "diff": outcome.diff()}


def _seen(outcome: Outcome[Observed]) -> dict[str, Any]:
    found = outcome.observed
    return {"pending": found["settings"]["pending"], "galera": found, "plan": outcome.plan.view(), **guest.warnings(found["settings"]["told"])}


def _stop(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    member = GaleraStopped(params["member"], params["others"])
    with nullcontext() if check_mode else lock.held("galera", params["timeout"]):
        outcome = reconcile(member, check_mode)
    return {"galera": outcome.observed, "changed": outcome.changed, "plan": outcome.plan.view(), "diff": outcome.diff()}


_IN_TURN = {"restarted": GaleraRestarted, "initialized": GaleraInitialized}


def _restart(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    member = _IN_TURN[params["state"]](params["member"], len(params["members"]) == 1, params["turn"], params["timeout"])
    with nullcontext() if check_mode else lock.held("galera", params["timeout"]):
        outcome = reconcile(member, check_mode)
    return {"galera": outcome.observed, "changed": outcome.changed, "plan": outcome.plan.view(), "diff": outcome.diff()}


def main() -> None:
    guest.run(
        act,
        {
            "cluster_name": {"type": "str", "required": True},
            "member": {"type": "str", "required": True},
            "members": {"type": "dict", "required": True},
            "state": {"type": "str", "choices": ["planned", "due", "synced", "serving", *_IN_TURN, "stopped"], "default": "synced"},
            "others": {"type": "list", "elements": "str", "default": []},
            "from_stop": {"type": "bool", "default": False},
            "may_bootstrap": {"type": "bool", "default": True},
            "allow_restart": {"type": "bool", "default": False},
            "tls_files": {"type": "list", "elements": "path", "default": []},
            "rejoin_for": {"type": "list", "elements": "path", "default": []},
            "version": {"type": "str"},
            "timeout": {"type": "int", "default": 1800},
            **progress.OPTIONS,
            "turn": {"type": "str"},
        },
        required_if=[("state", state, ("turn",)) for state in _IN_TURN],
    )


if __name__ == "__main__":
    main()
