# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with a cluster or with instances: one finding for each kind, and none where all is well."""

from __future__ import annotations

import json

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._view import alike, certificates, strangers, tasks
from ansible_collections.stackdb.trove.plugins.module_utils._view.findings import ERROR, WARNING, Finding, Limits
from ansible_collections.stackdb.trove.tests.unit import pictured
from ansible_collections.stackdb.trove.tests.unit.pictured import (
    KEPT,
    NOW,
    SILENT,
    broken,
    galera,
    galera_down,
    galera_word,
    redis,
    replication,
    silenced,
    without,
)

DAY = 86400


def kinds(found):
    return [(one.member, one.kind, one.severity) for one in found]


def of_cluster(thing, placement=None, limits=pictured.LIMITS):
    return pictured.of_cluster(*thing, placement, limits)[1]


def of_instances(thing, placements=None, limits=pictured.LIMITS):
    return pictured.of_instances(*thing, placements, limits)[1]


@pytest.mark.parametrize("thing", [galera(1), galera(3), galera(9), redis(3, 0), redis(3, 6)], ids=["one", "three", "nine", "masters", "replicas"])
def test_nothing_is_wrong_with_a_cluster_that_serves(thing):
    assert of_cluster(thing) == []


@pytest.mark.parametrize("sources", [pictured.STAR, pictured.CHAIN, {"single": None}], ids=["star", "chain", "single"])
def test_nothing_is_wrong_with_instances_that_keep_their_contract(sources):
    assert of_instances(replication(sources)) == []


def test_member_without_a_word_is_an_error_and_no_crash():
    assert kinds(of_cluster(silenced(galera(3), "products-2"))) == [("products-2", "silent", ERROR)]
    assert kinds(of_cluster(silenced(redis(3, 3), "sessions-member-4"))) == [("sessions-member-4", "silent", ERROR)]
    assert kinds(of_instances(silenced(replication(pictured.STAR), "orders"))) == [("orders", "silent", ERROR)]
    everybody = [one["name"] for one in galera(3)[0]["instances"]]
    assert {kind for _name, kind, _severity in kinds(of_cluster(silenced(galera(3), *everybody)))} == {"silent"}


def test_member_that_is_down_does_not_serve():
    cluster, words = galera(3, counted=["10.0.0.1", "10.0.0.2"])
    words["products-3"] = {"said": galera_down(3)}
    # what it says of itself comes before what others say of it
    assert kinds(of_cluster((cluster, words))) == [("products-3", "serving", ERROR), ("products-3", "unknown_to_database", ERROR)]


def test_server_that_is_off_is_said_with_or_without_a_word():
    cluster, words = galera(3)
    cluster["instances"][1]["server_status"] = "SHUTOFF"
    assert kinds(of_cluster((cluster, {}))) == [("products-2", "server", ERROR)]
    assert ("products-2", "server", ERROR) in kinds(of_cluster((cluster, words)))


def test_member_that_nova_lacks_is_named_by_its_address():
    assert kinds(of_cluster(without(galera(4), "products-4"))) == [("10.0.0.4", "unknown_to_nova", ERROR)]
    found = of_cluster(without(redis(3, 3), "sessions-member-5"))
    assert kinds(found) == [("10.0.0.5", "unknown_to_nova", ERROR)]
    assert "sessions-member-1" in found[0].what
    assert kinds(of_cluster(redis(3, 0, strangers=[77]))) == [("10.0.0.77", "unknown_to_nova", ERROR)]


def test_member_whose_server_is_gone_though_the_others_agree():
    """Galera drops it from its list: two serve, and count two."""
    cluster, words = without(galera(3, counted=["10.0.0.1", "10.0.0.2"]), "products-3")
    assert of_cluster((cluster, words)) == []
    alone = {**cluster, "volumes_without_server": [{"id": "v3", "instance": "products-3", "size": 20}]}
    assert kinds(of_cluster((alone, words))) == [("products-3", "server", ERROR)]
    # a run may be about to create it
    growing = {**alone, "task": task("GROWING_CLUSTER", "20260921T140000Z-0a1b2c3d")}
    assert {one.severity for one in of_cluster((growing, words))} == {WARNING}
    stopped = {**alone, "task": task("STOPPED", "20260921T140000Z-0a1b2c3d")}
    assert ("products-3", "server", ERROR) in kinds(of_cluster((stopped, words)))


