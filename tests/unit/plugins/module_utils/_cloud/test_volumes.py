# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which of Cinder's volumes are a cluster's: those that are attached, and those that are not another one's copy."""

from __future__ import annotations

from types import SimpleNamespace as Thing

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._cloud import observe, removal, volumes
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from ansible_collections.stackdb.trove.tests.unit.builders import NAMES
from ansible_collections.stackdb.trove.tests.unit.runs import COMPLETE, NOTHING, absent, end_task, present, shrunk


def restored(cloud, name):
    """A volume that was restored from a backup of a member's: Cinder gives it all its metadata."""
    origin = next(volume for volume in cloud.volumes.values() if volume.name == name)
    fields = {key: value for key, value in vars(origin).items() if key != "id"}
    fields.update(name=f"restore-of-{name}", status="available", becomes="available", server_id=None, metadata=dict(origin.metadata))
    return cloud.add("volume", cloud.volumes, **fields)


@pytest.fixture
def living(cloud):
    present(cloud)
    end_task(cloud)
    return cloud


def test_a_restored_one_is_nobodys(living):
    copy = restored(living, "shop-2")
    seen = observe.cluster(living, "shop")
    assert copy.id not in {volume.id for volume in seen.volumes}
    assert {i.name: i.volume.id for i in seen.instances} == {volume.name: volume.id for volume in living.volumes.values() if volume is not copy}
    assert [one.volume.id for one in observe.clusters(living)[0].instances] == [one.volume.id for one in seen.instances]
    assert not present(living).changed


@pytest.mark.parametrize("gone", [False, True], ids=["its origin is there", "its origin is gone"])
def test_a_restored_one_outlives_the_cluster(living, gone):
    copy = restored(living, "shop-2")
    if gone:
        for volume in [volume for volume in living.volumes.values() if volume.name == "shop-2"]:
            del living.volumes[volume.id]
    absent(living)
    assert living.names() == {**NOTHING, "volume": ["restore-of-shop-2"]}
    assert living.volumes == {copy.id: copy}
    # nothing of the cluster is left, so its name is free
    present(living)
    assert living.names()["volume"] == ["restore-of-shop-2", *NAMES]


def test_one_that_took_the_place_of_its_origin_is_the_members(living):
    copy = restored(living, "shop-2")
    origin = next(volume for volume in living.volumes.values() if volume.name == "shop-2")
    copy.server_id, origin.server_id = origin.server_id, None
    copy.status = copy.becomes = "in-use"
    assert {i.name: i.volume.id for i in observe.cluster(living, "shop").instances}["shop-2"] == copy.id
    absent(living)
    assert living.names() == NOTHING


def test_a_copy_at_another_member_is_not_that_ones():
    bodies = [
        {"id": "v1", "metadata": {"trove_instance": "shop-1", "trove_volume_id": "v1"}, "attachments": [{"server_id": "s1"}]},
        {"id": "c2", "metadata": {"trove_instance": "shop-2", "trove_volume_id": "v2"}, "attachments": [{"server_id": "s1"}]},
        {"id": "v2", "metadata": {"trove_instance": "shop-2", "trove_volume_id": "v2"}, "attachments": []},
    ]
    servers = [Thing(id="s1", name="shop-1"), Thing(id="s2", name="shop-2")]
    rest = {"name": "", "size": 1, "volume_type": None, "status": "available"}
    assert [volume.id for volume in volumes.own([{**rest, **body} for body in bodies], servers)] == ["v1", "v2"]


@pytest.mark.parametrize(
    ("metadata", "attachments", "used"), [({}, [], False), ({"trove_volume_id": "v1"}, [], True), ({}, [{"server_id": "s1"}], True)],
    ids=["new", "noted before it was attached", "attached by somebody else"],
)
def test_what_may_hold_data(metadata, attachments, used):
    body = {"id": "v1", "name": "", "size": 1, "volume_type": None, "status": "error", "attachments": attachments}
    assert volumes.model({**body, "metadata": {"trove_instance": "shop-1", **metadata}}).used is used


class TestInError:
    def lose(self, cloud, name):
        """The server of a member is lost, and Cinder says of its volume that it is in error."""
        cloud.compute.delete_server(next(server.id for server in cloud.servers.values() if server.name == name))
        cloud.compute.servers()
        volume = next(volume for volume in cloud.volumes.values() if volume.name == name)
        volume.status = volume.becomes = "error"
        volume.server_id = None
        return volume

    def test_one_that_held_data_is_not_deleted(self, cloud):
        present(cloud)
        volume = self.lose(cloud, "shop-2")
        cloud.writes.clear()
        with pytest.raises(Refused, match=rf"may hold data: shop-2 \({volume.id}, error\)"):
            present(cloud)
        assert (volume.id in cloud.volumes, cloud.writes) == (True, [])

    def test_one_that_was_never_attached_is_created_anew(self, cloud):
        present(cloud)
        volume = self.lose(cloud, "shop-2")
        del volume.metadata["trove_volume_id"]
        present(cloud)
        assert volume.id not in cloud.volumes
        assert cloud.names() == COMPLETE

    def test_the_user_deletes_it_with_the_member(self, living):
        self.lose(living, "shop-2")
        shrunk(living, ["shop-2"])
        assert living.names()["volume"] == ["shop-1", "shop-3"]


def test_a_cloud_without_cinder_has_none(cloud):
    cloud.get_volumes = lambda url, query: {"volumes": []}
    present(cloud, volume_size=None)
    absent(cloud)
    assert cloud.names() == NOTHING
    removal.delete(cloud, "server", "gone", 5)
