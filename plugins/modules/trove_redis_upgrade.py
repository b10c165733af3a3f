#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_redis_upgrade
short_description: Bring a server of a Redis Cluster to the version that its package sources offer
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - Reads what the member has and what its package sources offer, decides from the words of all members whether they may be upgraded, and does the local
    member's part. It is created for the role redis_cluster, whose entry point C(upgrade) calls it in the order of O(state)'s choices.
  - Runs on the guest, as root. That all other members serve before one is stopped, and that a replica has a master's place, is not looked at.
options:
  state:
    description:
      - V(offered) reads what is installed and what the package sources would have with O(repository) and O(pins), in a directory of its own; downloads the
        new packages there, and starts the new server's program from them with the member's settings, on no port and with no data. Nothing else is touched.
      - V(decided) judges the O(offers) of all members, and refuses with all reasons.
      - V(downloaded) has the packages of O(wanted) on the guest, and installs nothing. It is for the time before a master is failed over.
      - V(upgraded) stops the local server, installs the packages of O(wanted), starts it, and waits until it has loaded its data. What an earlier run has done
        of it is not done again.
    type: str
    choices: [offered, decided, downloaded, upgraded]
    required: true
  name:
    description: The name of the local member.
    type: str
    required: true
  server:
    description: Which server it is, as Debian names its packages.
    type: str
    choices: [redis, valkey]
    default: redis
  user:
    description: With O(state=offered), as whom the server runs.
    type: str
  program:
    description: With O(state=offered), the server's program that is installed.
    type: path
    default: /usr/bin/redis-server
  turn:
    description: With O(state=upgraded), the run that began it and its verb, with C(/) between.
    type: str
  address:
    description: With O(state=upgraded), the member's own address.
    type: str
  port:
    description: The port for clients.
    type: int
    default: 6379
  username:
    description: As whom the server is asked.
    type: str
  password:
    description: Their password.
    type: str
  tls:
    description: Whether it is asked over TLS.
    type: bool
    default: true
  ca_cert:
    description: The CA to trust, a file on the guest.
    type: path
  service:
    description: The server's systemd unit.
    type: str
    default: redis-server.service
  timeout:
    description: Seconds until the server must have loaded its data.
    type: int
    default: 600
extends_documentation_fragment:
  - stackdb.trove.cloud.attributes
  - stackdb.trove.upgrade
requirements:
  - redis-py on the guest
seealso:
  - module: stackdb.trove.trove_redis_failover
"""

EXAMPLES = r"""
- name: See what the package sources offer
  become: true
  stackdb.trove.trove_redis_upgrade:
    state: offered
    name: "{{ inventory_hostname }}"
    user: redis
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
  description: >-
    C(new), the version that all shall have, and C(series), its release series; C(package), that of the server's package; C(todo), the members that do not have
    it; C(notices).
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
from typing import Any

from ..module_utils._datastores.redis_cluster.guest import local, new_server
from ..module_utils._datastores.redis_cluster.guest import server as redis_server
from ..module_utils._datastores.redis_cluster.guest.connection import Access
from ..module_utils._datastores.redis_cluster.rules import upgrade_paths
from ..module_utils._datastores.redis_cluster.rules.ports import PORT
from ..module_utils._datastores.redis_cluster.verbs.upgrade import RedisUpgraded
from ..module_utils._guest import lock
from ..module_utils._module import guest, upgrade

Params = Mapping[str, Any]
Result = dict[str, Any]


def act(params: Params, check_mode: bool) -> Result:
    """The module's result."""
    with lock.held("redis-packages", params["timeout"]) if params["state"] in ("downloaded", "upgraded") and not check_mode else nullcontext():
        return _STATES[params["state"]](params, check_mode)


def _offered(params: Params, check_mode: bool) -> Result:
    found = new_server.offer(params["server"], params["user"], params["program"], *upgrade.sources(params), running=local.running(params["name"]))
    return {"changed": False, "offer": found}


def _decided(params: Params, check_mode: bool) -> Result:
    return upgrade.decided(params, upgrade_paths.step, upgrade_paths.tells)


def _downloaded(params: Params, check_mode: bool) -> Result:
    return upgrade.downloaded(params, params["name"], f"{params['server']}-server", check_mode)


def _upgraded(params: Params, check_mode: bool) -> Result:
    access = Access(username=params["username"], password=params["password"], tls=params["tls"], ca_cert=params["ca_cert"])
    node = redis_server.local(access, params["name"], params["address"], params["port"])
    server = redis_server.Server(params["service"], node, None, None)
    wanted = RedisUpgraded(server, params["name"], f"{params['server']}-server", params["wanted"], params["turn"], params["timeout"])
    return upgrade.reconciled(wanted, check_mode)


_STATES: Mapping[str, Callable[[Params, bool], Result]] = {"offered": _offered, "decided": _decided, "downloaded": _downloaded, "upgraded": _upgraded}


def main() -> None:
    guest.run(
        act,
        {
            **upgrade.OPTIONS,
            "state": {"type": "str", "choices": list(_STATES), "required": True},
            "name": {"type": "str", "required": True},
            "server": {"type": "str", "choices": ["redis", "valkey"], "default": "redis"},
            "user": {"type": "str"},
            "program": {"type": "path", "default": "/usr/bin/redis-server"},
            "turn": {"type": "str"},
            "address": {"type": "str"},
            "port": {"type": "int", "default": PORT},
            "username": {"type": "str"},
            "password": {"type": "str", "no_log": True},
            "tls": {"type": "bool", "default": True},
            "ca_cert": {"type": "path"},
            "service": {"type": "str", "default": "redis-server.service"},
            "timeout": {"type": "int", "default": 600},
        },
        required_if=[("state", "upgraded", ("turn", "wanted", "address")), ("state", "downloaded", ("wanted",)), ("state", "offered", ("user",))],
    )


if __name__ == "__main__":
    main()
