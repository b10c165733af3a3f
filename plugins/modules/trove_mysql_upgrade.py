#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_mysql_upgrade
short_description: Bring a MariaDB or MySQL server with replicas to the version that its package sources offer
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - Reads what the server has and what its package sources offer, decides from the words of a source and its replicas whether they may be upgraded, and does
    the local server's part. The role mysql_replication calls it from its entry point C(upgrade), in the order of O(state)'s choices.
  - Runs on the guest, as root.
options:
  state:
    description:
      - V(offered) reads what is installed and what the package sources would have with O(repository) and O(pins), in a directory of its own; downloads the
        new packages there, and has the new server's program read the server's settings. Nothing else is touched.
      - V(decided) judges the O(offers) of all, and refuses with all reasons; also where a server would be of a newer release series than a replica of it.
      - V(downloaded) downloads the packages of O(wanted), while the server serves.
      - V(upgraded) stops the local server in order, installs the packages of O(wanted), starts it, and brings MariaDB's system tables to the version of
        the server, without the binary log. A replica replicates then. What an earlier run has done of it is not done again. Refused where it has a replica
        of an older release series than the new one.
    type: str
    choices: [offered, decided, downloaded, upgraded]
    required: true
  name:
    description: The name of the local server.
    type: str
    required: true
  engine:
    description: Which server it is.
    type: str
    choices: [mariadb, mysql]
    default: mariadb
  datadir:
    description: Where its data are.
    type: path
  members:
    description: >-
      With O(state=decided) and O(state=upgraded), what M(stackdb.trove.trove_mysql_replication_info) returned of each server, by name; an empty dictionary for
      one that said nothing.
    type: dict
    default: {}
  sources:
    description: >-
      With O(state=decided) and O(state=upgraded), by each member's name that of the source which it replicates from by its contract, null where it has none. A
      member that does not answer is a replica of that one, and without O(sources) of any.
    type: dict
  turn:
    description: With O(state=upgraded), the run that began it and its verb, with C(/) between.
    type: str
  asks_again:
    description:
      - With O(state=upgraded), whether a server that answers is not stopped where by O(members) another one does not serve any more.
      - With O(state=decided) and O(state=upgraded), whether a server is not brought to another release series while a replica that is none of O(members) is
        connected to it. With V(false) that is told in RV(text).
    type: bool
    default: true
  promotes:
    description: >-
      With O(state=upgraded), the replica that takes the place of its source before that one's turn. A source that does not answer, and which it still follows,
      is refused.
    type: str
  timeout:
    description: Seconds until the server must answer, and for its system tables.
    type: int
    default: 1800
extends_documentation_fragment:
  - stackdb.trove.cloud.attributes
  - stackdb.trove.upgrade
requirements:
  - PyMySQL on the guest
seealso:
  - module: stackdb.trove.trove_mysql_server
"""

EXAMPLES = r"""
- name: See what the package sources offer
  become: true
  stackdb.trove.trove_mysql_upgrade:
    state: offered
    name: "{{ inventory_hostname }}"
  register: seen

- name: Show it
  ansible.builtin.debug:
    var: seen.offer
"""

RETURN = r"""
offer:
  description: >-
    What the server has (C(running), C(has)), what is offered (C(new), C(package), C(wanted) by package), what apt would do (C(changes)), what the new program
    says of the settings (C(trial)), and why nothing can be installed (C(problem)).
  returned: when O(state=offered)
  type: dict
decided:
  description: >-
    C(new), the version that all shall have, and C(series), its release series; C(package), that of the server's package; C(todo), the names of those that do
    not have it; C(notices).
  returned: when O(state=decided)
  type: dict
text:
  description: The same for people.
  returned: when O(state=decided)
  type: str
plan:
  description: The steps that were done, or would be done in check mode.
  returned: when O(state=downloaded) or O(state=upgraded)
  type: list
  elements: dict
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from typing import Any

from ..module_utils._datastores.mysql.guest import new_server
from ..module_utils._datastores.mysql.guest.engines import ENGINES, Engine
from ..module_utils._datastores.mysql.rules import upgrade_paths
from ..module_utils._datastores.mysql_replication.rules import upgraded
from ..module_utils._datastores.mysql_replication.verbs import versions
from ..module_utils._datastores.mysql_replication.verbs.upgrade import MysqlUpgraded
from ..module_utils._guest import aside, host, lock
from ..module_utils._model.errors import Refused
from ..module_utils._model.upgrade import upstream
from ..module_utils._module import guest, upgrade

Params = Mapping[str, Any]
Result = dict[str, Any]
_RULES = {
    "mariadb": (upgrade_paths.mariadb_step, upgrade_paths.mariadb_replication_tells),
    "mysql": (upgrade_paths.mysql_step, upgrade_paths.mysql_tells),
}


