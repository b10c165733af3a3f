# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is done to a MariaDB or MySQL server, and in which order, for what is observed of it. What touches the guest is a fake with the real signatures."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from unittest.mock import Mock, call, create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.guest import control, engines, settings_file
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.guest import server as guest_server
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.guest.engines import MARIADB, MYSQL, Engine
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.rules.settings import Waiting
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.verbs import server as verb
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from ansible_collections.stackdb.trove.plugins.module_utils._plan.plan import Step
from ansible_collections.stackdb.trove.plugins.module_utils._plan.runner import Outcome, reconcile
from ansible_collections.stackdb.trove.tests.unit.fake_database import fake_unit, state

DATADIR = "/var/lib/mysql"
NOTED = call.settings_file.note_start("mysql_replication", 4000.0)


def seen(state: str = "active", data: str = "initialised", tables: str | None = "10.11.1", **changes: Any) -> Any:
    """What is observed of a server."""
    return {
        "version": "10.11.19",
        "tables_version": tables,
        "service": {"state": state, "substate": "", "started": None, "enabled": True, "outdated": False, "restarts": 0},
        "reachable": state == "active",
        "error": None,
        "variables": {"datadir": f"{DATADIR}/"} if state == "active" else None,
        "datadir": {"path": DATADIR, "state": data, "schemas": [], "size": 10, "free": 5},
        "configured": None,
        "settings": Waiting({}, ()),
        **changes,
    }


def brought(observed: Any, engine: Engine = MARIADB, check_mode: bool = True, **options: Any) -> Outcome[Any]:
    given = {"settings": {}, "tls_files": [], "version": None, "initialise": True, "allow_restart": False, "timeout": 60, **options}
    reconciler = verb.MysqlServer(engine, DATADIR, "mysql_replication", **given)
    reconciler.observe = create_autospec(reconciler.observe, return_value=observed)
    return reconcile(reconciler, check_mode)


def steps(outcome: Outcome[Any]) -> list[str]:
    return [f"{step.action} {step.kind}" for step in outcome.plan.steps]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Mock:
    """What a fake guest is told to do."""
    told = Mock()
    for name, module in (("control", control), ("settings_file", settings_file)):
        fake = create_autospec(module)
        told.attach_mock(fake, name)
        monkeypatch.setattr(verb, name, fake)
    for engine in (engines.MariaDB, engines.MySQL):
        monkeypatch.setattr(engine, "service", fake_unit(state(started=4000.0)))
    for engine in (engines.MariaDB, engines.MySQL):
        monkeypatch.setattr(engine, "upgrade_tables", create_autospec(engine.upgrade_tables))
        told.attach_mock(engine.upgrade_tables, f"{engine.name}_upgrade_tables")
    return told


@pytest.mark.parametrize(
    ("observed", "engine", "expected"),
    [
        pytest.param(seen(), MARIADB, [], id="of the same series"),
        pytest.param(seen(tables="10.6.5"), MARIADB, ["upgrade tables"], id="of an older series, and it runs"),
        pytest.param(seen("inactive", tables="10.6.5"), MARIADB, ["start server", "upgrade tables"], id="of an older series, and it is down"),
        pytest.param(seen(tables=None), MARIADB, ["upgrade tables"], id="of an unknown version"),
        pytest.param(seen("inactive", "received"), MARIADB, ["start server"], id="received from a server of the same series"),
        pytest.param(seen("inactive", "received", tables="10.6.1"), MARIADB, ["start server", "upgrade tables"], id="received from an older one"),
        pytest.param(seen("inactive", "blank", tables=None), MARIADB, ["create datadir", "start server"], id="created by this server"),
        pytest.param(seen(tables=None), MYSQL, [], id="MySQL does it by itself"),
    ],
)
def test_system_tables_are_upgraded_once_for_each_version(observed: Any, engine: Engine, expected: list[str]) -> None:
    assert steps(brought(observed, engine)) == expected


