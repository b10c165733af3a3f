# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs of trove_cluster's reconcilers against a FakeOpenStack."""

from __future__ import annotations

from ansible_collections.stackdb.trove.plugins.module_utils._model.scaling import Otherwise
from ansible_collections.stackdb.trove.plugins.module_utils._plan.runner import reconcile
from ansible_collections.stackdb.trove.plugins.module_utils._servers.cluster import ClusterAbsent, ClusterGrown, ClusterPresent
from ansible_collections.stackdb.trove.plugins.module_utils._servers.cluster_act import ClusterShrunk, ClusterTask
from ansible_collections.stackdb.trove.plugins.module_utils._servers.contracts import ContractChanged, InstanceTask
from ansible_collections.stackdb.trove.plugins.module_utils._servers.instance import InstanceAbsent, InstancePresent
from ansible_collections.stackdb.trove.plugins.module_utils._servers.proof import Proof
from ansible_collections.stackdb.trove.plugins.module_utils._servers.replica_servers import ReplicasPresent
from ansible_collections.stackdb.trove.plugins.module_utils._servers.wanted import Wanted
from ansible_collections.stackdb.trove.tests.unit.builders import INSTANCE, MARIADB, NAMES, instance_request, replica_request, request

COMPLETE = {"server": list(NAMES), "volume": list(NAMES), "server_group": ["trove-shop"], "security_group": ["trove-shop"]}
#: for what happens after the proof; what the proof is about is in test_proof.py
FORCE = Proof(force=True)
NOTHING = {"server": [], "volume": [], "server_group": [], "security_group": []}


def present(cloud, check_mode=False, timeout=60, wait=True, clear_task=False, **changes):
    return reconcile(ClusterPresent(cloud, Wanted(request(**changes), MARIADB), timeout, wait, clear_task), check_mode)


def grown(cloud, total, clear_task=False, check_mode=False, name="shop", cluster_id=None, locality=None, **otherwise):
    of = ClusterGrown(cloud, name, total, Otherwise(**otherwise), 60, True, clear_task, cluster_id, locality)
    return reconcile(of, check_mode)


def shrunk(cloud, members, proof=FORCE, name="shop", **options):
    return reconcile(ClusterShrunk(cloud, name, members, 60, proof, **options), proof.check_mode)


def cluster_task(cloud, task, proof=FORCE, **options):
    return reconcile(ClusterTask(cloud, "shop", task, proof, **options), proof.check_mode)


def absent(cloud, check_mode=False):
    return reconcile(ClusterAbsent(cloud, "shop", timeout=60), check_mode)


def end_task(cloud, proof=FORCE, **options):
    return reconcile(ClusterTask(cloud, "shop", "NONE", proof, **options), proof.check_mode)


def instance_present(cloud, check_mode=False, clear_task=False, **changes):
    return reconcile(InstancePresent(cloud, Wanted(instance_request(**changes), INSTANCE), timeout=60, wait=True, clear_task=clear_task), check_mode)


def replicas_present(cloud, check_mode=False, adopt=None, clear_task=False, **changes):
    return reconcile(ReplicasPresent(cloud, replica_request(**changes), adopt, timeout=60, wait=True, clear_task=clear_task), check_mode)


def instance_absent(cloud, name, check_mode=False, replica=False):
    return reconcile(InstanceAbsent(cloud, name, timeout=60, replica=replica), check_mode)


def contract_changed(cloud, name, state, check_mode=False, proof=FORCE, **options):
    return reconcile(ContractChanged(cloud, name, state, proof, **options), check_mode or proof.check_mode)


def instance_task(cloud, name, task="NONE", proof=FORCE, **options):
    return reconcile(InstanceTask(cloud, name, task, proof, **options), proof.check_mode)


def family_of_three(cloud):
    """A source and two replicas that serve."""
    instance_present(cloud)
    instance_task(cloud, "orders")
    replicas_present(cloud, count=2)
    instance_task(cloud, "orders")
