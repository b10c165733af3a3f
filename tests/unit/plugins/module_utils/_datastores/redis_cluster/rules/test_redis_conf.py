# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings as people write them, and the file that the server reads; tests/redis tries real servers."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules import redis_conf
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "yes"), (False, "no"), ("on", "on"), (5, "5"), (-2, "-2"), (1.5, "1.5"), ("", ""), (" a b ", "a b"), (["3600 1", "300 100"], "3600 1 300 100"),
     ([50, 99.9, True], "50 99.9 yes")],
)  # fmt: skip
def test_values_of_yaml(value, text):
    assert redis_conf.text("some", value) == text


@pytest.mark.parametrize("value", [None, {}, {"a": 1}, [], [["a"]], [None], "a\0b"])
def test_what_no_setting_has(value):
    with pytest.raises(InvalidInput, match=r"settings\.some: .* was given; allowed: a text, a number, a boolean"):
        redis_conf.check({"some": value}, [], "10.0.0.1")


@pytest.mark.parametrize("name", ["rename-command", "LoadModule", "include", "user", "replicaof", "slaveof", "dir", "DIR"])
def test_names_that_are_not_the_users(name):
    with pytest.raises(InvalidInput, match=f"settings: '{name}' was given|settings: '{name.lower()}' was given"):
        redis_conf.check({name: "x"}, ["dir", "port"], "10.0.0.1")


@pytest.mark.parametrize("name", ["availability-zone", "cluster-announce-human-nodename"])
def test_what_would_break_the_nodes_file_is_refused(name):
    assert redis_conf.check({name: "eu-1/a"}, [], "10.0.0.1") == {name: "eu-1/a"}
    with pytest.raises(InvalidInput, match=f"settings.{name}: 'a b' was given"):
        redis_conf.check({name: "a b"}, [], "10.0.0.1")


def test_names_are_the_same_in_capital_letters():
    assert redis_conf.check({"MaxMemory": "1GB", 5: 6}, [], "10.0.0.1") == {"maxmemory": "1GB", "5": "6"}
    with pytest.raises(InvalidInput, match="each setting once"):
        redis_conf.check({"MaxMemory": 1, "maxmemory": 1}, [], "10.0.0.1")


@pytest.mark.parametrize(
    ("bind", "address", "fits"),
    [("*", "10.0.0.1", True), ("* -::*", "10.0.0.1", True), ("127.0.0.1 -10.0.0.1", "10.0.0.1", True), (["10.0.0.1", "::1"], "10.0.0.1", True),
     ("0.0.0.0", "10.0.0.1", True), ("127.0.0.1", "10.0.0.1", False), ("", "10.0.0.1", False), ("::", "10.0.0.1", False), ("::", "fd00::1", True),
     ("10.0.0.11", "10.0.0.1", False)],
)  # fmt: skip
def test_a_server_listens_where_the_others_look_for_it(bind, address, fits):
    if fits:
        redis_conf.check({"bind": bind}, [], address)
    else:
        with pytest.raises(InvalidInput, match=r"settings\.bind"):
            redis_conf.check({"bind": bind}, [], address)


@pytest.mark.parametrize("value", ["", "a", "a b", 'say "it"', "it's", "back\\slash", "#no comment", "two\nlines", "tab\t", "ünï", "1gb", "a\"", "\\"])
def test_what_is_written_is_read(value):
    lines = redis_conf.render({"some": value, "other": "1"}, "ours").splitlines()
    assert lines[0] == "# ours"
    assert len(lines) == 3
    assert redis_conf.parse(lines) == {"some": value, "other": "1"}


def test_a_file_of_others():
    text = ["# port 1", "", "Port  7443", 'save ""', "save 3600 1", "lonely", "masterauth 'it\\'s'", ' tls-ca-cert-file "/a b" ']
    assert redis_conf.parse(text) == {"port": "7443", "save": "3600 1", "masterauth": "it's", "tls-ca-cert-file": "/a b"}


@pytest.mark.parametrize(
    ("wanted", "before", "kept"),
    [("614mb", "612mb", True), ("612mb", "614mb", True), ("614mb", "643825664", True), ("614mb", "500mb", False), ("614mb", "634mb", False),
     ("614mb", "", False), ("614mb", "no size", False)],
)  # fmt: skip
def test_nearly_the_same_memory_stays(wanted, before, kept):
    assert redis_conf.settle({"maxmemory": wanted}, {"maxmemory": before}) == {"maxmemory": before if kept else wanted}
    assert redis_conf.settle({"maxmemory": wanted}, {}) == {"maxmemory": wanted}


def test_a_name_that_the_server_does_not_know_comes_with_the_nearest():
    assert "such as maxmemory-policy." in redis_conf.unknown("maxmemory_policy", ["maxmemory-policy", "save"]).message
    assert "such as" not in redis_conf.unknown("zzz", ["maxmemory-policy"]).message
