#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_replica
short_description: Make and delete the servers of replicas, and keep the replication contract
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - Creates the Nova servers of replicas of one source. They inherit image, flavor, volume, networks, key, locality and datastore.
  - Writes the replication contract on both sides, into the metadata of the servers. It names direct neighbours only.
  - The data and the replication itself are the work of the role P(stackdb.trove.mysql_replication#role). The playbooks C(stackdb.trove.replica_create),
    C(replica_attach), C(replica_detach), C(replica_promote) and C(replica_eject) do both.
  - The plan is created before the first step is taken, and a run that was killed is continued by the same run, as with M(stackdb.trove.trove_cluster).
options:
  name:
    description:
      - For O(state=present) the name of the replicas, by default C(<source>-replica). One alone is called so, more are C(<name>-1), C(<name>-2) and so on;
        a number is never used again.
      - For every other state the name or id of one replica.
    type: str
  state:
    description:
      - V(present) makes what is missing of O(count) replicas.
      - V(attached), V(detached), V(promoted) and V(ejected) write the contracts as they are after the role has done that; they change no database.
        After V(attached) an instance of the source's replication topology that was detached or ejected is a replica of O(source) again, and not for writes. It
        stays on its host; a warning says where the locality is not kept for it. After V(detached) the replica is a writable site of its own.
        After V(promoted) it has changed places with its source, after V(ejected) it has taken the place of its dead source, and in both cases the other
        replicas follow it.
        They need O(evidence) that the databases replicate so. With O(force) the contracts may name a source that no replica follows.
      - V(recovered) writes the contract of a source that was ejected and follows the one that is now, as the databases say; all other contracts stay.
      - V(topology) writes the contracts of O(contract) likewise, with the same O(evidence). The playbook C(stackdb.trove.replica_topology) brings the databases
        to it. A source with replicas can be established, on MariaDB also a chain, and a ring in which each is writable; all else is refused with the reason.
      - An option that a state takes no notice of is refused.
      - V(absent) deletes the replica's server and B(its data volume), and takes it out of its source's contract.
    type: str
    choices: [present, attached, detached, promoted, ejected, recovered, topology, absent]
    default: present
  source:
    description:
      - Name or id of what is to be replicated, an instance of M(stackdb.trove.trove_instance) or any server that runs a database, see O(adopt).
      - For O(state=attached) name or id of an instance of the same replication topology that replicates from no source.
      - Required for O(state=present) and O(state=attached).
    type: str
  contract:
    description:
      - For O(state=topology), the replication contracts as they shall be, in either form of Trove's specification. Keyed by the names or ids of instances, or
        flat, which is that of O(name). Alone, or as they stand in an instance's show form, below C(metadata) and C(replication_contract), or in a list of
        C(instances).
      - A contract has the words C(replicates_to) and C(replicates_from), lists of names or ids, and C(writable) or C(writeable); every other word is refused.
        What is not said is empty, and an instance that replicates from no source is writable. One side of a link is enough.
      - An instance that is not named keeps its contract, but for links that another one names. A replica that would lose its source has to be named.
    type: dict
  count:
    description: How many replicas of that name the source shall have.
    type: int
    default: 1
  adopt:
    description:
      - What runs on a source that others have created. It becomes an instance then. It gets metadata, tags and the replication topology's security group, and
        nothing else.
      - Only for such a source, and required for it once.
    type: dict
    suboptions:
      datastore:
        description: The datastore type.
        type: str
        choices: [mariadb, mysql]
        required: true
      datastore_version:
        description: The datastore version.
        type: str
        required: true
  read_only:
    description: Whether the contract says that the replicas are not for writes.
    type: bool
    default: true
  flavor:
    description: Another flavor than the source's. Where the data are on the root disk, it needs one that is as large.
    type: str
  volume_size:
    description: Size of each replica's data volume in GiB, at least the source's.
    type: int
  volume_type:
    description: Another volume type than the source's.
    type: str
  networks:
    description: Other networks than the source's.
    type: list
    elements: str
  availability_zone:
    description: Nova's availability zone for new replicas, by default the one that the source was asked to be in.
    type: str
  key_name:
    description: Another key pair than the source's.
    type: str
  image:
    description:
      - Another image than the source's, with the same system.
      - By default the source's own, by its id, which may be in no list any more. Required where that is gone, or where a source that others have created boots
        from a volume.
    type: str
  metadata:
    description:
      - Metadata of your own, texts by name, in any form. They are shown, and the inventory has them as C(trove_instance.metadata).
      - They stand on the servers in Nova, readable for everybody in the project, so no secrets.
      - New replicas get them, and none of their source's. C(stackdb.trove.instance_configure) changes them.
    type: dict
  locality:
    description: Refused. Replicas follow their source.
    type: str
  datastore:
    description: Refused. Replicas have the datastore of their source.
    type: str
  datastore_version:
    description: Refused. Replicas have the datastore of their source.
    type: str
  databases:
    description: Refused. Replicas have the databases of their source.
    type: raw
  users:
    description: Refused. Replicas have the users of their source.
    type: raw
extends_documentation_fragment:
  - stackdb.trove.cloud
  - stackdb.trove.progress
  - stackdb.trove.cloud.wait
  - stackdb.trove.cloud.evidence
  - stackdb.trove.cloud.clear_task
  - stackdb.trove.cloud.actiongroup
  - stackdb.trove.cloud.attributes
seealso:
  - module: stackdb.trove.trove_instance
  - module: stackdb.trove.trove_instance_info
"""

EXAMPLES = r"""
- name: Servers for two replicas
  stackdb.trove.trove_replica:
    cloud: mycloud
    source: orders
    count: 2

- name: A replica of a server that others have created
  stackdb.trove.trove_replica:
    cloud: mycloud
    source: legacy-db
    name: legacy-copy
    adopt: {datastore: mysql, datastore_version: "8.4"}
    volume_size: 100

- name: The role has detached it
  stackdb.trove.trove_replica:
    cloud: mycloud
    name: orders-replica-2
    state: detached
    evidence:
      before: "{{ before }}"
      after: "{{ instances | stackdb.trove.evidence(hostvars, round) }}"

- name: The role has attached one that was ejected
  stackdb.trove.trove_replica:
    cloud: mycloud
    name: orders
    source: orders-replica-1
    state: attached
    evidence:
      before: "{{ before }}"
      after: "{{ instances | stackdb.trove.evidence(hostvars, round) }}"

- name: What would have to be done for these contracts
  stackdb.trove.trove_replica:
    cloud: mycloud
    name: orders
    state: topology
    contract:
      orders-replica-1: {replicates_to: [orders], writable: true}
      orders: {replicates_from: [orders-replica-1], writable: false}
      orders-replica-2: {writable: true}
  check_mode: true
  register: planned

- name: Delete a replica with its data
  stackdb.trove.trove_replica:
    cloud: mycloud
    name: orders-replica-1
    state: absent
"""

RETURN = r"""
instances:
  description:
    - The source, its replicas and what else belongs to the replication topology, each as RV(stackdb.trove.trove_instance#module:instance).
    - In check mode what they would become.
  returned: success
  type: list
  elements: dict
hosts:
  description:
    - The source and all replicas that are connected with it as inventory hosts, as RV(stackdb.trove.trove_cluster#module:hosts).
      Their C(trove_instance) has the C(replication_contract), too.
  returned: O(state) is not V(absent)
  type: list
  elements: dict
placement:
  description: Whether the promise of the locality holds now, with C(policy), C(kept), C(broken) and C(hosts).
  returned: O(state) is not V(absent)
  type: dict
changes:
  description: >-
    What the databases have to do for the contracts, in this order, each with C(verb), who it is done to in C(names), the C(source), all C(members) that
    have a part in it, whether the source may be a replica (C(chain)), and the C(ring) that is created or ended.
  returned: O(state=topology)
  type: list
  elements: dict
drift:
  description: Where two contracts do not say the same of each other, in sentences.
  returned: O(state) is not V(absent)
  type: list
  elements: str
plan:
  description: The steps that were created, or would be created in check mode. Steps of one C(stage) run at the same time.
  returned: success
  type: list
  elements: dict
"""

from typing import Any

from ..module_utils._model import replicas
from ..module_utils._model.cluster import Instance
from ..module_utils._model.errors import InvalidInput
from ..module_utils._module.cloud import PROOF_OPTIONS, TASK_OPTIONS, WAIT_OPTIONS, Connect, Options, make_module, reconciled, refuse_unused, run
from ..module_utils._plan.runner import Reconciler
from ..module_utils._servers import wanted
from ..module_utils._servers.attachment import ReplicaAttached
from ..module_utils._servers.contracts import ContractChanged
from ..module_utils._servers.hosts import about
from ..module_utils._servers.instance import InstanceAbsent
from ..module_utils._servers.proof import Proof
from ..module_utils._servers.recovery import InstancesRecovered
from ..module_utils._servers.replica_servers import ReplicasPresent
from ..module_utils._servers.topology import TopologyWritten

ARGUMENT_SPEC: dict[str, Any] = {
    "name": {"type": "str"},
    "state": {"type": "str", "choices": ["present", "attached", "detached", "promoted", "ejected", "recovered", "topology", "absent"], "default": "present"},
    "source": {"type": "str"},
    "contract": {"type": "dict"},
    "count": {"type": "int", "default": 1},
    "adopt": {
        "type": "dict",
        "options": {
            "datastore": {"type": "str", "choices": wanted.INSTANCES_OF, "required": True},
            "datastore_version": {"type": "str", "required": True},
        },
    },
    "read_only": {"type": "bool", "default": True},
    "flavor": {"type": "str"},
    "volume_size": {"type": "int"},
    "volume_type": {"type": "str"},
    "networks": {"type": "list", "elements": "str"},
    "availability_zone": {"type": "str"},
    "key_name": {"type": "str"},
    "image": {"type": "str"},
    "metadata": {"type": "dict"},
    "locality": {"type": "str"},
    "datastore": {"type": "str"},
    "datastore_version": {"type": "str"},
    "databases": {"type": "raw"},
    # refused, and still not to be seen: they come with passwords
    "users": {"type": "raw", "no_log": True},
    **WAIT_OPTIONS,
    **PROOF_OPTIONS,
    **TASK_OPTIONS,
}
_CHANGED = {"evidence", "force", "clear_task"}
_USED = {
    "present": {*ARGUMENT_SPEC} - {"evidence", "force", "contract"},
    "attached": {*_CHANGED, "source"},
    "detached": _CHANGED,
    "promoted": _CHANGED,
    "ejected": _CHANGED,
    "recovered": _CHANGED,
    "topology": {*_CHANGED, "contract"},
    "absent": set(),
}


def _reconciler(options: Options, connect: Connect, check_mode: bool) -> Reconciler[Any]:
    if options["state"] == "present":
        asked = replicas.build(options)
        adopt = options["adopt"] and (options["adopt"]["datastore"], options["adopt"]["datastore_version"])
        return ReplicasPresent(connect(), asked, adopt, options["timeout"], options["wait"], options["clear_task"])
    if not options["name"]:
        raise InvalidInput("name", options["name"], "the name or id of a replica")
    if options["state"] == "absent":
        return InstanceAbsent(connect(), options["name"], options["timeout"], replica=True)
    if options["state"] == "topology":
        return TopologyWritten(connect(), options["name"], options["contract"], Proof.of(options, check_mode), options["clear_task"])
    if options["state"] == "attached":
        return ReplicaAttached(connect(), options["name"], options["source"], Proof.of(options, check_mode), options["clear_task"])
    if options["state"] == "recovered":
        return InstancesRecovered(connect(), options["name"], Proof.of(options, check_mode), options["clear_task"])
    return ContractChanged(connect(), options["name"], options["state"], Proof.of(options, check_mode), options["clear_task"])


def _others(reconciler: Reconciler[Any], observed: Any) -> list[Instance]:
    """Whose connected instances are hosts, too."""
    if isinstance(reconciler, (ReplicaAttached, TopologyWritten)):
        return reconciler.concerned(observed)
    return []


def main() -> None:
    module = make_module(ARGUMENT_SPEC, required_if=[("state", "present", ["source"]), ("state", "attached", ["source"]), ("state", "topology", ["contract"])])

    def act(options: Options, connect: Connect) -> dict[str, Any]:
        refuse_unused(ARGUMENT_SPEC, options, _USED[options["state"]], options["state"])
        reconciler = _reconciler(options, connect, module.check_mode)
        outcome, result = reconciled(module, reconciler, "family")
        result.update(result.pop("family") or {"instances": []})
        if options["state"] == "absent":
            return result
        family, instance = outcome.observed
        result.update(about(family, instance, *_others(reconciler, outcome.observed)))
        if isinstance(reconciler, TopologyWritten):
            result["changes"] = reconciler.changes(outcome.observed)
        for sentence in result["placement"]["broken"]:
            module.warn(f"The locality is not kept: {sentence}.")
        return result

    run(module, act)


if __name__ == "__main__":
    main()
