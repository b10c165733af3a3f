# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates and the CA that are replaced though they are whole, by Ansible itself, for three members that are directories of this host. Needs root."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from certificate_builders import ca
from test_runs import MEMBERS, Members, changed, openssl


@pytest.fixture
def members(tmp_path: Path) -> Members:
    found = Members(tmp_path)
    found.run()
    return found


def rotation(run: str, *what: str, phase: str = "publish", last: bool = False, **more: object) -> dict:
    found = {"what": list(what), "run": run, "phase": phase, "keep_old": False, "older_than": 0, "last": last, **more}
    return {"caller_rotation": found}


def keys(members: Members) -> list[str]:
    return [openssl("pkey", "-in", members.file(member, "server.key"), "-pubout") for member in MEMBERS]


def loaded(members: Members) -> list[bool]:
    return [members.file(one, name, "loaded").read_text() == members.file(one, name).read_text() for one in MEMBERS for name in ("server.pem", "server.key")]


def test_certificates_are_replaced_by_some_for_new_keys_once_in_each_run(members: Members) -> None:
    before, issuers = keys(members), members.issuers()
    assert changed(members.run("--check", **rotation("r1", "certificates"))) == 3
    assert keys(members) == before
    output = members.run(**rotation("r1", "certificates"))
    assert "PRIVATE" not in output
    after = keys(members)
    assert not {*before} & {*after}
    assert (members.issuers(), loaded(members)) == (issuers, [True] * 6)
    assert sorted(path.name for path in members.file("a", "").iterdir()) == ["ca.pem", "server.key", "server.pem"]
    assert {oct(members.file(one, "server.key").stat().st_mode & 0o777) for one in MEMBERS} == {"0o400"}
    # the same run is continued, and has nothing left to do
    assert changed(members.run(**rotation("r1", "certificates"))) == 0
    assert keys(members) == after
    assert changed(members.run(**rotation("r2", "certificates", older_than=1))) == 0
    members.run(**rotation("r3", "certificates"))
    assert not {*after} & {*keys(members)}


def test_a_member_that_had_its_turn_before_the_run_was_stopped_has_no_second_one(members: Members) -> None:
    members.run(**rotation("r1", "certificates"))
    first = keys(members)
    # as if the run had been stopped before b: its note is of the certificate that it has now
    note = members.file("b", "rotation.json", "kept")
    digest = openssl("x509", "-in", members.file("b", "server.pem"), "-noout", "-fingerprint", "-sha256").partition("=")[2].strip()
    note.write_text(json.dumps({**json.loads(note.read_text()), "replaces": digest.replace(":", "").lower()}))
    members.run(**rotation("r1", "certificates"))
    assert [one == other for one, other in zip(first, keys(members), strict=True)] == [True, False, True]


def test_a_run_that_was_stopped_between_the_last_file_and_the_server_that_reads_it_is_finished_by_the_next(members: Members) -> None:
    members.run(**rotation("r1", "certificates"))
    # as if it had been stopped there: all files are as they shall be, the server of the last member has those of before
    for name in ("ca.pem", "server.pem", "server.key"):
        members.file("c", name, "loaded").write_text("of before")
    assert changed(members.run(**rotation("r1", "certificates"))) == 0
    for name in ("ca.pem", "server.pem", "server.key"):
        assert members.file("c", name, "loaded").read_text() == members.file("c", name).read_text()


def test_a_new_ca_is_published_by_one_run_and_turned_to_by_the_next(members: Members) -> None:
    own = members.file("a", "ca.pem").read_text()
    before = keys(members)
    members.run(**rotation("r1", "authority"))
    assert (members.trusted(), members.issuers(), keys(members)) == ([2, 2, 2], {"products CA"}, before)
    assert members.keys() == [["ca-new.key", "ca.key"]] * 3
    assert changed(members.run(**rotation("r2", "authority"))) == 0
    assert "End that change first" in members.refused(**rotation("r3", "certificates"))
    turn = rotation("r4", "authority", phase="turn")
    members.run(**turn)
    assert members.issuers().pop().startswith("products CA 20")
    assert (members.trusted(), loaded(members)) == ([2, 2, 2], [True] * 6)
    assert not {*before} & {*keys(members)}
    assert "Drop that first" in members.refused(**rotation("r5", "authority"))
    members.run(**rotation("r4", "authority", phase="turn", last=True))
    assert (members.trusted(), members.keys()) == ([1, 1, 1], [["ca.key"]] * 3)
    assert own not in members.file("a", "ca.pem").read_text()
    assert changed(members.run(**rotation("r6", "authority", phase="turn", last=True))) == 0


def test_a_ca_of_ones_own_is_published_without_its_key_and_needs_it_in_the_end(members: Members) -> None:
    mine = ca("mine", begins=-900)
    members.run(**rotation("r1", "authority"), caller_ca_certificate=mine.pem)
    assert (members.trusted(), members.issuers()) == ([2, 2, 2], {"products CA"})
    # a run of another kind drops nothing
    assert changed(members.run()) == 0
    assert "the CA that was published, CN=mine" in members.refused(**rotation("r2", "authority", phase="turn"))
    members.run(**rotation("r3", "authority", phase="turn", last=True, keep_old=True), caller_ca_certificate=mine.pem, caller_ca_key=mine.key)
    members.run(**rotation("r3", "authority", phase="turn", last=True, keep_old=True), caller_ca_certificate=mine.pem, caller_ca_key=mine.key)
    assert (members.trusted(), members.issuers(), members.keys()) == ([2, 2, 2], {"mine"}, [[], [], []])
    members.run(**rotation("r4", "authority", phase="turn", last=True), caller_ca_certificate=mine.pem)
    assert (members.trusted(), members.issuers()) == ([1, 1, 1], {"mine"})
    assert "PEM text of the new CA" in members.refused(**rotation("r5", "authority"))
    assert "the key of its CA is not stored" in members.refused(**rotation("r6", "certificates"))
