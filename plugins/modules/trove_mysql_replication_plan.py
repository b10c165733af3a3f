#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_mysql_replication_plan
short_description: Decide who does what in a replication topology, by what its members say
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - Reads the results of M(stackdb.trove.trove_mysql_replication_info) of all members, and says who is the source, who takes over, and who replicates from whom
    when a verb is done; or refuses the verb, with the reason, before anything is touched.
  - Everything that stands against a verb on what the members say is returned at once, in C(refusals), a list of C(name), C(member) and C(why). The names are
    C(replica_filters), C(binlog_filters), C(other_links), C(delay), C(leniency), C(broken), C(stopped), C(errant), C(purged), C(same_server), C(engine),
    C(version), C(names), C(blackhole), C(log_bin), C(gtid), C(log_updates), C(gtid_order), C(binlog_format), C(closed) and C(semi_sync).
  - A run that was killed is continued. Who has taken over already is known by what the servers say.
  - Runs on the controller, once for all members.
options:
  verb:
    description:
      - V(replicate) gives O(source) replicas.
      - V(attach) lets O(returning), which have data and replicate from no source or from another member, replicate from O(source).
      - V(detach) makes O(leaving) independent sites.
      - V(promote) lets O(candidate) take over from a source that lives.
      - V(eject) lets the replica with the most transactions take over from O(source), which is dead.
      - V(ring) makes O(members), which are a chain, a ring of sources in the order of O(ring), or brings such a ring back into order. Only of MariaDB servers.
      - V(one_writer) lets O(candidate) go on as the source of a ring, and the others be its replicas, as a chain in the order of O(ring).
      - V(recover) brings O(contracts) about again after an outage. It says in C(recovery) who is started, who is fenced, and what is done to each replica, with
        the evidence. Refused where it is not known who the source is, and where others have what the source has acknowledged and lost.
      - V(main) changes no link.
      - V(rotate) does not, either, and says on which source the accounts of replicas are changed. Refused where the members do not say it and O(source) is not
        given.
    type: str
    choices: [main, rotate, replicate, attach, detach, promote, eject, ring, one_writer, recover]
    required: true
  members:
    description: The inventory names of the source and its replicas, which have to be in the play. For O(verb=eject) the source may be left out.
    type: list
    elements: str
    required: true
  silent:
    description: The names of members that are known not to answer. They count as members, also where O(members) does not name them.
    type: list
    elements: str
    default: []
  word:
    description: The name of the variable in which every member has registered its result of M(stackdb.trove.trove_mysql_replication_info).
    type: str
    required: true
  source:
    description: The name of the source.
    type: str
  candidate:
    description: The name of the replica that takes over, for O(verb=promote), or of the member that goes on as the source, for O(verb=one_writer).
    type: str
  leaving:
    description: The names of the replicas to detach, for O(verb=detach).
    type: list
    elements: str
    default: []
  returning:
    description: The names of the servers that become replicas, for O(verb=attach).
    type: list
    elements: str
    default: []
  chain:
    description: For O(verb=attach), whether O(source) may be a replica itself, so that a chain is created.
    type: bool
    default: false
  ring:
    description:
      - For O(verb=ring) and O(verb=one_writer), all O(members), each before the one that replicates from it.
      - For O(verb=attach), the ring that the chain is created for. Nothing is to be done where the members are that ring already, as after a run that was
        killed.
    type: list
    elements: str
    default: []
  later:
    description:
      - Whether the same run has steps before this one, which may change who replicates from whom.
      - They are not done in check mode, so a refusal is a warning there, and no member has anything to do.
    type: bool
    default: false
  contracts:
    description:
      - For O(verb=recover), by name, whom each member replicates from (C(source), a name or none) and whether clients write there (C(writable)). Who is not
        there is taken for a source that was left behind.
      - Where none are given, O(source) is the source of all.
    type: dict
    default: {}
  refill:
    description: For O(verb=recover), the names of those whose data are given up for a copy of the source's, where nothing else heals them.
    type: list
    elements: str
    default: []
  tried:
    description: For O(verb=recover), whether the servers that were down have been started, as far as they can be. Only then the links are judged.
    type: bool
    default: false
  defers:
    description: For O(verb=promote), whether the old source follows the new one later, so that it may be of an older release series until then.
    type: bool
    default: false
  last:
    description: The name of the variable with the result of those that were asked once more after all others, which has more than O(word) of the same.
    type: str
  addresses:
    description: Addresses by name, of members that say none themselves.
    type: dict
    default: {}
