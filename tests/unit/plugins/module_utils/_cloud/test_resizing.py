# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A resize ends with the flavor that was asked for, or with an error that says what is there instead; a volume likewise."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._cloud import resizing, retry
from ansible_collections.stackdb.trove.plugins.module_utils._cloud.waiter import TimedOut
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import CloudError
from ansible_collections.stackdb.trove.plugins.module_utils._model.sizes import Flavor
from ansible_collections.stackdb.trove.tests.unit.fake_proxy import http_error
from ansible_collections.stackdb.trove.tests.unit.runs import end_task, present
from openstack.exceptions import ForbiddenException

LARGE = Flavor("f2", "db.large", 2, 4096, 20)


@pytest.fixture
def one(cloud):
    """The server shop-2 of a cluster that has a host to spare."""
    cloud.hypervisors = 4
    present(cloud)
    end_task(cloud)
    cloud.writes.clear()
    return next(server for server in cloud.servers.values() if server.name == "shop-2")


@pytest.fixture
def volume(cloud, one):
    return next(volume for volume in cloud.volumes.values() if volume.name == "shop-2")


def seen(one):
    return one.flavor.name, one.status


class TestResize:
    def test_it_ends_where_it_can_be_confirmed_and_again_nothing_is_asked(self, cloud, one):
        for _run in range(2):
            resizing.resize(cloud, one.id, LARGE, 60)
            assert seen(one) == ("db.large", "VERIFY_RESIZE")
        assert cloud.writes == [("resize", "server", "shop-2")]

    def test_an_answer_of_yes_is_no_proof(self, cloud, one):
        """Nova answers 202, and has no host in the group's locality."""
        cloud.hypervisors = 3
        with pytest.raises(CloudError, match=r"Nova took the request to resize the server shop-2 to db.large, and did not do it: it is ACTIVE with db.small\."):
            resizing.resize(cloud, one.id, LARGE, 60)
        assert cloud.writes == [("resize", "server", "shop-2")]

    def test_what_another_run_has_asked_for_is_waited_for(self, cloud, one):
        cloud.compute.resize_server(one.id, "f2")
        resizing.resize(cloud, one.id, LARGE, 60)
        assert seen(one) == ("db.large", "VERIFY_RESIZE")
        assert len(cloud.writes) == 1

    @pytest.mark.parametrize("carried_out", [True, False])
    def test_it_is_carried_out_once_though_nobody_answers(self, cloud, one, monkeypatch, carried_out):
        monkeypatch.setattr(retry.time, "sleep", lambda _seconds: None)
        cloud.unanswered["resize", "server", "shop-2"] = carried_out
        resizing.resize(cloud, one.id, LARGE, 60)
        assert seen(one) == ("db.large", "VERIFY_RESIZE")
        assert cloud.writes == [("resize", "server", "shop-2")]

    def test_novas_refusal_is_told(self, cloud, one):
        cloud.refusals["resize", "server", "shop-2"] = http_error(ForbiddenException, "Quota exceeded for ram", 403)
        with pytest.raises(CloudError, match="Cannot resize the server .* to db.large: Quota exceeded for ram"):
            resizing.resize(cloud, one.id, LARGE, 60)

    def test_a_conflict_is_told_where_nothing_came_of_it(self, cloud, one):
        one.is_locked = True
        with pytest.raises(CloudError, match="Nova did not resize the server shop-2 to db.large, and it is ACTIVE with db.small: .*is locked"):
            resizing.resize(cloud, one.id, LARGE, 60)

    def test_a_server_that_failed_is_told(self, cloud, one):
        cloud.compute.resize_server(one.id, "f2")
        one.becomes, one.fault = "ERROR", {"message": "No space left"}
        with pytest.raises(CloudError, match="Nova failed to resize the server shop-2 to db.large, and it is in ERROR: No space left"):
            resizing.resize(cloud, one.id, LARGE, 60)

    def test_it_is_not_waited_for_for_ever(self, cloud, one):
        cloud.compute.resize_server(one.id, "f2")
        one.becomes = "RESIZE"
        with pytest.raises(TimedOut, match="Nova to be done with the server"):
            resizing.resize(cloud, one.id, LARGE, 0.5)

    @pytest.mark.parametrize("changed", [{"ram": 2048}, {"vcpus": 4}, {"disk": 40}, {"name": "db.other"}])
    def test_a_flavor_is_its_name_and_its_amounts(self, cloud, one, changed):
        resizing.resize(cloud, one.id, LARGE, 60)
        assert resizing.has_flavor(one, LARGE)
        assert not resizing.has_flavor(one, LARGE._replace(**changed))


class TestEnd:
    @pytest.mark.parametrize(("end", "flavor"), [(resizing.confirm, "db.large"), (resizing.revert, "db.small")])
    def test_it_is_waited_for_and_again_nothing_is_asked(self, cloud, one, end, flavor):
        host = one.host_id
        resizing.resize(cloud, one.id, LARGE, 60)
        for _run in range(2):
            end(cloud, one.id, 60)
            assert seen(one) == (flavor, "ACTIVE")
        assert len(cloud.writes) == 2
        assert (one.host_id == host) == (flavor == "db.small")

    def test_one_that_another_run_is_confirming_is_waited_for(self, cloud, one):
        resizing.resize(cloud, one.id, LARGE, 60)
        cloud.compute.confirm_server_resize(one.id)
        resizing.confirm(cloud, one.id, 60)
        assert seen(one) == ("db.large", "ACTIVE")

    def test_a_server_that_failed_is_told(self, cloud, one):
        resizing.resize(cloud, one.id, LARGE, 60)
        cloud.compute.revert_server_resize(one.id)
        one.becomes, one.fault = "ERROR", {"message": "host is gone"}
        with pytest.raises(CloudError, match="Nova failed to revert the resize of the server shop-2, and it is in ERROR: host is gone"):
            resizing.revert(cloud, one.id, 60)


class TestExtend:
    def test_it_is_waited_for_and_again_nothing_is_asked(self, cloud, volume):
        for _run in range(2):
            resizing.extend(cloud, volume.id, 8, 60)
            assert (volume.size, volume.becomes) == (8, "in-use")
        assert cloud.writes == [("extend", "volume", "shop-2")]

    def test_a_cloud_that_cannot_do_it_in_use_is_told(self, cloud, volume):
        cloud.extends_online = False
        with pytest.raises(CloudError, match="is in-use with 5 GiB, and 8 were asked for: .*to extend, currently in-use.* Where Cinder cannot extend volumes"):
            resizing.extend(cloud, volume.id, 8, 60)
        assert cloud.writes == []

    def test_a_volume_that_failed_is_told(self, cloud, volume):
        cloud.sdk.block_storage.extend_volume(volume.id, 8)
        volume.becomes, volume.size = "error_extending", 5
        with pytest.raises(CloudError, match="is error_extending with 5 GiB"):
            resizing.extend(cloud, volume.id, 8, 60)

    def test_nobody_answers(self, cloud, volume, monkeypatch):
        monkeypatch.setattr(retry.time, "sleep", lambda _seconds: None)
        cloud.unanswered["extend", "volume", "shop-2"] = True
        resizing.extend(cloud, volume.id, 8, 60)
        assert (volume.size, volume.becomes) == (8, "in-use")
