# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Server groups: made, refused when they differ, deleted; and whether their promise holds now."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused
from ansible_collections.stackdb.trove.plugins.module_utils._plan.runner import reconcile
from ansible_collections.stackdb.trove.plugins.module_utils._servers.server_group import ServerGroupAbsent, ServerGroupPresent
from ansible_collections.stackdb.trove.tests.unit.runs import present as cluster_present


def present(cloud, policy="anti-affinity", limit=None, name="mine", check_mode=False):
    return reconcile(ServerGroupPresent(cloud, name, policy, limit), check_mode)


def absent(cloud, name="mine", check_mode=False):
    return reconcile(ServerGroupAbsent(cloud, name), check_mode)


@pytest.mark.parametrize(("limit", "rules"), [(None, {}), (2, {"max_server_per_host": 2})])
def test_made_once(cloud, limit, rules):
    made = present(cloud, limit=limit)
    assert made.changed
    assert (made.after["name"], made.after["policy"], made.after["rules"], made.after["members"]) == ("mine", "anti-affinity", rules, [])
    assert not present(cloud, limit=limit).changed
    assert cloud.writes == [("create", "server_group", "mine")]


def test_check_mode_predicts_what_the_run_makes(cloud):
    predicted = present(cloud, limit=2, check_mode=True).after
    assert cloud.writes == []
    assert {**present(cloud, limit=2).after, "id": None} == predicted


@pytest.mark.parametrize(("policy", "limit", "option"), [("affinity", None, "policy"), ("anti-affinity", 3, "max_server_per_host")])
def test_another_one_is_never_a_silent_ok(cloud, policy, limit, option):
    present(cloud, limit=2)
    with pytest.raises(InvalidInput, match="Nova cannot change a server group") as error:
        present(cloud, policy, limit)
    assert error.value.option == option


def test_two_of_one_name_are_refused_with_their_ids(cloud):
    for _twice in range(2):
        cloud.compute.create_server_group(name="mine", policy="affinity")
    with pytest.raises(Refused, match="There are 2 server groups") as error:
        present(cloud, "affinity")
    assert all(id_ in error.value.message for id_ in cloud.groups)


def test_members_and_a_promise_that_is_broken(cloud):
    cluster_present(cloud)
    group = present(cloud, name="trove-shop").after
    assert [(member["name"], member["host_id"]) for member in group["members"]] == [("shop-1", "1"), ("shop-2", "2"), ("shop-3", "3")]
    assert group["placement"]["kept"]
    next(server for server in cloud.servers.values() if server.name == "shop-3").host_id = "1"
    assert present(cloud, name="trove-shop").after["placement"]["broken"] == ["anti-affinity: shop-1, shop-3 are on one host, which may hold 1"]


def test_a_member_that_nova_lists_but_has_not_is_left_out(cloud):
    cluster_present(cloud)
    listed = cloud.compute.server_groups()
    cloud.compute.server_groups = lambda: listed
    del cloud.servers[listed[0].member_ids[0]]
    assert [member["name"] for member in present(cloud, name="trove-shop").after["members"]] == ["shop-2", "shop-3"]


def test_deleted_once_with_the_promise_named_that_is_lost(cloud):
    cluster_present(cloud)
    assert "3 servers lose the promise anti-affinity" in absent(cloud, "trove-shop", check_mode=True).plan.text()
    assert cloud.groups
    assert absent(cloud, "trove-shop").after is None
    assert not cloud.groups
    assert absent(cloud, "trove-shop").plan.steps == []
