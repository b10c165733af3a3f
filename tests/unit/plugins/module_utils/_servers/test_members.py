# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How members are asked for: the waves in which Nova chooses hosts, what is said of those that fail, and when volumes are attached."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace as Thing

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._cloud.write import ServerSpec
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import CloudError
from ansible_collections.stackdb.trove.plugins.module_utils._servers import members
from ansible_collections.stackdb.trove.plugins.module_utils._servers.steps import AttachVolume, CreateServer

TAGS = ("trove", "trove-cluster-c1", "trove-name-shop")
METADATA = {"trove_cluster_id": "c1", "trove_cluster_name": "shop", "trove_datastore": "mariadb", "trove_datastore_version": "10.11"}


class Applied(Thing):
    """What members needs of an Applier."""

    def note_created(self, kind, name, id_):
        self.have[kind, name] = id_
        self.created.append((kind, name))


@pytest.fixture
def applier(cloud):
    own = cloud.sdk.network.create_security_group(name="trove-shop", description="")
    users = cloud.sdk.network.create_security_group(name="mine", description="")
    group = cloud.compute.create_server_group(name="trove-shop", policy="soft-anti-affinity")
    have = {("security_group", "trove-shop"): own.id, ("server_group", "trove-shop"): group.id}
    cloud.writes.clear()
    return Applied(cloud=cloud, timeout=60, wait=True, have=have, created=[], users=users.id)


def steps(applier, policy, together=None, numbers=(1, 2, 3)):
    spec = ServerSpec("i1", "f1", ("n1",), "ops", None, METADATA, TAGS, (applier.users,))
    return [CreateServer(f"shop-{number}", "w", spec, "c1", "shop", together, policy) for number in numbers]


def test_together_they_are_one_request(cloud, applier):
    members.create_servers(applier, steps(applier, "anti-affinity", together="shop"))
    assert cloud.writes == [("create", "server", "shop")]
    assert sorted(applier.created) == [("server", f"shop-{number}") for number in (1, 2, 3)]
    assert {name: cloud.servers[id_].name for (kind, name), id_ in applier.have.items() if kind == "server"} == {
        f"shop-{number}": f"shop-{number}" for number in (1, 2, 3)
    }


@pytest.mark.parametrize(
    ("policy", "before_the_last"),
    # whether a member that comes later saw that the one before had its host
    [(None, 0), ("affinity", 1), ("anti-affinity", 2), ("soft-anti-affinity", 2)],
)
def test_one_by_one_they_come_in_waves(cloud, applier, policy, before_the_last):
    members.create_servers(applier, steps(applier, policy, numbers=(4, 5, 6)))
    assert cloud.writes == [("create", "server", f"shop-{number}") for number in (4, 5, 6)]
    last = max(number for number, call in enumerate(cloud.calls) if call == "create_server")
    looked_before = sum(pair == ("servers", "create_server") for pair in pairwise(cloud.calls[: last + 1]))
    assert looked_before == before_the_last


def test_they_get_the_groups_that_were_created_before(cloud, applier):
    members.create_servers(applier, steps(applier, None, numbers=(1,)))
    (server,) = cloud.servers.values()
    assert server.security_group_ids == [applier.have["security_group", "trove-shop"], applier.users]
    assert server.group == applier.have["server_group", "trove-shop"]
    assert server.status == "ACTIVE"


def test_without_a_server_group_there_is_no_hint(cloud, applier):
    del applier.have["server_group", "trove-shop"]
    members.create_servers(applier, steps(applier, None, numbers=(1,)))
    assert next(iter(cloud.servers.values())).group is None


def test_each_that_fails_is_named_with_its_fault(cloud, applier):
    cloud.faults.update({"shop-1": "No space.", "shop-3": "No memory."})
    with pytest.raises(CloudError) as error:
        members.create_servers(applier, steps(applier, None))
    assert error.value.message == "Nova could not create the server shop-1: No space.; the server shop-3: No memory."
    assert len(applier.created) == 3


def test_one_without_a_fault_is_told_by_its_status_and_one_that_vanished_is_gone(cloud, applier):
    members.create_servers(applier, made := steps(applier, None))
    first, second = list(cloud.servers.values())[:2]
    first.status = first.becomes = "SHUTOFF"
    del cloud.servers[second.id]
    with pytest.raises(CloudError) as error:
        members._wait_active(applier, made)
    assert error.value.message == "Nova could not create the server shop-1: its status is SHUTOFF; the server shop-2: it is gone"


def test_who_does_not_wait_hears_of_no_fault(cloud, applier):
    applier.wait = False
    cloud.faults["shop-2"] = "No space."
    members.create_servers(applier, steps(applier, "anti-affinity", together="shop"))
    assert len(applier.created) == 3


class TestVolumes:
    @pytest.fixture
    def attaching(self, applier, cloud):
        members.create_servers(applier, steps(applier, None))
        for number in (1, 2, 3):
            metadata = {"trove": "member", "trove_cluster_id": "c1", "trove_instance": f"shop-{number}"}
            made = cloud.sdk.block_storage.create_volume(name=f"shop-{number}", size=5, volume_type=None, metadata=metadata)
            applier.have["volume", f"shop-{number}"] = made.id
        cloud.writes.clear()
        return applier

    STEPS = [AttachVolume(f"shop-{number}", "w", "c1") for number in (1, 2, 3)]

    def test_each_goes_to_its_server(self, cloud, attaching):
        members.attach_volumes(attaching, self.STEPS)
        assert {v.name: cloud.servers[v.server_id].name for v in cloud.volumes.values()} == {f"shop-{n}": f"shop-{n}" for n in (1, 2, 3)}
        assert {v.status for v in cloud.volumes.values()} == {"in-use"}

    def test_one_that_is_attached_already_is_passed_by(self, cloud, attaching):
        members.attach_volumes(attaching, self.STEPS[:1])
        cloud.writes.clear()
        members.attach_volumes(attaching, self.STEPS)
        assert [write for write in cloud.writes if write[0] == "attach"] == [("attach", "volume", "shop-2"), ("attach", "volume", "shop-3")]
        # that each is used is known before it is
        assert cloud.writes[::2] == [("update", "volume_metadata", "shop-2"), ("update", "volume_metadata", "shop-3")]

    @pytest.mark.parametrize(("spoil", "says"), [("error", "shop-2 is error"), ("gone", "shop-2 is gone")])
    def test_one_that_cinder_could_not_create_is_named(self, cloud, attaching, spoil, says):
        id_ = attaching.have["volume", "shop-2"]
        cloud.volumes[id_].status = cloud.volumes[id_].becomes = "error"
        if spoil == "gone":
            del cloud.volumes[id_]
        with pytest.raises(CloudError, match=f"Cinder could not create a volume: {says}.$"):
            members.attach_volumes(attaching, self.STEPS)
        assert cloud.writes == []
