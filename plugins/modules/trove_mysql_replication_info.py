#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_mysql_replication_info
short_description: See a MariaDB or MySQL server as a source or a replica
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - Reports what the local server says of its binary log, its GTIDs, its source and its replicas.
  - Runs on the guest, as root, and connects by the server's socket. It never fails because a server is down, or not installed yet.
options:
  socket:
    description: The server's socket.
    type: path
    default: /run/mysqld/mysqld.sock
  client_cert:
    description: The member's certificate, of which the names are returned in RV(replication.identity).
    type: path
  name:
    description: The name by which other members know this one, as in its certificate. It is handed through in RV(identity).
    type: str
  address:
    description: The address by which other members reach this one, handed through in RV(identity). The first of the host when it is not given.
    type: str
  asked:
    description: The round of a run in which the member is asked. It is handed through, so that the word is known to be of that round.
    type: str
  probe:
    description:
      - Whether a replica is to find out if its source is dead, as an ejection has to know. It connects by TCP without TLS and without an account, so that
        no error of either counts as death. Where nobody is there, the replica's own connection is watched until it ends, or something comes in by it;
        that takes C(slave_net_timeout) (C(replica_net_timeout)) seconds at most.
    type: bool
    default: false
  peers:
    description: >-
      The addresses of all members, whose certificates are looked at as a client sees them. Without it RV(rotation) is not returned.
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - stackdb.trove.cloud.info
requirements:
  - PyMySQL on the guest
seealso:
  - module: stackdb.trove.trove_mysql_replication
  - module: stackdb.trove.trove_mysql_replication_plan
"""

EXAMPLES = r"""
- name: See how the replicas are
  become: true
  stackdb.trove.trove_mysql_replication_info:
  register: seen

- name: Stop when one does not replicate
  ansible.builtin.assert:
    that: seen.replication.problems | length == 0
"""

RETURN = r"""
asked:
  description: O(asked), as it was given.
  returned: success
  type: str
identity:
  description: >-
    C(id), the C(server_uuid) or the C(server_id), and C(addresses), those of the host that it runs on. The C(name) and C(address) by which other members
    know it, its C(server_id), and the C(subject) of its certificate are what M(stackdb.trove.trove_mysql_replication_plan) makes accounts of.
  returned: success
  type: dict
