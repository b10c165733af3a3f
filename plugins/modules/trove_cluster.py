#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_cluster
short_description: Make and delete the servers of a database cluster
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - Creates the Nova servers of a database cluster with their data volumes, a server group for the locality and a security group.
  - The database itself is set up by the datastore's role; the playbook C(stackdb.trove.cluster_create) does both.
  - All steps are planned before the first one is taken. Check mode and the diff show the plan, and the same plan is carried out.
  - Nothing is kept on the controller. What belongs to the cluster is known by tags and metadata on the servers and volumes,
    so a run that was killed is continued by the same run, started again from anywhere.
  - When Nova cannot create a server, the run fails with Nova's own words, and rolls back what it created.
  - A living cluster is not changed by O(state=present). A difference in what was asked for is an error.
options:
  name:
    description:
      - Name of the cluster, unique in the project.
      - A letter, then letters, digits and hyphens, at most 49 characters.
      - Required, unless O(id) says which cluster is to be grown, shrunk or absent.
    type: str
  state:
    description:
      - V(present) makes what is missing of a new cluster.
      - V(grown) makes more members, until there are O(instances). They inherit flavor, image, volumes, networks, key, zone and locality. Of these O(image),
        O(key_name), O(availability_zone) and O(volume_availability_zone) may be others. Members that were spread over several zones go on being spread.
        Their numbers count on from the highest one ever used. A list of O(instances) names the new ones, each with what it has otherwise. A O(locality)
        is refused unless it is the cluster's own, which cannot be changed.
      - V(shrunk) deletes the servers of O(members) and B(their data volumes), or of those with the highest numbers, until O(instances) are left. It needs
        O(evidence) that those that stay serve without them, no longer count them, and hold what they held. Of a member that is dead no word is needed.
        With O(force) whatever only O(members) hold is lost.
        Where O(evidence.before) says that O(members) do not serve, it may follow any task that has not ended.
      - V(replaced) creates a server and a data volume of the same name in the place of each of O(members), which are lost for good. It needs O(evidence) that
        those that stay serve, that O(members) do not, and that none of those that stay counts them any more. What is left of their servers is deleted. Their
        data volumes are kept under another name, as volumes of no cluster, unless O(delete_volumes) is set. It may follow any task that has not ended.
      - V(absent) deletes servers, server group, security group and B(the data volumes with their data).
      - An option that a state takes no notice of is refused.
    type: str
    choices: [present, grown, shrunk, replaced, absent]
    default: present
  id:
    description: The cluster's id, in the place of O(name) for O(state=grown), O(state=shrunk), O(state=replaced) and O(state=absent), or beside it where
      two have that name.
    type: str
  members:
    description:
      - The names or ids of the instances that go with O(state=shrunk), or the names of those that are lost with O(state=replaced).
      - With O(state=shrunk) the id of a member that left, of which the others have a note (the last 24), is that member's, so that a run that was stopped goes
        on.
      - With O(state=replaced) a name of which there is no server and no volume is refused where its number is higher than any that a member ever had, which all
        members note, and where that member left by O(state=shrunk). In a cluster that has no such note yet there may have been one more than there are.
      - With O(state=shrunk) they count where O(instances) is given, too.
    type: list
    elements: str
  delete_volumes:
    description: Delete the data volumes of the lost members (O(state=replaced)), with their data.
    type: bool
    default: false
  accept_lost_slots:
    description:
      - Give up the keys in slots of a Redis Cluster that no member serves since their master is lost (O(state=replaced)). Without it that is refused.
      - The copy of a replica that has not taken over is never given up.
    type: bool
    default: false
  datastore:
    description: The datastore type, by default V(mariadb). V(mariadb) is a Galera cluster, V(redis) and V(valkey) are a Redis Cluster.
    type: str
    choices: [mariadb, redis, valkey]
  datastore_version:
    description: The datastore version. Required for O(state=present).
    type: str
  instances:
    description:
      - The number of instances, or a list with a dictionary for each.
      - Such a dictionary may have C(name), C(flavor), C(volume_size), C(volume_type), C(networks), C(availability_zone) and
        C(volume_availability_zone);
        what it leaves out is taken from the option of that name.
      - Flavor, volume size and first network must be the same for all instances.
      - Names are C(<name>-1), C(<name>-2) and so on for a Galera cluster, C(<name>-member-1) and so on for a Redis Cluster, unless given.
      - For O(state=grown) it is the number of instances that the cluster shall have, or a list of new ones. Each of a list needs a C(name), so that the same
        run started again adds nothing twice, and may have a zone and a volume type of its own. Flavor, volume size and network are those of the cluster.
      - For O(state=shrunk) it is the number of instances that are to stay. Those with the highest numbers go.
      - Required for O(state=present) and O(state=grown), and for O(state=shrunk) without O(members).
    type: raw
  allow_few_masters:
    description: Allow fewer than three instances of a Redis Cluster, though its masters cannot agree on a failover then. Nothing else takes it.
    type: bool
    default: false
  flavor:
    description: Name or id of the flavor.
    type: str
  image:
    description:
      - Name or id of the image. Required for O(state=present).
      - With O(state=grown) by default the members' own, by its id, which may be in no list any more. Where it is gone, another one with the same system.
    type: str
  volume_size:
    description: Size of each instance's data volume in GiB. Without it there is none, and the data are on the root disk.
    type: int
  volume_type:
    description: Name or id of Cinder's volume type.
    type: str
  networks:
    description: Names or ids of the networks. The address on the first one is the cluster's.
    type: list
    elements: str
  key_name:
    description: The key pair that is put into the servers. With O(state=grown) it may be another one than that of the living members.
    type: str
  locality:
    description:
      - The policy of the cluster's server group. Without it there is no group, and Nova places as it likes.
      - It is fixed for the life of the cluster.
    type: str
    choices: [affinity, anti-affinity, soft-affinity, soft-anti-affinity]
  max_server_per_host:
    description: How many members may share a hypervisor. Only with O(locality=anti-affinity).
    type: int
  allowed_cidrs:
    description:
      - Networks whose clients may reach the database.
      - By default the subnets of the first network.
      - This and O(management_cidrs) are the only options that change a living cluster, when they are given.
    type: list
    elements: str
  management_cidrs:
    description:
      - Networks from which the servers can be reached by ssh.
      - By default anywhere, since a key is needed anyway; over IPv6, too, where the first network has a subnet of version 6.
    type: list
    elements: str
  metadata:
    description:
      - Metadata of your own, texts by name, in any form. They are shown, and the inventory has them as C(trove_instance.metadata).
      - They stand on the servers in Nova, readable for everybody in the project, so no secrets.
      - New members get those of the cluster. C(stackdb.trove.cluster_configure) changes them.
    type: dict
  security_groups:
    description: Names or ids of further security groups for new servers. They are not compared with those of living ones.
    type: list
    elements: str