def test_member_without_a_volume_whose_server_is_gone_is_known_by_the_settings_of_the_others():
    cluster, words = without(galera(3, counted=["10.0.0.1", "10.0.0.2"]), "products-3")
    for word in words.values():
        word["said"]["galera"]["configured_members"] = ["10.0.0.1", "10.0.0.2", "10.0.0.3"]
    assert kinds(of_cluster((cluster, words))) == [("10.0.0.3", "unknown_to_nova", ERROR)]
    # one alone was down when products-3 left
    words["products-1"]["said"]["galera"]["configured_members"].pop()
    assert of_cluster((cluster, words)) == []


def test_member_that_the_database_does_not_know():
    found = of_cluster(galera(3, counted=["10.0.0.1", "10.0.0.3"]))
    assert kinds(found) == [("products-2", "unknown_to_database", ERROR)]
    assert found[0].what == "products-1, products-3 do not count it as a member"


def test_members_in_different_clusters_do_not_agree():
    cluster, words = galera(3)
    other = "afe61e4c-e599-11f1-8a43-3a4ad9658b00"
    state = galera_word(3, cluster_state_uuid=other, local_state_uuid=other, info={"grastate": None})
    found = of_cluster((cluster, {**words, "products-3": {"said": state}}))
    assert ("agreement", ERROR) in [(one.kind, one.severity) for one in found]


def test_locality_that_is_broken_is_an_error_and_a_soft_one_a_warning():
    assert kinds(of_cluster(galera(3), broken("products-1", "products-2"))) == [(None, "locality", ERROR)]
    soft = {**KEPT, "broken": ["soft-anti-affinity: products-1, products-2 are on one host, which may hold 1"]}
    assert kinds(of_cluster(galera(3), soft)) == [(None, "locality", WARNING)]
    assert kinds(of_instances(replication(pictured.STAR), {"orders": broken("orders", "orders-replica-1")})) == [(None, "locality", ERROR)]


def test_contract_ends_that_differ():
    instances, words = replication(pictured.STAR)
    sentence = "orders replicates to 77, which is gone"
    for one in instances:
        one["drift"] = [sentence]
    assert [(one.member, one.kind, one.what) for one in of_instances((instances, words))] == [("orders", "contract", sentence)]
    instances, words = replication({"a": None, "b": "a"})
    instances[1]["metadata"]["replication_contract"] = {"writable": True}
    assert {one.kind for one in of_instances((instances, words))} == {"contract"}


def test_lag_beyond_the_limit_and_a_link_that_is_broken():
    late = replication(pictured.STAR, orders_replica_1={"lag": 61}, orders_replica_2={"lag": 60})
    assert kinds(of_instances(late)) == [("orders-replica-1", "lag", ERROR)]
    assert of_instances(late, limits=Limits(NOW, lag=61)) == []
    stopped = replication(pictured.STAR, orders_replica_1={"sql_running": "No", "sql_error": "Duplicate entry", "lag": None})
    assert kinds(of_instances(stopped)) == [("orders-replica-1", "serving", ERROR)]


def test_queue_that_shrinks_and_flow_control_are_warnings_and_what_is_stuck_an_error():
    def looks(queues, paused):
        return [
            {"at": float(at), "recv_queue": queue, "last_committed": at, "paused_ns": int(at * paused * 1e9), "flow_control": False, "waiting": []}
            for at, queue in enumerate(queues)
        ]

    cluster, words = galera(3)
    words["products-1"] = {"said": galera_word(1, looks=looks([50, 40, 30], 0.2))}
    assert kinds(of_cluster((cluster, words))) == [("products-1", "load", WARNING)] * 2
    words["products-1"] = {"said": galera_word(1, looks=looks([50, 60, 70], 0.0))}
    assert kinds(of_cluster((cluster, words))) == [("products-1", "serving", ERROR)]


