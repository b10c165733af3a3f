# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each write does one thing, can be repeated, and says what the cloud said where that refuses."""

from __future__ import annotations

from types import SimpleNamespace as Thing

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._cloud import removal, write
from ansible_collections.stackdb.trove.plugins.module_utils._cloud.waiter import TimedOut
from ansible_collections.stackdb.trove.plugins.module_utils._cloud.write import ServerSpec
from ansible_collections.stackdb.trove.plugins.module_utils._model import identity
from ansible_collections.stackdb.trove.plugins.module_utils._model.cluster import Rule
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import CloudError
from ansible_collections.stackdb.trove.tests.unit.fake_proxy import http_error
from openstack.exceptions import BadRequestException, ConflictException, ForbiddenException

SPEC = ServerSpec("i1", "f1", ("n1", "n2"), None, None, {"a": "b"}, ("t",), ("g1", "g2"))


@pytest.fixture
def server(cloud):
    cloud.add_plain_server("legacy")
    return next(iter(cloud.servers.values()))


class TestServers:
    def asked(self, cloud, spec, count=None):
        seen = {}
        cloud.compute.create_server = lambda **attributes: seen.update(attributes) or Thing(id="s1")
        if count:
            write.create_servers(cloud, "shop", spec, count)
        else:
            assert write.create_server(cloud, "shop-1", spec) == "s1"
        assert len(seen["metadata"].pop(identity.REQUEST)) == 32
        return seen

    def test_what_nova_is_asked_for(self, cloud):
        assert self.asked(cloud, SPEC) == {
            "name": "shop-1",
            "image_id": "i1",
            "flavor_id": "f1",
            "networks": [{"uuid": "n1"}, {"uuid": "n2"}],
            "security_groups": [{"name": "g1"}, {"name": "g2"}],
            "metadata": {"a": "b"},
            "tags": ["t"],
        }

    def test_what_is_given_only_where_it_was_asked_for(self, cloud):
        more = ServerSpec("i1", "f1", (), "ops", "az1", {}, (), (), "group")
        asked = self.asked(cloud, more, count=3)
        assert (asked["name"], asked["min_count"], asked["max_count"]) == ("shop", 3, 3)
        assert (asked["key_name"], asked["availability_zone"], asked["scheduler_hints"]) == ("ops", "az1", {"group": "group"})


class TestGroups:
    @pytest.mark.parametrize(("limit", "rules"), [(None, {}), (2, {"max_server_per_host": 2})])
    def test_a_server_group(self, cloud, limit, rules):
        group = write.create_server_group(cloud, "mine", "anti-affinity", limit)
        assert (group.name, group.policy, group.rules) == ("mine", "anti-affinity", rules)

    @pytest.mark.parametrize(
        ("remote", "body"),
        [
            (Rule.SELF, {"remote_group_id": "g", "ethertype": "IPv4"}),
            (Rule.SELF6, {"remote_group_id": "g", "ethertype": "IPv6"}),
            ("10.0.0.0/24", {"remote_ip_prefix": "10.0.0.0/24", "ethertype": "IPv4"}),
            ("fd00::/64", {"remote_ip_prefix": "fd00::/64", "ethertype": "IPv6"}),
        ],
    )
    def test_rules(self, cloud, remote, body):
        seen = []
        cloud.sdk.network.create_security_group_rules = lambda bodies: seen.extend(bodies) or iter(bodies)
        write.create_rules(cloud, "g", [Rule("tcp", 1, 2, remote)])
        ingress = {"security_group_id": "g", "direction": "ingress", "protocol": "tcp", "port_range_min": 1, "port_range_max": 2}
        assert seen == [{**ingress, **body}]

    def test_a_rule_that_is_gone_is_fine(self, cloud):
        write.delete_rules(cloud, ["gone"])


class TestNotes:
    def test_one_item_is_text_and_the_rest_stays(self, cloud, server):
        write.note(cloud, server.id, "n", 7)
        assert server.metadata == {"owner": "ops", "n": "7"}

    def test_several_are_written_and_others_removed(self, cloud, server):
        write.note_all(cloud, server.id, {"a": "1"}, ["owner"])
        assert server.metadata == {"a": "1"}

    def test_nothing_is_no_request(self, cloud, server):
        cloud.calls.clear()
        write.note_all(cloud, server.id, {}, ())
        assert cloud.calls == []


