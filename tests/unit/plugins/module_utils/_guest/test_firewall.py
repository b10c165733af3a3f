# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of a firewall and the order of its steps, with programs that answer by a script. Real nftables: tests/firewall; real systemd: molecule/galera."""

from __future__ import annotations

import json
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._guest import firewall, firewall_access, systemd
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput
from ansible_collections.stackdb.trove.plugins.modules import trove_firewall
from ansible_collections.stackdb.trove.tests.unit.plugins.module_utils._model.test_firewall import listing

GIVEN = {
    "name": "galera", "state": "present", "members": ["10.0.0.1"], "clients": [], "option": "galera_firewall_clients",
    "ports": {"client": [{"protocol": "tcp", "ports": "3306"}], "member": [{"protocol": "udp", "ports": 4567}]},
}  # fmt: skip
RULES = [
    [{"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "saddr"}}, "right": "10.0.0.1"}},
     {"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": 3306}}, {"accept": None}],
    [{"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": 3306}}, {"drop": None}],
    [{"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "saddr"}}, "right": "10.0.0.1"}},
     {"match": {"op": "==", "left": {"payload": {"protocol": "udp", "field": "dport"}}, "right": 4567}}, {"accept": None}],
    [{"match": {"op": "==", "left": {"payload": {"protocol": "udp", "field": "dport"}}, "right": 4567}}, {"drop": None}],
]  # fmt: skip


class FakeHost:
    """nft and systemctl: a kernel with one table or none, and a unit. A load brings the table of RULES, whatever the script says."""

    def __init__(self, tmp_path: Path) -> None:
        self.table: dict[str, Any] | None = None
        self.unit = "ActiveState=inactive\nUnitFileState=\nNeedDaemonReload=no\n"
        self.broken = False
        self.ran: list[str] = []
        self.tmp_path = tmp_path

    def run(self, argv: list[str], timeout: float = 60, check: bool = True) -> subprocess.CompletedProcess[str]:
        words = [Path(argv[0]).name, *(word for word in argv[1:] if not word.startswith("/"))]
        line, out = " ".join(words), ""
        self.ran += [line] if "list" not in words and "show" not in words else []
        if line == "nft list tables inet":
            out = "table inet other\ntable inet stackdb_trove_galera\n" if self.table else "table inet other\n"
        elif "list" in words:
            out = json.dumps(self.table)
        elif words[:2] in (["nft", "--check"], ["nft", "--file"]) and self.broken:
            raise GuestError("nft failed: syntax error")
        elif words[:2] == ["nft", "--file"]:
            self.table = listing(*RULES)
        elif words[:2] == ["nft", "delete"]:
            self.table = None
        elif words[:2] == ["systemctl", "start"]:
            self.unit = "ActiveState=active\nUnitFileState=enabled\nNeedDaemonReload=no\n"
        elif "show" in words:
            out = self.unit
        return subprocess.CompletedProcess(argv, 0, out, "")


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeHost:
    fake = FakeHost(tmp_path)
    for module in (firewall, systemd):
        monkeypatch.setattr(module, "run", fake.run)
    real = firewall.Firewall
    monkeypatch.setattr(firewall, "Firewall", lambda name: real(name, str(tmp_path / "etc"), str(tmp_path / "units")))
    monkeypatch.setattr(firewall.shutil, "which", lambda name, path: "/usr/sbin/nft")
    return fake


def act(check_mode: bool = False, **given: object) -> dict:
    return trove_firewall.act({**GIVEN, **given}, check_mode)


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


ALL = ["etc/galera.nft", "units/nftables.service.d/stackdb-trove-galera.conf", "units/stackdb-trove-firewall-galera.service"]


