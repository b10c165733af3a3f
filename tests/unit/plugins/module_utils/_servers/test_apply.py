# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a plan is applied: every step has one who carries it out, a stage runs at once, and what fails is rolled back in order."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._cloud.lease import Lease
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import CloudError
from ansible_collections.stackdb.trove.plugins.module_utils._plan.plan import Plan, Step
from ansible_collections.stackdb.trove.plugins.module_utils._servers import notes, steps
from ansible_collections.stackdb.trove.plugins.module_utils._servers.apply import Applier
from ansible_collections.stackdb.trove.tests.unit.fake_openstack import FakeOpenStack
from ansible_collections.stackdb.trove.tests.unit.fake_proxy import http_error
from ansible_collections.stackdb.trove.tests.unit.runs import end_task, grown, present
from openstack.exceptions import ForbiddenException


def all_kinds():
    """The classes of steps that a plan of the cloud plane can hold."""
    return [kind for module in (steps, notes) for kind in vars(module).values() if isinstance(kind, type) and issubclass(kind, Step) and hasattr(kind, "kind")]


@pytest.mark.parametrize("kind", all_kinds())
def test_each_kind_of_step_has_one_who_carries_it_out(kind):
    dispatch = Applier.__dict__["carry_out"].dispatcher.dispatch
    assert (dispatch(kind) is not dispatch(object)) != (kind in Applier.TOGETHER)


def test_only_what_is_given_up_warns():
    assert {kind for kind in all_kinds() if kind.warns is True} == {notes.SkipEvidence, notes.GiveUpTask}


def test_a_step_of_another_plane_is_an_error(cloud):
    class Restart(Step):
        action, kind = "restart", "service"

    with pytest.raises(TypeError, match="no way to restart service"):
        Applier(cloud, 60, {}, Lease(cloud)).run(Plan.of([Restart("shop", "because")]))


def applier(cloud):
    return Applier(cloud, 60, {}, Lease(cloud))


class TestMetadata:
    @pytest.fixture
    def server(self, cloud):
        present(cloud, instances=[{}, {}, {}])
        return next(iter(cloud.servers.values()))

    def test_a_restart_is_noted_and_forgotten(self, cloud, server):
        applier(cloud).run(Plan.of([notes.NoteRestart(server.name, "w", server.id, True)]))
        assert server.metadata["trove_restart_required"] == "true"
        applier(cloud).run(Plan.of([notes.NoteRestart(server.name, "w", server.id, False)]))
        assert "trove_restart_required" not in server.metadata

    def test_the_last_number_is_text(self, cloud, server):
        applier(cloud).run(Plan.of([notes.NoteLastNumber(server.name, "w", server.id, 7)]))
        assert server.metadata["trove_last_number"] == "7"

    def test_a_contract_names_replicas_by_the_ids_that_they_got(self, cloud, server):
        step = notes.WriteContract("shop-1", "w", server.id, {"trove_writable": "true"}, ("trove_task",), ("shop-9",))
        Applier(cloud, 60, {("server", "shop-9"): "id-9"}, Lease(cloud)).run(Plan.of([step]))
        assert server.metadata["trove_replicates_to_id-9"] == "shop-9"
        assert server.metadata["trove_writable"] == "true"
        assert "trove_task" not in server.metadata


class TestRollBack:
    def test_from_servers_to_the_security_group_and_by_name(self, cloud):
        cloud.hypervisors = 0
        with pytest.raises(CloudError) as error:
            present(cloud)
        assert error.value.details["rolled_back"] == [
            *(f"server shop-{number}" for number in (1, 2, 3)),
            *(f"volume shop-{number}" for number in (1, 2, 3)),
            "server group trove-shop",
            "security group trove-shop",
        ]
        assert "Rolled back: server shop-1, " in error.value.message
        assert "Left behind" not in error.value.message

    def test_an_error_that_several_calls_report_is_said_once(self, cloud):
        for number in (1, 2, 3):
            cloud.refusals["create", "volume", f"shop-{number}"] = http_error(ForbiddenException, "Quota exceeded", 403)
        with pytest.raises(CloudError) as error:
            present(cloud)
        assert error.value.message.count("Cannot create the volume shop-1: Quota exceeded") == 1

    def test_a_growth_gives_its_task_back(self, cloud):
        present(cloud)
        end_task(cloud)
        with pytest.raises(CloudError) as error:
            grown(cloud, 4)
        assert {server.metadata["trove_task"] for server in cloud.servers.values()} == {"NONE"}
        assert error.value.details["rolled_back"][-3:] == ["task shop-1", "task shop-2", "task shop-3"]

    def test_what_was_there_is_not_of_this_run(self):
        cloud = FakeOpenStack()
        made = Applier(cloud, 60, {("volume", "shop-1"): "v1"}, Lease(cloud))
        assert made._roll_back() == ([], [])