class TestAdoptAndRelease:
    def test_what_was_given_is_taken_away(self, cloud, server):
        group = cloud.sdk.network.create_security_group(name="trove-legacy", description="")
        server.tags.append("own")
        write.adopt(cloud, server.id, {"trove_task": "NONE"}, ("trove", "own"), group.id)
        assert server.tags == ["own", "trove"]
        assert [g["name"] for g in server.security_groups] == ["default", "trove-legacy"]
        assert server.metadata == {"owner": "ops", "trove_task": "NONE"}
        server.metadata["trove_writable"] = "true"
        write.release(cloud, server.id, ("trove", "trove-name-legacy"), "trove-legacy")
        assert (server.tags, server.metadata, server.security_groups) == (["own"], {"owner": "ops"}, [{"name": "default"}])

    def test_without_a_group(self, cloud, server):
        cloud.writes.clear()
        write.adopt(cloud, server.id, {"trove_task": "NONE"}, (), None)
        write.release(cloud, server.id, (), None)
        assert [kind for _verb, kind, _name in cloud.writes] == ["metadata", "metadata"]


class TestDelete:
    def refuse(self, *errors):
        """Refuses with each of the errors, then lets it go."""
        left = list(errors)

        def delete(id_, ignore_missing):
            assert ignore_missing
            if left:
                raise left.pop(0)

        return delete

    def test_each_kind_is_deleted_once_and_again(self, cloud, server):
        group = cloud.sdk.network.create_security_group(name="mine", description="")
        made = cloud.compute.create_server_group(name="mine", policy="affinity")
        volume = cloud.sdk.block_storage.create_volume(name="v", size=1, volume_type=None, metadata={})
        for _twice in range(2):
            for kind, id_ in (("server", server.id), ("volume", volume.id), ("server_group", made.id), ("security_group", group.id)):
                removal.delete(cloud, kind, id_, 60)
        assert cloud.names() == {"server": [], "volume": [], "server_group": [], "security_group": ["default"]}

    @pytest.mark.parametrize("error", [http_error(ConflictException, "in use", 409), http_error(BadRequestException, "in use", 400)])
    def test_what_is_still_in_use_is_asked_for_again(self, cloud, error):
        cloud.sdk.network.delete_security_group = self.refuse(error, error)
        removal.delete(cloud, "security_group", "g1", 60)

    def test_another_refusal_is_said(self, cloud):
        cloud.sdk.network.delete_security_group = self.refuse(http_error(ForbiddenException, "not yours", 403))
        with pytest.raises(CloudError, match="Cannot delete the security group g1: not yours"):
            removal.delete(cloud, "security_group", "g1", 60)

    def test_what_stays_in_use_is_said_with_the_clouds_words(self, cloud):
        cloud.sdk.network.delete_security_group = self.refuse(*[http_error(ConflictException, "in use by p9", 409)] * 99)
        with pytest.raises(TimedOut, match="after 0 seconds waiting for the security group g1 to be free; seen last: .*in use by p9"):
            removal.delete(cloud, "security_group", "g1", 0)

    @pytest.mark.parametrize("status", ["deleted", "soft_deleted", "gone"])
    def test_it_is_waited_for_until_it_is_gone(self, cloud, status):
        statuses = iter(["deleting", "deleting", status])
        cloud.compute.delete_server = self.refuse()
        cloud.compute.get_server = lambda id_: Thing(status=next(statuses))
        removal.delete(cloud, "server", "s1", 60)
        assert next(statuses, "all were looked at") == "all were looked at"

    def test_a_volume_that_cinder_cannot_delete(self, cloud):
        cloud.sdk.block_storage.delete_volume = self.refuse()
        cloud.sdk.block_storage.get_volume = lambda id_: Thing(status="error_deleting")
        with pytest.raises(CloudError, match="Cannot delete the volume v1: Cinder says error_deleting."):
            removal.delete(cloud, "volume", "v1", 60)

    def test_a_look_that_is_refused_is_no_absence(self, cloud):
        def get(id_):
            raise http_error(ForbiddenException, "no", 403)

        cloud.compute.get_server, cloud.compute.delete_server = get, self.refuse()
        with pytest.raises(CloudError, match="Cannot get the server s1: no"):
            removal.delete(cloud, "server", "s1", 60)
