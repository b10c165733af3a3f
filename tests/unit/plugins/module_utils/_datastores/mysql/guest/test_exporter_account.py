# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The exporter's account, over connections that answer by a script. Real servers: molecule/galera, molecule/replica."""

from __future__ import annotations

from subprocess import CompletedProcess
from typing import Any

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.guest import connection, exporter_account
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.guest.exporter_account import ExporterAccount
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.plugins.modules import trove_mysql_metrics
from ansible_collections.stackdb.trove.tests.unit.fake_database import FakeDatabase

MARIADB_GRANT = {"Grants for trove_metrics@localhost": "GRANT SLAVE MONITOR ON *.* TO `trove_metrics`@`localhost` IDENTIFIED VIA unix_socket"}
MYSQL_GRANT = {"Grants for trove_metrics@localhost": "GRANT REPLICATION CLIENT ON *.* TO `trove_metrics`@`localhost`"}
LET_IN = CompletedProcess([], 0, "1\n", "")
USAGE = {"Grants for trove_metrics@localhost": "GRANT USAGE ON *.* TO `trove_metrics`@`localhost`"}


def act(
    monkeypatch: pytest.MonkeyPatch, answers: dict[str, Any], check_mode: bool = False, restricted: tuple[int, int] = (0, 0), login: Any = LET_IN,
    logins: list[list[str]] | None = None, **given: Any
) -> tuple[dict[str, Any], list[str]]:  # fmt: skip
    """
    :param restricted: super_read_only and read_only
    :param login: how the client ends that logs in as the exporter does; how it was called comes into `logins`
    """
    logins = [] if logins is None else logins
    fake = FakeDatabase(answers)

    def connect(where: dict[str, Any]) -> Any:
        server = fake.connect(where)
        server.select.side_effect = lambda **words: dict(zip(words, restricted))
        return server

    monkeypatch.setattr(connection, "Connection", connect)
    monkeypatch.setattr(exporter_account, "run", lambda argv, check: logins.append(argv) or login)
    result = trove_mysql_metrics.act({"state": "present", "engine": "mariadb", "logged": False, **given}, check_mode)
    return result, [line for line in fake.said if not line.startswith(("SELECT", "SHOW"))]


def test_it_is_created_without_a_password_and_outside_of_the_binary_log(monkeypatch: pytest.MonkeyPatch) -> None:
    _result, said = act(monkeypatch, {})
    assert said == [
        "SET SESSION sql_log_bin = 0",
        "CREATE USER IF NOT EXISTS 'trove_metrics'@'localhost' IDENTIFIED VIA unix_socket WITH MAX_USER_CONNECTIONS 3",
        "GRANT SLAVE MONITOR ON *.* TO 'trove_metrics'@'localhost'",
        "SET SESSION sql_log_bin = 1",
    ]
    _result, said = act(monkeypatch, {}, logged=True)
    assert [line.split()[0] for line in said] == ["CREATE", "GRANT"]
    result, said = act(monkeypatch, {}, check_mode=True)
    assert (result["changed"], said) == (True, [])


@pytest.mark.parametrize(("engine", "plugin", "grant"), [("mariadb", "unix_socket", MARIADB_GRANT), ("mysql", "auth_socket", MYSQL_GRANT)])
def test_one_that_is_there_stays_and_lacks_no_grant(monkeypatch: pytest.MonkeyPatch, engine: str, plugin: str, grant: dict[str, str]) -> None:
    there = {"SELECT plugin": [{"plugin": plugin}]}
    assert act(monkeypatch, {**there, "SHOW GRANTS": [grant]}, engine=engine)[0]["changed"] is False
    # a run that was killed between the two statements
    result, _said = act(monkeypatch, {**there, "SHOW GRANTS": [USAGE], "SELECT @@": [{"refuses": 0}]}, engine=engine, logged=True)
    assert [statement.split()[0] for statement in result["statements"]] == ["GRANT"]
    no_grant = GuestError("There is no such grant defined", code=1141)
    assert act(monkeypatch, {**there, "SHOW GRANTS": no_grant}, engine=engine, logged=True)[0]["changed"]