def test_rules_are_checked_before_they_are_loaded_and_the_second_run_changes_nothing(host: FakeHost, tmp_path: Path) -> None:
    assert act()["changed"]
    assert [line.partition(" /")[0] for line in host.ran] == [
        "nft --check --file", "nft --file", "systemctl daemon-reload", "systemctl enable stackdb-trove-firewall-galera.service", "systemctl daemon-reload",
        "systemctl reset-failed stackdb-trove-firewall-galera.service", "systemctl start --no-block stackdb-trove-firewall-galera.service",
    ]  # fmt: skip
    assert files(tmp_path) == ALL
    assert (tmp_path / "etc/galera.nft").stat().st_mode & 0o777 == 0o600
    host.unit = "ActiveState=active\nUnitFileState=enabled\nNeedDaemonReload=no\n"
    host.ran.clear()
    assert act() == {**act(check_mode=True), "changed": False, "reasons": []}
    assert host.ran == []


def test_a_look_says_what_a_run_would_change_and_asks_nothing_of_nft_but_lists(host: FakeHost, tmp_path: Path) -> None:
    assert firewall_access.reasons(*firewall_access.of(GIVEN)) == act(check_mode=True)["reasons"]
    host.ran.clear()
    act()
    host.unit = "ActiveState=active\nUnitFileState=enabled\nNeedDaemonReload=no\n"
    before = {path: (tmp_path / path).read_bytes() for path in files(tmp_path)}
    host.ran.clear()
    assert firewall_access.reasons(*firewall_access.of(GIVEN)) == []
    more = {**GIVEN, "members": ["10.0.0.1", "10.0.0.2"]}
    assert firewall_access.reasons(*firewall_access.of(more)) == act(check_mode=True, members=more["members"])["reasons"] != []
    gone = {**GIVEN, "state": "absent"}
    assert firewall_access.reasons(*firewall_access.of(gone)) == act(check_mode=True, state="absent")["reasons"] != []
    assert (host.ran, {path: (tmp_path / path).read_bytes() for path in files(tmp_path)}) == (["nft --check --file"], before)


@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_look_refuses_clients_that_are_none(host: FakeHost, state: str) -> None:
    with pytest.raises(InvalidInput, match=r"galera_firewall_clients\[0\]: '10.0.0.1/8' was given"):
        firewall_access.of({**GIVEN, "state": state, "clients": ["10.0.0.1/8"]})


def test_check_mode_checks_and_writes_nothing(host: FakeHost, tmp_path: Path) -> None:
    result = act(check_mode=True)
    assert (result["changed"], result["reasons"][0]) == (True, "table inet stackdb_trove_galera: it is not loaded")
    assert (host.ran, files(tmp_path)) == (["nft --check --file"], [])


def test_rules_that_nft_refuses_leave_everything_as_it_is(host: FakeHost, tmp_path: Path) -> None:
    act()
    before = {path: (tmp_path / path).read_bytes() for path in ALL}
    host.broken = True
    with pytest.raises(GuestError, match="syntax error"):
        act(clients=["10.9.0.0/16"])
    assert {path: (tmp_path / path).read_bytes() for path in files(tmp_path)} == before
    assert host.table is not None


@pytest.mark.parametrize("spoil", ["flush", "change", "file", "unit", "drop-in", "disabled"])
def test_what_somebody_else_has_undone_is_done_again(host: FakeHost, tmp_path: Path, spoil: str) -> None:
    act()
    if spoil == "flush":
        host.table = None
    elif spoil == "change":
        host.table = listing(*RULES[1:])
    elif spoil == "disabled":
        host.unit = "ActiveState=active\nUnitFileState=disabled\nNeedDaemonReload=no\n"
    else:
        (tmp_path / ALL[{"file": 0, "drop-in": 1, "unit": 2}[spoil]]).write_text("x")
    assert act()["changed"], f"{spoil} was not noticed"
    assert not act()["changed"]


