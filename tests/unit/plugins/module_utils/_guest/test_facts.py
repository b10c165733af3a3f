# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Facts of this very host, held against those of ansible.builtin.setup."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._guest import facts
from ansible_collections.stackdb.trove.plugins.modules import trove_guest_facts


@pytest.mark.skipif(not Path(sys.executable).with_name("ansible").exists(), reason="beside this Python is no Ansible, whose setup could be run")
def test_they_are_those_of_setup() -> None:
    """Of this host. The number of CPUs is that of those that are online, which setup counts in another way on some machines."""
    arguments = "gather_subset=!all,!min,distribution,network,hardware gather_timeout=60"
    command = [str(Path(sys.executable).with_name("ansible")), "localhost", "-m", "ansible.builtin.setup", "-a", arguments]
    environment = {**os.environ, "ANSIBLE_CALLBACK_RESULT_FORMAT": "json", "ANSIBLE_NOCOLOR": "1"}
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, check=True)
    theirs = json.loads(ran.stdout.partition("=>")[2])["ansible_facts"]
    ours = trove_guest_facts.look({"role": None, "supported": None}, False)["ansible_facts"]
    assert {name: ours[name] for name in ("distribution", "distribution_version", "os_family")} == {
        name: theirs[f"ansible_{name}"] for name in ("distribution", "distribution_version", "os_family")
    }
    assert abs(ours["memtotal_mb"] - theirs["ansible_memtotal_mb"]) <= 1
    assert {family: ours[family].get("address") for family in ("default_ipv4", "default_ipv6")} == {
        family: theirs[f"ansible_{family}"].get("address") for family in ("default_ipv4", "default_ipv6")
    }


def test_memory_is_in_mebibytes(tmp_path: Path) -> None:
    file = tmp_path / "meminfo"
    file.write_text("MemTotal:        4030112 kB\nMemFree: 1 kB\n")
    assert facts.look(str(file))["memtotal_mb"] == 3935


def test_a_host_without_a_route_has_no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: object, address: object) -> None:
        raise OSError(101, "Network is unreachable")

    monkeypatch.setattr(facts.socket.socket, "connect", refuse)
    assert (facts.look()["default_ipv4"], facts.look()["default_ipv6"]) == ({}, {})


@pytest.mark.parametrize(
    ("release", "family"),
    [('ID=debian\n', "Debian"), ("ID='debian'\n", "Debian"),
     ('NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\n', "Debian"), ('ID="linuxmint"\nID_LIKE="ubuntu debian"\n', "Debian"),
     ('ID="rocky"\nID_LIKE="rhel centos fedora"\n', "RedHat"), ("", "Rocky"), ("# ID=debian\n", "Rocky")],
)  # fmt: skip
def test_a_derivative_belongs_to_the_family_that_it_names(release: str, family: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "os-release").write_text(release)
    monkeypatch.setattr(facts, "get_distribution", lambda: "Rocky")
    assert facts.look(release=str(tmp_path / "os-release"))["os_family"] == family


@pytest.mark.parametrize(
    ("name", "family", "reason"),
    [("Debian", "Debian", ""), ("Ubuntu", "Debian", "This host runs Ubuntu 24.04, of the OS family Debian; supported: Debian, Devuan."),
     ("Rocky", "RedHat", "This host runs Rocky 24.04, of the OS family RedHat; supported: Debian, Suse."),
     ("Debian", "RedHat", "This host runs Debian 24.04, of the OS family RedHat; supported: Debian, Suse.")],
)  # fmt: skip
def test_of_a_distribution_that_is_not_supported_it_says_so_with_those_that_are(name: str, family: str, reason: str) -> None:
    seen = {"distribution": name, "distribution_version": "24.04", "os_family": family}
    assert facts.unsupported(seen, {"Debian": ["Debian", "Devuan"], "Suse": ["SLES"]}) == reason


def test_the_module_is_asked_for_it_or_says_nothing_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts, "get_distribution", lambda: "Other")
    params = {"role": None, "passwords": [], "supported": {}}
    assert trove_guest_facts.look(params, False)["unsupported"].startswith("This host runs Other ")
    assert "unsupported" not in trove_guest_facts.look({**params, "supported": None}, False)
