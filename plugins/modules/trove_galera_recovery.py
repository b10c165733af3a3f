#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_galera_recovery
short_description: Bring a Galera cluster to serve after an outage
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - The steps of the playbook C(stackdb.trove.cluster_recover) on each member, one O(state) each, in the order in which they stand there.
  - A member's position is what the server itself finds in its data (C(--wsrep_recover)), with the configuration of its unit, so that an encrypted redo log is
    read with its key. Neither C(grastate.dat) nor its C(safe_to_bootstrap) decides.
  - Runs on the guest, as root.
notes:
  - In check mode nothing is stopped or unmasked, so that where a member stands whose server runs, or is about to be started again, is not known. One that is
    down is asked, and that opens its data as any start of the server does.
  - What was written with C(SET SESSION wsrep_on = OFF), or by a server that was started outside of its unit, leaves no trace that is read here. A start of the
    unit outside of the cluster is seen as long as the journal goes back to it.
options:
  state:
    description:
      - V(read) stops the local unit, masks it until the next reboot, ends what is left of it, and reads what its data say. A member that serves is left alone,
        and so is one that is given a state transfer by a member that serves.
      - V(decided) decides for all members from O(evidence). It never fails for a doubt, but returns it.
      - V(released) lets the unit be started again, and starts it where it ran before.
      - V(prepared) notes the decision on the member, writes C(grastate.dat) for the next start, removes C(gvwstate.dat), and lets the unit be started again.
        With plain starts its files stay as they are, and its unit is started.
      - V(started) does the member's part, and waits until it is Synced in the cluster that was decided upon.
      - V(held) returns where the member stands, and the checksums of its tables.
      - V(compared) refuses where what all members hold differs.
      - V(ended) notes on the member where the recovery has ended.
    type: str
    choices: [read, decided, released, prepared, started, held, compared, ended]
    required: true
  member:
    description: The name of the local member.
    type: str
    required: true
  members:
    description: With O(state=read), what M(stackdb.trove.trove_galera_info) returned of each member, by name.
    type: dict
    default: {}
  evidence:
    description: With O(state=decided), what O(state=read) returned of each member, by name; an empty dictionary for one that did not answer.
    type: dict
    default: {}
  lost:
    description: With O(state=decided), the members whose data are given up.
    type: list
    elements: str
    default: []
  begin_with:
    description: With O(state=decided), the member whose data are taken in spite of all doubts.
    type: str
  decided:
    description: RV(decided), as O(state=decided) returned it.
    type: dict
    default: {}
  ran:
    description: With O(state=released), whether the server ran before.
    type: bool
    default: false
  rounds:
    description: With O(state=compared), what O(state=held) returned of each member by name, once for each time that all were asked.
    type: list
    elements: dict
    default: []
  timeout:
    description: Seconds until the position must be known, or the member must be Synced.
    type: int
    default: 1800
extends_documentation_fragment:
  - stackdb.trove.cloud.attributes
requirements:
  - PyMySQL on the guest
seealso:
  - module: stackdb.trove.trove_galera
"""

EXAMPLES = r"""
- name: Stop the server, and read where its data stand
  become: true
  stackdb.trove.trove_galera_recovery:
    state: read
    member: "{{ inventory_hostname }}"
    members: "{{ infos }}"
  register: row

- name: Decide who begins
  become: true
  run_once: true
  stackdb.trove.trove_galera_recovery:
    state: decided
    member: "{{ inventory_hostname }}"
    evidence: "{{ dict(ansible_play_hosts | zip(ansible_play_hosts | map('extract', hostvars, ['row', 'evidence']))) }}"
"""

RETURN = r"""
evidence:
  description: What is known of the local member, a row of the table by which it is decided.
  returned: when O(state=read)
  type: dict
ran:
  description: Whether its server ran, or was to be started again by systemd.
  returned: when O(state=read)
  type: bool
decided:
  description: >-
    C(how), V(nothing), V(plain) starts, one V(elected), the others brought V(home), or V(unknown); C(actions) by member; C(first), who begins; its
    C(position); C(why); what is C(given_up); and C(sst), who gets all data by a state transfer, whatever its own say. V(none) where it was refused.
  returned: when O(state=decided)
  type: dict
refused:
  description: Why no member is started, V(none) where one is.
  returned: when O(state=decided)
  type: str