notes:
  - While it changes something it holds a lease, in the description of the cluster's security group. Of two runs at once one is refused. The lease of a run
    that was killed ends after a minute, and on the same machine at once.
  - With O(wait=false) it returns when Nova has taken the requests. The next run attaches the volumes.
extends_documentation_fragment:
  - stackdb.trove.cloud
  - stackdb.trove.progress
  - stackdb.trove.cloud.place
  - stackdb.trove.cloud.wait
  - stackdb.trove.cloud.evidence
  - stackdb.trove.cloud.clear_task
  - stackdb.trove.cloud.actiongroup
  - stackdb.trove.cloud.attributes
seealso:
  - module: stackdb.trove.trove_cluster_info
  - module: stackdb.trove.trove_cluster_task
"""

EXAMPLES = r"""
- name: Servers for a Galera cluster on three hypervisors
  stackdb.trove.trove_cluster:
    cloud: mycloud
    name: products
    datastore: mariadb
    datastore_version: "10.11"
    instances: 3
    flavor: db.small
    volume_size: 20
    image: debian-12
    networks: [db-net]
    key_name: ops
    locality: anti-affinity
  register: products

- name: Each instance in its own availability zone
  stackdb.trove.trove_cluster:
    cloud: mycloud
    name: items
    datastore_version: "10.11"
    flavor: db.small
    image: debian-12
    networks: [db-net]
    key_name: ops
    instances:
      - availability_zone: az1
      - availability_zone: az2
      - availability_zone: az3

- name: Servers for a Redis Cluster of six masters
  stackdb.trove.trove_cluster:
    cloud: mycloud
    name: sessions
    datastore: redis
    datastore_version: "7.0"
    instances: 6
    flavor: db.small
    volume_size: 20
    image: debian-12
    networks: [db-net]
    key_name: ops
    locality: soft-anti-affinity

- name: Five members instead of three
  stackdb.trove.trove_cluster:
    cloud: mycloud
    name: products
    state: grown
    instances: 5

- name: One more member, in a zone of its own
  stackdb.trove.trove_cluster:
    cloud: mycloud
    name: products
    state: grown
    instances:
      - name: products-6
        availability_zone: az2
        volume_type: fast

- name: Delete one member with its volume
  stackdb.trove.trove_cluster:
    cloud: mycloud
    name: products
    state: shrunk
    members: [products-2]
    evidence:
      before: "{{ before }}"
      after: "{{ members | stackdb.trove.evidence(hostvars, round) }}"

- name: A new server and volume for a member that is lost
  stackdb.trove.trove_cluster:
    cloud: mycloud
    name: products
    state: replaced
    members: [products-2]
    evidence:
      before: "{{ members | stackdb.trove.evidence(hostvars, round) }}"