def test_an_account_of_somebody_else_is_refused_and_never_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    other = {"SELECT plugin": [{"plugin": "mysql_native_password"}]}
    with pytest.raises(GuestError, match="comes in by mysql_native_password"):
        act(monkeypatch, other)
    assert act(monkeypatch, other, state="absent")[0]["changed"] is False
    assert act(monkeypatch, {"SELECT plugin": [{"plugin": "unix_socket"}]}, state="absent", logged=True)[1] == [
        "DROP USER IF EXISTS 'trove_metrics'@'localhost'"
    ]
    assert act(monkeypatch, {}, state="absent")[1] == []


def test_super_read_only_is_set_again_though_a_statement_fails() -> None:
    fake = FakeDatabase({"SELECT @@": [{"refuses": 1}], "CREATE": GuestError("no auth_socket")})
    server = fake.connect({})
    server.select.side_effect = lambda **words: dict.fromkeys(words, 1)
    with pytest.raises(GuestError, match="no auth_socket"):
        ExporterAccount(server, "mysql", False).run(["CREATE USER"])
    assert fake.said[-2:] == ["SET SESSION sql_log_bin = 1", "SET GLOBAL super_read_only = ON"]


@pytest.mark.parametrize("state", ["present", "absent"])
def test_super_read_only_that_a_killed_run_has_lifted_is_set_again(monkeypatch: pytest.MonkeyPatch, state: str) -> None:
    """The account may be whole, or gone: it was killed after that."""
    there = {"SELECT plugin": [{"plugin": "auth_socket"}] if state == "present" else [], "SHOW GRANTS": [MYSQL_GRANT]}
    result, said = act(monkeypatch, there, restricted=(0, 1), engine="mysql", state=state)
    assert (result["statements"], said[-1], said.count(said[-1])) == (["SET GLOBAL super_read_only = ON"], "SET GLOBAL super_read_only = ON", 1)
    result, said = act(monkeypatch, there, check_mode=True, restricted=(0, 1), engine="mysql", state=state)
    assert (result["changed"], said) == (True, [])
    # one that is whole, a source, and one that takes writes since it has no read_only
    for restricted in ((1, 1), (0, 0)):
        assert act(monkeypatch, there, restricted=restricted, engine="mysql", state=state)[0]["changed"] is False
    # killed before the account was there
    _result, said = act(monkeypatch, {}, restricted=(0, 1), engine="mysql", state=state)
    assert (said[-1], "SET GLOBAL super_read_only = OFF" in said) == ("SET GLOBAL super_read_only = ON", False)


def test_a_server_that_does_not_run_is_no_failure_in_check_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    down = {"": GuestError("no socket")}
    assert act(monkeypatch, down, check_mode=True)[0]["changed"] is True
    assert act(monkeypatch, down, check_mode=True, state="absent")[0]["changed"] is False
    with pytest.raises(GuestError, match="no socket"):
        act(monkeypatch, down)


@pytest.mark.parametrize(
    ("engine", "plugin", "grant", "client"),
    [("mariadb", "unix_socket", MARIADB_GRANT, "mariadb"), ("mysql", "auth_socket", MYSQL_GRANT, "mysql")],
)
def test_it_has_to_log_in_as_the_exporter_does(monkeypatch: pytest.MonkeyPatch, engine: str, plugin: str, grant: dict[str, str], client: str) -> None:
    there: Any = {"answers": {"SELECT plugin": [{"plugin": plugin}], "SHOW GRANTS": [grant]}, "engine": engine, "logged": True}
    logins: list[list[str]] = []
    act(monkeypatch, **there, logins=logins)
    assert [argv[:5] for argv in logins] == [["runuser", "-u", "trove_metrics", "--", client]]
    denied = CompletedProcess([], 1, "", "ERROR 1698 (28000): Access denied for user 'trove_metrics'@'localhost'\n")
    with pytest.raises(GuestError, match="the exporter cannot log in by it: ERROR 1698"):
        act(monkeypatch, **there, login=denied)
    # while its exporter asks
    act(monkeypatch, **there, login=CompletedProcess([], 1, "", "ERROR 1226 (42000): User 'trove_metrics' has exceeded the 'max_user_connections' resource"))
    act(monkeypatch, **there, check_mode=True, login=denied)
    act(monkeypatch, **there, state="absent", login=denied)
