# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role common's tasks for certificates, by Ansible itself, for three members that are directories of this host. Needs root, as the roles do."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from certificate_builders import ca, make

HERE = Path(__file__).resolve().parent
MEMBERS = ("a", "b", "c")
ADDRESSES = {"a": "127.0.1.1", "b": "127.0.1.2", "c": "127.0.1.3"}


class Members:
    def __init__(self, place: Path) -> None:
        self.place = place

    def run(self, *arguments: str, **options: object) -> str:
        """What a run printed; an assertion where it fails."""
        done = self.start(*arguments, **options)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def refused(self, **options: object) -> str:
        done = self.start(**options)
        assert done.returncode != 0
        return " ".join((done.stdout + done.stderr).split())

    def start(self, *arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
        given = json.dumps({"caller_place": str(self.place), "caller_addresses": ADDRESSES, "ansible_connection": "local", **options})
        # what the role keeps for all members in one place is a place for each here
        places = {"__common_directory": "{{ caller_place }}/{{ inventory_hostname }}/kept", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
        kept = json.dumps(places)
        argv = ["ansible-playbook", "-i", "a,b,c", str(HERE / "play.yml"), "-e", given, "-e", kept, *arguments]
        environment = {**os.environ, "ANSIBLE_ROLES_PATH": str(HERE / "roles"), "ANSIBLE_HOST_KEY_CHECKING": "false"}
        return subprocess.run(argv, cwd=HERE.parents[1], capture_output=True, text=True, timeout=300, check=False, env=environment)

    def file(self, member: str, name: str, folder: str = "tls") -> Path:
        return self.place / member / folder / name

    def issuers(self) -> set[str]:
        """Of all members' certificates; each of them verified by what every member trusts and has loaded."""
        found = set()
        for member in MEMBERS:
            for other in MEMBERS:
                openssl("verify", "-CAfile", self.file(other, "ca.pem"), "-verify_ip", ADDRESSES[member], self.file(member, "server.pem"))
            found.add(openssl("x509", "-in", self.file(member, "server.pem"), "-noout", "-issuer", "-nameopt", "compat").partition("CN=")[2].strip())
            of_key = openssl("pkey", "-in", self.file(member, "server.key"), "-pubout")
            assert of_key == openssl("x509", "-in", self.file(member, "server.pem"), "-noout", "-pubkey")
        return found

    def trusted(self) -> list[int]:
        return [self.file(member, "ca.pem").read_text().count("BEGIN CERTIFICATE") for member in MEMBERS]

    def keys(self) -> list[list[str]]:
        return [sorted(path.name for path in (self.place / member / "kept").glob("*.key")) for member in MEMBERS]


def openssl(*argv: object) -> str:
    return subprocess.run(["openssl", *map(str, argv)], check=True, capture_output=True, text=True).stdout


def changed(output: str) -> int:
    return sum(int(number) for number in re.findall(r"changed=(\d+)", output))


@pytest.fixture
def members(tmp_path: Path) -> Members:
    return Members(tmp_path)


def test_from_nothing_to_a_second_ca_and_to_ones_own(members: Members) -> None:
    assert changed(members.run("--check", "--diff")) == 3
    assert list(members.place.iterdir()) == []
    members.run(caller_name="n" * 79)
    assert members.issuers() == {"products CA"}
    assert changed(members.run(caller_name="n" * 79)) == 0
    assert members.keys() == [["ca.key"]] * 3
    aged = ca("aged", begins=-2500)
    output = members.run(caller_ca_certificate=aged.pem, caller_ca_key=aged.key)
    assert "PRIVATE" not in output
    assert (members.issuers(), members.trusted(), members.keys()) == ({"aged"}, [1, 1, 1], [[], [], []])
    for member in MEMBERS:
        members.file(member, "ca.key", "kept").write_text(aged.key)
    assert "Give ca.pem to your clients" in members.run()
    assert (members.issuers(), members.trusted()) == ({"aged"}, [2, 2, 2])
    assert changed(members.run()) == 0
    members.run(caller_change="complete")
    assert (members.trusted(), members.keys()) == ([1, 1, 1], [["ca.key"]] * 3)
    assert members.issuers().pop().startswith("products CA 20")
    for member in MEMBERS:
        loaded = [members.file(member, name, "loaded").read_text() == members.file(member, name).read_text() for name in ("ca.pem", "server.pem", "server.key")]
        assert loaded == [True] * 3


def test_a_given_certificate_is_compared_by_its_content_and_what_does_not_fit_is_refused_first(members: Members) -> None:
    authority = ca("mine")
    made = {member: make(member, authority, sans=[ADDRESSES[member]]) for member in MEMBERS}
    options = {"caller_ca_certificate": authority.pem, "caller_given": {member: {"certificate": one.pem, "key": one.key} for member, one in made.items()}}
    wrong = {**options, "caller_given": {**options["caller_given"], "b": {"certificate": made["b"].pem, "key": made["a"].key}}}
    assert "caller_tls_key: 'a key' was given; allowed: the key of caller_tls_certificate (CN=b)" in members.refused(**wrong)
    assert "needs a certificate (there is none), and the key of its CA is not stored" in members.refused(caller_ca_certificate=authority.pem)
    assert list(members.place.iterdir()) == []
    members.run(**options)
    assert members.issuers() == {"mine"}
    assert changed(members.run(**options)) == 0
    other = make("b", authority, sans=[ADDRESSES["b"]])
    options["caller_given"]["b"] = {"certificate": other.pem, "key": other.key}
    members.run(**options)
    assert members.file("b", "server.pem", "loaded").read_text() == other.pem
    assert members.file("b", "server.key", "loaded").read_text() == other.key
    assert changed(members.run()) == 0
