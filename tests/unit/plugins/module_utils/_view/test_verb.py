# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a verb shows at its end."""

from __future__ import annotations

import json

from ansible_collections.stackdb.trove.plugins.module_utils._model.contract import Contract
from ansible_collections.stackdb.trove.plugins.module_utils._model.instance import show
from ansible_collections.stackdb.trove.plugins.module_utils._view import verb
from ansible_collections.stackdb.trove.plugins.module_utils._view.findings import Limits
from ansible_collections.stackdb.trove.tests.unit import pictured
from ansible_collections.stackdb.trove.tests.unit.builders import cluster, instance

PLACEMENT = {"policy": None, "kept": True, "broken": [], "hosts": {}}


def of_cluster(name="cluster_show", **more):
    return {"verb": name, "names": [], "placement": PLACEMENT, "cluster": cluster().view(), **more}


def of_instances(name="replica_show", **more):
    family = cluster(
        instance("shop-1", type="instance", contract=Contract(replicates_to=("id-shop-2",))),
        instance("shop-2", type="instance", contract=Contract(replicates_from=("id-shop-1",), writable=False)),
    )
    return {"verb": name, "names": ["shop-1", "shop-2"], "placement": {"shop": PLACEMENT}, "instances": [show(family, one) for one in family.instances], **more}


def data(text):
    """The JSON below the tables."""
    return json.loads(text[text.index("{\n"):])


def test_a_list_is_a_table_and_json_for_the_next_page():
    text = verb.text({"verb": "cluster_list", "clusters": [cluster().view()], "next_marker": "c1"}, {}, {})
    assert text.startswith("+----")
    assert (data(text)["next_marker"], [one["id"] for one in data(text)["clusters"]]) == ("c1", ["c1"])


LIMITS = Limits(0.0)


def shown(plan, done=(), words=()):
    return verb.shown(plan, dict(done), dict(words), LIMITS)


def test_who_shows_gets_json_too_with_what_members_said_and_what_is_wrong():
    text = shown(of_cluster(), {}, {"shop-1": {"silent": "it is unreachable"}}).text
    assert [finding["kind"] for finding in data(text)["findings"]] == ["silent"]
    assert "shop-1: it is unreachable\n" in text
    assert data(text)["placement"] == PLACEMENT
    assert data(text)["cluster"]["instances"][0]["problems"] == ["it is unreachable"]


def test_who_changes_gets_the_tables_of_what_there_is_now():
    text = verb.text(of_cluster("cluster_grow"), {"cluster": cluster(name="other").view()}, {})
    assert "other" in text
    assert "{" not in text


def test_instances_stand_below_their_source():
    text = shown(of_instances()).text
    assert "└─ shop-2" in text
    assert [one["name"] for one in data(text)["instances"]] == ["shop-1", "shop-2"]
    assert "{" not in verb.text(of_instances("replica_promote"), {}, {})


def test_instances_say_how_they_are_where_they_were_asked():
    assert "unreachable" in verb.text(of_instances(), {}, {"shop-1": {"silent": "it is unreachable"}})
    assert "unreachable" not in verb.text(of_instances(), {}, {})


def test_instances_that_were_made_are_shown_and_one_that_is_gone_or_of_others_is_not():
    plan = of_instances("replica_create")
    first, second = plan["instances"]
    stranger = dict(second, id="id-other", name="other")
    text = verb.text(dict(plan, instances=[first]), {"instances": [first, second, stranger]}, {})
    assert "shop-2" in text
    assert "other" not in text
    assert "shop-2" not in verb.text(plan, {"instances": [first]}, {})


def test_who_shows_gets_a_picture_and_what_the_tables_do_not_say_in_lines_below_them():
    broken = {"policy": "anti-affinity", "kept": False, "broken": ["anti-affinity: shop-1, shop-2 are on one host, which may hold 1"], "hosts": {}}
    found = shown(of_cluster(placement=broken), {}, {"shop-1": {"silent": "it is unreachable"}})
    assert found.text.count("it is unreachable\n") == 1
    assert "error: the locality is broken, anti-affinity: shop-1, shop-2 are on one host" in found.text
    assert "<title>shop</title>" in found.picture
    assert "<title>shop-1</title>" in shown(of_instances()).picture
    assert shown(of_cluster("cluster_grow")) is None
    assert shown({"verb": "replica_show", "names": [], "instances": []}) is None


def test_who_checks_gets_json_alone_and_its_errors_in_lines():
    broken = {"policy": "soft-anti-affinity", "kept": False, "broken": ["soft-anti-affinity: shop-1, shop-2 are on one host, which may hold 1"], "hosts": {}}
    found = verb.checked(of_cluster("cluster_check", placement=broken), {}, {"shop-1": {"silent": "it is unreachable"}}, LIMITS)
    told = json.loads(found.text)
    assert (told["name"], told["ok"], told["errors"], told["warnings"]) == ("shop", False, 3, 1)
    assert set(told["findings"][0]) == {"member", "kind", "what", "severity"}
    # who was not asked is not well
    assert found.errors == ("error: shop-1: it is unreachable", "error: shop-2: it was not asked", "error: shop-3: it was not asked")


def test_a_check_of_instances_has_the_name_that_was_given():
    found = verb.checked(of_instances("replica_check", subject="shop-2"), {}, {}, LIMITS)
    assert (json.loads(found.text)["name"], len(found.errors)) == ("shop-2", 2)
    assert verb.checked(of_cluster(), {}, {}, LIMITS) is None


def test_a_check_of_who_serves_is_ok():
    (instances, said) = pictured.replication(pictured.STAR)
    plan = {"verb": "replica_check", "names": list(said), "instances": instances, "placement": {}, "subject": "orders"}
    found = verb.checked(plan, {}, said, pictured.LIMITS)
    assert (json.loads(found.text), found.errors) == ({"name": "orders", "ok": True, "errors": 0, "warnings": 0, "findings": []}, ())


def test_where_nothing_is_left_nothing_is_shown():
    assert verb.text({"verb": "instance_delete", "names": [], "instances": [], "placement": None}, {}, {}) == ""
    assert verb.text({"verb": "instance_delete", "names": []}, {}, {"x": {"silent": "gone"}}) == ""


def test_json_is_for_people_too():
    text = verb.text(of_cluster(), {}, {})
    json_text = text[text.index("{\n"):]
    assert json_text == json.dumps(data(text), indent=4, sort_keys=True) + "\n"


def test_a_deletion_ends_with_a_line_and_no_other_verb_does():
    assert verb.deleted({"verb": "cluster_delete", "text": "- delete server shop-1: …\n"}, "shop") == "shop was deleted, with all that the plan names.\n"
    assert verb.deleted({"verb": "instance_delete", "text": ""}, "shop") == "There is no instance shop, and nothing was deleted.\n"
    assert verb.deleted(of_cluster("cluster_shrink", text=""), "shop") == ""