@pytest.mark.parametrize(
    ("data", "initialise", "expected"),
    [
        ("blank", True, ["create datadir", "start server"]),
        ("initialising", True, ["create datadir", "start server"]),
        ("receiving", True, ["start server"]),
        ("initialised", True, ["start server"]),
        ("blank", False, []),
        ("initialising", False, []),
        ("receiving", False, []),
        ("received", False, ["start server"]),
        ("initialised", False, ["start server"]),
    ],
)
def test_a_server_that_is_down(data: str, initialise: bool, expected: list[str]) -> None:
    assert steps(brought(seen("inactive", data), initialise=initialise)) == expected


@pytest.mark.parametrize("service", [{"outdated": True}, {"enabled": False}])
def test_a_service_that_is_not_as_it_should_be(service: dict[str, bool], calls: Mock) -> None:
    observed = seen()
    observed["service"].update(service)
    assert steps(brought(observed, check_mode=False)) == ["update service"]
    assert calls.mock_calls == [call.control.enable(MARIADB, observed["service"]["outdated"])]


def test_a_server_is_created_and_started(calls: Mock) -> None:
    outcome = brought(seen("inactive", "blank", tables=None), check_mode=False, timeout=77)
    assert calls.mock_calls == [call.control.initialise(MARIADB, DATADIR), call.control.start(MARIADB, 77), NOTED]
    assert [step.why for step in outcome.plan.steps] == ["it is empty, and a server needs system tables", "it does not run"]


def test_tables_are_upgraded_by_the_engine(calls: Mock) -> None:
    outcome = brought(seen(tables=None), check_mode=False, timeout=77)
    assert calls.mock_calls == [call.mariadb_upgrade_tables(MARIADB, 77)]
    assert outcome.plan.steps[0].why == "its system tables are of an unknown version, and the server is 10.11.19"


def test_a_setting_that_it_takes_while_it_runs(calls: Mock) -> None:
    outcome = brought(seen(settings=Waiting({"sync_binlog": ("0", "1")}, ())), check_mode=False)
    assert [step.why for step in outcome.plan.steps] == ["sync_binlog from 0 to 1"]
    assert calls.mock_calls == [call.settings_file.give("mysql_replication", {"sync_binlog": "1"})]


@pytest.mark.parametrize("name", ["ssl_cipher", "tls_version"])
def test_a_setting_of_tls_has_the_certificate_read_anew(name: str, calls: Mock) -> None:
    brought(seen(settings=Waiting({name: ("old", "new")}, ())), MYSQL, check_mode=False)
    assert calls.mock_calls == [call.settings_file.give("mysql_replication", {name: "new"}), call.control.reload_tls(MYSQL, [])]


def test_a_setting_that_is_read_at_a_start(calls: Mock) -> None:
    observed = seen(settings=Waiting({"sync_binlog": ("0", "1")}, ("skip_name_resolve",)))
    patient = brought(observed)
    assert steps(patient) == ["update settings"]
    assert patient.after is not None
    assert patient.after["pending"] == ["skip_name_resolve"]
    allowed = brought(observed, check_mode=False, allow_restart=True, timeout=77)
    assert [step.line() for step in allowed.plan.steps] == [
        "~ restart server mariadbd: it reads skip_name_resolve at its start only [no service while it restarts]"
    ]
    assert calls.mock_calls == [call.control.stop(MARIADB), call.control.start(MARIADB, 77), NOTED]


def test_what_replication_needs_is_not_done_without() -> None:
    observed, wanted = seen(variables={"log_bin": "OFF", "ssl_ca": ""}), {"log_bin": "binlog", "ssl_ca": "/ca.pem"}
    with pytest.raises(Refused, match=r"log_bin is OFF and has to be binlog, ssl_ca is empty and has to be /ca.pem.*mysql_replication_allow_restart"):
        brought(observed, settings=wanted)
    assert steps(brought(observed, settings=wanted, allow_restart=True)) == ["restart server"]


@pytest.mark.parametrize(
    ("observed", "why"),
    [
        pytest.param(seen(variables={"datadir": "/data/"}), "has its data in /data, not in /var/lib/mysql", id="it runs elsewhere"),
        pytest.param(seen("inactive", "blank", configured={"path": "/data", "schemas": ["crm", "b"]}), "schemas crm, b in /data, and nothing", id="elsewhere"),
        pytest.param(seen("inactive", "foreign"), "holds files that do not belong to a database", id="foreign"),
        pytest.param(seen(reachable=False, variables=None, error="Access denied"), "does not answer root on .*: Access denied", id="silent"),
    ],
)
def test_what_must_not_be_touched(observed: Any, why: str) -> None:
    with pytest.raises(Refused, match=why):
        brought(observed)


