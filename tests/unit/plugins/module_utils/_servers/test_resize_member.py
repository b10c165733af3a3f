# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One member's resize: begun only by the word of a stopped database, confirmed only by the word of one that serves, else reverted."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import CloudError, InvalidInput, Refused
from ansible_collections.stackdb.trove.plugins.module_utils._servers.proof import Proof
from ansible_collections.stackdb.trove.tests.unit import words
from ansible_collections.stackdb.trove.tests.unit.fake_openstack import Killed
from ansible_collections.stackdb.trove.tests.unit.resizes import family, is_down, living, resized, seen, server, serves, settled, stopped, through
from ansible_collections.stackdb.trove.tests.unit.runs import NOTHING, absent, cluster_task, contract_changed, end_task, instance_absent, shrunk

ONE = "shop-2"
SMALL, WAITS, LARGE = ("db.small", "ACTIVE", "db.small"), ("db.large", "VERIFY_RESIZE", "db.small"), ("db.large", "ACTIVE", "db.large")


@pytest.fixture
def shop(cloud):
    living(cloud)
    cloud.writes.clear()
    return cloud


@pytest.fixture
def waiting(shop):
    resized(shop, ONE, stopped(shop, ONE))
    shop.writes.clear()
    return shop


class TestResized:
    @pytest.mark.parametrize(
        ("proof", "says"),
        [
            (lambda cloud: Proof(), "shop-2 is silent: nothing was said of it"),
            (lambda cloud: serves(cloud, ONE), "shop-2 was not stopped in order: its service is not known"),
            (lambda cloud: stopped(cloud, ONE, "active"), "shop-2 was not stopped in order: its service is active"),
            # it was killed, or failed while it stopped
            (lambda cloud: stopped(cloud, ONE, "failed"), "shop-2 was not stopped in order: its service is failed"),
            (lambda cloud: stopped(cloud, "shop-1"), "shop-2 is silent: nothing was said of it"),
            (lambda cloud: Proof({"after": {ONE: words.silent()}}), "shop-2 is silent: it is unreachable"),
            (lambda cloud: Proof({"before": stopped(cloud, ONE).given["after"]}), "shop-2 is silent"),
        ],
        ids=["no word", "it serves", "it runs", "it failed", "another member's word", "unreachable", "of before"],
    )
    def test_only_of_a_server_whose_database_was_stopped(self, shop, proof, says):
        with pytest.raises((Refused, InvalidInput), match=f"{says}|words of a round that ends in /before"):
            resized(shop, ONE, proof(shop))
        assert shop.writes == []
        assert seen(shop, ONE) == SMALL

    def test_until_nova_waits(self, shop):
        assert resized(shop, ONE, stopped(shop, ONE, check_mode=True)).changed
        assert shop.writes == []
        resized(shop, ONE, stopped(shop, ONE))
        assert seen(shop, ONE) == WAITS
        # without a word, since nothing is to be done
        assert not resized(shop, ONE, Proof()).changed
        assert shop.writes == [("resize", "server", ONE)]

    def test_no_host_has_room(self, shop):
        shop.hypervisors = 3
        with pytest.raises(CloudError, match="did not do it: it is ACTIVE with db.small"):
            resized(shop, ONE, stopped(shop, ONE))
        assert seen(shop, ONE) == SMALL


class TestSettled:
    def test_confirmed_where_it_serves(self, waiting):
        done = settled(waiting, ONE, serves(waiting, ONE))
        assert seen(waiting, ONE) == LARGE
        assert waiting.writes == [("confirm", "server", ONE), ("update", "metadata", ONE)]
        assert {i["name"]: i["flavor"] for i in done.after["instances"]}[ONE] == {"id": "f2", "name": "db.large"}
        assert done.observed[0].placement().kept
        assert not settled(waiting, ONE, Proof()).changed

    @pytest.mark.parametrize(
        ("proof", "says"),
        [
            (lambda cloud: is_down(cloud, ONE), "does not serve with db.large: its service is inactive"),
            (lambda cloud: Proof({"after": {ONE: words.silent()}}), "it is silent: it is unreachable"),
            (lambda cloud: Proof(), "it is silent: nothing was said of it"),
            (lambda cloud: serves(cloud, "shop-1"), "it is silent: nothing was said of it"),
        ],
    )
    def test_reverted_where_it_does_not(self, waiting, proof, says):
        host = server(waiting, ONE).before[1]
        done = settled(waiting, ONE, proof(waiting))
        assert seen(waiting, ONE) == SMALL
        assert waiting.writes == [("revert", "server", ONE)]
        assert server(waiting, ONE).host_id == host
        (step,) = done.plan.steps
        assert says in step.why
        assert step.warns
        # whoever asks again finds it as it was
        assert not settled(waiting, ONE, serves(waiting, ONE)).changed

    def test_one_that_does_not_serve_is_never_confirmed_by_force(self, waiting):
        settled(waiting, ONE, is_down(waiting, ONE, force=True))
        assert seen(waiting, ONE) == SMALL

    def test_of_one_that_nobody_resized_nothing_is_done(self, shop):
        assert not settled(shop, ONE, serves(shop, ONE)).changed
        assert shop.writes == []

    def test_what_nova_confirmed_by_itself_is_noted(self, waiting):
        """[DEFAULT] resize_confirm_window."""
        waiting.compute.confirm_server_resize(server(waiting, ONE).id)
        waiting.writes.clear()
        settled(waiting, ONE, serves(waiting, ONE))
        assert seen(waiting, ONE) == LARGE
        assert waiting.writes == [("update", "metadata", ONE)]


