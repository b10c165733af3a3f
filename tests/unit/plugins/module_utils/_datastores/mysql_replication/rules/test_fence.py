# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may write on a read-only server, who was seen doing so, and what a promotion would tear apart."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules import fence
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused


def client(user="root", host="10.0.0.9:4711", verb="", modified=0):
    return {"user": user, "host": host, "verb": verb, "modified": modified}


@pytest.mark.parametrize(
    ("statement", "verb"),
    [
        (None, ""), ("", ""), ("INSERT INTO t VALUES (1)", "insert"), ("  (SELECT 1)", "select"), ("/* app */ -- more\n# more\n\nupdate t set a=1", "update"),
        ("/*!40101 SET NAMES utf8 */", "set"), ("/*a*//*b*/ call p()", "call"), ("`", ""), ("COMMIT", "commit"),
    ],
)  # fmt: skip
def test_the_first_word(statement, verb) -> None:
    assert fence.first_word(statement) == verb


@pytest.mark.parametrize(
    ("access", "version", "may"),
    [(1 << 33, 101118, True), (1 << 15, 101118, False), (1 << 15, 100618, True), (1 << 15, 0, True), (2**64 - 1, 0, True), (1 << 33, 0, True), (0, 0, False),
     ((1 << 33) - 1, 101118, False)],
)  # fmt: skip
def test_super_brought_the_privilege_along(access, version, may) -> None:
    assert fence.may_bypass(access, version) is may


def test_a_privilege_comes_by_roles_of_roles() -> None:
    granted = [("staff", "managers"), ("anna", "staff"), ("bert", "readers"), ("staff", "anna")]
    assert fence.privileged(["root", "managers"], granted) == {"root", "managers", "staff", "anna"}


def test_only_privileged_clients_that_write_are_named_each_once() -> None:
    looks = [
        [client(verb="select"), client("app", verb="insert"), client("anna", "localhost", verb="delete")],
        [client(modified=3), client(verb="update"), client("anna", "localhost", verb="insert")],
    ]
    assert fence.privileged_writers(looks, {"root", "anna"}) == ["anna@localhost (DELETE)", "root@10.0.0.9 (an open transaction)"]
    assert fence.privileged_writers(looks[:1], {"PUBLIC"}) == ["anna@localhost (DELETE)", "app@10.0.0.9 (INSERT)"]
    assert fence.privileged_writers([], {"root"}) == []


def test_privileged_writers_are_refused_by_name() -> None:
    fence.check_privileged_writers([])
    with pytest.raises(Refused, match=r"root@localhost \(INSERT\).*allow_privileged_writers"):
        fence.check_privileged_writers(["root@localhost (INSERT)"])


def test_what_is_pending_is_refused_by_name() -> None:
    fence.check_pending([], 0, "a")
    with pytest.raises(Refused, match="prepared on a, and neither committed nor rolled back: x, y") as refused:
        fence.check_pending(["y", "x"], 0, "a")
    assert refused.value.details == {"prepared": ["x", "y"]}
    with pytest.raises(Refused, match="2 temporary tables for sessions of a"):
        fence.check_pending([], 2, "a")


def test_a_server_that_has_written() -> None:
    before = {"executed": "0-1-5", "logged": "0-1-5", "position": "0-1-5"}
    assert not fence.moved(before, dict(before))
    assert fence.moved(before, {**before, "logged": "0-1-6"})