def test_memory_that_is_nearly_full():
    cluster, words = redis(3, 0)
    words["sessions-member-2"]["said"]["redis_cluster"]["members"][0]["used_memory"] = 2**28 - 1
    assert kinds(of_cluster((cluster, words))) == [("sessions-member-2", "load", WARNING)]


@pytest.mark.parametrize(("used", "severities"), [(15.0, []), (16.0, [WARNING]), (18.0, [ERROR])])
def test_volume_that_fills(used, severities):
    cluster, words = galera(3)
    words["products-3"] = {"said": galera_word(3, used=used)}
    assert kinds(of_cluster((cluster, words))) == [("products-3", "volume", severity) for severity in severities]


@pytest.mark.parametrize(("days", "severities"), [(31, []), (29, [WARNING]), (6, [ERROR]), (-1, [ERROR])])
def test_certificate_that_ends(days, severities):
    cluster, words = galera(3)
    words["products-1"]["said"]["tls"] = pictured.tls(days)
    found = of_cluster((cluster, words))
    assert kinds(found) == [("products-1", "certificate", severity) for severity in severities]
    assert all("has ended" in one.what for one in found if days < 0)
    assert all(one.what.endswith(": stackdb.trove.cluster_rotate replaces it") for one in found)


def test_certificate_that_has_just_ended_is_an_error_without_any_days():
    ended = pictured.tls(0.0)
    assert [severity for _what, severity in certificates.judge(ended, 0)] == [ERROR]
    assert list(certificates.judge(pictured.tls(0.1), 0)) == []


def test_certificate_that_cannot_be_read_of_a_member_that_is_down():
    cluster, words = galera(3)
    words["products-3"] = {"said": {**galera_down(3), "tls": {"certificate": None, "authorities": [], "days": None, "due": False}}}
    assert (None, "certificate", WARNING) in kinds(of_cluster((cluster, words)))


def test_certificates_of_different_cas_and_a_member_without_tls():
    cluster, words = galera(3)
    words["products-1"]["said"]["tls"] = {**pictured.tls(), "authorities": [NOW + 77 * DAY]}
    assert kinds(of_cluster((cluster, words))) == [(None, "certificate", WARNING)]
    words["products-1"]["said"]["tls"] = None
    (finding,) = of_cluster((cluster, words))
    assert "products-1 has none" in finding.what
    assert list(certificates.judge(None, 30)) == []


def test_versions_that_differ_and_one_that_the_cluster_was_not_made_with():
    cluster, words = redis(3, 0)
    words["sessions-member-1"]["said"]["redis_cluster"]["members"][0]["version"] = "7.2.4"
    assert kinds(of_cluster((cluster, words))) == [(None, "version", WARNING), ("sessions-member-1", "version", WARNING)]


def test_settings_that_differ_and_settings_that_wait():
    cluster, words = redis(3, 0)
    words["sessions-member-1"]["said"]["redis_cluster"]["members"][0]["maxmemory"] = 2**27
    words["sessions-member-2"]["said"]["persistent"] = False
    words["sessions-member-3"]["said"]["pending"] = ["io-threads"]
    found = of_cluster((cluster, words))
    assert sorted(kinds(found), key=str) == [("sessions-member-3", "settings", WARNING), (None, "settings", WARNING), (None, "settings", WARNING)]


def test_what_was_not_asked_for_alike_is_named_without_its_value():
    cluster, words = galera(3)
    for number, word in enumerate(words.values()):
        word["said"]["asked_for"] = {"galera_settings": f"digest-{number // 2}", "galera_version": "digest", **({"galera_new": "x"} if number else {})}
    (finding,) = of_cluster((cluster, words))
    assert (finding.kind, finding.severity) == ("settings", WARNING)
    assert finding.what == "galera_settings was not asked for alike: of products-1, products-2 it has one value, of products-3 another"