extends_documentation_fragment:
  - stackdb.trove.cloud.info
attributes:
  action:
    description: Runs on the controller.
    support: full
seealso:
  - module: stackdb.trove.trove_mysql_replication_info
  - module: stackdb.trove.trove_mysql_replication
"""

EXAMPLES = r"""
- name: Ask every member
  become: true
  stackdb.trove.trove_mysql_replication_info:
    client_cert: /etc/mysql/tls/server.pem
    probe: true
  register: seen

- name: Decide which replica takes over from db0, which is dead
  stackdb.trove.trove_mysql_replication_plan:
    verb: eject
    members: [db1, db2]
    word: seen
    source: db0
  run_once: true
  register: plan
"""

RETURN = r"""
verb:
  description: O(verb).
  returned: success
  type: str
members:
  description: O(members), and those of O(silent).
  returned: success
  type: list
  elements: str
silent:
  description: The members that said nothing.
  returned: success
  type: list
  elements: str
addresses:
  description: By name, the addresses of the members that said theirs.
  returned: success
  type: dict
streams:
  description: By name, where a snapshot for the member goes, C({name in the certificate - address}).
  returned: success
  type: dict
source:
  description: >-
    The source before the verb, in a chain its top, V(none) where there is none, or where the dead one is ejected. For O(verb=detach) V(none), too, where
    not every member that stays is known, so that no account can be dropped.
  returned: success
  type: str
new_source:
  description: The source when the verb is done.
  returned: success
  type: str
old_source:
  description: The source that a promotion leaves behind, until it replicates from RV(new_source).
  returned: success
  type: str
resumed:
  description: Whether RV(new_source) has taken over already, in a run that was killed.
  returned: success
  type: bool
replicas:
  description: Who replicates from RV(new_source) when the verb is done. For O(verb=detach) from RV(source).
  returned: success
  type: list
  elements: str
attach:
  description: RV(replicas) without RV(old_source), which comes after them. Earlier it could ask for what the new source has not logged yet. Those that
    replicate from another replica, as in a chain, are left with that one.
  returned: success
  type: list
  elements: str
path:
  description: For O(verb=attach) in a chain, those between RV(source) and RV(new_source), and that one, in the order in which they receive. For O(verb=ring)
    those that have to receive the accounts before the ring can be closed, for O(verb=one_writer) those that receive all that the candidate writes.
  returned: success
  type: list
  elements: str
leaving:
  description: O(leaving). For O(verb=one_writer) those whose own source is none of O(members), and is forgotten.
  returned: success
  type: list
  elements: str
accounts:
  description: The C(server_id), C(address) and C(subject) of every account that a replica comes in by.
  returned: success
  type: list
  elements: dict
promoter:
  description: The C(address) and C(subject) of the account by which the candidate reaches RV(old_source), V(none) where it needs none.
  returned: success
  type: dict
executed:
  description: What the replicas in RV(attach) have executed, by name, for a promotion; for O(verb=one_writer) what those in RV(replicas) have.
  returned: success
  type: dict
order:
  description: For O(verb=ring), the members in the order in which they take their places, last the one that feeds the others until the ring is closed. For
    O(verb=one_writer) first the candidate; none where an earlier run has done all of it.
  returned: success
  type: list
  elements: str
opening:
  description: For O(verb=ring), those that are read-only and take writes in the end.
  returned: success
  type: list
  elements: str
ring:
  description: For O(verb=ring), by name, the C(source) that a member replicates from, its C(position) from 1, and the C(size) of the ring.
  returned: success
  type: dict
dataset:
  description: What goes with a snapshot, for O(verb=replicate).
  returned: success
  type: dict
"""