- name: Delete the cluster and all its data
  stackdb.trove.trove_cluster:
    cloud: mycloud
    name: products
    state: absent
"""

RETURN = r"""
cluster:
  description:
    - The cluster in the form of Trove's show; V(none) after its deletion. In check mode what it would become.
    - C(server_status) of an instance is Nova's, and C(status) what the cloud knows of its database in Trove's words, V(BUILD) until the task that creates it
      has ended, V(SHUTDOWN) on a server that is off. What the database itself says is shown by C(stackdb.trove.cluster_show).
    - C(ip) of an instance is one address here, as in Trove's cluster-show, and a list in RV(stackdb.trove.trove_instance_info#module:instances).
    - C(hostname) is the server's name in Nova, without a domain, which only the guest knows.
    - C(volumes_without_server) are the data volumes of members that have no server, where there are some, each with C(id), C(instance) and C(size).
  returned: success
  type: dict
  sample:
    id: c33385b2-6c2a-491e-b44e-bcbb4af24136
    name: products
    task: {id: 2, name: BUILDING, description: Building the initial cluster.}
    created: "2026-03-14T20:19:23Z"
    updated: "2026-03-14T20:19:25Z"
    datastore: {type: mariadb, version: "10.11"}
    ip: [10.0.0.1, 10.0.0.2, 10.0.0.3]
    locality: anti-affinity
    instances:
      - id: 416b0b16-ba55-4302-bbd3-ff566032e1c1
        name: products-1
        type: member
        status: BUILD
        server_status: ACTIVE
        hostname: products-1
        created: "2026-03-14T20:19:23Z"
        updated: "2026-03-14T20:19:25Z"
        ip: 10.0.0.1
        flavor: {id: "2", name: db.small}
        volume: {id: 965ef811-7c1d-47fc-89f2-a89dfdd23ef2, size: 20, type: standard, used: null}
        host_id: 2091634baaccdc4c5a1d57069c833e402921df696b7f970791b12ec6
