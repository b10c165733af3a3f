# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A rotation in a verb's plan."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.action.trove_begin import begin
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused
from ansible_collections.stackdb.trove.plugins.plugin_utils import judging, rotation
from ansible_collections.stackdb.trove.plugins.plugin_utils import plan as plans
from ansible_collections.stackdb.trove.plugins.plugin_utils.verbs import VERBS
from ansible_collections.stackdb.trove.tests.unit.builders import cluster, instance
from ansible_collections.stackdb.trove.tests.unit.plugins.plugin_utils.test_plan import of_cluster

ASKED = {"name": "shop", "rotate": ["certificates"], "rotate_phase": "publish", "keep_old_authority": False, "older_than": 0}


def made(task: str = "NONE", run: str | None = None, **options: object) -> dict:
    found = cluster(instances=tuple(instance(f"shop-{n}", task=task, addresses={"db-net": [(f"10.0.0.{n}", "fixed")]}) for n in (1, 2, 3)))
    result = of_cluster(found)
    result["cluster"]["task"] = {**result["cluster"]["task"], **({"run": run} if run else {})}
    return plans.make("cluster_rotate", VERBS["cluster_rotate"], {**ASKED, **options}, result)


def said(plan: dict, **changes: object) -> dict:
    """What the members say when each has a certificate of its own of the one CA."""
    note = {"mark": rotation.wanted(plan).mark, "replaces": "before", "drops": [], "idle": False}
    own = {at: {"digest": name} for name, at in plan["addresses"].items()}
    told = {"issuer": "ca", "trusted": ["ca"], "ca": "PEM", "note": note, "unread": [], "presented": own}
    return {name: {"said": {"asked": "r/v/1/after", "rotation": {**told, "own": name, **changes}}} for name in plan["addresses"]}


def test_all_act_twice_and_each_looks_at_all():
    plan = made()
    assert [(batch["entry_point"], batch["names"]) for batch in plan["batches"]] == [("rotate", plan["names"]), ("rotate_end", plan["names"])]
    assert plan["peers"] == ["10.0.0.1", "10.0.0.2", "10.0.0.3"]
    assert plan["rotation"] == {"what": ["certificates"], "phase": "publish", "keep_old": False, "older_than": 0, "run": plan["run"]}
    assert plan["text"] == "~ rotate certificates of shop-1, shop-2, shop-3\n"
    assert "as far as: turn" in made(rotate=["authority"], rotate_phase="turn")["text"]


def test_a_run_that_continues_another_has_its_mark_and_one_that_gives_another_up_has_its_own():
    for noted in ("r0/certificates/publish", "r0"):
        continues = made("ROTATING_CLUSTER", noted)
        assert (continues["rotation"]["run"], continues["task_run"]) == ("r0", "r0/certificates/publish")
    other = made("UPDATING_CLUSTER", "r0")
    assert other["rotation"]["run"] == other["run"]
    assert dict(begin(other, {}).fixed) == {"task": "ROTATING_CLUSTER", "run": f"{other['run']}/certificates/publish"}


@pytest.mark.parametrize(
    ("noted", "asked", "text"),
    [
        ("certificates/publish", {"rotate": ["authority"]}, "trove_rotate=certificates. Run that again"),
        ("authority/publish", {}, "trove_rotate=authority trove_rotate_phase=publish. Run that again"),
        ("authority/publish", {"rotate": ["authority"], "rotate_phase": "turn"}, "trove_rotate_phase=publish. Run that again"),
        ("authority/turn", {"rotate": ["authority"]}, "trove_rotate_phase=turn. Run that again"),
    ],
)
def test_the_task_of_one_rotation_is_not_ended_by_another_unless_it_is_given_up(noted, asked, text):
    with pytest.raises(Refused) as caught:
        made("ROTATING_CLUSTER", f"r0/{noted}", **asked)
    assert text in caught.value.message
    begun = made("ROTATING_CLUSTER", f"r0/{noted}", clear_task=True, **asked)
    assert begun["rotation"]["run"] == begun["run"]
    assert begin(begun, {}).fixed["run"] == rotation.wanted(begun).mark


def test_what_the_datastore_does_not_rotate_is_refused_first():
    with pytest.raises(InvalidInput, match="The collection's accounts have no password here"):
        made(rotate=["passwords"])


def test_the_end_by_what_all_have_said():
    plan = made()
    assert rotation.unproven(plan, said(plan)) == []
    assert rotation.end(plan, said(plan))[1] == "PEM"
    assert len(rotation.unproven(plan, said(plan, own="other"))) == 9
    turn = made(rotate=["authority"], rotate_phase="turn")
    assert "port 4567" in rotation.end(turn, said(turn), judging.driver_of(turn).rotates_rest)[0]
    # what was forced is not told as done
    forced = rotation.end(turn, said(turn, own="other"), unproven_=rotation.unproven(turn, said(turn, own="other")))[0]
    assert forced.startswith("The task was ended by trove_force, and it is not proven what the members present and accept: ")
    assert "All members present certificates" not in forced
    assert rotation.end(plan, {}) == ("", "")
    assert rotation.unproven({**plan, "rotation": None}, {}) == []
    assert rotation.end(plan, {name: {"said": {"asked": "r/v/1/after"}} for name in plan["names"]}) == ("", "")
