# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Members that are lost in the cloud in every way, and what their replacement deletes, keeps, creates and refuses."""

from __future__ import annotations

from itertools import count

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._cloud import connection, lease, waiter
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import CloudError, InvalidInput, Refused
from ansible_collections.stackdb.trove.plugins.module_utils._plan.runner import reconcile
from ansible_collections.stackdb.trove.plugins.module_utils._servers.proof import Proof
from ansible_collections.stackdb.trove.plugins.module_utils._servers.replacing import MembersReplaced, Replacement
from ansible_collections.stackdb.trove.tests.unit import words
from ansible_collections.stackdb.trove.tests.unit.builders import NAMES
from ansible_collections.stackdb.trove.tests.unit.fake_neutron import FakeNeutron
from ansible_collections.stackdb.trove.tests.unit.fake_openstack import FakeOpenStack, Killed
from ansible_collections.stackdb.trove.tests.unit.runs import absent, cluster_task, end_task, family_of_three, grown, present, shrunk

STAY = ("shop-1", "shop-3")


@pytest.fixture
def living(cloud):
    cloud.hypervisors = 3
    present(cloud)
    end_task(cloud)
    cloud.writes.clear()
    return cloud


def server(cloud, name):
    return next(one for one in cloud.servers.values() if one.name == name)


def lose(cloud, name="shop-2", volume=False):
    """Somebody deletes the server of a member, and the volume, too."""
    id_ = server(cloud, name).id
    del cloud.servers[id_]
    for one in list(cloud.volumes.values()):
        if one.server_id == id_:
            one.server_id, one.status = None, "available"
            if volume:
                del cloud.volumes[one.id]


def said(cloud, lost=("shop-2",), **changed):
    """What those that stay say after the lost ones are out of their view."""
    at = words.addresses(cloud)
    names = [name for name in at if name not in lost]
    return {**words.galera("before", at, names), **{name: words.silent() for name in lost}, **changed}


def replaced(cloud, members=("shop-2",), given=None, check_mode=False, asked=True, **want):
    proof = Proof({"before": said(cloud, members) if given is None else given} if asked else None, check_mode=check_mode)
    return reconcile(MembersReplaced(cloud, "shop", Replacement(list(members), **want), 60, proof), check_mode)


def kept(cloud):
    return {one.name: one.metadata for one in cloud.volumes.values() if "-kept-" in one.name}


@pytest.mark.parametrize("volume", [True, False], ids=["its volume, too", "the volume stays"])
def test_a_server_that_somebody_deleted_gets_a_successor_of_its_name(living, volume):
    group = server(living, "shop-1").group
    lose(living, volume=volume)
    outcome = replaced(living)
    assert outcome.changed
    assert sorted(one.name for one in living.servers.values()) == list(NAMES)
    new = server(living, "shop-2")
    assert new.group == group
    assert (new.metadata["trove_task"], new.metadata["trove_replaces"]) == ("REPLACING_MEMBERS", "member")
    assert {server(living, name).metadata["trove_task"] for name in STAY} == {"REPLACING_MEMBERS"}
    assert {one.name: one.server_id for one in living.volumes.values() if one.server_id}["shop-2"] == new.id
    assert list(kept(living).values()) == ([] if volume else [{"trove_set_aside": "shop-2 of the cluster shop"}])
    end_task(living)
    assert {one.metadata["trove_task"] for one in living.servers.values()} == {"NONE"}


@pytest.mark.parametrize("status", ["ERROR", "SHUTOFF", "ACTIVE"])
def test_a_server_that_is_dead_is_deleted_before_the_next_one_of_its_name(living, status):
    old = server(living, "shop-2")
    old.status = old.becomes = status
    replaced(living)
    writes = [write for write in living.writes if write[2].startswith("shop-2") and write[1] in ("server", "volume")]
    assert writes == [
        ("delete", "server", "shop-2"), ("update", "volume", "shop-2"), ("create", "volume", "shop-2"), ("create", "server", "shop-2"),
        ("attach", "volume", "shop-2"),
    ]  # fmt: skip
    assert old.id not in living.servers


