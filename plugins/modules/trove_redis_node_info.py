#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_redis_node_info
short_description: See what the node of a Redis Cluster on this guest says
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - Asks the node on this guest alone, by the settings and the password that the role P(stackdb.trove.redis_cluster#role) has written here.
  - Runs on the guest, as root. It never fails because the node is down, or not set up yet.
options:
  asked:
    description: The round of a run in which the node is asked. It is handed through, so that the word is known to be of that round.
    type: str
  peers:
    description: >-
      The addresses of all members, whose certificates are looked at as a client sees them. Without it RV(rotation) is not returned.
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - stackdb.trove.cloud.info
seealso:
  - module: stackdb.trove.trove_redis_cluster_info
"""

EXAMPLES = r"""
- name: See how the node is
  become: true
  stackdb.trove.trove_redis_node_info:
  register: seen
"""

RETURN = r"""
asked:
  description: O(asked), as it was given.
  returned: success
  type: str
identity:
  description: C(id), the node id, and C(addresses), the node's IP address, as it knows them; empty when it is down.
  returned: success
  type: dict
pending:
  description: The settings that the server reads at its start only, and has otherwise than its file; they wait for a restart.
  returned: success
  type: list
  elements: str
tls:
  description: >-
    When the member's C(certificate) and the CAs that it trusts (C(authorities)) end, in seconds since the epoch, C(days) until the first end that matters,
    and whether the first run would renew what ends then (C(due)). V(none) where it speaks no TLS.
  returned: success
  type: dict
service:
  description: The ActiveState of its systemd unit.
  returned: success
  type: str
volume:
  description: C(size) and C(used) of the file system below the data directory, in GiB; V(none) where there is none.
  returned: success
  type: dict
rotation:
  description: >-
    The SHA-256 of the member's certificate (C(own)), of the CA that this leads to (C(issuer)) and of those that it trusts (C(trusted)); the text of C(ca.pem)
    (C(ca)); what a rotation has noted (C(note)); which of the certificate's files the server has not read since they were changed (C(unread)); and
    C(presented), by address the C(digest) of the certificate that the server there presents, or the C(error) where it does not lead to a CA that this member
    trusts. Of passwords by account (C(passwords)) whether one follows the present one (C(pending)), whether the server accepts the newest one (C(newest))
    and how many C(others), whether links and the settings' file use it (C(used)), and by address why the member there refuses it (C(refused)), or V(none),
    and so of the present one, while another one follows it (C(present)).
  returned: when O(peers) is given, and the node answers; of certificates only when it speaks TLS
  type: dict
asked_for:
  description: By option of the role that members keep, a digest of its value, so that members can be compared; accounts are left out.
  returned: success
  type: dict
unit:
  description: >-
    The server's unit, its C(state) in systemd's words, whether it starts at boot (C(enabled)), its C(invocation) (systemd's InvocationID), and the C(turn) in
    which the server that runs was restarted, where that was noted, and the last one that has C(begun); of one that was stopped in order C(stopped), with
    C(others) that served then.
  returned: success
  type: dict
persistent:
  description: Whether a restart keeps the data; V(none) of a node that does not answer.
  returned: success
  type: bool
redis_cluster:
  description:
    - The cluster as this node sees it, as RV(stackdb.trove.trove_redis_cluster_info#module:redis_cluster), with this node as the only one of C(members).
  returned: success
  type: dict
"""

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..module_utils._datastores.redis_cluster.guest import local, passwords, rotation
from ..module_utils._datastores.redis_cluster.rules import nodes, open_slots, topology
from ..module_utils._datastores.redis_cluster.rules import settings as redis_settings
from ..module_utils._guest import certificate, kept_options, turn
from ..module_utils._module import guest


def look(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """The module's result."""
    seen = local.look(platform.node())
    member = replace(nodes.read(seen.node, seen.found), held=seen.held)
    said = {"identity": topology.identity(member), "redis_cluster": open_slots.view(topology.Cluster((member,)))}
    pending = redis_settings.at_start(seen.settings.wanted, seen.settings.live) if seen.settings else []
    persistent = redis_settings.persistent(seen.settings.live) if seen.settings else None
    file = seen.settings.wanted.get("tls-cert-file") if seen.settings else None
    tls = certificate.ends(os.path.dirname(file)) if file else None
    there = {"service": local.service(), "volume": local.volume(), "unit": turn.look(local.unit()), "persistent": persistent}
    asked_for = kept_options.digests("redis_cluster")
    rotated = {"rotation": _rotation(seen, seen.settings.wanted, params["peers"])} if seen.settings and params["peers"] else {}
    return {"changed": False, "asked": params["asked"], "pending": pending, "tls": tls, "asked_for": asked_for, **rotated, **there, **said}


def _rotation(seen: local.Local, wanted: Mapping[str, str], peers: Sequence[str]) -> dict[str, Any]:
    file = wanted.get("tls-cert-file")
    certificates = rotation.look(os.path.dirname(file), peers, local.unit().show(), seen.node.port)["rotation"] if file else {}
    return {**certificates, **passwords.look(local.access(wanted, seen.node), seen.node, peers, wanted)}


def main() -> None:
    guest.run(look, {"asked": {"type": "str"}, "peers": {"type": "list", "elements": "str", "default": []}})


if __name__ == "__main__":
    main()