def test_who_is_not_connected_need_not_be_alike():
    instances, words = replication({"a": None, "b": "a", "c": None})
    words["c"]["said"]["replication"]["version"] = "11.8.2-MariaDB"
    assert kinds(of_instances((instances, words))) == [(None, "version", WARNING)]
    for one in instances:
        one["topology"] = {"members": [{"id": other["id"]} for other in instances if (one["name"] == "c") == (other["name"] == "c")]}
    assert of_instances((instances, words)) == []


def task(name, run=None):
    return {"id": 5, "name": name, "description": "", **({"run": run} if run else {})}


def test_task_that_no_run_works_on():
    cluster, words = galera(3)
    # NOW is 2026-09-21 14:13:20 UTC
    young, old = task("GROWING_CLUSTER", "20260921T133000Z-0a1b2c3d"), task("GROWING_CLUSTER", "20260921T120000Z-0a1b2c3d")
    assert kinds(of_cluster(({**cluster, "task": young}, words))) == [(None, "task", WARNING)]
    (finding,) = of_cluster(({**cluster, "task": old}, words))
    assert (finding.severity, "GROWING_CLUSTER was begun at 2026-09-21 12:00 UTC" in finding.what) == (ERROR, True)
    # without a note of who began it, by the time when Nova last changed a server
    assert kinds(of_cluster(({**cluster, "task": task("BUILDING")}, words))) == [(None, "task", ERROR)]
    assert kinds(of_cluster(({**cluster, "task": task("BUILDING"), "updated": None}, words))) == [(None, "task", ERROR)]
    assert kinds(of_instances(replication(pictured.STAR, task=old))) == [(None, "task", ERROR)]


def test_task_is_not_young_again_when_nova_changes_one_server_and_not_young_by_a_time_to_come():
    cluster, words = galera(3)
    cluster["instances"][1]["updated"] = "2026-09-21T14:10:00Z"
    growing = {**cluster, "updated": "2026-09-21T14:10:00Z", "task": task("GROWING_CLUSTER")}
    assert kinds(of_cluster((growing, words))) == [(None, "task", ERROR)]
    for one in cluster["instances"]:
        one["updated"] = "2026-09-21T14:00:00Z"
    assert kinds(of_cluster((growing, words))) == [(None, "task", WARNING)]
    instances, said = replication(pictured.STAR, task=task("UPDATING"))
    instances[-1]["updated"] = "2026-09-21T14:10:00Z"
    assert kinds(of_instances((instances, said))) == [(None, "task", ERROR)]
    assert kinds(of_cluster(({**cluster, "task": task("GROWING_CLUSTER", "20270921T140000Z-0a1b2c3d")}, words))) == [(None, "task", ERROR)]


def test_one_that_is_built_just_now_is_a_warning_and_an_error_when_nobody_builds_it_any_more():
    instances, words = replication(pictured.STAR)
    instances[1].update(status="BUILD", server_status="BUILD", task=task("BUILDING", "20260921T133000Z-0a1b2c3d"))
    instances[1]["drift"] = ["orders-replica-1 replicates from orders, and the contract of orders does not say so"]
    building = silenced((instances, words), "orders-replica-1")
    assert {(one.member, one.severity) for one in of_instances(building)} == {("orders-replica-1", WARNING), (None, WARNING)}
    assert {one.severity for one in of_instances(building, limits=Limits(NOW + 2 * 3600))} == {ERROR}
    cluster, words = galera(3)
    cluster["instances"][2].update(status="BUILD", server_status="BUILD")
    growing = silenced(({**cluster, "task": task("GROWING_CLUSTER", "20260921T133000Z-0a1b2c3d")}, words), "products-3")
    assert {one.severity for one in of_cluster(growing)} == {WARNING}