def test_a_data_volume_in_error_is_kept_too(living):
    lose(living)
    broken = next(one for one in living.volumes.values() if one.name == "shop-2")
    broken.status = broken.becomes = "error"
    replaced(living)
    assert len(kept(living)) == 1


def test_a_volume_is_deleted_only_by_an_option_of_its_own(living):
    lose(living)
    old = next(one.id for one in living.volumes.values() if one.name == "shop-2")
    shown = replaced(living, delete_volumes=True, check_mode=True)
    assert "- delete volume shop-2: trove_delete_volumes was given [destroys 5 GiB of data]" in shown.plan.text()
    replaced(living, delete_volumes=True)
    assert old not in living.volumes
    assert not kept(living)


def test_the_kept_volume_outlives_the_cluster(living):
    lose(living)
    replaced(living)
    absent(living)
    assert [one.name for one in living.volumes.values()] == list(kept(living))
    assert living.names()["server"] == []


def test_check_mode_shows_the_steps_of_the_run_and_writes_nothing(living):
    server(living, "shop-2").status = server(living, "shop-2").becomes = "ERROR"
    shown = replaced(living, check_mode=True)
    assert living.writes == []
    done = replaced(living)
    assert [(s.action, s.kind, s.name) for s in shown.plan.steps] == [(s.action, s.kind, s.name) for s in done.plan.steps]


def test_the_plan_needs_no_words_and_says_that_it_needs_them(living):
    lose(living)
    shown = replaced(living, asked=False, check_mode=True)
    assert "needs proof that shop-1, shop-3 serve, that shop-2 does not, and that none of them counts it any more" in shown.plan.text()