def test_other_data_do_not_matter_to_a_server_that_has_its_own() -> None:
    assert steps(brought(seen("inactive", configured={"path": "/data", "schemas": ["crm"]}))) == ["start server"]


@pytest.mark.parametrize("wanted", [None, "", "10", "10.11", "10.11.19"])
def test_a_version_that_begins_alike(wanted: str | None) -> None:
    assert steps(brought(seen(), version=wanted)) == []
    assert steps(brought(seen("inactive", version=None), version=wanted)) == ["start server"]


@pytest.mark.parametrize("wanted", ["10.1", "10.6", "11.8"])
def test_another_version(wanted: str) -> None:
    with pytest.raises(Refused, match=f"mariadbd is 10.11.19, but {wanted} was asked for"):
        brought(seen(), version=wanted)


def test_a_newer_certificate(tmp_path: Path, calls: Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guest_server, "TLS_STAMP", str(tmp_path / "stamp"))
    file, observed = tmp_path / "server.pem", seen()
    file.touch()
    os.utime(file, (2000, 2000))
    observed["service"]["started"] = 1000.0
    assert brought(observed, check_mode=False, tls_files=[str(file)]).plan.steps[0].why == f"{file} changed"
    assert calls.mock_calls == [call.control.reload_tls(MARIADB, [str(file)])]


def test_the_view_has_the_settings_that_are_asked_for() -> None:
    observed = seen(variables={"sync_binlog": "1", "port": "3306"}, settings=Waiting({}, ("port",), ("a: ON stands in the file",)))
    outcome = brought(observed, settings={"Sync-Binlog": 1, "port": 3307, "unheard_of": 1})
    assert outcome.after == {
        "version": "10.11.19",
        "service": "active",
        "reachable": True,
        "datadir": {"path": DATADIR, "state": "initialised", "schemas": [], "size": 10, "free": 5},
        "settings": {"port": "3306", "sync_binlog": "1"},
        "pending": ["port"],
        "told": ["a: ON stands in the file"],
    }


def test_values_are_in_no_repr() -> None:
    assert "s3cret" not in repr(verb.UpdateSettings("mariadbd", "why", {"sst_auth": "s3cret"}))


def test_it_is_observed_where_its_data_are(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = create_autospec(guest_server.observe, return_value=seen())
    monkeypatch.setattr(verb.server, "observe", fake)
    assert verb.MysqlServer(MYSQL, DATADIR, "ours", {}, [], None, True, False, 60).observe() == seen()
    fake.assert_called_once_with(MYSQL, DATADIR, "ours")


def test_a_step_that_nobody_knows_is_no_silence() -> None:
    class Dance(Step):
        action = "dance"
        kind = "tango"

    server = verb.MysqlServer(MARIADB, DATADIR, "ours", {}, [], None, True, False, 60)
    with pytest.raises(TypeError, match="MysqlServer has no way to dance tango"):
        server.carry_out(Dance("it", "why not"), seen())


@pytest.mark.parametrize(("data", "planned"), [("initialised", "start server"), ("foreign", "start server"), ("blank", "create datadir")])
def test_half_of_the_data_is_no_server_and_the_run_that_left_it_can_be_gone_on_with(
    monkeypatch: pytest.MonkeyPatch, calls: Mock, tmp_path: Path, data: str, planned: str
) -> None:
    """A look is not refused by it, since what goes on with the killed run looks first; a start is."""
    monkeypatch.setattr(verb.aside, "by", lambda _directory: "")
    assert planned in steps(brought(seen("inactive", data)))
    with pytest.raises(Refused, match="begin with half of its data"):
        brought(seen("inactive", data), check_mode=False)
    assert not [told for told in calls.mock_calls if "start" in str(told) or "initialise" in str(told)]
