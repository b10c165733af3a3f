# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What check mode shows is what the run leaves, and what a run refuses check mode refuses, too: against a cloud in memory."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused
from ansible_collections.stackdb.trove.plugins.module_utils._servers.proof import Proof
from ansible_collections.stackdb.trove.tests.unit.runs import (
    absent,
    cluster_task,
    contract_changed,
    end_task,
    family_of_three,
    instance_absent,
    instance_present,
    instance_task,
    present,
    replicas_present,
    shrunk,
)


def living(cloud):
    present(cloud)
    end_task(cloud)


def last_of_the_family(cloud):
    instance_present(cloud)
    instance_task(cloud, "orders")


def forced(check_mode):
    return Proof(force=True, check_mode=check_mode)


#: what was there, and the run
SCENARIOS = {
    "shrink": (living, lambda cloud, check: shrunk(cloud, ["shop-2"], forced(check))),
    "delete": (living, absent),
    "begin a task": (living, lambda cloud, check: cluster_task(cloud, "RESTARTING_CLUSTER", forced(check))),
    "end a task": (present, lambda cloud, check: cluster_task(cloud, "NONE", forced(check))),
    "delete a replica": (family_of_three, lambda cloud, check: instance_absent(cloud, "orders-replica-1", check)),
    "delete the last one": (last_of_the_family, lambda cloud, check: instance_absent(cloud, "orders", check)),
    "detach": (family_of_three, lambda cloud, check: contract_changed(cloud, "orders-replica-1", "detached", check)),
    "eject": (family_of_three, lambda cloud, check: contract_changed(cloud, "orders-replica-1", "ejected", check)),
    "stop a failed source": (family_of_three, lambda cloud, check: instance_task(cloud, "orders", "EJECTING", forced(check), stop_server=True)),
    "begin a task of a family": (family_of_three, lambda cloud, check: instance_task(cloud, "orders", "UPDATING", forced(check))),
}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_check_mode_shows_what_the_run_leaves(cloud, scenario):
    prepare, run = SCENARIOS[scenario]
    cloud.hypervisors = 9
    prepare(cloud)
    cloud.writes.clear()
    shown = run(cloud, True)
    assert cloud.writes == []
    done = run(cloud, False)
    assert done.changed
    assert shown.plan == done.plan
    assert shown.after == done.after or not (shown.after or done.after or {}).get("instances")


def test_a_request_that_the_living_cluster_does_not_match_is_refused(cloud):
    living(cloud)
    cloud.writes.clear()
    for check_mode in (True, False):
        with pytest.raises(InvalidInput, match="flavor: 'db.tiny' was given; allowed: 'db.small' or 'f1'"):
            present(cloud, check_mode, flavor="db.tiny")
        with pytest.raises(InvalidInput, match="grown"):
            present(cloud, check_mode, instances=4)
    assert cloud.writes == []


class TestServerGroupOfAFamily:
    def join(self, cloud, group):
        cloud.add_plain_server("web")
        next(server for server in cloud.servers.values() if server.name == "web").group = group

    def test_strangers_in_our_own_are_refused(self, cloud):
        last_of_the_family(cloud)
        self.join(cloud, next(iter(cloud.groups)))
        with pytest.raises(Refused, match="holds servers that are not of the cluster: web"):
            replicas_present(cloud)

    def test_one_that_an_adopted_source_brought_along_may_hold_others(self, cloud):
        cloud.add_plain_server("legacy")
        group = cloud.compute.create_server_group(name="mine", policy="soft-affinity").id
        next(iter(cloud.servers.values())).group = group
        self.join(cloud, group)
        assert replicas_present(cloud, source="legacy", adopt=("mysql", "8.4")).changed
        instance_task(cloud, "legacy")
        assert replicas_present(cloud, source="legacy", count=2).changed


def test_who_has_nothing_to_do_has_an_empty_plan(cloud):
    assert absent(cloud).plan.steps == instance_absent(cloud, "orders").plan.steps == []