def test_what_was_stopped_in_order_is_a_warning():
    cluster, words = galera(3)
    words = {name: {"said": galera_down(number)} for number, name in enumerate(words, 1)}
    found = of_cluster(({**cluster, "task": task("STOPPED")}, words))
    assert {one.severity for one in found} == {WARNING}
    assert found[0].kind == "task"
    # one server was stopped, too, and says nothing
    cluster["instances"][1]["server_status"] = "SHUTOFF"
    found = of_cluster(silenced(({**cluster, "task": task("STOPPED")}, words), "products-2"))
    assert {one.severity for one in found} == {WARNING}


def half_stopped():
    """The stop began at 12:00, took products-1 down, and was refused then, or killed."""
    cluster, words = galera(3, counted=["10.0.0.2", "10.0.0.3"])
    words["products-1"] = {"said": galera_down(1)}
    return {**cluster, "task": task("STOPPED", "20260921T120000Z-0a1b2c3d")}, words


def test_stop_that_has_not_ended_is_an_error_of_each_that_runs():
    found = of_cluster(half_stopped())
    assert [one.member for one in found if one.severity == ERROR] == ["products-2", "products-3"]
    assert {one.kind for one in found if one.severity == ERROR} == {"task"}
    assert not any("stopped in order" in one.what for one in found)
    # as long as a run may work on it, that is as it should be
    assert {one.severity for one in of_cluster(half_stopped(), limits=Limits(NOW, task=180))} == {WARNING}


def test_what_fails_beside_a_stop_is_an_error():
    cluster, words = half_stopped()
    crashed = {**galera_down(2), "unit": pictured.unit("failed")}
    found = of_cluster((cluster, {**words, "products-2": {"said": crashed}}))
    assert ("products-2", "serving", ERROR) in kinds(found)
    # down, but not by a stop: it would start at boot
    off = {**galera_down(2), "unit": pictured.unit("inactive")}
    assert ("products-2", "serving", ERROR) in kinds(of_cluster((cluster, {**words, "products-2": {"said": off}})))
    assert ("products-2", "silent", ERROR) in kinds(of_cluster(silenced((cluster, words), "products-2")))
    cluster["instances"][0]["server_status"] = "ERROR"
    assert ("products-1", "server", ERROR) in kinds(of_cluster((cluster, words)))


def test_stop_of_instances_excuses_those_alone_that_were_stopped():
    instances, words = replication(pictured.STAR)
    stopped = instances[1]
    stopped["task"] = task("STOPPED", "20260921T120000Z-0a1b2c3d")
    stopped["server_status"] = "SHUTOFF"
    found = of_instances(silenced((instances, words), stopped["name"], "orders-replica-2"))
    assert (stopped["name"], "silent", WARNING) in kinds(found)
    assert ("orders-replica-2", "silent", ERROR) in kinds(found)


def test_errors_come_first_and_the_words_hold_no_secret():
    cluster, words = galera(3)
    words["products-1"]["said"]["pending"] = ["innodb_log_file_size"]
    found = of_cluster(silenced((cluster, words), "products-3"))
    assert [one.severity for one in found] == [ERROR, WARNING]
    assert str(found[0]) == f"error: products-3: {SILENT['silent']}"
    assert str(Finding(None, "locality", "it is broken", WARNING)) == "warning: it is broken"
    assert json.loads(json.dumps(found[0].view())) == {"member": "products-3", "kind": "silent", "what": SILENT["silent"], "severity": ERROR}


def test_nobody_is_a_stranger_where_nobody_said_who_is_there():
    assert list(strangers.judge(galera(3)[0]["instances"], {})) == []
    assert list(alike.judge(pictured.MARIADB, ["products-1"], {}, "10.11")) == []


def test_who_was_not_asked_is_not_down_by_a_stop():
    server = galera(1)[0]["instances"][0]
    assert not tasks.is_down_in_order(server, None)
    assert tasks.is_down_in_order({**server, "server_status": "SHUTOFF"}, None)
