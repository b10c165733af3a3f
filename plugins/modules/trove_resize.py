#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_resize
short_description: Give members of a cluster, or instances, another flavor or a larger volume
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - The cloud's part of the playbooks C(stackdb.trove.cluster_resize) and C(stackdb.trove.instance_resize), which stop and start the databases.
  - A flavor is given to one server at a time. Nova then waits for its confirmation, and this module confirms only what the database's own words prove.
  - Nova may answer that it resizes a server and find no host for it afterwards, so the flavor of the server is compared.
  - Every state may be asked for again. What is done is left, and what Nova or Cinder is at work on is waited for.
options:
  of:
    description: What O(name) is the name of.
    type: str
    required: true
    choices: [cluster, instance]
  name:
    description: Name of the cluster, or name or id of the instance. Required unless O(id) is given.
    type: str
  id:
    description: With O(of=cluster), the cluster's id, where two clusters came to have the same name.
    type: str
  state:
    description:
      - V(planned) changes nothing, refuses what can be refused before anything is touched, and returns what is to be done.
      - V(extended) has Cinder extend the data volume of one member to O(volume_size), while it is in use. The file system is not grown by it.
      - V(resized) has Nova resize the server of one member to O(flavor), until that can be confirmed or reverted. The words after in O(evidence) have to say
        that its database was stopped in order.
      - V(settled) confirms that where the words after in O(evidence) say that the member serves, and reverts it otherwise.
        A server without a data volume is not reverted without O(force), since what was written since is lost with its new root disk.
    type: str
    choices: [planned, extended, resized, settled]
    default: planned
  members:
    description:
      - The names of the members that are meant. All but V(planned) take one.
      - By default all members of a cluster; of an instance its replicas and then itself.
    type: list
    elements: str
  flavor:
    description:
      - Name or id of the flavor. One with a smaller root disk, or with less memory than the datastore needs, is refused.
      - V(extended) changes no flavor. It takes the one that is asked for beside O(volume_size), since a server on which Nova waits for a confirmation or a
        reversion is refused unless it was resized to that flavor.
    type: str
  volume_size:
    description: Size of the data volume in GiB. A smaller one is refused.
    type: int
  timeout:
    description: Seconds to wait for Nova or Cinder.
    type: int
    default: 600
extends_documentation_fragment:
  - stackdb.trove.cloud
  - stackdb.trove.progress
  - stackdb.trove.cloud.evidence
  - stackdb.trove.cloud.actiongroup
  - stackdb.trove.cloud.attributes
seealso:
  - module: stackdb.trove.trove_cluster
  - module: stackdb.trove.trove_instance
"""

EXAMPLES = r"""
- name: See what is to be done
  stackdb.trove.trove_resize:
    cloud: mycloud
    of: cluster
    name: products
    flavor: db.large
  register: planned

- name: Have Nova resize one server, whose database was stopped
  stackdb.trove.trove_resize:
    cloud: mycloud
    of: cluster
    name: products
    members: [products-2]
    flavor: db.large
    state: resized
    evidence:
      after: "{{ ['products-2'] | stackdb.trove.evidence(hostvars, round) }}"
"""

RETURN = r"""
resize:
  description: >-
    C(flavor) with its C(id), C(name), C(vcpus), C(ram) in MiB and C(disk) in GiB, or none; C(volume_size); and of each of C(members) its C(name), and how
    far it has come with its C(flavor) and its C(volume), V(todo), V(verify) where Nova waits for a confirmation, or V(done).
  returned: success
  type: dict
  sample: {flavor: {id: "2", name: db.large, vcpus: 2, ram: 4096, disk: 20}, volume_size: null, members: [{name: products-2, flavor: verify, volume: done}]}
