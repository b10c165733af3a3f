#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_galera_info
short_description: See the state of a Galera member
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - Reports what the local MariaDB server says of itself and of its cluster, and what its files say when it is down.
  - Runs on the guest, as root, and connects by the server's socket. It never fails because a member is down, or not installed yet.
options:
  address:
    description: The address by which the other members reach this one. It is handed through, for those who need all members' addresses.
    type: str
  asked:
    description: The round of a run in which the member is asked. It is handed through, so that the word is known to be of that round.
    type: str
  peers:
    description: >-
      The addresses of all members, whose certificates are looked at as a client sees them. Without it RV(rotation) is not returned.
    type: list
    elements: str
    default: []
  said:
    description:
      - What this module has returned of the member a moment ago, in the same run. Where the member said that it serves, that is returned, with O(address), and
        nobody is asked; of all others it is asked again.
      - Each task of a role on a guest costs a connection and a start of Python, and a playbook that has asked for its gate knows already.
    type: dict
    default: {}
  settle:
    description: Seconds to wait for a server that is just starting to be up or down, before looking.
    type: int
    default: 0
extends_documentation_fragment:
  - stackdb.trove.cloud.info
seealso:
  - module: stackdb.trove.trove_galera
"""

EXAMPLES = r"""
- name: See how the members are
  become: true
  stackdb.trove.trove_galera_info:
  register: seen

- name: Stop when one does not serve
  ansible.builtin.assert:
    that: seen.problems | length == 0
    fail_msg: "{{ seen.problems }}"
"""

RETURN = r"""
asked:
  description: O(asked), as it was given.
  returned: success
  type: str
identity:
  description: C(id), the member's state UUID, and C(addresses), its C(wsrep_node_address), as the server itself knows them.
  returned: success
  type: dict
problems:
  description: >-
    Why the member does not serve, sentences in Galera's words; empty where it is Synced, Primary, ready and connected, and applies what it receives.
    A member that is busy is looked at for two seconds, so that a stuck applier, a queue that does not shrink and flow control that stays active are seen.
  returned: success
  type: list
  elements: str
settled:
  description: >-
    Whether M(stackdb.trove.trove_galera) has nothing to do on the member, as long as no file is written: it is Synced, its unit is as it should be, and it
    has read all that its settings and certificate files have.
  returned: success
  type: bool
upgrade_needed:
  description: >-
    Whether the system tables are of an older release series than the server, or of an unknown one. Nothing upgrades them but an upgrade that was asked
    for. V(none) where there are none.
  returned: success
  type: bool
pending:
  description: The settings that the server reads at its start only, and has otherwise than its files; they wait for a restart.
  returned: success
  type: list
  elements: str
tls:
  description: >-
    When the member's C(certificate) and the CAs that it trusts (C(authorities)) end, in seconds since the epoch, C(days) until the first end that matters,
    and whether the first run would renew what ends then (C(due)).
  returned: success
  type: dict
rotation:
  description: >-
    The SHA-256 of the member's certificate (C(own)), of the CA that this leads to (C(issuer)) and of those that it trusts (C(trusted)); the text of C(ca.pem)
    (C(ca)); what a rotation has noted (C(note)); which of the certificate's files the server has not read since they were changed (C(unread)); and
    C(presented), by address the C(digest) of the certificate that the server there presents, or the C(error) where it does not lead to a CA that this member
    trusts.
  returned: when O(peers) is given
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
sst_donors:
  description: >-
    The text of the file by which an upgrade limits who may give the member a full copy of the data (wsrep_sst_donor), V(none) where there is none.
  returned: success
  type: str
galera:
  description: The state of the local member.
  returned: success
  type: dict
  contains:
    address:
      description: The address by which the other members reach this one, as it was given.
      type: str
    node_address:
      description: The C(wsrep_node_address) of the settings.
      type: str
    configured_members:
      description: The addresses in the C(wsrep_cluster_address) of the settings, those of all members.
      type: list
      elements: str
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
        could give to a joiner, C(cache_bytes), its gcache.size, and C(set_bytes) of all write sets since its start; and its
        use: C(clients), and C(commits) for them in C(uptime) seconds. V(none) when it does not answer.
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
"""

from collections.abc import Mapping
from typing import Any

from ..module_utils._datastores.galera.guest import control, donors, member
from ..module_utils._datastores.galera.rules import member_state
from ..module_utils._datastores.galera.verbs import settings
from ..module_utils._datastores.mysql.guest import rotation, server
from ..module_utils._guest import certificate, kept_options, turn
from ..module_utils._module import guest

#: where the role writes them, see its vars/Debian.yml
_TLS = "/etc/mysql/tls"


def look(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """The module's result."""
    if params["settle"]:
        control.settle(params["settle"])
    seen = member.observe(params["address"])
    waiting = settings.waiting(seen)
    return {
        **rotation.look(_TLS, params["peers"], seen["service"]),
        "changed": False,
        "asked": params["asked"],
        "identity": member.identity(seen),
        "problems": member_state.why_not_serving(seen),
        "pending": waiting["pending"],
        "settled": member_state.is_settled(seen, waiting, server.unread_tls(certificate.files(_TLS), seen["service"])),
        "upgrade_needed": member_state.upgrade_needed(seen),
        "tls": certificate.ends(_TLS),
        "unit": turn.look(member.SERVICE),
        "sst_donors": donors.read(),
        "asked_for": kept_options.digests("galera"),
        "galera": seen,
    }


def main() -> None:
    peers = {"type": "list", "elements": "str", "default": []}
    options = {"address": {"type": "str"}, "asked": {"type": "str"}, "settle": {"type": "int", "default": 0}, "peers": peers}
    # of `said` the action plugin takes care
    guest.run(look, {**options, "said": {"type": "dict", "default": {}}})


if __name__ == "__main__":
    main()