def test_a_load_that_does_not_hold_is_an_error(host: FakeHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(firewall.Firewall(GIVEN["name"]).__class__, "load", lambda self, text: None)
    with pytest.raises(GuestError, match="it is not loaded, though it was loaded without an error"):
        act()


def test_switched_off_nothing_is_left(host: FakeHost, tmp_path: Path) -> None:
    assert act(state="absent") == {**act(check_mode=True, state="absent"), "changed": False}
    act()
    assert act(check_mode=True, state="absent")["changed"]
    assert files(tmp_path) == ALL
    host.ran.clear()
    assert act(state="absent")["changed"]
    assert (files(tmp_path), host.table) == ([], None)
    assert host.ran == [
        "systemctl disable --now stackdb-trove-firewall-galera.service", "systemctl daemon-reload", "nft delete table inet stackdb_trove_galera",
    ]  # fmt: skip
    assert not act(state="absent")["changed"]


def test_a_table_without_files_is_removed_too(host: FakeHost) -> None:
    host.table = listing()
    assert act(state="absent")["reasons"] == ["table inet stackdb_trove_galera: it is loaded"]
    assert host.table is None


def test_the_unit_and_the_drop_in_load_the_file(tmp_path: Path) -> None:
    wall = firewall.Firewall("galera", "/etc/stackdb-trove", str(tmp_path))
    unit, drop_in = wall.unit_files().values()
    assert "Before=network-pre.target network.target shutdown.target\n" in unit
    assert f"ExecStart={wall.nft or '/usr/sbin/nft'} -f /etc/stackdb-trove/galera.nft\n" in unit
    assert "ExecStop" not in unit
    assert [line.partition("=-")[0] for line in drop_in.splitlines()[2:]] == ["ExecStartPost", "ExecReload", "ExecStopPost"]


@pytest.mark.parametrize("state", ["present", "absent"])
@pytest.mark.parametrize("wrong", ["10.0.0.5/8", "10.0.0.1 10.0.0.2", "2001:db8::/129", "10.0.0"])
def test_wrong_clients_are_refused_by_the_name_of_the_option(host: FakeHost, state: str, wrong: str) -> None:
    with pytest.raises(InvalidInput, match=r"^galera_firewall_clients\[1\]: "):
        act(clients=["10.0.0.1", wrong], state=state)
    assert host.ran == []


def test_a_name_is_all_its_addresses(host: FakeHost, monkeypatch: pytest.MonkeyPatch) -> None:
    addresses = [(socket.AF_INET, ("10.2.0.1", 0)), (socket.AF_INET6, ("2001:db8::2", 0, 0, 0)), (socket.AF_INET6, ("fe80::1%2", 0, 0, 2))]
    answers = [(family, 1, 6, "", address) for family, address in addresses]
    monkeypatch.setattr(firewall.socket, "getaddrinfo", lambda name, port, type: answers if name == "app.example" else pytest.fail(name))
    assert act(check_mode=True, clients=["app.example"])["sources"]["clients"] == ["10.2.0.1/32", "2001:db8::2/128"]
    # switched off, a name is not asked for
    act(state="absent", clients=["other.example"])


def test_a_name_that_cannot_be_resolved_is_refused(host: FakeHost, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object, **_more: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(firewall.socket, "getaddrinfo", fail)
    with pytest.raises(InvalidInput, match=r"^galera_firewall_clients\[0\]: 'app.invalid' was given; allowed: a name that .* can resolve \(.*Name or service"):
        act(clients=["app.invalid"])
    assert host.ran == []


@pytest.mark.parametrize("port", [
    {"protocol": "icmp", "ports": "1"}, {"protocol": "tcp", "ports": "0"}, {"protocol": "tcp", "ports": "2-1"}, {"protocol": "tcp", "ports": "65536"},
    {"protocol": "tcp"}, {"ports": "1"}, {"protocol": "tcp", "ports": "1;"},
])  # fmt: skip
def test_ports_that_are_none_are_refused(host: FakeHost, port: dict) -> None:
    with pytest.raises(InvalidInput, match=r"^ports.client\[0\]: "):
        act(ports={"client": [port], "member": []})


def test_without_nftables_a_run_says_so_and_check_mode_goes_on(host: FakeHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(firewall.shutil, "which", lambda name, path: None)
    assert act(check_mode=True)["changed"]
    assert not act(state="absent")["changed"]
    with pytest.raises(GuestError, match="The package nftables is missing"):
        act()
