#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_mysql_replication
short_description: Attach, detach and promote replicas of MariaDB and MySQL
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - Turns the local server into a source, a replica, or an independent site. Replication is by GTID and TLS, and verified both ways.
  - There are no passwords. Each replica has an account of its own on the source, which takes nothing but that replica's certificate.
  - Runs on the guest, as root, and connects by the server's socket.
options:
  state:
    description:
      - V(source) creates the accounts by which O(replicas) come in, and the one of a O(promoter). One of an earlier promoter is dropped.
      - V(attached) follows a source. Events that are enabled are disabled as replication does it, and with O(read_only) the event scheduler is switched off.
        Refused where the data are not those of the snapshot that O(gtid) names, where the replica has transactions that the
        source has not, and where the source's binary logs do not reach back to the replica. A healthy link to that source is left alone, a stopped one is
        started.
      - V(attached) and V(promoted) are refused for a server that leaves out or changes what it replicates, by replication filters, by a second source or by
        settings such as C(slave_exec_mode=IDEMPOTENT), and for a source with filters of its binary log.
      - V(caught_up) waits until the replica has what its source had when it was asked; one that is delayed has to have received it.
      - V(detached) applies what was received, forgets the source and takes writes. When that fails, it replicates as before. Refused for a replica that is
        delayed (C(MASTER_DELAY), C(SOURCE_DELAY)), as V(promoted) is. Other replication connections or channels are left alone. Its events stay disabled,
        since they run on the source that it leaves, unless it O(takes_over).
      - V(promoted) takes over from the source that the server replicates from. That source becomes read-only, its last transaction is waited for, and the
        server takes writes. On a failure the old source takes writes again, and the server still replicates from it. Clients of the old source are
        disconnected, and its events are enabled here as they were there.
      - V(ring), on MariaDB only, turns the server into a member of a ring of sources, each of which takes writes and replicates from the one before it, its
        source here. It sets C(gtid_domain_id) to the C(server_id), C(auto_increment_increment) to O(ring_size), C(auto_increment_offset) to
        O(ring_position) and C(slave_parallel_threads) to 0, and disconnects clients then, since a session keeps what it began with. It follows the member
        before it, or starts that link again; one that takes writes goes on taking them. Refused for a server that lacks what it has written and the member
        before it still has, for one that has what others wrote and that member has not, and where what was received cannot be applied.
      - V(closed) sets a member of a ring read-only and disconnects its clients. It goes on replicating.
      - V(one_writer) is the way out of a ring, where all other members are V(closed). The one that goes on as the source waits until it has what the others
        O(executed), and replicates from no source then. C(gtid_domain_id) is 0 and the automatic numbers are those of any server, also on the others, for which
        O(executed) is not given and which go on replicating; one whose source is gone is given an empty list. Clients are disconnected.
      - V(healed) turns a server whose link is broken into a replica of the source again, as V(attached) does. Threads that were stopped are started, and what
        was received and cannot be read is received again from behind what was applied. The source is asked first, whatever the link says. What would
        lose data is refused with the server's error. Where nothing is wrong, nothing is changed.
      - V(renewed) has a replica connect to its source again, and waits until it receives by a connection that is younger than its certificate. It changed
        something where the link was older, or did not run. A server that replicates from no source is left alone.
      - V(fenced) lets a server take no writes, now and after a restart on MySQL, where it takes some, and disconnects its clients. Links are not touched. On
        MariaDB the option file has to say so, too, and accounts with READ_ONLY ADMIN may connect again and write.
    type: str
    choices: [source, attached, caught_up, renewed, detached, promoted, ring, closed, one_writer, healed, fenced]
    required: true
  socket:
    description: The server's socket.
    type: path
    default: /run/mysqld/mysqld.sock
  source_host:
    description: The address of the source. Its certificate has to name it.
    type: str
  source_port:
    description: The port of the source.
    type: int
    default: 3306
  source_user:
    description: The account on the source. C(trove_r_) and the server's C(server_id) when it is not given.
    type: str
  ca_cert:
    description: The CA that signed the members' certificates. The server itself reads it, and the two files below.
    type: path
  client_cert:
    description: The certificate that the replica shows to its source.
    type: path
  client_key:
    description: The key of O(client_cert).
    type: path
  gtid:
    description: >-
      Where the snapshot says that the replica's data stand. Not given for a server that is no fresh copy. An empty text means before all transactions.
    type: str
  heard:
    description:
      - With O(state=caught_up), whether to wait, too, until something of the source arrives, a heartbeat at least, which a link of this collection has every
        5 seconds. Of a connection that is dead both threads say for a while that they run.
    type: bool
    default: false
  source_behind:
    description: Whether the source is a replica itself, as in a chain. What it does not have yet, and this server has, is waited for up to O(timeout).
    type: bool
    default: false
  read_only:
    description: Whether a replica refuses writes, on MySQL those of administrators, too.
    type: bool
    default: true
  replicas:
    description: The replicas that come in.
    type: list
    elements: dict
    default: []
    suboptions:
      server_id:
        description: The replica's C(server_id).
        type: int
        required: true
      address:
        description: The address that its connections come from.
        type: str
        required: true
      subject:
        description: >-
          The subject of its certificate, as M(stackdb.trove.trove_mysql_replication_info) returns it in
          RV(stackdb.trove.trove_mysql_replication_info#module:replication.identity).
        type: str
        required: true
  promoter:
    description: The replica that is about to be promoted. It may set this server read-only and writable, until the next run without it.
    type: dict
    suboptions:
      address:
        description: The address that its connections come from.
        type: str
        required: true
      subject:
        description: The subject of its certificate.
        type: str
        required: true
  allow_privileged_writers:
    description:
      - Without it a O(promoter) is refused on MariaDB while a client is seen writing, within a second and a half, that may do so in spite of C(read_only).
      - With it the promotion disconnects such clients, and no transaction that was acknowledged to them before is lost. MariaDB 10.6 to 11.8 has nothing
        that keeps them from connecting to the old source again and writing there; what they write to it then is on no other server.
      - On MySQL C(super_read_only) binds them, too.
    type: bool
    default: false
  takes_over:
    description:
      - With O(state=detached), whether the source is dead, so that its events go on here. All that replication has disabled are enabled, but for those that run
        once and whose time has passed.
      - An event that its owner disabled after this server became a replica cannot be told from the others, and is enabled, too.
    type: bool
    default: false
  event_scheduler:
    description:
      - What C(event_scheduler) is to be on a server that takes over, or that is detached, V(ON), V(OFF) or V(DISABLED). The last is for a start of the server.
      - When it is not given, O(state=promoted) takes what it is on the old source, and O(state=detached) leaves it as it is.
    type: str
  ring_size:
    description: With O(state=ring), how many members the ring has.
    type: int
  ring_position:
    description: With O(state=ring), which of them this server is, from 1. No two have the same.
    type: int
  ring_opens:
    description: With O(state=ring), whether a server that is read-only takes writes when it has all that the member before it had. With O(state=one_writer),
      when it has all that the others O(executed).
    type: bool
    default: false
  disconnect:
    description: With O(state=ring), whether clients are disconnected although all settings stand, as before another member begins to take writes.
    type: bool
    default: false
  executed:
    description: With O(state=one_writer), RV(stackdb.trove.trove_mysql_replication_info#module:replication.executed) of all other members, on the one that
      goes on as the source.
    type: list
    elements: str
  parallel_threads:
    description: With O(state=one_writer), the C(slave_parallel_threads) from then on. Not given where what members of the ring wrote may be still to come.
    type: int
  exclusive:
    description: Whether accounts of other replicas are dropped.
    type: bool
    default: false
  followers:
    description: What the other replicas have, RV(stackdb.trove.trove_mysql_replication_info#module:replication.executed) by name. All of them
      have to be able to follow the new source.
    type: dict
    default: {}
  timeout:
    description: Seconds for the replica to start, to catch up, or to apply what it received.
    type: int
    default: 300
  window:
    description: Seconds during which no client may be able to write during a promotion. When it takes longer, everything is rolled back.
    type: float
    default: 5.0
extends_documentation_fragment:
  - stackdb.trove.cloud.attributes
requirements:
  - PyMySQL on the guest
  - MariaDB 10.6 or later, or MySQL 8.0.23 or later
notes:
  - On MySQL read_only is remembered over a restart by C(SET PERSIST). On MariaDB the configuration file has to agree with what this module sets.
  - While a promotion lasts no client writes to the old source. Each transaction that a client was told of is on the new source; a client that waits is
    disconnected, and was told of nothing. Readers of the old source are disconnected, too.
  - Afterwards, MariaDB keeps accounts with READ_ONLY ADMIN, and whoever calls a procedure that runs with their privileges, from writing to the old source
    no more than to any other read-only server. Attaching it later is refused when one did, and the error names the transactions.
  - A promotion is refused while XA transactions stay prepared on the source for a second, and while the candidate holds temporary tables for sessions that
    write by statement. Those that are prepared between two halves of a commit are waited for; when there always is one, the promotion is rolled back.
  - What a session holds beside its transaction ends with it, C(GET_LOCK) and temporary tables included. Whatever holds up C(FLUSH TABLES WITH READ LOCK) or
    C(super_read_only) for longer than O(window), such as an ALTER TABLE or LOCK TABLES, causes the promotion to fail and roll back.
  - An event keeps its definer, schedule, body and modes. It runs next at the next time of its schedule, counted from STARTS. A promotion that is killed
    within its window leaves the event scheduler of the source off; O(event_scheduler) says what it is to be.
seealso:
  - module: stackdb.trove.trove_mysql_replication_info
"""

EXAMPLES = r"""
- name: Let a replica come in
  become: true
  stackdb.trove.trove_mysql_replication:
    state: source
    ca_cert: /etc/mysql/tls/ca.pem
    replicas:
      - {server_id: 12, address: 10.0.0.12, subject: /CN=products-2}

- name: Follow the source from where the snapshot was taken
  become: true
  stackdb.trove.trove_mysql_replication:
    state: attached
    source_host: 10.0.0.11
    gtid: 0-11-4711
    ca_cert: /etc/mysql/tls/ca.pem
    client_cert: /etc/mysql/tls/server.pem
    client_key: /etc/mysql/tls/server.key

- name: Take over from the source
  become: true
  stackdb.trove.trove_mysql_replication:
    state: promoted
    window: 2
"""

RETURN = r"""
plan:
  description: The steps, as they were created, or would be in check mode.
  returned: unless O(state=caught_up)
  type: list
  elements: dict
  contains:
    action:
      description: What is done.
      type: str
    kind:
      description: To what.
      type: str
    name:
      description: To which.
      type: str
    why:
      description: The reason.
      type: str
    risk:
      description: What it may cost.
      type: str
    stage:
      description: Steps of one stage belong together; stages follow each other.
      type: int
caught_up:
  description: The GTID that was waited for, C(target), and the C(seconds) that it took.
  returned: when O(state=caught_up)
  type: dict
promotion:
  description: >-
    How long no client could write, C(window_ms), the C(last) transaction of the old source, and how long the server took to catch up before that, C(waited_s).
    V(none) where nothing was to be done, or an earlier run had done it.
  returned: when O(state=promoted)
  type: dict
  sample: {window_ms: 41.7, last: 0-11-4711, waited_s: 0.002}
events:
  description: Names of the events that were C(enabled) here, and those that could not be, C(failed), with the reason. V(none) where there was none.
  returned: when O(state=promoted)
  type: dict
  sample: {enabled: [shop.nightly], failed: {}}
event_scheduler:
  description: What it is now.
  returned: when O(state=promoted) did something
  type: str
disabled_events:
  description: Names of the events that do not run here, since replication has disabled them.
  returned: when O(state=detached)
  type: list
  elements: str
replication:
  description: The server afterwards, C(read_only), C(executed) and C(source) as M(stackdb.trove.trove_mysql_replication_info) returns them.
  returned: success
  type: dict
"""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import Any

from ..module_utils._datastores.mysql.guest import connection
from ..module_utils._datastores.mysql_replication.guest import links
from ..module_utils._datastores.mysql_replication.guest.replication import connect
from ..module_utils._datastores.mysql_replication.guest.server import Server
from ..module_utils._datastores.mysql_replication.rules import events
from ..module_utils._datastores.mysql_replication.rules import replication as rules
from ..module_utils._datastores.mysql_replication.rules.info import Address, Seen, Tls
from ..module_utils._datastores.mysql_replication.verbs import look
from ..module_utils._datastores.mysql_replication.verbs.attachment import Attached
from ..module_utils._datastores.mysql_replication.verbs.catching_up import catch_up_with_source, hear
from ..module_utils._datastores.mysql_replication.verbs.detachment import Detached
from ..module_utils._datastores.mysql_replication.verbs.promotion import Promoted
from ..module_utils._datastores.mysql_replication.verbs.recovery import Fenced, Healed
from ..module_utils._datastores.mysql_replication.verbs.ring import InRing
from ..module_utils._datastores.mysql_replication.verbs.ring_left import Closed, OutOfRing
from ..module_utils._datastores.mysql_replication.verbs.source import Source
from ..module_utils._guest import lock
from ..module_utils._module import guest
from ..module_utils._plan.runner import Reconciler, reconcile

_TLS = ("ca_cert", "client_cert", "client_key")


def act(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """The module's result."""
    with nullcontext() if check_mode else lock.held("replication", params["timeout"]), connect(connection.local(params["socket"])) as server:
        if params["state"] == "renewed":
            why = links.renew(server, params["timeout"]) if not check_mode else None
            return {"changed": why is not None, "renewed": why, "replication": _shown(look.look(server))}
        if params["state"] == "caught_up":
            if params["heard"] and not check_mode:
                hear(server, params["timeout"])
            caught_up = None if check_mode else catch_up_with_source(server, params["timeout"])
            return {"changed": False, "caught_up": caught_up, "replication": _shown(look.look(server))}
        outcome = reconcile(_RECONCILERS[params["state"]](server, params), check_mode)
        nothing: dict[str, Any] = {"promotion": None, "events": None} if params["state"] == "promoted" else {}
        if params["state"] == "detached":
            nothing = {"disabled_events": events.names(events.by_replication(server.events()))}
        shown = {"plan": outcome.plan.view(), "diff": outcome.diff(), "replication": _shown(outcome.observed.local)}
        return {"changed": outcome.changed, **shown, **nothing, **outcome.result}


def _shown(seen: Seen) -> dict[str, Any]:
    return {"read_only": seen["read_only"], "executed": seen["executed"], "source": seen["source"]}


def _source(server: Server, params: Mapping[str, Any]) -> Source:
    return Source(server, params["replicas"], params["promoter"], params["exclusive"], params["allow_privileged_writers"])


def _its_source(server: Server, params: Mapping[str, Any]) -> tuple[Address, Tls]:
    user = params["source_user"] or rules.account_of(server.settings()["server_id"])
    tls: Tls = {"ca_cert": params["ca_cert"], "client_cert": params["client_cert"], "client_key": params["client_key"]}
    return Address(params["source_host"], params["source_port"], user), tls


def _attached(server: Server, params: Mapping[str, Any]) -> Attached:
    return Attached(server, *_its_source(server, params), params["gtid"], params["read_only"], params["timeout"], params["source_behind"])


def _healed(server: Server, params: Mapping[str, Any]) -> Healed:
    return Healed(server, *_its_source(server, params), params["gtid"], params["read_only"], params["timeout"], params["source_behind"])


def _fenced(server: Server, params: Mapping[str, Any]) -> Fenced:
    return Fenced(server, params["timeout"])


def _ring(server: Server, params: Mapping[str, Any]) -> InRing:
    place = (params["ring_size"], params["ring_position"], params["disconnect"], params["ring_opens"])
    return InRing(server, *_its_source(server, params), *place, params["timeout"])


def _detached(server: Server, params: Mapping[str, Any]) -> Detached:
    return Detached(server, params["timeout"], params["takes_over"], events.scheduler(params["event_scheduler"]))


def _promoted(server: Server, params: Mapping[str, Any]) -> Promoted:
    return Promoted(server, params["followers"], params["timeout"], params["window"], events.scheduler(params["event_scheduler"]))


def _closed(server: Server, params: Mapping[str, Any]) -> Closed:
    return Closed(server, params["timeout"])


def _one_writer(server: Server, params: Mapping[str, Any]) -> OutOfRing:
    return OutOfRing(server, params["executed"], params["parallel_threads"], params["ring_opens"], params["timeout"])


_RECONCILERS: Mapping[str, Callable[[Server, Mapping[str, Any]], Reconciler[Any]]] = {
    "source": _source,
    "attached": _attached,
    "detached": _detached,
    "promoted": _promoted,
    "ring": _ring,
    "closed": _closed,
    "one_writer": _one_writer,
    "healed": _healed,
    "fenced": _fenced,
}


def main() -> None:
    guest.run(
        act,
        {
            "state": {"type": "str", "choices": ["caught_up", "renewed", *_RECONCILERS], "required": True},
            "socket": {"type": "path", "default": "/run/mysqld/mysqld.sock"},
            "source_host": {"type": "str"},
            "source_port": {"type": "int", "default": 3306},
            "source_user": {"type": "str"},
            "ca_cert": {"type": "path"},
            "client_cert": {"type": "path"},
            "client_key": {"type": "path", "no_log": False},
            "gtid": {"type": "str"},
            "read_only": {"type": "bool", "default": True},
            "source_behind": {"type": "bool", "default": False},
            "heard": {"type": "bool", "default": False},
            "replicas": {
                "type": "list",
                "elements": "dict",
                "default": [],
                "options": {
                    "server_id": {"type": "int", "required": True},
                    "address": {"type": "str", "required": True},
                    "subject": {"type": "str", "required": True},
                },
            },
            "promoter": {
                "type": "dict",
                "options": {"address": {"type": "str", "required": True}, "subject": {"type": "str", "required": True}},
            },
            "ring_size": {"type": "int"},
            "ring_position": {"type": "int"},
            "ring_opens": {"type": "bool", "default": False},
            "disconnect": {"type": "bool", "default": False},
            "executed": {"type": "list", "elements": "str"},
            "parallel_threads": {"type": "int"},
            "exclusive": {"type": "bool", "default": False},
            "allow_privileged_writers": {"type": "bool", "default": False},
            "takes_over": {"type": "bool", "default": False},
            "event_scheduler": {"type": "str"},
            "followers": {"type": "dict", "default": {}},
            "timeout": {"type": "int", "default": 300},
            "window": {"type": "float", "default": 5.0},
        },
        required_if=[
            ("state", "attached", ["source_host", *_TLS]),
            ("state", "healed", ["source_host", *_TLS]),
            ("state", "ring", ["source_host", "ring_size", "ring_position", *_TLS]),
        ],
    )


if __name__ == "__main__":
    main()