rotation:
  description: >-
    As RV(stackdb.trove.trove_galera_info#module:rotation), and C(stale), which links run with a certificate that was replaced, sentences;
    C(others), by user@host who else reads the binary log by a connection that was there before the certificate.
  returned: when O(peers) and O(client_cert) are given, and the server answers
  type: dict
pending:
  description: The settings that the server reads at its start only, and has otherwise than its files; they wait for a restart.
  returned: success
  type: list
  elements: str
tls:
  description: >-
    When the member's C(certificate) and the CAs that it trusts (C(authorities)) end, in seconds since the epoch, C(days) until the first end that matters,
    and whether the first run would renew what ends then (C(due)).
  returned: success, V(none) without O(client_cert)
  type: dict
unit:
  description: >-
    The server's unit, its C(state) in systemd's words, whether it starts at boot (C(enabled)), its C(invocation) (systemd's InvocationID), and the C(turn) in
    which the server that runs was restarted, where that was noted, and the last one that has C(begun); of one that was stopped in order C(stopped), with
    C(others) that served then.
  returned: success
  type: dict
versions:
  description: >-
    Of which versions the server is, C(running) by its own word, C(installed) by that of its program, and C(tables), MariaDB's system tables; V(none) where
    that is not known.
  returned: success
  type: dict
replication:
  description: The local server. What only a running server knows is V(none) where RV(replication.reachable=false).
  returned: success
  type: dict
  contains:
    engine:
      description: V(mariadb), V(mysql), or V(none) where neither is installed.
      type: str
    version:
      description: The server's version.
      type: str
    service:
      description: What systemd says of the server's unit, such as V(active).
      type: str
    reachable:
      description: Whether the server answers root on its socket.
      type: bool
    error:
      description: Why it does not.
      type: str
    server_id:
      description: The C(server_id).
      type: int
    server_uuid:
      description: The C(server_uuid) of MySQL.
      type: str
    read_only:
      description: Whether writes are refused to users.
      type: bool
    super_read_only:
      description: Whether MySQL refuses them to administrators, too.
      type: bool
    log_bin:
      description: Whether a binary log is written.
      type: bool
    gtid:
      description: Whether it has GTIDs in it.
      type: bool
    logs_updates:
      description: Whether a replica writes to it what it receives.
      type: bool
    binlog_format:
      description: The C(binlog_format).
      type: str
    executed:
      description: The GTIDs of all transactions that the server has.
      type: str
    logged:
      description: The GTIDs that it wrote to its binary logs.
      type: str
    position:
      description: Where it stands, as a snapshot of it would say (C(gtid_current_pos) of MariaDB, C(gtid_executed) of MySQL).
      type: str
    purged:
      description: The GTIDs that its binary logs do not hold any more.
      type: str
    source:
      description: >-
        V(none), or the link to its source: C(host), C(port), C(user), C(server_id), C(server_uuid), whether it is by verified C(tls), C(ca_cert),
        C(client_cert), C(client_key), C(io_running) (V(Yes), V(No) or V(Connecting)), C(io_errno), C(io_error), C(sql_running), C(sql_errno), C(sql_error),
        C(sql_state), C(lag) and
        C(delay) in seconds, C(retrieved), the GTIDs that it has received, and what O(probe=true) found, else V(none), as C(probe), C(verdict) (V(dead),
        V(alive), V(hung) or V(unknown)) and C(why), and as C(answers), false where it is V(dead).
      type: dict
    problems:
      description: What is wrong with the link, in words. Empty for one that is healthy, V(none) where there is no source.
      type: list
      elements: str
    replicas:
      description: The C(user) and C(host) of the replicas that are connected.
      type: list
      elements: dict
    engines_not_copyable:
      description: >-
        The users' tables that are not InnoDB's, as C(schema.table), by their storage engine, and MariaDB's tables that keep their history, as
        V(SYSTEM VERSIONED) and V(SYSTEM VERSIONED by transactions).
      type: dict
    data_bytes:
      description: Bytes of the files below the data directory, without the binary logs.
      type: int
    volume:
      description: C(size) and C(used) of the file system below the data directory, in GiB; V(none) where there is none.
      type: dict
    identity:
      description: The C(subject) and C(issuer) of O(client_cert), as accounts require them.
      type: dict
    facts:
      description:
        - What the server leaves out, holds back or changes of what it replicates; M(stackdb.trove.trove_mysql_replication_plan) refuses verbs by it.
        - C(replica_filters), C(binlog_filters), C(leniency) (such as C(slave_exec_mode = IDEMPOTENT)) and C(closed) (such as C(offline_mode = ON)) are lists of
          settings with their values. C(other_links) are the names of replication connections or channels besides the unnamed one, C(delay) the seconds that the
          server applies later than it receives. C(strict) says whether GTIDs out of order are refused, C(waits) and C(acknowledges) whether it is a source or
          a replica of semi-synchronous replication, C(lower_case_table_names) how names are compared.
        - C(domain) is the C(gtid_domain_id) of MariaDB. It is not 0 of a member of a ring of sources.
      type: dict
    events:
      description: The names of the events that are enabled, as C(schema.event).
      type: list
      elements: str
"""

import os
from collections.abc import Mapping
from typing import Any

from ..module_utils._datastores.mysql.guest.engines import ENGINES, MARIADB
from ..module_utils._datastores.mysql_replication.guest import replication, rotation
from ..module_utils._datastores.mysql_replication.rules import replication as rules
from ..module_utils._datastores.mysql_replication.rules.info import Identity, Info
from ..module_utils._datastores.mysql_replication.verbs import settings, versions
from ..module_utils._guest import certificate, host, turn
from ..module_utils._module import guest


def look(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """The module's result."""
    info = replication.observe(params["socket"], params["client_cert"], params["probe"])
    shown = {**info, "problems": info["source"] and rules.problems(info["source"])}
    said = {"identity": _identity(info, params), "pending": settings.pending(info["engine"]) if info["reachable"] else []}
    tls = certificate.ends(os.path.dirname(params["client_cert"])) if params["client_cert"] else None
    engine = ENGINES.get(info["engine"], MARIADB)
    rotated = {}
    if params["peers"] and params["client_cert"] and info["reachable"]:
        rotated = rotation.look(os.path.dirname(params["client_cert"]), params["peers"], params["socket"], engine.service.show())
    return {
        "changed": False,
        "asked": params["asked"],
        **said,
        "tls": tls,
        "unit": turn.look(engine.service),
        "versions": versions.look(engine),
        "replication": shown,
        **rotated,
    }


def _identity(info: Info, params: Mapping[str, Any]) -> Identity:
    addresses = host.addresses()
    return {
        "id": info["server_uuid"] or info["server_id"],
        "addresses": addresses,
        "name": params["name"],
        "address": params["address"] or next(iter(addresses), None),
        "server_id": info["server_id"],
        "subject": (info["identity"] or {}).get("subject"),
    }


def main() -> None:
    guest.run(
        look,
        {
            "socket": {"type": "path", "default": "/run/mysqld/mysqld.sock"},
            "client_cert": {"type": "path"},
            "name": {"type": "str"},
            "address": {"type": "str"},
            "asked": {"type": "str"},
            "probe": {"type": "bool", "default": False},
            "peers": {"type": "list", "elements": "str", "default": []},
        },
    )


if __name__ == "__main__":
    main()
