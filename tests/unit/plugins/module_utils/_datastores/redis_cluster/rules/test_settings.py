# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a running Redis server is told: only what differs, a restart never over data that nothing keeps."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules import settings as redis_settings
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.running import Running
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.settings import Tried, Wanted
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


def running(certificate=None, keys=7, **changed):
    return Running({**LIVE, **changed}, ["user default on sanitize-payload #ab ~* &* +@all -@admin"], certificate, keys)


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


def test_settings_change_together_but_for_those_that_need_a_restart():
    changes = redis_settings.changes(Wanted({"maxmemory": "1gb", "masterauth": "new", "databases": 32, "logfile": ""}), running())
    assert (changes.settings, changes.users, changes.certificate) == ({"maxmemory": "1gb", "masterauth": "new"}, False, False)


def test_secrets_are_not_shown():
    assert (redis_settings.shown("masterauth", "new"), redis_settings.shown("maxmemory", "1gb")) == ("another one", "'1gb'")
    shown = repr([Wanted({"masterauth": "s3cret"}, users=["user a on >s3cret"]), running(masterauth="s3cret"),
                  redis_settings.changes(Wanted({"masterauth": "s3cret"}), running())])  # fmt: skip
    assert "s3cret" not in shown


def test_what_is_read_at_the_start_only_waits_for_a_restart():
    asked = Wanted({"tcp-backlog": 511, "databases": 1, "maxmemory": "614mb"})
    state = running(**{"tcp-backlog": "100"})
    assert redis_settings.changes(asked, state).settings == {}
    assert redis_settings.pending("m1", asked, state) == ["databases", "tcp-backlog"]
    with pytest.raises(InvalidInput, match="settings: 'maxmemry' was given"):
        redis_settings.pending("m1", Wanted({"maxmemry": 1}), state)


def test_a_server_that_keeps_nothing_is_not_restarted_over_its_keys():
    asked = Wanted({"databases": 1})
    for save in ("", '""'):
        with pytest.raises(Refused, match="7 keys would be lost"):
            redis_settings.pending("m1", asked, running(save=save))
    assert redis_settings.pending("m1", asked, running(save="", keys=0)) == ["databases"]
    assert redis_settings.pending("m1", asked, running(save="", appendonly="yes")) == ["databases"]
    assert redis_settings.pending("m1", Wanted({"databases": 16}), running(save="")) == []


@pytest.mark.parametrize(
    ("lines", "differ"),
    [
        (["user default on #ab ~* &* +@all -@admin\n"], False),
        (["# a comment\n", "user default on #ab resetchannels ~* &* -@all +@all -@admin\n"], False),
        (["user default on #cd ~* &* +@all -@admin\n"], True),
        (["user default off #ab ~* &* +@all -@admin\n"], True),
        (["user default on #ab ~* &* +@all -@admin\n", "user app on #ef ~app:* +get\n"], True),
        (["user other on #ab ~* &* +@all -@admin\n"], True),
        (None, False),
        ([], False),
    ],
)
def test_users_are_compared_by_their_rules(lines, differ):
    assert redis_settings.changes(Wanted({}, users=lines), running()).users is differ


def test_another_certificate_on_disk_is_loaded_and_a_chain_below_it_does_not_matter():
    pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    state = running(certificate=pem)
    assert not redis_settings.changes(Wanted({}, certificate=pem + pem.replace("A", "C")), state).certificate
    assert not redis_settings.changes(Wanted({}, certificate=pem.replace("\n", "\r\n")), state).certificate
    assert not redis_settings.changes(Wanted({}), state).certificate
    assert redis_settings.changes(Wanted({}, certificate=pem.replace("A", "B")), state).certificate
    assert redis_settings.changes(Wanted({}, certificate=pem), running()).certificate


@pytest.mark.parametrize(
    ("value", "live"),
    [("3b", "3"), ("2k", "2000"), ("2kb", "2048"), ("3m", "3000000"), ("3mb", "3145728"), ("1g", "1000000000"), ("1gb", "1073741824"), ("2KB", "2048")],
)
def test_units_of_sizes_are_those_of_redis_conf(value, live):
    assert redis_settings.different({"maxmemory": value}, {"maxmemory": live}) == {}
    assert redis_settings.different({"maxmemory": value}, {"maxmemory": str(int(live) + 1)}) == {"maxmemory": value}


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


def test_what_a_trial_made_of_a_setting_counts_and_is_what_the_server_is_told():
    asked, made = {"maxmemory": "1gb", "save": "3600 1"}, {"maxmemory": "1073741824", "save": "3600 1", "port": "0"}
    wanted = redis_settings.join(asked, {"port": "7"}, {}, Tried(made), None, "")
    state = Running({"maxmemory": "1073741824", "save": "", "port": "7"}, [], None, 0)
    assert redis_settings.changes(wanted, state).settings == {"save": "3600 1"}
    # not by its words, which quotes and units hide
    assert redis_settings.different({"some": '"x"'}, {"some": "x"}, {"some": '"x"'}) == {"some": '"x"'}
    assert redis_settings.different({"limit": "pubsub 0 0 0"}, {"limit": "a 1"}, {"limit": "a 1 pubsub 0 0 0"}) == {"limit": "a 1 pubsub 0 0 0"}


def test_what_is_asked_for_no_more_has_the_servers_own_value():
    tried = Tried({"timeout": "0", "databases": "16", "save": ""}, frozenset({"databases"}))
    before = {"timeout": "77", "databases": "3", "masterauth": "x", "dir": "/x", "gone": "1", "save": "1 1"}
    wanted = redis_settings.join({"save": ""}, {"dir": "/x"}, before, tried, None, "")
    assert wanted.settings == {"save": "", "dir": "/x", "timeout": "0", "databases": "16"}


def test_what_the_trial_finds_immutable_or_new_waits_for_a_restart():
    tried = Tried({"brand-new": "1", "odd": "2", "timeout": "5"}, frozenset({"odd"}))
    wanted = redis_settings.join({"brand-new": "1", "odd": "2", "timeout": "5"}, {}, {}, tried, None, "")
    state = Running({"odd": "1", "timeout": "0", "save": "1 1"}, [], None, 3)
    assert redis_settings.pending("m1", wanted, state) == ["brand-new", "odd"]
    assert redis_settings.changes(wanted, state).settings == {"timeout": "5"}


@pytest.mark.parametrize(("clients", "files", "waits"), [(968, 1000, False), (969, 1000, True), (5000, None, False), ("20k", 1000, True)])
def test_more_clients_than_the_process_may_open_files_wait_for_a_restart(clients, files, waits):
    state = Running({"maxclients": "10", "save": "1 1"}, [], None, 0, files)
    assert redis_settings.pending("m1", Wanted({"maxclients": clients}), state) == (["maxclients"] if waits else [])