def test_data_on_a_root_disk_are_not_thrown_away(cloud):
    living(cloud, volume_size=None)
    resized(cloud, ONE, stopped(cloud, ONE))
    cloud.writes.clear()
    with pytest.raises(Refused, match="It has no data volume, and what was written since the resize would be lost.*openstack server resize revert server-"):
        settled(cloud, ONE, is_down(cloud, ONE))
    assert cloud.writes == []
    done = settled(cloud, ONE, is_down(cloud, ONE, force=True))
    assert "what was written since the resize is lost" in (done.plan.steps[0].risk or "")
    assert seen(cloud, ONE) == SMALL


@pytest.mark.parametrize("lives", range(1, 5))
def test_a_run_that_is_killed_after_any_write_is_continued(shop, lives):
    shop.lives = lives
    try:
        through(shop, ONE)
    except Killed:
        shop.lives = None
        through(shop, ONE)
    assert seen(shop, ONE) == LARGE
    assert [write for write in shop.writes if write[0] in ("resize", "confirm", "revert")] == [("resize", "server", ONE), ("confirm", "server", ONE)]


class TestWhileNovaWaits:
    """Nova takes no metadata for a server whose resize is neither confirmed nor reverted."""

    def test_a_task_begins_and_ends(self, waiting):
        assert cluster_task(waiting, "UPDATING_CLUSTER").changed
        assert server(waiting, ONE).metadata["trove_task"] == "NONE"
        settled(waiting, ONE, serves(waiting, ONE))
        end_task(waiting)
        assert {one.metadata["trove_task"] for one in waiting.servers.values()} == {"NONE"}

    def test_metadata_of_the_users_own_are_written_on_the_others_and_the_run_says_whose_are_not(self, waiting):
        cluster_task(waiting, "UPDATING_CLUSTER")
        shown = end_task(waiting, Proof(check_mode=True), metadata={"team": "a"})
        assert {one["name"] for one in shown.plan.view() if one["kind"] == "metadata"} == {"shop-1", "shop-3"}
        done = end_task(waiting, metadata={"team": "a"})
        assert done.plan.warnings == ("shop-2 keeps the metadata that it had: it is VERIFY_RESIZE, and Nova takes none then. Run it again when it is ACTIVE.",)
        settled(waiting, ONE, serves(waiting, ONE))
        again = end_task(waiting, metadata={"team": "a"})
        assert ([step.name for step in again.plan.steps if step.kind == "metadata"], again.plan.warnings) == ([ONE], ())

    def test_one_that_leaves_is_remembered_by_those_that_take_notes(self, waiting):
        for one in waiting.servers.values():
            # it was created by an older version
            del one.metadata["trove_last_number"]
        shrunk(waiting, ["shop-3"])
        assert waiting.names()["server"] == ["shop-1", ONE]
        assert [server(waiting, name).metadata.get("trove_last_number") for name in ("shop-1", ONE)] == ["3", None]
        assert [any(key.startswith("trove_left_") for key in server(waiting, name).metadata) for name in ("shop-1", ONE)] == [True, False]

    def test_no_contract_is_written_on_one_side_alone(self, cloud):
        family(cloud)
        server(cloud, "orders").status = server(cloud, "orders").becomes = "VERIFY_RESIZE"
        cloud.writes.clear()
        with pytest.raises(Refused, match="No contract was written: Nova takes no metadata now, since orders is VERIFY_RESIZE"):
            contract_changed(cloud, "orders-replica-1", "detached")
        assert cloud.writes == []

    def test_the_cluster_is_deleted(self, waiting):
        absent(waiting)
        assert waiting.names() == NOTHING

    def test_an_instance_and_its_replica_are_deleted(self, cloud):
        family(cloud)
        for name in ("orders-replica-1", "orders"):
            cloud.compute.resize_server(server(cloud, name).id, "f2")
            server(cloud, name).status = "VERIFY_RESIZE"
        instance_absent(cloud, "orders-replica-1", replica=True)
        instance_absent(cloud, "orders-replica-2", replica=True)
        instance_absent(cloud, "orders")
        assert cloud.names()["server"] == []
