# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two runs at once against one cloud in memory: their calls in orders that a seed chooses, and the single steps of a lease."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._cloud import lease
from ansible_collections.stackdb.trove.plugins.module_utils._model import hold
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import CloudError, InvalidInput, Refused, TroveError
from ansible_collections.stackdb.trove.tests.unit.fake_neutron import FakeNeutron
from ansible_collections.stackdb.trove.tests.unit.fake_openstack import FakeOpenStack, Killed
from ansible_collections.stackdb.trove.tests.unit.runs import (
    COMPLETE,
    absent,
    cluster_task,
    contract_changed,
    end_task,
    family_of_three,
    grown,
    instance_present,
    instance_task,
    present,
    replicas_present,
    shrunk,
)
from ansible_collections.stackdb.trove.tests.unit.turns import Turns

OTHER = "web-7.1.1.elsewhere.abcd"


@pytest.fixture
def living(cloud):
    cloud.hypervisors = 9
    present(cloud)
    end_task(cloud)
    cloud.writes.clear()
    cloud.leases.clear()
    return cloud


def group_of(cloud):
    (group,) = cloud.security_groups.values()
    return group


def held(cloud, seconds, run=OTHER):
    """Let another run have the lease for so many seconds."""
    group = group_of(cloud)
    id_, deleting, _none = hold.read(group.description)
    group.description = hold.describe(id_, deleting, hold.Hold(run, int(FakeNeutron.now) + seconds))
    group.revision_number += 1


class TestDescription:
    @pytest.mark.parametrize("deleting", [False, True])
    @pytest.mark.parametrize("held", [None, hold.Hold(OTHER, 1_800_000_000)])
    def test_what_is_written_is_read(self, deleting, held):
        assert hold.read(hold.describe("c1", deleting, held)) == ("c1", deleting, held)

    def test_what_earlier_versions_wrote_is_read(self):
        assert hold.read("Members of the stackdb.trove cluster c1") == ("c1", False, None)
        assert hold.read("Members of the stackdb.trove cluster c1, which is being deleted") == ("c1", True, None)
        assert hold.read("Default security group") == hold.read(None) == (None, False, None)

    def test_it_is_as_long_as_neutron_takes_at_most(self):
        run = f"{'h' * 30}.4194304.99999999999.12345678-4026531836.abcd"
        assert len(hold.describe("5c489b9d-96bb-4e15-a79d-412d88a0062e", True, hold.Hold(run, 1_800_000_000))) <= 255


class TestTwoAtOnce:
    """Whatever the order of their calls: nothing is there twice, and who does not go on is told why."""

    @pytest.mark.parametrize("seed", range(60))
    def test_creating(self, cloud, seed):
        results = Turns(seed).run(cloud, present, present)
        failed = [result for result in results if isinstance(result, Exception)]
        assert len(failed) <= 1, failed
        assert all(isinstance(error, (Refused, InvalidInput)) for error in failed), failed
        assert cloud.names() == COMPLETE
        assert len({server.metadata["trove_cluster_id"] for server in cloud.servers.values()}) == 1
        assert cloud.writes.count(("create", "server", "shop")) == 1
        assert not present(cloud).changed

    def test_every_way_to_lose_comes_up(self, cloud):
        said = set()
        for seed in range(60):
            own = FakeOpenStack()
            for result in Turns(seed).run(own, present, present):
                said.add(str(result)[:25] if isinstance(result, Exception) else "went on")
        assert {"went on", "Another run is creating a", "Another run changes trove"} <= said

    def test_who_came_in_the_same_second_with_a_smaller_id_is_seen_at_last(self, cloud, monkeypatch):
        own = lease.Lease(cloud)
        id_ = own.create("trove-shop", "c1")
        own.yield_to_older()

        def other_comes(seconds):
            if seconds > 1:
                other = cloud.sdk.network.create_security_group(name="trove-shop", description=hold.describe("c2"))
                cloud.security_groups["0"] = cloud.security_groups.pop(other.id)
                cloud.security_groups["0"].id = "0"

        monkeypatch.setattr(lease.time, "sleep", other_comes)
        with pytest.raises(Refused, match="Another run is creating a cluster of the same name: c2"):
            own.yield_to_older(at_last=True)
        assert id_ in cloud.security_groups
        own.release()

    @pytest.mark.parametrize("seed", range(20))
    def test_growing(self, living, seed):
        results = Turns(seed).run(living, lambda cloud: grown(cloud, 4), lambda cloud: grown(cloud, 4))
        assert [result for result in results if not isinstance(result, Exception)]
        assert living.names()["server"] == ["shop-1", "shop-2", "shop-3", "shop-4"]
        assert living.names()["volume"] == living.names()["server"]

    @pytest.mark.parametrize("seed", range(20))
    def test_one_deletes_and_one_shrinks(self, living, seed):
        results = Turns(seed).run(living, absent, lambda cloud: shrunk(cloud, ["shop-3"]))
        assert all(isinstance(result, TroveError) for result in results if isinstance(result, Exception)), results
        absent(living)
        assert not living.servers
        assert not living.volumes


