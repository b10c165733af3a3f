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
  - Before anything is changed, a throw-away server of the same program is started with the settings, without a port, in a directory of its own and as
    O(user). What it does not know or take is refused by name; what it makes of the rest is what the server has to have afterwards.
  - The trial says nothing of O(fixed) settings, nor of C(pidfile), C(unixsocket), C(unixsocketperm) and C(syslog-enabled), nor whether memory, CPUs and
    files suffice for what is asked; C(tls-ciphers) and its like are looked at only when the server uses them.
  - A server that is down is left alone.
  - Runs on the guest, as root.
options:
  state:
    description:
      - V(adapted) changes what can be changed in the running server.
      - V(restarted) restarts it, if settings wait for that, and waits until it finds its cluster whole again.
      - V(turned) restarts it in any case, or starts it where it is down, unless it has noted that it was restarted in O(turn). O(settings) and files are
        not looked at, and whether its keys are kept was asked before, by the playbook.
      - V(initialized) is V(turned), and between stop and start sets the server's data aside, in C(.stackdb-trove-aside.sst) in O(data_directory), so that a
        replica gets all of them from its master. They stay there until M(stackdb.trove.trove_data_aside) deletes them. A master that serves slots is refused;
        and so is a server that is down, unless others of O(nodes) answer, know the node that its C(nodes.conf) names, and none of them says that it owns slots.
      - V(checked) only refuses settings that cannot be served, by their names and values alone where O(program) is not installed.
    type: str
    choices: [adapted, restarted, turned, initialized, checked]
    default: adapted
  data_directory:
    description: With O(state=initialized), the server's data directory.
    type: path
  nodes:
    description: With O(state=initialized), all members of the cluster. Of a server that is down the others are asked.
    type: list
    elements: dict
    suboptions:
      name:
        description: The member's name.
        type: str
        required: true
      address:
        description: Its address.
        type: str
        required: true
      port:
        description: Its port for clients; the TLS port where O(tls=true).
        type: int
        default: 6379
      host:
        description: Its hypervisor, which does not matter here.
        type: str
  turn:
    description: With O(state=turned) and O(state=initialized), the run that began it and its verb, with C(/) between.
    type: str
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
    description:
      - Settings by the names that C(redis.conf) has, with their values. Names in capital letters are the same.
      - Booleans are C(yes) and C(no), a list is its items with a space between, an empty value is V('').
      - C(include), C(loadmodule), C(rename-command), C(user) and C(replicaof) are refused, and so is a name that O(fixed) or O(reserved) has.
      - A setting that an earlier run has written to O(settings_file) and that is not given any more gets the server's own default again.
    type: dict
    default: {}
  defaults:
    description: Settings that O(settings) may replace.
    type: dict
    default: {}
  estimates:
    description: >-
      The same, of memory sizes that follow from the host. Where O(settings_file) has a size that differs by less than 3 %, that one stays, since the same
      host may report some MiB more or less after an update of its kernel.
    type: dict
    default: {}
  fixed:
    description: Settings that cannot be replaced.
    type: dict
    default: {}
  reserved:
    description: Names that O(settings) may not have, though O(fixed) has them not.
    type: list
    elements: str
    default: []
  settings_file:
    description: Where the settings are written, for O(user) alone, after a running server has taken them. Without it they are not written.
    type: path
  user:
    description: The service's user.
    type: str
  masterauth:
    description: The password by which a replica logs in at its master, kept apart from O(settings) since it is a secret.
    type: str
  users_file:
    description: The file with the ACL users.
    type: path
  certificate_file:
    description: The certificate that the server shall show.
    type: path
  tls_files:
    description: The files of certificate, key and CA. They are read again when one of them is not what the server has read since its start.
    type: list
    elements: path
    default: []
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
  returned: when O(state=adapted) or O(state=restarted)
  type: dict
  sample: {state: active, settings: {maxmemory: "2147483648"}}
pending:
  description: The settings that only a restart brings.
  returned: when O(state=adapted) or O(state=restarted)
  type: list
  elements: str
plan:
  description: The steps that were created, or would be created in check mode.
  returned: success, but for O(state=checked)
  type: list
  elements: dict
