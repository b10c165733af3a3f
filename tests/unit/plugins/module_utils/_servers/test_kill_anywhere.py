# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kill a run after every single write, go on, and look whether the end is that of an undisturbed run and nothing was made twice.

The cloud is in memory (FakeOpenStack); tests/integration/test_kill_anywhere.py does it to processes on the embedded cloud.
"""

from __future__ import annotations

from itertools import count

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model import hold
from ansible_collections.stackdb.trove.tests.unit.fake_neutron import FakeNeutron
from ansible_collections.stackdb.trove.tests.unit.fake_openstack import FakeOpenStack, Killed
from ansible_collections.stackdb.trove.tests.unit.runs import (
    COMPLETE,
    NOTHING,
    absent,
    contract_changed,
    end_task,
    family_of_three,
    grown,
    instance_absent,
    instance_present,
    instance_task,
    present,
    replicas_present,
    shrunk,
)

EACH_ITS_ZONE = [{"availability_zone": "nova"}, {}, {}]


def living(cloud):
    present(cloud)
    end_task(cloud)


def one(cloud):
    instance_present(cloud)
    instance_task(cloud, "orders")


def adopt(cloud):
    return replicas_present(cloud, adopt=("mariadb", "10.11"), count=2)


def plain(cloud):
    cloud.add_plain_server("orders")


def adopted(cloud):
    plain(cloud)
    adopt(cloud)
    instance_absent(cloud, "orders-replica-1")
    instance_absent(cloud, "orders-replica-2")


def shrunk_by_id(cloud):
    """By the id that the server had, also when it has gone."""
    cloud.asked_id = getattr(cloud, "asked_id", None) or next(server.id for server in cloud.servers.values() if server.name == "shop-3")
    return shrunk(cloud, [cloud.asked_id])


#: what is there before the run, and the run
SCENARIOS = {
    "create": (lambda cloud: None, present),
    "create one after another": (lambda cloud: None, lambda cloud: present(cloud, instances=EACH_ITS_ZONE)),
    "create with affinity": (lambda cloud: None, lambda cloud: present(cloud, instances=EACH_ITS_ZONE, locality="affinity")),
    "create without locality and volumes": (lambda cloud: None, lambda cloud: present(cloud, locality=None, volume_size=None)),
    "grow": (living, lambda cloud: grown(cloud, 5)),
    "shrink by id": (living, shrunk_by_id),
    "shrink": (living, lambda cloud: shrunk(cloud, ["shop-2", "shop-3"])),
    "narrow": (living, lambda cloud: present(cloud, management_cidrs=["192.0.2.0/24"], allowed_cidrs=[])),
    "delete": (living, absent),
    "an instance": (lambda cloud: None, instance_present),
    "replicas": (one, lambda cloud: replicas_present(cloud, count=2)),
    "more replicas": (family_of_three, lambda cloud: replicas_present(cloud, count=4)),
    "adopt": (plain, adopt),
    "release": (adopted, lambda cloud: instance_absent(cloud, "orders")),
    "delete a replica": (family_of_three, lambda cloud: instance_absent(cloud, "orders-replica-2", replica=True)),
    "delete an instance": (one, lambda cloud: instance_absent(cloud, "orders")),
    "detach": (family_of_three, lambda cloud: contract_changed(cloud, "orders-replica-2", "detached")),
    "promote": (family_of_three, lambda cloud: contract_changed(cloud, "orders-replica-2", "promoted")),
    "stop a failed source": (family_of_three, lambda cloud: instance_task(cloud, "orders", "EJECTING", stop_server=True)),
    "eject": (family_of_three, lambda cloud: contract_changed(cloud, "orders-replica-1", "ejected")),
}


def _written(cloud):
    """The writes; a mark on a volume may be written again, which changes nothing."""
    marks = {write for write in cloud.writes if write[1] == "volume_metadata"}
    return sorted([*marks, *(write for write in cloud.writes if write not in marks)])


def state(cloud):
    """All that a user could tell apart, without the ids, which differ from run to run."""
    names = {server.id: server.name for server in cloud.servers.values()}
    groups = {group.id: group.name for group in cloud.groups.values()}
    volatile = ("trove_cluster_id", "trove_request")
    holds = [hold.read(group.description)[2] for group in cloud.security_groups.values()]
    rules = {
        (rule["protocol"], rule["port_range_min"], rule["remote_ip_prefix"] or "own")
        for group in cloud.security_groups.values()
        for rule in group.security_group_rules
    }
    return {
        **cloud.names(),
        "status": sorted(server.becomes for server in cloud.servers.values()),
        "hosts": len({server.host_id for server in cloud.servers.values()}),
        "group of": sorted((server.name, groups.get(server.group)) for server in cloud.servers.values()),
        "security groups of": sorted((server.name, str(server.security_groups)) for server in cloud.servers.values()),
        "metadata of": sorted((s.name, str(sorted((k, v) for k, v in s.metadata.items() if k not in volatile))) for s in cloud.servers.values()),
        "server of": sorted((volume.name, names.get(volume.server_id), volume.size) for volume in cloud.volumes.values()),
        "rules": rules,
        "ids": len({server.metadata.get("trove_cluster_id") for server in cloud.servers.values()}),
        "leases": [held for held in holds if held and held.until > FakeNeutron.now],
        "tags": sorted((server.name, len(server.tags)) for server in cloud.servers.values()),
    }


def new_cloud(before):
    cloud = FakeOpenStack(hypervisors=5)
    before(cloud)
    cloud.writes.clear()
    cloud.leases.clear()
    return cloud


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("kills", [1, 2], ids=["killed once", "killed again and again"])
def test_a_killed_run_goes_on_and_makes_nothing_twice(cloud, scenario, kills):
    before, run = SCENARIOS[scenario]
    undisturbed = new_cloud(before)
    run(undisturbed)
    made = _written(undisturbed)
    total = len(made) + len(undisturbed.leases)
    for lives in count(1):
        disturbed = new_cloud(before)
        for _kill in range(kills if kills == 1 else total):
            disturbed.lives = lives
            try:
                run(disturbed)
            except Killed:
                continue
            break
        disturbed.lives = None
        run(disturbed)
        assert state(disturbed) == state(undisturbed), f"killed after write {lives}"
        assert _written(disturbed) == made, f"killed after write {lives}, and not the same was written"
        assert not run(disturbed).changed
        if lives > total:
            break
    assert lives > 2


@pytest.mark.parametrize("lives", range(1, 11))
def test_what_a_killed_creation_left_can_be_taken_away(cloud, lives):
    cloud.lives = lives
    with pytest.raises(Killed):
        present(cloud)
    cloud.lives = None
    absent(cloud)
    assert cloud.names() == NOTHING


@pytest.mark.parametrize("lives", range(1, 9))
def test_a_run_that_is_killed_while_it_takes_back_goes_on_when_there_is_room(cloud, lives):
    cloud.hypervisors = 0
    present_writes = 7
    cloud.lives = present_writes + lives
    with pytest.raises(Killed):
        present(cloud)
    cloud.lives, cloud.hypervisors = None, 3
    present(cloud)
    assert cloud.names() == COMPLETE


def test_a_deletion_that_is_killed_has_said_so_on_the_security_group(cloud):
    """By it a creation of the same name, which sees the group alone, knows that it is no leftover of its own kind."""
    present(cloud)
    cloud.lives = 5
    with pytest.raises(Killed):
        absent(cloud)
    (group,) = cloud.security_groups.values()
    assert hold.read(group.description)[1] is True
