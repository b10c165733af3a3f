# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime
from typing import Any

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.rules import option_file
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput


def lines(**settings: Any) -> list[str]:
    return [line for option in option_file.read(settings, "galera_settings").values() for line in option.lines()]


@pytest.mark.parametrize(
    ("value", "line"),
    [
        (True, "it = ON"),
        (False, "it = OFF"),
        (None, "it"),
        ("", "it ="),
        (0, "it = 0"),
        (-1, "it = -1"),
        (0.5, "it = 0.5"),
        (1e-05, "it = 1e-05"),
        ("1G", "it = 1G"),
        ("a b", 'it = "a b"'),
        (" a ", 'it = " a "'),
        ("a#b", 'it = "a#b"'),
        ("a;b", 'it = "a;b"'),
        ('say "a"!', 'it = "say \\"a\\"!"'),
        ("it's", 'it = "it\'s"'),
        ("a\\b", 'it = "a\\\\b"'),
        ('"SET NAMES utf8mb4"', 'it = "SET NAMES utf8mb4"'),
        ("'SET NAMES utf8mb4'", 'it = "SET NAMES utf8mb4"'),
        ("\"SET a = 'b'\"", "it = \"SET a = 'b'\""),
        ('"', 'it = "\\""'),
        ("größe", 'it = "größe"'),
        ("mrr=on,mrr_cost_based=off", "it = mrr=on,mrr_cost_based=off"),
        (["TABLE", "FILE"], "it = TABLE,FILE"),
        ([], "it ="),
        (datetime.date(2026, 1, 2), "it = 2026-01-02"),
    ],
)
def test_a_value_as_an_option_file_gives_it(value: Any, line: str) -> None:
    assert lines(it=value) == [line]


def test_what_a_server_collects_has_a_line_each() -> None:
    assert lines(plugin_load_add=["auth_pam", "server_audit"]) == ["plugin_load_add = auth_pam", "plugin_load_add = server_audit"]
    assert lines(replicate_do_db=[]) == []


@pytest.mark.parametrize("name", ["max_connections", "max-connections", "Max_Connections", "loose_max-connections", "loose-max_connections"])
def test_a_name_in_any_spelling(name: str) -> None:
    option = next(iter(option_file.read({name: 1}, "galera_settings").values()))
    assert (option.name, option.loose) == ("max_connections", name.startswith("loose"))
    assert option.lines() == ["loose_max_connections = 1" if option.loose else "max_connections = 1"]


def test_the_line_counts_that_is_last() -> None:
    options = option_file.read({"plugin_load_add": ["a", "b"], "it": None, "replicate_do_db": []}, "o")
    assert [option.text for option in options.values()] == ["b", None, ""]


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"a": "x\ny"}, "o.a: .* one line, without control characters"),
        ({"a": ["x", "y\r"]}, "without control characters"),
        ({"a": {"b": 1}}, "o.a: .*a text, a number, a truth value or a list"),
        ({"a": [["b"]]}, "o.a: .*a list of texts or numbers"),
        ({"a": [None]}, "a list of texts or numbers"),
        ({"a": float("inf")}, "a finite number"),
        ({"a": "'a','b'"}, "quotes are clear"),
        ({"a": 'é' * 2000}, "at most 4000 bytes"),
        ({"[mysqld]": 1}, "o: '.mysqld.' was given; allowed: names of settings"),
        ({"a b": 1}, "names of settings"),
        ({True: 1}, "o: True was given; allowed: names of settings"),
        ({"": 1}, "names of settings"),
        ({"max-connections": 1, "max_connections": 2}, "o.max_connections: 2 was given; allowed: one of max-connections and max_connections"),
        ({"loose_a": 1, "a": 2}, "one of loose_a and a, which are the same"),
    ],
)
def test_what_cannot_stand_in_an_option_file(settings: dict[Any, Any], why: str) -> None:
    with pytest.raises(InvalidInput, match=why):
        option_file.read(settings, "o")


def test_a_line_of_the_longest_kind() -> None:
    assert len(lines(a="x" * 3996)[0]) == 4000