REFUSED = {
    "nobody was asked": (lambda cloud: {}, "shop-1 is silent"),
    "one that stays is silent": (lambda cloud: said(cloud, **{"shop-3": words.silent()}), "shop-3 is silent"),
    "one that stays does not serve": (
        lambda cloud: said(cloud, **words.galera("before", words.addresses(cloud), ["shop-3"], STAY, cluster_status="non-Primary")),
        "shop-3 does not serve: wsrep_cluster_status is non-Primary",
    ),
    "it answers and serves": (lambda cloud: words.galera("before", words.addresses(cloud), NAMES), "shop-2 answers and serves, so it is not lost"),
    "it is counted": (
        lambda cloud: {**words.galera("before", words.addresses(cloud), STAY, NAMES), "shop-2": words.silent()},
        "shop-1 still counts shop-2 (10.0.0.",
    ),
    "more are counted than there are": (lambda cloud: said(cloud, **words.galera("before", words.addresses(cloud), STAY, cluster_size=3)), "counts 3 members"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_it_is_refused_before_anything_is_touched(living, case):
    make, why = REFUSED[case]
    with pytest.raises(Refused) as error:
        replaced(living, given=make(living))
    assert why in error.value.message
    assert "force=true" not in error.value.message
    assert living.writes == []


def test_a_database_that_is_down_on_a_server_that_answers_may_be_replaced(living):
    replaced(living, given=said(living, **words.stopped("before", words.addresses(living), "shop-2")))
    assert len(kept(living)) == 1


@pytest.mark.parametrize("members", [["shop-9"], ["other-1"], ["shop"], []])
def test_names_that_are_no_members_are_refused(living, members):
    with pytest.raises(InvalidInput, match="members"):
        replaced(living, members)
    assert living.writes == []


def test_somebody_has_to_stay(living):
    with pytest.raises(InvalidInput, match="Those that stay have to tell"):
        replaced(living, NAMES)


def test_an_instance_is_refused_with_the_way_for_replicas(cloud):
    family_of_three(cloud)
    cloud.writes.clear()
    with pytest.raises(InvalidInput, match="a replica that is lost is created again by stackdb.trove.replica_create"):
        reconcile(MembersReplaced(cloud, "orders", Replacement(["orders-replica-1"]), 60, Proof()), False)
    assert cloud.writes == []


@pytest.mark.parametrize("task", ["GROWING_CLUSTER", "UPDATING_CLUSTER", "SHRINKING_CLUSTER"])
def test_it_follows_a_task_that_has_not_ended_and_says_so(living, task):
    cluster_task(living, task)
    lose(living)
    text = replaced(living).plan.text()
    assert f"ends {task}, which has not ended" in text
    assert server(living, "shop-1").metadata["trove_task"] == "REPLACING_MEMBERS"


def test_a_deletion_is_not_followed(living):
    living.lives = 3
    with pytest.raises(Killed):
        absent(living)
    living.lives = None
    with pytest.raises(Refused, match="DELETING"):
        replaced(living)


def test_no_host_leaves_the_rest_as_it_was_and_the_same_run_goes_on(living):
    lose(living)
    living.faults = {"shop-2": "No valid host was found."}
    with pytest.raises(CloudError, match="No valid host"):
        replaced(living)
    assert sorted(one.name for one in living.servers.values()) == list(STAY)
    living.faults = {}
    replaced(living)
    assert sorted(one.name for one in living.servers.values()) == list(NAMES)
    assert len(kept(living)) == 1


def test_a_second_run_changes_nothing_while_the_new_one_serves_and_replaces_it_when_it_is_lost(living):
    lose(living)
    replaced(living)
    end_task(living)
    living.writes.clear()
    serves = words.galera("before", words.addresses(living), NAMES)
    assert not replaced(living, given=serves).changed
    assert living.writes == []
    first = server(living, "shop-2").id
    server(living, "shop-2").addresses = {"db-net": [{"addr": "10.0.0.77"}]}
    replaced(living)
    assert server(living, "shop-2").id != first


def test_where_nobody_was_asked_yet_the_plan_says_that_a_successor_may_be_lost_too(living):
    """Nova says ACTIVE of a server whose database is dead: the settling call, which has the members' words, replaces it then."""
    lose(living)
    replaced(living)
    end_task(living)
    living.writes.clear()
    (step,) = replaced(living, asked=False, check_mode=True).plan.steps
    assert (step.kind, step.name) == ("evidence", "shop-2")
    assert "needs proof that it serves, which took the place of a lost one before: else a new server takes its place" in step.line()
    assert living.writes == []


@pytest.mark.parametrize("task", ["UPDATING_CLUSTER", "RESTARTING_CLUSTER"])
def test_when_another_task_ends_a_successor_is_a_member_like_any_other(living, task):
    lose(living)
    replaced(living)
    end_task(living)
    assert "trove_replaces" in server(living, "shop-2").metadata
    cluster_task(living, task)
    end_task(living)
    assert "trove_replaces" not in server(living, "shop-2").metadata


def test_one_whose_deletion_failed_and_that_stays_can_be_lost_later(living):
    one = server(living, "shop-2")
    for name in ("shop-1", "shop-3"):
        server(living, name).metadata[f"trove_left_{one.id}"] = "shop-2/vol-shop-2"
    cluster_task(living, "RESTARTING_CLUSTER")
    end_task(living)
    assert not [key for name in ("shop-1", "shop-3") for key in server(living, name).metadata if key.startswith("trove_left_")]


def test_a_member_that_there_never_was_is_not_added_by_a_typo(living):
    for wrong in ("shop-4", "shop-02"):
        with pytest.raises(InvalidInput, match="is one that cluster_grow adds"):
            replaced(living, [wrong])
    assert living.writes == []


def test_the_last_of_those_that_were_added_is_replaced_where_nothing_of_it_is_left(living):
    living.hypervisors = 4
    grown(living, 4)
    end_task(living)
    lose(living, "shop-4", volume=True)
    replaced(living, ["shop-4"])
    assert sorted(living.names()["server"]) == [*NAMES, "shop-4"]


def test_one_that_left_is_not_lost(living):
    shrunk(living, ["shop-3"])
    end_task(living)
    with pytest.raises(InvalidInput, match="shop-3 is not lost: it left by cluster_shrink"):
        replaced(living, ["shop-3"])


def test_successors_know_the_highest_number_and_who_left_when_all_others_have_gone(living):
    living.hypervisors = 4
    grown(living, 4)
    end_task(living)
    shrunk(living, ["shop-4"])
    end_task(living)
    for name in NAMES:
        lose(living, name)
        replaced(living, [name])
        end_task(living)
    assert {one.metadata["trove_last_number"] for one in living.servers.values()} == {"4"}
    assert {value for one in living.servers.values() for key, value in one.metadata.items() if key.startswith("trove_left_")} != set()
    with pytest.raises(InvalidInput, match="shop-4 is not lost"):
        replaced(living, ["shop-4"])


def test_of_a_cluster_that_was_created_before_numbers_were_noted_the_last_member_is_replaced_too(living):
    for one in living.servers.values():
        del one.metadata["trove_last_number"]
    lose(living, "shop-3", volume=True)
    replaced(living, ["shop-3"])
    assert sorted(living.names()["server"]) == list(NAMES)


def test_one_that_once_was_a_successor_is_no_new_server_of_a_later_run(living):
    """A run for shop-3 that was killed notes its task on shop-2, too; when shop-2 is lost then, it must not be taken for created by that run."""
    lose(living)
    replaced(living)
    end_task(living)
    lose(living, "shop-3")
    replaced(living, ["shop-3"])
    assert "trove_replaces" not in server(living, "shop-2").metadata
    first = server(living, "shop-2").id
    server(living, "shop-2").status = server(living, "shop-2").becomes = "SHUTOFF"
    replaced(living, ["shop-2", "shop-3"], given=said(living, ["shop-2", "shop-3"]))
    assert server(living, "shop-2").id != first


def test_a_task_does_not_end_while_the_new_server_is_not_there_in_full(living):
    lose(living)
    replaced(living)
    server(living, "shop-2").status = server(living, "shop-2").becomes = "SHUTOFF"
    with pytest.raises(Refused, match="shop-2 is SHUTOFF"):
        end_task(living)


@pytest.mark.parametrize("left", ["the server is dead", "the server is gone", "all is gone"])
@pytest.mark.parametrize("delete_volumes", [False, True])
def test_killed_after_any_write_it_is_continued_and_nothing_is_made_twice(monkeypatch, left, delete_volumes):
    monkeypatch.setattr(connection, "PARALLEL", 1)
    monkeypatch.setattr(waiter.time, "sleep", lambda seconds: None)
    monkeypatch.setattr(lease, "clock", lambda: FakeNeutron.now)
    for lives in count(1):
        cloud = FakeOpenStack()
        FakeNeutron.now = 0
        present(cloud)
        end_task(cloud)
        old = next(one for one in cloud.volumes.values() if one.name == "shop-2")
        if left == "the server is dead":
            server(cloud, "shop-2").status = server(cloud, "shop-2").becomes = "ERROR"
        else:
            lose(cloud, volume=left == "all is gone")
        cloud.writes.clear()
        cloud.lives = lives
        try:
            replaced(cloud, delete_volumes=delete_volumes)
        except Killed:
            cloud.lives = None
            # the lease of the dead run has ended
            FakeNeutron.now += 100
            replaced(cloud, delete_volumes=delete_volumes)
        else:
            assert lives > 5
            return
        assert sorted(one.name for one in cloud.servers.values()) == list(NAMES), lives
        assert {one.server_id for one in cloud.volumes.values() if one.server_id} == set(cloud.servers), lives
        # at most a blank one of the dead run is beside it: what holds data is there once
        assert (old.id in cloud.volumes) == (not delete_volumes and left != "all is gone"), lives
        assert [write for write in cloud.writes if write == ("create", "server", "shop-2")] == [("create", "server", "shop-2")], lives
