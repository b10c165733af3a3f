#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_redis_server
short_description: Have a running Redis or Valkey server take new settings, users and certificates
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - Compares what the local server runs with to what it shall run with, and changes it without a restart wherever the server can.
  - Settings that the server reads at its start only are reported as RV(pending), and need O(state=restarted).
  - Never restarts a server that holds keys and keeps nothing on disk.
  - A server that is down is left alone.
  - Runs on the guest, as root.
options:
  state:
    description:
      - V(adapted) changes what can be changed in the running server.
      - V(restarted) restarts it, if settings wait for that, and waits until it finds its cluster whole again.
    type: str
    choices: [adapted, restarted]
    default: adapted
  name:
    description: The member's name, for messages.
    type: str
    required: true
  address:
    description: The address by which the server is reached, one that its certificate names.
    type: str
    required: true
  port:
    description: The port for clients; the TLS port where O(tls=true).
    type: int
    default: 6379
  username:
    description: The ACL user. Without it the password is the default user's.
    type: str
  password:
    description: The password.
    type: str
  tls:
    description: Whether to speak TLS.
    type: bool
    default: true
  ca_cert:
    description: The CA that signed the server's certificate. Without it the system's CAs are used.
    type: path
  service:
    description: The systemd unit, such as V(valkey-server.service).
    type: str
    default: redis-server.service
  program:
    description: The server's program, such as V(/usr/bin/valkey-server), which tells its version.
    type: path
    default: /usr/bin/redis-server
  version:
    description: Refuse a server whose version does not begin with this one, such as V(7.0).
    type: str
  settings:
    description: Settings by the names that C(redis.conf) has, with their values.
    type: dict
    default: {}
  masterauth:
    description: The password by which a replica logs in at its master, kept apart from O(settings) since it is a secret.
    type: str
  users_file:
    description: The file with the ACL users.
    type: path
  certificate_file:
    description: The certificate that the server shall show.
    type: path
  timeout:
    description: Seconds until a restarted server has loaded its data and finds its cluster whole.
    type: int
    default: 600
extends_documentation_fragment:
  - stackdb.trove.cloud.attributes
requirements:
  - redis >= 4.3 (Python library) on the guest
seealso:
  - module: stackdb.trove.trove_redis_cluster
"""

EXAMPLES = r"""
- name: Give the server more memory
  become: true
  stackdb.trove.trove_redis_server:
    name: sessions-member-1
    address: 10.0.0.11
    username: trove
    password: "{{ redis_password }}"
    ca_cert: /etc/redis/tls/ca.pem
    settings:
      maxmemory: 2gb
"""

RETURN = r"""
server:
  description: The C(state) of the service, and those C(settings) that were asked for as they are now; V(none) for each when it is down.
  returned: success
  type: dict
  sample: {state: active, settings: {maxmemory: "2147483648"}}
pending:
  description: The settings that only a restart brings.
  returned: success
  type: list
  elements: str
plan:
  description: The steps that were made, or would be made in check mode.
  returned: success
  type: list
  elements: dict
"""

from collections.abc import Mapping
from typing import Any

from ..module_utils._datastores.redis_cluster.guest import server as redis_server
from ..module_utils._datastores.redis_cluster.guest.connection import Access, Node
from ..module_utils._datastores.redis_cluster.rules.ports import PORT
from ..module_utils._datastores.redis_cluster.rules.settings import Wanted
from ..module_utils._datastores.redis_cluster.verbs.server import ServerAdapted, ServerRestarted, check_version
from ..module_utils._module import guest
from ..module_utils._plan.runner import reconcile


def act(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """The module's result."""
    check_version(params["version"], redis_server.version(params["program"]))
    access = Access(username=params["username"], password=params["password"], tls=params["tls"], ca_cert=params["ca_cert"])
    server = redis_server.Server(
        params["service"],
        Node(access, params["name"], params["address"], params["port"]),
        (params["address"], params["port"]) if params["tls"] else None,
        params["settings"].get("dir"),
    )
    wanted = Wanted(
        settings={**params["settings"], **({"masterauth": params["masterauth"]} if params["masterauth"] else {})},
        users=redis_server.lines(params["users_file"]),
        certificate="".join(redis_server.lines(params["certificate_file"]) or ()),
    )
    reconciler = {"adapted": ServerAdapted, "restarted": ServerRestarted}[params["state"]](server, params["name"], wanted, params["timeout"])
    outcome = reconcile(reconciler, check_mode)
    pending = reconciler.pending(outcome.observed)
    return {"changed": outcome.changed, "server": outcome.after, "pending": pending, "plan": outcome.plan.view(), "diff": outcome.diff()}


def main() -> None:
    guest.run(
        act,
        {
            "state": {"type": "str", "choices": ["adapted", "restarted"], "default": "adapted"},
            "name": {"type": "str", "required": True},
            "address": {"type": "str", "required": True},
            "port": {"type": "int", "default": PORT},
            "username": {"type": "str"},
            "password": {"type": "str", "no_log": True},
            "tls": {"type": "bool", "default": True},
            "ca_cert": {"type": "path"},
            "service": {"type": "str", "default": "redis-server.service"},
            "program": {"type": "path", "default": "/usr/bin/redis-server"},
            "version": {"type": "str"},
            "settings": {"type": "dict", "default": {}},
            "masterauth": {"type": "str", "no_log": True},
            "users_file": {"type": "path"},
            "certificate_file": {"type": "path"},
            "timeout": {"type": "int", "default": 600},
        },
    )


if __name__ == "__main__":
    main()
