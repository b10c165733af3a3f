#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_galera_upgrade
short_description: Bring a Galera member to the version that its package sources offer
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - Reads what the member has and what its package sources offer, decides from the words of all members whether they may be upgraded, and does the local
    member's part. It is made for the role galera, whose entry point C(upgrade) calls it in the order of O(state)'s choices.
  - Runs on the guest, as root. That all other members serve before one is stopped is not looked at; it is asked by the playbook, before.
options:
  state:
    description:
      - V(offered) reads what is installed and what the package sources would have with O(repository) and O(pins), in a directory of its own; downloads the
        new packages there, and has the new server's program read the member's settings. Nothing else is touched.
      - V(decided) judges the O(offers) of all members, and refuses with all reasons.
      - V(limited) lets only members of the local one's release series give it a full copy of the data, while O(members) have more than one of them.
      - V(upgraded) stops the local member in order, installs the packages of O(wanted), starts it, waits until it is Synced, and brings its system tables
        to the version of its server, on this member alone. What an earlier run has done of it is not done again.
    type: str
    choices: [offered, decided, limited, upgraded]
    required: true
  member:
    description: The name of the local member.
    type: str
    required: true
  version:
    description: With O(state=offered), what the new version has to begin with, such as V(11.8). Without it the newest that the sources prefer is taken.
    type: str
  repository:
    description: With O(state=offered), a package source that the member would have besides, as options of M(ansible.builtin.deb822_repository).
    type: dict
    default: {}
  pins:
    description: >-
      With O(state=offered), what the packages are preferred by, C(packages), C(pin) and C(priority) each. Without it the member's pins count.
    type: list
    elements: dict
  required:
    description: With O(state=decided), packages that must not be removed.
    type: list
    elements: str
    default: []
  offers:
    description: With O(state=decided), by member what O(state=offered) has returned, an empty dictionary for one that said nothing.
    type: dict
    default: {}
  rolled:
    description: With O(state=decided), the members that are to be upgraded.
    type: list
    elements: str
    default: []
  members:
    description: With O(state=limited), what M(stackdb.trove.trove_galera_info) returned of each member, by name.
    type: dict
    default: {}
  going:
    description: With O(state=limited), the member that is about to have O(new).
    type: str
  new:
    description: With O(state=limited), the version that O(going) is about to have.
    type: str
  wanted:
    description: With O(state=upgraded), the version of each of the server's packages.
    type: dict
    default: {}
  only:
    description: With O(state=upgraded), whether it is the only member, so that it begins its cluster anew.
    type: bool
    default: false
  turn:
    description: With O(state=upgraded), the run that began it and its verb, with C(/) between.
    type: str
  timeout:
    description: Seconds until the member must be Synced.
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
- name: See what the package sources offer
  become: true
  stackdb.trove.trove_galera_upgrade:
    state: offered
    member: "{{ inventory_hostname }}"
  register: seen

- name: Show it
  ansible.builtin.debug:
    var: seen.offer
"""

RETURN = r"""
offer:
  description: >-
    What the member has (C(running), C(has)), what is offered (C(new), C(package), C(wanted) by package), what apt would do (C(changes)), what the new program
    says of the settings (C(trial)), and why nothing can be installed (C(problem)).
  returned: when O(state=offered)
  type: dict
decided:
  description: C(new), the version that all shall have; C(package), that of the server's package; C(todo), the members that do not have it;
    C(series), its release series; C(notices).
  returned: when O(state=decided)
  type: dict
text:
  description: The same for people.
  returned: when O(state=decided)
  type: str
plan:
  description: The steps that were made, or would be made in check mode.
  returned: when O(state=upgraded)
  type: list
  elements: dict
"""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import Any

from ..module_utils._datastores.galera.guest import donors as limits
from ..module_utils._datastores.galera.guest import member
from ..module_utils._datastores.galera.rules import donors
from ..module_utils._datastores.galera.verbs.upgrade import GaleraUpgraded
from ..module_utils._datastores.mysql.guest import new_server
from ..module_utils._datastores.mysql.guest.engines import MARIADB
from ..module_utils._datastores.mysql.rules import upgrade_paths
from ..module_utils._guest import lock
from ..module_utils._model import package_sources, upgrade
from ..module_utils._model.errors import Refused
from ..module_utils._module import guest
from ..module_utils._plan.runner import reconcile

Params = Mapping[str, Any]
Result = dict[str, Any]
_SERVER = "mariadb-server"


def act(params: Params, check_mode: bool) -> Result:
    """The module's result."""
    writes = params["state"] in ("limited", "upgraded") and not check_mode
    with lock.held("galera", params["timeout"]) if writes else nullcontext():
        return _STATES[params["state"]](params, check_mode)


def _offered(params: Params, check_mode: bool) -> Result:
    pins = None if params["pins"] is None else package_sources.check_pins("pins", params["pins"])
    running = member.observe()["running"]
    return {"changed": False, "offer": new_server.offer(MARIADB, _SERVER, running, params["version"] or "", params["repository"], pins)}


def _decided(params: Params, check_mode: bool) -> Result:
    offers = {name: offer or None for name, offer in params["offers"].items()}
    found = upgrade.decide(offers, params["rolled"], upgrade_paths.galera_step, upgrade_paths.mariadb_tells, params["required"])
    if found.refusals:
        raise Refused(f"Nothing was touched. The members cannot be upgraded: {'; '.join(found.refusals)}.", refusals=list(found.refusals))
    return {"changed": False, "decided": found.view(), "text": upgrade.text(offers, found)}


def _limited(params: Params, check_mode: bool) -> Result:
    versions = {name: info.get("running") or info.get("version") for name, info in params["members"].items()}
    if params["going"]:
        versions[params["going"]] = params["new"]
    return {"changed": limits.limit(donors.allowed(params["member"], versions), check_mode)}


def _upgraded(params: Params, check_mode: bool) -> Result:
    outcome = reconcile(GaleraUpgraded(params["member"], params["only"], params["wanted"], params["turn"], params["timeout"]), check_mode)
    return {"changed": outcome.changed, "plan": outcome.plan.view(), "diff": outcome.diff()}


_STATES: Mapping[str, Callable[[Params, bool], Result]] = {"offered": _offered, "decided": _decided, "limited": _limited, "upgraded": _upgraded}


def main() -> None:
    guest.run(
        act,
        {
            "state": {"type": "str", "choices": list(_STATES), "required": True},
            "member": {"type": "str", "required": True},
            "version": {"type": "str"},
            "repository": {"type": "dict", "default": {}},
            "pins": {"type": "list", "elements": "dict"},
            "required": {"type": "list", "elements": "str", "default": []},
            "offers": {"type": "dict", "default": {}},
            "rolled": {"type": "list", "elements": "str", "default": []},
            "members": {"type": "dict", "default": {}},
            "going": {"type": "str"},
            "new": {"type": "str"},
            "wanted": {"type": "dict", "default": {}},
            "only": {"type": "bool", "default": False},
            "turn": {"type": "str"},
            "timeout": {"type": "int", "default": 1800},
        },
        required_if=[("state", "upgraded", ("turn", "wanted"))],
    )


if __name__ == "__main__":
    main()
