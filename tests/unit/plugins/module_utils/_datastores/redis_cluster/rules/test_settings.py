# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a running Redis server is told: only what differs, a restart never over data that nothing keeps."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules import settings as redis_settings
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused

LIVE = {
    "maxmemory": "643825664",
    "appendonly": "no",
    "save": "3600 1 300 100 60 10000",
    "bind": "* -::*",
    "databases": "16",
    "masterauth": "Old",
    "logfile": "",
    "client-output-buffer-limit": "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60",
}


def running(**changed):
    return {"settings": {**LIVE, **changed}, "users": ["user default on sanitize-payload #ab ~* &* +@all -@admin"], "certificate": None, "keys": 7}


def wanted(settings, users=None, certificate=""):
    return {"settings": settings, "users": users, "certificate": certificate}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("maxmemory", "614mb"),
        ("maxmemory", "614MB"),
        ("maxmemory", 643825664),
        ("appendonly", False),
        ("appendonly", "no"),
        ("save", '"3600 1 300  100 60 10000"'),
        ("bind", "* -::*"),
        ("logfile", ""),
        ("logfile", '""'),
        ("client-output-buffer-limit", "replica 256mb 64mb 60"),
        ("MaxMemory", "614mb"),
    ],
)
def test_the_same_in_other_words_is_no_difference(name, value):
    assert redis_settings.different({name: value}, LIVE) == {}


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("maxmemory", "615mb", "615mb"),
        ("appendonly", True, "yes"),
        ("save", "", ""),
        ("masterauth", "old", "old"),
        ("client-output-buffer-limit", "replica 512mb 64mb 60", "replica 512mb 64mb 60"),
    ],
)
def test_a_difference_is_told_as_redis_reads_it(name, value, text):
    assert redis_settings.different({name: value}, LIVE) == {name: text}


def test_a_setting_that_the_server_does_not_know_is_refused():
    with pytest.raises(InvalidInput, match="settings: 'maxmemry' was given"):
        redis_settings.different({"maxmemry": 1}, LIVE)


def test_settings_change_together_and_secrets_are_not_shown():
    plan = redis_settings.plan("m1", wanted({"maxmemory": "1gb", "masterauth": "new", "databases": 16}), running())
    assert [step.name for step in plan.steps] == ["maxmemory", "masterauth"]
    assert plan.steps[0].args == {"maxmemory": "1gb", "masterauth": "new"}
    assert "new" not in plan.text()
    assert "Old" not in plan.text()


def test_what_is_read_at_the_start_only_waits_for_a_restart():
    state = running()
    asked = wanted({"databases": 1, "maxmemory": "614mb"})
    assert not redis_settings.plan("m1", asked, state)
    assert redis_settings.pending("m1", asked, state) == ["databases"]
    assert "databases" in redis_settings.restart("m1", ["databases"]).text()
    assert not redis_settings.restart("m1", [])


def test_a_server_that_keeps_nothing_is_not_restarted_over_its_keys():
    with pytest.raises(Refused, match="7 keys would be lost"):
        redis_settings.pending("m1", wanted({"databases": 1}), running(save=""))
    assert redis_settings.pending("m1", wanted({"databases": 1}), {**running(save=""), "keys": 0}) == ["databases"]
    assert redis_settings.pending("m1", wanted({"databases": 1}), running(save="", appendonly="yes")) == ["databases"]


@pytest.mark.parametrize(
    ("lines", "kinds"),
    [
        (["user default on #ab ~* &* +@all -@admin\n"], []),
        (["user default on #cd ~* &* +@all -@admin\n"], ["users"]),
        (["user default on #ab ~* &* +@all -@admin\n", "user app on #ef ~app:* +get\n"], ["users"]),
        (None, []),
    ],
)
def test_users_are_compared_by_their_rules(lines, kinds):
    assert [step.kind for step in redis_settings.plan("m1", wanted({}, users=lines), running()).steps] == kinds


def test_another_certificate_on_disk_is_loaded_and_a_chain_below_it_does_not_matter():
    pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    state = dict(running(), certificate=pem)
    assert not redis_settings.plan("m1", wanted({}, certificate=pem + pem.replace("A", "C")), state)
    assert [s.kind for s in redis_settings.plan("m1", wanted({}, certificate=pem.replace("A", "B")), state).steps] == ["certificate"]


@pytest.mark.parametrize(
    ("settings", "entries", "refused"),
    [
        ({"appendonly": "yes"}, ["dump.rdb", "nodes.conf"], True),
        ({"appendonly": True, "dbfilename": "other.rdb"}, ["other.rdb"], True),
        ({"appendonly": "yes"}, ["dump.rdb", "appendonlydir"], False),
        ({"appendonly": "yes"}, ["nodes.conf"], False),
        ({"appendonly": "no"}, ["dump.rdb"], False),
    ],
)
def test_a_server_does_not_start_empty_over_its_snapshot(settings, entries, refused):
    if refused:
        with pytest.raises(Refused, match="would not read"):
            redis_settings.check_start("m1", settings, entries)
    else:
        redis_settings.check_start("m1", settings, entries)


def test_what_waits_for_a_restart():
    file = {"databases": "32", "logfile": "", "maxmemory": "1gb", "masterauth": "New", "unknown-here": "1"}
    assert redis_settings.at_start(file, LIVE) == ["databases"]
    assert redis_settings.at_start({"databases": "16"}, LIVE) == []
