# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import random
import string
from pathlib import Path

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._guest import kept_options
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.plugins.module_utils._model import asked_for
from ansible_collections.stackdb.trove.plugins.modules import trove_guest_facts, trove_kept_options

SPEC = {
    "db_settings": {"type": "dict"},
    "db_clients": {"type": "list", "elements": "str"},
    "db_firewall": {"type": "bool"},
    "db_memory": {"type": "int"},
    "db_persistence": {"type": "str"},
}


def any_value(dice: random.Random, depth: int = 2) -> object:
    """What YAML may give for a setting."""
    kind = dice.choice(["str", "int", "float", "bool", "none", "list", "dict"] if depth else ["str", "int", "float", "bool", "none"])
    if kind == "list":
        return [any_value(dice, depth - 1) for _number in range(dice.randrange(4))]
    if kind == "dict":
        return {any_text(dice): any_value(dice, depth - 1) for _number in range(dice.randrange(4))}
    plain = {"str": any_text(dice), "int": dice.randrange(-(2**63), 2**63), "float": dice.random() * 10**6, "bool": dice.random() < 0.5, "none": None}
    return plain[kind]


def any_text(dice: random.Random) -> str:
    return "".join(dice.choices(string.printable + "äß€\u2028😀\"'\\{{", k=dice.randrange(1, 20)))


@pytest.mark.parametrize("seed", range(100))
def test_what_is_written_is_read_back(seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)
    given = {
        "db_settings": {any_text(dice): any_value(dice) for _number in range(6)},
        "db_clients": [any_text(dice).strip() or "x" for _number in range(3)],
        "db_firewall": dice.random() < 0.5,
        "db_memory": dice.randrange(2**40),
        "db_persistence": any_text(dice).strip() or "x",
    }
    asked = asked_for.resolve(SPEC, given, {}, tuple(SPEC))
    file = str(tmp_path / "new" / "db.json")
    kept_options.write(file, asked.keep)
    assert kept_options.read(file) == asked.keep == given
    again = asked_for.resolve(SPEC, {}, {"m1": kept_options.read(file), "m2": {}}, tuple(SPEC), verb="cluster_grow")
    assert (again.keep, again.changes) == (given, ())
    assert asked_for.resolve(SPEC, given, {"m1": kept_options.read(file)}, tuple(SPEC), verb="cluster_grow").changes == ()


def test_it_is_for_root_alone_and_replaced_at_once(tmp_path: Path) -> None:
    file = tmp_path / "trove" / "db.json"
    kept_options.write(str(file), {"a": 1})
    before = file.stat().st_ino
    kept_options.write(str(file), {"a": 2})
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert file.stat().st_ino != before
    assert os.listdir(file.parent) == ["db.json"]


def test_a_run_that_dies_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "db.json"
    kept_options.write(str(file), {"a": 1})
    with pytest.raises(TypeError):
        kept_options.write(str(file), {"a": object()})
    assert kept_options.read(str(file)) == {"a": 1}
    assert os.listdir(tmp_path) == ["db.json"]


@pytest.mark.parametrize("text", ["", "{", "[1]"])
def test_a_file_that_is_none_of_ours_is_not_taken_for_nothing(text: str, tmp_path: Path) -> None:
    file = tmp_path / "db.json"
    file.write_text(text)
    with pytest.raises(GuestError, match="cannot be read"):
        kept_options.read(str(file))
    assert kept_options.read(str(tmp_path / "none.json")) == {}


def test_the_module_writes_reads_and_says_what_is_different(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_options, "path", lambda role: str(tmp_path / f"{role}.json"))

    def run(options: dict | None, check_mode: bool = False) -> dict:
        return trove_kept_options.act({"role": "db", "options": options, "passwords": []}, check_mode)

    wanted = {"db_firewall": True, "db_clients": ["10.0.0.1"]}
    assert run(None) == {"changed": False, "options": {}, "private": True, "passwords": False}
    planned = run(wanted, check_mode=True)
    assert planned["changed"]
    assert not (tmp_path / "db.json").exists()
    written = run(wanted)
    assert written == planned
    assert written["written"] == ["db_clients", "db_firewall"]
    assert written["diff"]["after"] == wanted
    assert not run(wanted)["changed"]
    assert run(None)["options"] == wanted
    (tmp_path / "db.json").chmod(0o644)
    assert not run(None)["private"]
    assert run(wanted)["changed"]
    assert not run(wanted)["changed"]


@pytest.mark.parametrize(
    ("files", "names", "has"),
    [(["a", "b"], ["a", "b"], True), (["a", "b", "c"], ["a"], True), (["a"], ["a", "b"], False), ([], ["a"], False), (["a"], [], False)],
)
def test_a_member_has_the_passwords_when_it_has_all_of_them(files: list, names: list, has: bool, tmp_path: Path) -> None:
    for name in files:
        (tmp_path / f"{name}.password").write_text("secret")
    assert kept_options.has_passwords(names, str(tmp_path)) is has


def test_the_module_names_the_passwords_and_reads_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_options, "path", lambda role: str(tmp_path / f"{role}.json"))
    asked: list = []
    monkeypatch.setattr(kept_options, "has_passwords", lambda names: asked.append(names) or True)
    read = {"changed": False, "options": {}, "private": True, "passwords": True}
    assert trove_kept_options.act({"role": "db", "options": None, "passwords": ["a"]}, False) == read
    assert asked == [["a"]]
    together = trove_guest_facts.look({"role": "db", "passwords": ["a"], "supported": None}, False)
    assert {name: together[name] for name in read} == read


def test_members_are_compared_by_digests_without_accounts(tmp_path):
    kept_options.write(kept_options.path("galera", str(tmp_path)), {"galera_settings": {"a": 1, "b": 2}, "galera_users": ["secret"]})
    found = kept_options.digests("galera", str(tmp_path))
    assert list(found) == ["galera_settings"]
    kept_options.write(kept_options.path("galera", str(tmp_path)), {"galera_settings": {"b": 2, "a": 1}})
    assert kept_options.digests("galera", str(tmp_path)) == found
    kept_options.write(kept_options.path("galera", str(tmp_path)), {"galera_settings": {"a": 1}})
    assert kept_options.digests("galera", str(tmp_path)) != found


def test_a_file_that_cannot_be_read_has_no_digests(tmp_path):
    (tmp_path / "galera.json").write_text("{")
    assert kept_options.digests("galera", str(tmp_path)) == {}
    assert kept_options.digests("redis_cluster", str(tmp_path)) == {}