_NO_PROMOTION = (
    "{name} does not answer, so {candidate} cannot take its place first: what it has not received yet would be lost. {name} was not touched. Start it"
    " (stackdb.trove.instance_start), or run it again without trove_promote_first."
)


def act(params: Params, check_mode: bool) -> Result:
    """The module's result."""
    with lock.held("mysql", params["timeout"]) if params["state"] in ("downloaded", "upgraded") and not check_mode else nullcontext():
        return _STATES[params["state"]](params, check_mode)


def _offered(params: Params, check_mode: bool) -> Result:
    engine = _engine(params)
    return {"changed": False, "offer": new_server.offer(engine, _package(params), versions.running(), *upgrade.sources(params))}


def _decided(params: Params, check_mode: bool) -> Result:
    step, tells = _RULES[params["engine"]]
    older: list[str] = []
    strangers: list[str] = []
    for name in params["rolled"]:
        new, word = (params["offers"].get(name) or {}).get("new"), params["members"].get(name) or {}
        if new:
            older += upgraded.older_followers(name, _addresses(word), new, _infos(params), params["rolled"], params["sources"])
            strangers += upgraded.strangers(name, word.get("replication") or {}, _known(params), new)

    def tells_all(old: str, new: str) -> Iterator[str]:
        yield from tells(old, new)
        yield from strangers

    return upgrade.decided(params, step, tells_all, [*older, *_unless_forced(params, strangers)])


def _downloaded(params: Params, check_mode: bool) -> Result:
    return upgrade.downloaded(params, params["name"], _package(params), check_mode)


def _upgraded(params: Params, check_mode: bool) -> Result:
    name, infos = params["name"], _infos(params)
    new = upstream(params["wanted"].get(_package(params), "")) or ""
    # in check mode those whose turn comes before are as they were
    older = [] if check_mode or not new else upgraded.older_followers(name, host.addresses(), new, infos, sources=params["sources"])
    strangers = upgraded.strangers(name, infos.get(name, {}), _known(params), new) if new else []
    against = [*older, *_unless_forced(params, strangers)]
    if against:
        raise Refused(f"{name} was not touched: {'; '.join(against)}.", refusals=against)
    candidate = infos.get(params["promotes"] or "", {})
    if candidate.get("source") and candidate["source"]["host"] in host.addresses() and versions.running() is None:
        raise Refused(_NO_PROMOTION.format(name=name, candidate=params["promotes"]))
    # a copy of the source's data may be on its way, and a run of it killed
    aside.check_whole(params["datadir"])

    def asked_again() -> list[str]:
        return upgraded.against_now(name, infos) if params["asks_again"] else []

    wanted = MysqlUpgraded(_engine(params), name, params["datadir"], params["wanted"], params["turn"], params["timeout"], asked_again)
    return upgrade.reconciled(wanted, check_mode)


def _unless_forced(params: Params, strangers: list[str]) -> list[str]:
    return [f"{stranger}. Upgrade or disconnect it before, or allow it with trove_force" for stranger in strangers if params["asks_again"]]


def _known(params: Params) -> set[str]:
    """The addresses of all members."""
    return {address for word in params["members"].values() for address in _addresses(word or {})}


def _addresses(word: Mapping[str, Any]) -> list[str]:
    found: list[str] = word.get("identity", {}).get("addresses", [])
    return found


def _infos(params: Params) -> dict[str, Any]:
    return {name: (said or {}).get("replication") or {} for name, said in params["members"].items()}


def _engine(params: Params) -> Engine:
    return ENGINES[params["engine"]]


def _package(params: Params) -> str:
    return f"{params['engine']}-server"


_STATES: Mapping[str, Callable[[Params, bool], Result]] = {"offered": _offered, "decided": _decided, "downloaded": _downloaded, "upgraded": _upgraded}


def main() -> None:
    guest.run(
        act,
        {
            **upgrade.OPTIONS,
            "state": {"type": "str", "choices": list(_STATES), "required": True},
            "name": {"type": "str", "required": True},
            "engine": {"type": "str", "choices": ["mariadb", "mysql"], "default": "mariadb"},
            "datadir": {"type": "path"},
            "members": {"type": "dict", "default": {}},
            "sources": {"type": "dict"},
            "turn": {"type": "str"},
            "asks_again": {"type": "bool", "default": True},
            "promotes": {"type": "str"},
            "timeout": {"type": "int", "default": 1800},
        },
        required_if=[("state", "upgraded", ("turn", "wanted", "members", "datadir")), ("state", "downloaded", ("wanted",))],
    )


if __name__ == "__main__":
    main()
