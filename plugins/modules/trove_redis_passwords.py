#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_redis_passwords
short_description: Give the accounts of a Redis Cluster new passwords while clients connect
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - The accounts are C(default), by which clients come in, and C(trove), by which members log in at each other, and this collection at them. Each member keeps
    their passwords in C(/etc/stackdb-trove/redis-<account>.password), and while they are rotated the new ones in C(redis-<account>.next.password). Of what
    was dropped it keeps the SHA-256, in C(redis-default.dropped), so that nobody brings it back by an old variable.
  - An account has both passwords at once meanwhile. Connections that are there stay, since the users' file is not read again.
  - Each state changes nothing where it is so already. A new password is used by nobody before all members have it on their disks.
  - Runs on the guest, as root. No password is in an argument of a process, nor in what it prints, but for O(state=read).
options:
  state:
    description:
      - V(read) returns what this member keeps. The task needs C(no_log).
      - V(founded) creates the first passwords of a cluster on its first member, where they are missing.
      - V(allowed) refuses a O(password) of clients that must not become the present one. It is decided on the controller.
      - V(settled) writes on this member O(password), and where it joins what the others have.
      - V(created) creates new passwords on this member, unless one of O(members) has them.
      - V(kept) writes those that another member has.
      - V(accepted) has the running server accept the new ones beside the present ones. The users' file is written before.
      - V(used) has the member's links to its master use the new password of C(trove), where every one of O(nodes) accepts it, and writes it to
        O(settings_file) and as the present one.
      - V(checked) refuses to drop former ones, unless all of O(members) have the new ones.
      - V(dropped) has the running server refuse the former passwords of O(accounts), and turns the new ones into the present ones.
    type: str
    choices: [read, founded, allowed, settled, created, kept, accepted, used, checked, dropped]
    required: true
  members:
    description: What V(read) has returned on each member, by its name.
    type: dict
    default: {}
  password:
    description: The new password of clients, or with V(allowed) and V(settled) the present one. Without it one is created, or the present one stays.
    type: str
    default: ""
  accounts:
    description: The accounts whose former passwords are dropped.
    type: list
    elements: str
    choices: [default, trove]
    default: []
  holder:
    description: The member whose passwords count, where O(state=allowed) or O(state=settled).
    type: str
  joining:
    description: The members that have none yet, whatever is on their disks.
    type: list
    elements: str
    default: []
  may_change:
    description: Whether O(password) may be another one than the present one.
    type: bool
    default: false
  name:
    description: The member's name.
    type: str
    required: true
  nodes:
    description: All members.
    type: list
    elements: dict
    default: []
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
  tls:
    description: Whether to speak TLS.
    type: bool
    default: true
  ca_cert:
    description: The CA that signed the servers' certificates.
    type: path
  settings_file:
    description: The file of the server's settings.
    type: path
  user:
    description: The service's user.
    type: str
extends_documentation_fragment:
  - stackdb.trove.cloud.attributes
requirements:
  - redis >= 4.3 (Python library) on the guest
"""

EXAMPLES = r"""
- name: Read the passwords of every member
  become: true
  stackdb.trove.trove_redis_passwords:
    state: read
    name: "{{ inventory_hostname }}"
  register: passwords
  no_log: true
"""

RETURN = r"""
passwords:
  description: >-
    By account what this member keeps, the C(present) one and the one that is C(following), or V(none), and the SHA-256 of both (C(accepted)) and of the
    C(newest), as the users' file has them, and of those that were C(dropped).
  returned: when O(state=read)
  type: dict
done:
  description: What was changed, by words such as an account, and no password.
  returned: when O(state) is another one
  type: list
  elements: str
due:
  description: What V(settled) has to change on this member, by the same words.
  returned: when O(state=allowed)
  type: list
  elements: str
"""

from collections.abc import Mapping
from typing import Any

from ..module_utils._datastores.redis_cluster.guest import passwords as guest_passwords
from ..module_utils._datastores.redis_cluster.guest.connection import Access
from ..module_utils._datastores.redis_cluster.guest.settings_file import SettingsFile
from ..module_utils._datastores.redis_cluster.rules import allowed_passwords
from ..module_utils._datastores.redis_cluster.rules import passwords as rules
from ..module_utils._datastores.redis_cluster.rules.nodes import NamedNode
from ..module_utils._datastores.redis_cluster.rules.passwords import Kept
from ..module_utils._datastores.redis_cluster.verbs import passwords as verbs
from ..module_utils._model.errors import InvalidInput
from ..module_utils._module import guest, redis


def act(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """The module's result."""
    if params["state"] == "read":
        return {"changed": False, "passwords": {account: _view(kept) for account, kept in guest_passwords.read().items()}}
    if params["state"] == "founded":
        done = guest_passwords.found() if not check_mode else []
        return {"changed": bool(done), "done": done}
    words = allowed_passwords.words_of(params["members"])
    if params["state"] == "created":
        done = verbs.create(words, params["password"], check_mode=check_mode)
    elif params["state"] == "allowed":
        return {"changed": False, "done": [], "due": allowed_passwords.allow(words, params)}
    elif params["state"] == "settled":
        done = verbs.settle(words, params["name"], params["holder"], params["password"], params["joining"], check_mode=check_mode)
    elif params["state"] == "checked":
        rules.check_given(words, params["password"])
        for account in params["accounts"]:
            rules.check_kept(words, account, turns=True)
        done = []
    else:
        done = [] if check_mode else _change(params, words)
    return {"changed": bool(done), "done": done}


def _view(kept: Kept) -> dict[str, Any]:
    newest = [rules.digest(kept.newest)] if kept.newest else []
    told = {"accepted": list(kept.accepted), "newest": newest, "dropped": list(kept.dropped)}
    return {"present": kept.present, "following": kept.following, **told}


def _change(params: Mapping[str, Any], words: rules.Words) -> list[str]:
    if params["state"] == "kept":
        return verbs.keep(words, params["name"])
    nodes = [NamedNode(**node) for node in params["nodes"]]
    own = next((node for node in nodes if node.name == params["name"]), None)
    if own is None:
        raise InvalidInput("nodes", [node.name for node in nodes], f"all members, {params['name']} among them")
    file = SettingsFile(params["settings_file"] or "", params["user"])
    member = verbs.Member(params["name"], Access(tls=params["tls"], ca_cert=params["ca_cert"]), own, nodes, file)
    if params["state"] == "accepted":
        return verbs.accept(member, words)
    return verbs.use(member, words) if params["state"] == "used" else verbs.drop(member, words, params["accounts"])


def main() -> None:
    nodes = {**redis.OPTIONS["nodes"], "required": False, "default": []}
    spec = {
        "state": {
            "type": "str",
            "required": True,
            "choices": ["read", "founded", "allowed", "settled", "created", "kept", "accepted", "used", "checked", "dropped"],
        },
        "members": {"type": "dict", "default": {}, "no_log": True},
        "password": {"type": "str", "default": "", "no_log": True},
        "holder": {"type": "str"},
        "joining": {"type": "list", "elements": "str", "default": []},
        "may_change": {"type": "bool", "default": False},
        "accounts": {"type": "list", "elements": "str", "choices": ["default", "trove"], "default": []},
        "name": {"type": "str", "required": True},
        "nodes": nodes,
        "tls": {"type": "bool", "default": True},
        "ca_cert": {"type": "path"},
        "settings_file": {"type": "path"},
        "user": {"type": "str"},
    }
    guest.run(act, spec)


if __name__ == "__main__":
    main()