"""

from collections.abc import Mapping
from typing import Any

from ..module_utils._datastores.redis_cluster.guest import server as redis_server
from ..module_utils._datastores.redis_cluster.guest import trial
from ..module_utils._datastores.redis_cluster.guest.connection import REDIS_MISSING, Access, Connections
from ..module_utils._datastores.redis_cluster.guest.settings_file import SettingsFile
from ..module_utils._datastores.redis_cluster.rules import redis_conf
from ..module_utils._datastores.redis_cluster.rules.nodes import NamedNode
from ..module_utils._datastores.redis_cluster.rules.ports import PORT
from ..module_utils._datastores.redis_cluster.rules.settings import Tried, Wanted, join
from ..module_utils._datastores.redis_cluster.verbs.cluster import Nodes
from ..module_utils._datastores.redis_cluster.verbs.initialize import RedisInitialized
from ..module_utils._datastores.redis_cluster.verbs.restart import RedisRestarted
from ..module_utils._datastores.redis_cluster.verbs.server import ServerAdapted, ServerRestarted, check_version
from ..module_utils._module import guest, redis
from ..module_utils._plan.runner import reconcile


def act(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """The module's result."""
    if params["state"] in ("turned", "initialized"):
        return _turn(params, check_mode)
    installed = redis_server.version(params["program"])
    check_version(params["version"], installed)
    file = SettingsFile(params["settings_file"], params["user"]) if params["settings_file"] else None
    wanted = _wanted(params, bool(installed), redis_conf.parse(((file.read() if file else None) or "").splitlines()))
    if params["state"] == "checked":
        return {"changed": False}
    server = _server(params, wanted.settings.get("dir"))
    reconciler = {"adapted": ServerAdapted, "restarted": ServerRestarted}[params["state"]](server, params["name"], wanted, params["timeout"], file)
    outcome = reconcile(reconciler, check_mode)
    pending = reconciler.pending(outcome.observed)
    return {"changed": outcome.changed, "server": outcome.after, "pending": pending, "plan": outcome.plan.view(), "diff": outcome.diff()}


def _access(params: Mapping[str, Any]) -> Access:
    return Access(username=params["username"], password=params["password"], tls=params["tls"], ca_cert=params["ca_cert"])


def _server(params: Mapping[str, Any], directory: str | None) -> redis_server.Server:
    node = redis_server.local(_access(params), params["name"], params["address"], params["port"])
    address = (params["address"], params["port"]) if params["tls"] else None
    return redis_server.Server(params["service"], node, address, directory, params["tls_files"])


def _turn(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    common = (_server(params, None), params["name"], params["turn"], params["timeout"])
    with Connections(_access(params), [NamedNode(**node) for node in params["nodes"] or () if node["name"] != params["name"]]) as others:
        turned = params["state"] == "turned"
        restarted = RedisRestarted(*common) if turned else RedisInitialized(*common, params["data_directory"], Nodes(others))
        outcome = reconcile(restarted, check_mode)
    return {"changed": outcome.changed, "plan": outcome.plan.view(), "diff": outcome.diff()}


def _wanted(params: Mapping[str, Any], installed: bool, before: Mapping[str, str]) -> Wanted:
    """What the server shall have, tried by a throw-away server where the program is installed.

    :param before: the settings in the file
    """
    parts = {part: {name: redis_conf.text(name, value) for name, value in params[part].items()} for part in ("defaults", "estimates", "fixed")}
    asked = redis_conf.check(params["settings"], {*parts["fixed"], *params["reserved"]}, params["address"])
    free = {**parts["defaults"], **redis_conf.settle(parts["estimates"], before), **asked}
    free = {name: value for name, value in free.items() if name not in parts["fixed"]}
    # On a host that is not prepared the library may be missing though the server is there.
    may_try = bool(free) and installed and not (params["state"] == "checked" and REDIS_MISSING)
    tried = trial.attempt(params["program"], params["user"], free, before) if may_try else Tried()
    return join(
        free,
        {**parts["fixed"], **({"masterauth": params["masterauth"]} if params["masterauth"] else {})},
        before,
        tried,
        users=redis_server.lines(params["users_file"]),
        certificate="".join(redis_server.lines(params["certificate_file"]) or ()),
    )


def main() -> None:
    guest.run(
        act,
        {
            "state": {"type": "str", "choices": ["adapted", "restarted", "turned", "initialized", "checked"], "default": "adapted"},
            "turn": {"type": "str"},
            "data_directory": {"type": "path"},
            "nodes": {**redis.OPTIONS["nodes"], "required": False},
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
            **{part: {"type": "dict", "default": {}} for part in ("settings", "defaults", "estimates", "fixed")},
            "reserved": {"type": "list", "elements": "str", "default": []},
            "settings_file": {"type": "path"},
            "user": {"type": "str"},
            "masterauth": {"type": "str", "no_log": True},
            "users_file": {"type": "path"},
            "certificate_file": {"type": "path"},
            "tls_files": {"type": "list", "elements": "path", "default": []},
            "timeout": {"type": "int", "default": 600},
        },
        required_if=[("state", "turned", ("turn",)), ("state", "initialized", ("turn", "data_directory", "nodes"))],
    )


if __name__ == "__main__":
    main()