text:
  description: The table of the evidence and the decision, for people; or what was compared.
  returned: when O(state=decided) or O(state=compared)
  type: str
held:
  description: C(position), C(tables) with their checksums, and how many were C(left_out) since they are too large.
  returned: when O(state=held)
  type: dict
plan:
  description: The steps for the local member.
  returned: when O(state=prepared) or O(state=started)
  type: list
  elements: dict
"""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import Any

from ..module_utils._datastores.galera.guest import same as holding
from ..module_utils._datastores.galera.rules import outage, recovery, same
from ..module_utils._datastores.galera.verbs import recovery as verb
from ..module_utils._guest import lock
from ..module_utils._model.errors import Refused
from ..module_utils._module import guest
from ..module_utils._plan.runner import reconcile

Params = Mapping[str, Any]
Result = dict[str, Any]


def act(params: Params, check_mode: bool) -> Result:
    """The module's result."""
    # to read opens the data, in check mode, too
    locked = params["state"] in _WRITES and (params["state"] == "read" or not check_mode)
    with lock.held("galera", params["timeout"]) if locked else nullcontext():
        return _STATES[params["state"]](params, check_mode)


def _read(params: Params, check_mode: bool) -> Result:
    infos = {name: info or None for name, info in params["members"].items()}
    row, stopped = verb.evidence(params["member"], infos, params["timeout"], check_mode)
    return {"changed": stopped, "ran": row["ran"], "evidence": row}


def _decided(params: Params, check_mode: bool) -> Result:
    seen = {name: row or None for name, row in params["evidence"].items()}
    table = outage.table(seen, params["lost"])
    try:
        found = recovery.decide(seen, params["lost"], params["begin_with"] or None)
    except Refused as refused:
        return {"changed": False, "decided": None, "refused": refused.message, "text": table}
    lines = [*found.why, *(f"given up: {text}" for text in found.given_up)]
    return {"changed": False, "decided": found.view(), "refused": None, "text": table + "".join(f"~ {line}\n" for line in lines)}


def _released(params: Params, check_mode: bool) -> Result:
    if not check_mode:
        verb.give_back(params["ran"])
    return {"changed": False}


def _prepared(params: Params, check_mode: bool) -> Result:
    outcome = reconcile(verb.GaleraPrepared(params["member"], params["decided"]), check_mode)
    return {"changed": outcome.changed, "plan": outcome.plan.view(), "diff": outcome.diff()}


def _started(params: Params, check_mode: bool) -> Result:
    outcome = reconcile(verb.GaleraRecovered(params["member"], params["decided"], params["timeout"]), check_mode)
    return {"changed": outcome.changed, "plan": outcome.plan.view(), "diff": outcome.diff()}


def _held(params: Params, check_mode: bool) -> Result:
    return {"changed": False, "held": holding.held()}


def _compared(params: Params, check_mode: bool) -> Result:
    found = same.differences(params["rounds"])
    if found:
        raise Refused(f"All members serve, and do not hold the same: {'; '.join(found)}.", differences=found)
    return {"changed": False, "text": same.text(params["rounds"])}


def _ended(params: Params, check_mode: bool) -> Result:
    if not check_mode:
        verb.end(params["rounds"][-1][params["member"]]["position"])
    return {"changed": False}


_STATES: Mapping[str, Callable[[Params, bool], Result]] = {
    "read": _read,
    "decided": _decided,
    "released": _released,
    "prepared": _prepared,
    "started": _started,
    "held": _held,
    "compared": _compared,
    "ended": _ended,
}
_WRITES = ("read", "released", "prepared", "started", "ended")


def main() -> None:
    guest.run(
        act,
        {
            "state": {"type": "str", "choices": list(_STATES), "required": True},
            "member": {"type": "str", "required": True},
            "members": {"type": "dict", "default": {}},
            "evidence": {"type": "dict", "default": {}},
            "lost": {"type": "list", "elements": "str", "default": []},
            "begin_with": {"type": "str"},
            "decided": {"type": "dict", "default": {}},
            "ran": {"type": "bool", "default": False},
            "rounds": {"type": "list", "elements": "dict", "default": []},
            "timeout": {"type": "int", "default": 1800},
        },
    )


if __name__ == "__main__":
    main()