class TestLease:
    #: each kind of run that writes
    ACTS = {
        "present": lambda cloud: present(cloud, management_cidrs=["192.0.2.0/24"]),
        "grown": lambda cloud: grown(cloud, 4),
        "shrunk": lambda cloud: shrunk(cloud, ["shop-3"]),
        "absent": absent,
        "a task": lambda cloud: cluster_task(cloud, "RESTARTING_CLUSTER"),
    }

    @pytest.mark.parametrize("act", ACTS)
    def test_another_run_is_refused_and_named(self, living, act):
        held(living, 30)
        until = hold.Hold("r", int(FakeNeutron.now) + 30)
        with pytest.raises(Refused, match=f"Another run changes trove-shop now: run {OTHER} until {str(until).split()[-1]}"):
            self.ACTS[act](living)
        assert living.writes == []

    @pytest.mark.parametrize("act", ACTS)
    def test_it_ends_with_the_run(self, living, act):
        assert self.ACTS[act](living).changed
        assert [group.description for group in living.security_groups.values() if "in use" in group.description] == []

    def test_one_that_has_ended_by_itself_is_no_matter(self, living):
        held(living, -1)
        assert grown(living, 4).changed

    def test_an_unchanged_run_and_check_mode_take_none(self, living):
        held(living, 30)
        assert not present(living).changed
        assert absent(living, check_mode=True).changed
        assert living.leases == []

    def test_a_failure_gives_it_up(self, living):
        living.hypervisors = 3
        with pytest.raises(CloudError, match="No valid host"):
            grown(living, 4)
        assert "in use" not in group_of(living).description

    def test_a_killed_run_keeps_it_for_a_minute(self, living):
        living.lives = 2
        with pytest.raises(Killed):
            grown(living, 4)
        living.lives = None
        FakeNeutron.now -= 61
        with pytest.raises(Refused, match="if it was killed, its lease ends at that time"):
            grown(living, 4)
        FakeNeutron.now += 61
        assert grown(living, 4).changed

    def test_what_another_run_did_in_between_is_planned_anew(self, living, monkeypatch):
        """It wrote after this one had looked, and was done before this one took the lease."""
        alone = lease.Lease.take

        def late(self, group):
            monkeypatch.setattr(lease.Lease, "take", alone)
            grown(living, 5)
            end_task(living)
            return alone(self, group)

        monkeypatch.setattr(lease.Lease, "take", late)
        assert not grown(living, 5).plan
        assert living.names()["server"] == [f"shop-{number}" for number in range(1, 6)]

    def test_one_that_was_lost_ends_the_run_before_its_next_stage(self, living, monkeypatch):
        note = living.compute.set_server_metadata

        def stolen(*args, **metadata):
            # this run was asleep for so long that its lease ended
            FakeNeutron.now += 61
            return note(*args, **metadata)

        living.compute.set_server_metadata = stolen
        with pytest.raises(Refused, match="has lost its lease on trove-shop"):
            grown(living, 4)
        assert living.names() == COMPLETE

    def test_it_is_renewed_though_rules_change_the_revision(self, living):
        own = lease.Lease(living)
        own.take(lease.observe.security_groups(living, name="trove-shop")[0])
        group_of(living).revision_number += 1
        FakeNeutron.now += 50
        own._rewrite()
        FakeNeutron.now += 50
        own.confirm()
        held(living, 30)
        with pytest.raises(Refused, match=f"it was taken by run {OTHER}"):
            own._rewrite()
        own.release()
        assert OTHER in group_of(living).description

    def test_of_instances_too(self, cloud):
        cloud.hypervisors = 9
        family_of_three(cloud)
        held(cloud, 30)
        cloud.writes.clear()
        for act in (
            lambda: instance_present(cloud, management_cidrs=["192.0.2.0/24"]),
            lambda: replicas_present(cloud, count=3),
            lambda: contract_changed(cloud, "orders-replica-1", "detached"),
            lambda: instance_task(cloud, "orders", "PROMOTING"),
        ):
            with pytest.raises(Refused, match="Another run changes trove-orders now"):
                act()
        assert cloud.writes == []

    def test_the_group_that_one_left_which_had_yielded_is_not_taken_for_the_clusters(self, living):
        FakeNeutron.now += 5
        living.sdk.network.create_security_group(name="trove-shop", description=hold.describe("0-yielded"))
        assert not present(living).changed
        assert grown(living, 4).changed
