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
    member's part. It is created for the role galera, whose entry point C(upgrade) calls it in the order of O(state)'s choices.
  - Runs on the guest, as root. That all other members serve before one is stopped is asked by the playbook, before.
options:
  state:
    description:
      - V(offered) reads what is installed and what the package sources would have with O(repository) and O(pins), in a directory of its own; downloads the
        new packages there, and has the new server's program read the member's settings. Nothing else is touched.
      - V(decided) judges the O(offers) of all members, and refuses with all reasons.
      - V(downloaded) downloads the packages of O(wanted), while the member serves.
      - V(limited) lets only members of the local one's release series give it a full copy of the data, while O(members) have more than one of them. One that
        has two, since its turn is not over, gets a copy from no member. Where a member said nothing, a limit is never removed.
      - V(upgraded) stops the local member in order, installs the packages of O(wanted), starts it, waits until it is Synced, and brings its system tables
        to the version of its server, on this member alone. What an earlier run has done of it is not done again.
    type: str
    choices: [offered, decided, downloaded, limited, upgraded]
    required: true
  member:
    description: The name of the local member.
    type: str
    required: true
  members:
    description: >-
      With O(state=limited) and O(state=upgraded), what M(stackdb.trove.trove_galera_info) returned of each member, by name; an empty dictionary for one that
      said nothing.
    type: dict
    default: {}
  nodes:
    description: With O(state=limited) and O(state=upgraded), the C(wsrep_node_name) of each member, by name.
    type: dict
    default: {}
  going:
    description: With O(state=limited), the member that is about to have O(new).
    type: str
  new:
    description: With O(state=limited), the version that O(going) is about to have.
    type: str
  only:
    description: With O(state=upgraded), whether it is the only member, so that it bootstraps its cluster again.
    type: bool
    default: false
  turn:
    description: With O(state=upgraded), the run that began it and its verb, with C(/) between.
    type: str
  allow_full_transfer:
    description: With O(state=upgraded), stop the member though it may need all data again when it returns.
    type: bool
    default: false
  asks_again:
    description: >-
      With O(state=upgraded), whether a member that served by O(members) is asked right before it is stopped, and is not stopped where it does not serve any
      more, counts other members than there are, or may need all data again.
    type: bool
    default: true
  timeout:
    description: Seconds until the member must be Synced.
    type: int
    default: 1800
extends_documentation_fragment:
  - stackdb.trove.cloud.attributes
  - stackdb.trove.upgrade
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
  description: The steps that were created, or would be created in check mode.
  returned: when O(state=downloaded) or O(state=upgraded)
  type: list
  elements: dict
"""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from functools import partial
from typing import Any

from ..module_utils._datastores.galera.guest import donors as limits
from ..module_utils._datastores.galera.guest import member
from ..module_utils._datastores.galera.rules import donors, going
from ..module_utils._datastores.galera.rules.info import Info
from ..module_utils._datastores.galera.verbs.upgrade import PACKAGE, GaleraUpgraded, Turn
from ..module_utils._datastores.mysql.guest import new_server
from ..module_utils._datastores.mysql.guest.engines import MARIADB
from ..module_utils._datastores.mysql.rules import upgrade_paths
from ..module_utils._guest import lock
from ..module_utils._model.upgrade import upstream
from ..module_utils._module import guest, upgrade

Params = Mapping[str, Any]
Result = dict[str, Any]


def act(params: Params, check_mode: bool) -> Result:
    """The module's result."""
    writes = params["state"] in ("downloaded", "limited", "upgraded") and not check_mode
    with lock.held("galera", params["timeout"]) if writes else nullcontext():
        return _STATES[params["state"]](params, check_mode)


def _offered(params: Params, check_mode: bool) -> Result:
    return {"changed": False, "offer": new_server.offer(MARIADB, PACKAGE, member.observe()["running"], *upgrade.sources(params))}


def _decided(params: Params, check_mode: bool) -> Result:
    return upgrade.decided(params, upgrade_paths.galera_step, upgrade_paths.mariadb_tells)


def _limited(params: Params, check_mode: bool) -> Result:
    seen = donors.versions(params["members"], params["going"], params["new"])
    found = donors.limit(params["member"], seen, params["nodes"])
    return {"changed": bool(found and limits.limit(found.names, check_mode))}


def _downloaded(params: Params, check_mode: bool) -> Result:
    return upgrade.downloaded(params, params["member"], PACKAGE, check_mode)


def _upgraded(params: Params, check_mode: bool) -> Result:
    new = {upstream(version) or version for version in params["wanted"].values()}
    limit = donors.limit(params["member"], {**donors.versions(params["members"]), params["member"]: new}, params["nodes"])
    asked = partial(going.against_now, params["member"], params["members"], params["allow_full_transfer"]) if params["asks_again"] else _nothing
    own = Turn(params["member"], params["turn"], params["only"], params["timeout"], limit, asked)
    return upgrade.reconciled(GaleraUpgraded(own, params["wanted"]), check_mode)


def _nothing(_info: Info) -> list[str]:
    return []


_STATES: Mapping[str, Callable[[Params, bool], Result]] = {
    "offered": _offered,
    "decided": _decided,
    "downloaded": _downloaded,
    "limited": _limited,
    "upgraded": _upgraded,
}


def main() -> None:
    guest.run(
        act,
        {
            **upgrade.OPTIONS,
            "state": {"type": "str", "choices": list(_STATES), "required": True},
            "member": {"type": "str", "required": True},
            "members": {"type": "dict", "default": {}},
            "nodes": {"type": "dict", "default": {}},
            "going": {"type": "str"},
            "new": {"type": "str"},
            "only": {"type": "bool", "default": False},
            "turn": {"type": "str"},
            "allow_full_transfer": {"type": "bool", "default": False},
            "asks_again": {"type": "bool", "default": True},
            "timeout": {"type": "int", "default": 1800},
        },
        required_if=[("state", "upgraded", ("turn", "wanted", "members")), ("state", "downloaded", ("wanted",))],
    )


if __name__ == "__main__":
    main()