hosts:
  description:
    - The members as inventory hosts, for M(ansible.builtin.add_host). Each has C(name), C(groups), C(ansible_host) and C(trove_instance).
    - The same as the inventory plugin P(stackdb.trove.trove#inventory) gives.
  returned: O(state) is not V(absent)
  type: list
  elements: dict
settled:
  description: Whether the cluster has no task, and nothing that M(stackdb.trove.trove_cluster_task) would note at the end of one.
  returned: O(state) is not V(absent)
  type: bool
members:
  description: The names of the members that go, as the module understood O(members) or O(instances).
  returned: O(state=shrunk)
  type: list
  elements: str
leaving:
  description: Those among RV(members) that still have a server.
  returned: O(state=shrunk)
  type: list
  elements: str
placement:
  description: Whether the promise of the locality holds now, with C(policy), C(kept), C(broken) and C(hosts).
  returned: O(state) is not V(absent)
  type: dict
plan:
  description: The steps that were created, or would be created in check mode. Steps of one C(stage) run at the same time.
  returned: success
  type: list
  elements: dict
  sample:
    - {stage: 1, action: create, kind: volume, name: products-1, why: 20 GiB for the data, risk: null}
rolled_back:
  description: What this run had created and rolled back.
  returned: when Nova could not create a server
  type: list
  elements: str
left_behind:
  description: What could not be rolled back, and why.
  returned: when Nova could not create a server
  type: list
  elements: str
"""

from typing import Any

from ..module_utils._model import identity, locality
from ..module_utils._model.scaling import Otherwise
from ..module_utils._module.cloud import (
    PLACE_OPTIONS,
    PROOF_OPTIONS,
    TASK_OPTIONS,
    WAIT_OPTIONS,
    Connect,
    Options,
    make_module,
    reconciled,
    refuse_unused,
    run,
)
from ..module_utils._servers import hosts, tasks, wanted
from ..module_utils._servers.cluster import ClusterAbsent, ClusterGrown, ClusterPresent
from ..module_utils._servers.cluster_act import ClusterShrunk
from ..module_utils._servers.proof import Proof
from ..module_utils._servers.replacing import MembersReplaced, Replacement

ARGUMENT_SPEC: dict[str, Any] = {
    "name": {"type": "str"},
    "state": {"type": "str", "choices": ["present", "grown", "shrunk", "replaced", "absent"], "default": "present"},
    "id": {"type": "str"},
    "members": {"type": "list", "elements": "str"},
    "delete_volumes": {"type": "bool", "default": False},
    "accept_lost_slots": {"type": "bool", "default": False},
    "datastore": {"type": "str", "choices": wanted.CLUSTERS_OF},
    "datastore_version": {"type": "str"},
    "instances": {"type": "raw"},
    "allow_few_masters": {"type": "bool", "default": False},
    "flavor": {"type": "str"},
    "image": {"type": "str"},
    "volume_size": {"type": "int"},
    "volume_type": {"type": "str"},
    "networks": {"type": "list", "elements": "str"},
    "key_name": {"type": "str"},
    "locality": {"type": "str", "choices": list(locality.POLICIES)},
    "max_server_per_host": {"type": "int"},
    "allowed_cidrs": {"type": "list", "elements": "str"},
    "management_cidrs": {"type": "list", "elements": "str"},
    "metadata": {"type": "dict"},
    "security_groups": {"type": "list", "elements": "str"},
    **PLACE_OPTIONS,
    **WAIT_OPTIONS,
    **PROOF_OPTIONS,
    **TASK_OPTIONS,
}
#: what new servers may have otherwise than the living ones
_OTHERWISE = ("image", "key_name", "availability_zone", "volume_availability_zone")
_USED = {
    "present": {*ARGUMENT_SPEC} - {"id", "members", "evidence", "force", "delete_volumes", "accept_lost_slots"},
    "grown": {"id", "instances", "locality", *_OTHERWISE, "clear_task"},
    "shrunk": {"id", "members", "instances", "evidence", "force", "clear_task"},
    "replaced": {"id", "members", "evidence", "delete_volumes", "accept_lost_slots", *_OTHERWISE},
    "absent": {"id"},
}


def _present(options: Options, connect: Connect, _check_mode: bool) -> ClusterPresent:
    asked = wanted.of_cluster(options)
    return ClusterPresent(connect(), asked, options["timeout"], options["wait"], options["clear_task"])


def _grown(options: Options, connect: Connect, _check_mode: bool) -> ClusterGrown:
    otherwise = Otherwise(*(options[name] for name in _OTHERWISE))
    timeout, wait, clear_task, cluster_id, has = (options[name] for name in ("timeout", "wait", "clear_task", "id", "locality"))
    return ClusterGrown(connect(), options["name"], options["instances"], otherwise, timeout, wait, clear_task, cluster_id, has)


def _shrunk(options: Options, connect: Connect, check_mode: bool) -> ClusterShrunk:
    proof, members, total = Proof.of(options, check_mode), options["members"], options["instances"]
    return ClusterShrunk(connect(), options["name"], members, options["timeout"], proof, options["clear_task"], options["id"], total)


def _replaced(options: Options, connect: Connect, check_mode: bool) -> MembersReplaced:
    otherwise = Otherwise(*(options[name] for name in _OTHERWISE))
    want = Replacement(options["members"], otherwise, options["delete_volumes"], options["accept_lost_slots"])
    return MembersReplaced(connect(), options["name"], want, options["timeout"], Proof.of(options, check_mode), options["id"])


def _absent(options: Options, connect: Connect, _check_mode: bool) -> ClusterAbsent:
    return ClusterAbsent(connect(), options["name"], options["timeout"], options["id"])


def main() -> None:
    module = make_module(
        ARGUMENT_SPEC,
        required_if=[
            ("state", "present", ["name", "datastore_version", "instances", "image"]),
            ("state", "grown", ["instances"]),
            ("state", "grown", ["name", "id"], True),
            ("state", "shrunk", ["members", "instances"], True),
            ("state", "shrunk", ["name", "id"], True),
            ("state", "replaced", ["members"]),
            ("state", "replaced", ["name", "id"], True),
            ("state", "absent", ["name", "id"], True),
        ],
    )
    reconcilers = {"present": _present, "grown": _grown, "shrunk": _shrunk, "replaced": _replaced, "absent": _absent}

    def act(options: Options, connect: Connect) -> dict[str, Any]:
        if options["name"] is not None:
            identity.check_name(options["name"])
        refuse_unused(ARGUMENT_SPEC, options, _USED[options["state"]], options["state"])
        reconciler = reconcilers[options["state"]](options, connect, module.check_mode)
        outcome, result = reconciled(module, reconciler, "cluster")
        if options["state"] == "absent":
            return result
        if isinstance(reconciler, ClusterShrunk):
            before = outcome.before["instances"] if outcome.before else []
            result["members"] = list(reconciler.members)
            result["leaving"] = [instance["name"] for instance in before if instance["name"] in reconciler.members]
        cluster = outcome.observed
        if not cluster:
            return {**result, "hosts": [], "placement": None, "settled": False}
        placement = cluster.placement()
        for sentence in placement.broken:
            module.warn(f"The locality of {cluster.name} is not kept: {sentence}.")
        return {**result, "hosts": hosts.of_cluster(cluster), "placement": placement.view(), "settled": tasks.is_settled(cluster)}

    run(module, act)


if __name__ == "__main__":
    main()