cluster:
  description: As RV(stackdb.trove.trove_cluster#module:cluster).
  returned: with O(of=cluster)
  type: dict
instances:
  description: The instances that are connected, each as RV(stackdb.trove.trove_instance#module:instance).
  returned: with O(of=instance)
  type: list
  elements: dict
hosts:
  description: As RV(stackdb.trove.trove_cluster#module:hosts).
  returned: success
  type: list
  elements: dict
placement:
  description: As RV(stackdb.trove.trove_cluster#module:placement).
  returned: success
  type: dict
plan:
  description: The steps that were created, or would be created in check mode; with O(state=planned) those of all members, in their order.
  returned: success
  type: list
  elements: dict
"""

from typing import Any

from ..module_utils._model.errors import InvalidInput
from ..module_utils._module.cloud import PROOF_OPTIONS, Connect, Options, make_module, reconciled, refuse_unused, run
from ..module_utils._plan.runner import reconcile
from ..module_utils._servers.proof import Proof
from ..module_utils._servers.resize import Asked, ResizePlanned, about
from ..module_utils._servers.resize_member import Extended, Resized, Settled

ARGUMENT_SPEC: dict[str, Any] = {
    "of": {"type": "str", "required": True, "choices": ["cluster", "instance"]},
    "name": {"type": "str"},
    "id": {"type": "str"},
    "state": {"type": "str", "choices": ["planned", "extended", "resized", "settled"], "default": "planned"},
    "members": {"type": "list", "elements": "str"},
    "flavor": {"type": "str"},
    "volume_size": {"type": "int"},
    "timeout": {"type": "int", "default": 600},
    **PROOF_OPTIONS,
}

#: what each state takes notice of
_USED = {
    "planned": ("of", "id", "members", "flavor", "volume_size"),
    "extended": ("of", "id", "members", "flavor", "volume_size"),
    "resized": ("of", "id", "members", "flavor", "evidence", "force"),
    "settled": ("of", "id", "members", "flavor", "evidence", "force"),
}


def main() -> None:
    module = make_module(ARGUMENT_SPEC, required_one_of=[("name", "id")])

    def act(options: Options, connect: Connect) -> dict[str, Any]:
        asked = Asked(options["of"], options["name"], options["flavor"], options["volume_size"], tuple(options["members"] or ()), options["id"])
        _check(options)
        cloud, timeout, proof = connect(), options["timeout"], Proof.of(options, module.check_mode)
        planned = ResizePlanned(cloud, asked, timeout)
        if options["state"] == "planned":
            outcome = reconcile(planned, check_mode=True)
            shown = {"plan": outcome.plan.view(), "diff": outcome.diff()}
            return {"changed": False, **shown, **about(outcome.observed, outcome.before), "resize": planned.due(outcome.observed)}
        reconcilers = {
            "extended": lambda: Extended(cloud, asked, timeout),
            "resized": lambda: Resized(cloud, asked, timeout, proof),
            "settled": lambda: Settled(cloud, asked, timeout, proof),
        }
        done, result = reconciled(module, reconcilers[options["state"]](), "seen")
        seen = result.pop("seen")
        found = about(done.observed, seen)
        for sentence in found["placement"]["broken"]:
            module.warn(f"The locality is not kept: {sentence}.")
        return {**result, **found, "resize": planned.due(done.observed)}

    run(module, act)


def _check(options: Options) -> None:
    """:raises InvalidInput: for what a state needs or does not take"""
    state, members = options["state"], options["members"] or []
    refuse_unused(ARGUMENT_SPEC, options, _USED[state], state)
    if options["of"] == "instance" and options["id"] is not None:
        raise InvalidInput("id", options["id"], "nothing with of=instance, whose name may be an id")
    if state != "planned" and len(members) != 1:
        raise InvalidInput("members", members, f"the name of one member, with state={state}")
    if state == "extended" and options["volume_size"] is None:
        raise InvalidInput("volume_size", None, "a number of GiB, with state=extended")
    if state in ("resized", "settled") and not options["flavor"]:
        raise InvalidInput("flavor", None, f"a flavor's name or id, with state={state}")


if __name__ == "__main__":
    main()
