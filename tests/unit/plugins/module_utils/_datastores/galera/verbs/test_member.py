# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is done to a Galera member, and in which order, for what is observed of it. What touches the guest is a fake with the real signatures."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from unittest.mock import Mock, call, create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.guest import control, member
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.rules import choice, member_state
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.verbs import member as verb
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.verbs import settings
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.guest import server
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused
from ansible_collections.stackdb.trove.plugins.module_utils._plan.plan import Step
from ansible_collections.stackdb.trove.plugins.module_utils._plan.runner import Outcome, reconcile
from ansible_collections.stackdb.trove.tests.unit.galera_builders import FRESH, STANDALONE_EMPTY, info, serving, stopped, wsrep

READY = {"enabled": True, "outdated": False, "socket_activation": False}
SYNCED = serving(service={**READY, "state": "active", "started": 1000.0})
DOWN = stopped(service={**READY, "state": "inactive", "started": None})
LOOKING = stopped(service={**READY, "state": "activating", "started": 1000.0})


class FakeGuest:
    """A guest in one state, which records what is done to it; waiting and starting end at once."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, seen: Any, waiting: Any = None) -> None:
        self.calls = Mock()
        self.seen = seen
        self.waiting = {"live": {}, "pending": [], "told": [], **(waiting or {})}
        fake = create_autospec(control)
        self.calls.attach_mock(fake, "control")
        monkeypatch.setattr(verb, "control", fake)
        self.calls.control.wait_while.side_effect = lambda reason, timeout: reason(self.seen)
        seeing, having = create_autospec(member), create_autospec(settings)
        seeing.observe.return_value = self.seen
        having.waiting.return_value = self.waiting
        monkeypatch.setattr(verb, "member", seeing)
        monkeypatch.setattr(verb, "settings", having)
        self.calls.attach_mock(having.give, "give")
        self.calls.attach_mock(having.note_start, "note_start")

    def brought(self, action: str, check_mode: bool = False, **options: Any) -> Outcome[verb.Observed]:
        """An outcome, of the member's part in a choice."""
        given = {"tls_files": [], "rejoin_for": [], "allow_restart": False, "version": None, "timeout": 60, **options}
        return reconcile(verb.GaleraMember("m1", choice.Choice({"m1": action, "m2": "join"}), 3, **given), check_mode)


@pytest.fixture
def guest(monkeypatch: pytest.MonkeyPatch) -> Any:
    return lambda seen, **waiting: FakeGuest(monkeypatch, seen, waiting)


def steps(outcome: Outcome[verb.Observed]) -> list[str]:
    return [f"{step.action} {step.kind} {step.name}" for step in outcome.plan.steps]


PREPARE, CREATE = "update service mariadb", "create datadir /var/lib/mysql"
BOOTSTRAP, JOIN, STOP, STOP_START = "bootstrap member m1", "join member m1", "stop member m1", "stop start m1"


@pytest.mark.parametrize(
    ("seen", "action", "expected"),
    [
        pytest.param(FRESH, "bootstrap", [PREPARE, CREATE, BOOTSTRAP], id="a bare host begins"),
        pytest.param(FRESH, "join", [PREPARE, JOIN], id="a bare host joins: the state transfer brings the data"),
        pytest.param(STANDALONE_EMPTY, "bootstrap", [PREPARE, STOP, BOOTSTRAP], id="started by its package, and begins"),
        pytest.param(STANDALONE_EMPTY, "join", [PREPARE, STOP, JOIN], id="started by its package, and joins"),
        pytest.param(DOWN, "bootstrap", [BOOTSTRAP], id="it alone has the data"),
        pytest.param(DOWN, "join", [JOIN], id="down"),
        pytest.param(SYNCED, "none", [], id="it serves"),
        pytest.param(SYNCED, "join", [], id="it has come up since"),
        pytest.param(SYNCED, "bootstrap", [], id="it was bootstrapped since"),
        pytest.param(DOWN, "none", [JOIN], id="it has gone down since"),
        pytest.param(serving(service=SYNCED["service"], wsrep=wsrep(local_state="Donor/Desynced")), "none", [JOIN], id="it is waited for while it gives"),
    ],
)
def test_what_is_done(guest: Any, seen: Any, action: str, expected: list[str]) -> None:
    assert steps(guest(seen).brought(action, check_mode=True)) == expected


@pytest.mark.parametrize("key", ["outdated", "socket_activation", "enabled"])
def test_a_service_that_is_not_as_it_should_be(guest: Any, key: str) -> None:
    seen = serving(service={**SYNCED["service"], key: not READY[key]})
    fake = guest(seen)
    assert steps(fake.brought("none")) == [PREPARE]
    assert [name for name, _args, _kwargs in fake.calls.mock_calls] == ["control.prepare_service"]


def test_the_reasons_are_for_the_reader_of_a_plan(guest: Any) -> None:
    def why(seen: Any, action: str) -> str:
        return guest(seen).brought(action, check_mode=True).plan.steps[-1].why

    assert why(FRESH, "bootstrap") == "no member has data yet: this one bootstraps the cluster"
    assert why(DOWN, "bootstrap") == "it alone has the data"
    assert why(DOWN, "join") == "it does not serve: its service is inactive"


def test_nothing_is_done_in_check_mode(guest: Any) -> None:
    fake = guest(FRESH)
    outcome = fake.brought("bootstrap", check_mode=True)
    assert outcome.changed
    assert outcome.before == outcome.after == {"service": "inactive", "initialised": False, "wsrep": None}
    assert fake.calls.mock_calls == []


def test_a_cluster_is_begun_on_a_bare_host(guest: Any) -> None:
    fake = guest(FRESH)
    outcome = fake.brought("bootstrap", timeout=77)
    assert fake.calls.mock_calls == [
        call.control.prepare_service(outcome.observed),
        call.control.initialise("/var/lib/mysql"),
        call.control.bootstrap(outcome.observed, member_state.why_not_serving, 77),
        call.note_start(),
    ]


def test_a_member_that_runs_alone_is_stopped_before_it_joins(guest: Any) -> None:
    seen = {**STANDALONE_EMPTY, "service": SYNCED["service"]}
    fake = guest(seen)
    fake.brought("join", timeout=77)
    assert fake.calls.mock_calls == [call.control.stop(), call.control.start(member_state.why_not_serving, 77), call.note_start()]


@pytest.mark.parametrize(
    ("written", "seen", "action", "expected"),
    [
        pytest.param(2000, LOOKING, "join", [STOP_START, JOIN], id="written after its start"),
        pytest.param(1000, LOOKING, "join", [JOIN], id="it has read it"),
        pytest.param(2000, LOOKING, "bootstrap", [BOOTSTRAP], id="who begins looks for nobody"),
        pytest.param(2000, {**LOOKING, "datadir": {**LOOKING["datadir"], "receiving": True}}, "join", [JOIN], id="it has found the others"),
        pytest.param(2000, DOWN, "join", [JOIN], id="it is down and reads it anyway"),
        pytest.param(None, LOOKING, "join", [JOIN], id="no such file"),
    ],
)
def test_a_member_that_looks_for_the_others_by_old_settings_starts_anew(
    guest: Any, tmp_path: Path, written: int | None, seen: Any, action: str, expected: list[str]
) -> None:
    file = tmp_path / "galera.cnf"
    if written:
        file.touch()
        os.utime(file, (written, written))
    assert steps(guest(seen).brought(action, check_mode=True, rejoin_for=[str(file)])) == expected


def test_looking_is_given_up_before_it_starts_anew(guest: Any, tmp_path: Path) -> None:
    (tmp_path / "new.cnf").touch()
    fake = guest(LOOKING)
    fake.brought("join", rejoin_for=[str(tmp_path / "new.cnf")])
    assert [name for name, _args, _kwargs in fake.calls.mock_calls] == ["control.give_up_start", "control.start", "note_start"]


def test_live_settings_are_given_to_one_that_serves(guest: Any) -> None:
    live = {"max_connections": ["151", "200"], "sync_binlog": ["0", "1"]}
    fake = guest(SYNCED, live=live, pending=["performance_schema"])
    outcome = fake.brought("none")
    assert steps(outcome) == ["update settings m1"]
    assert outcome.plan.steps[0].why == "max_connections from 151 to 200, sync_binlog from 0 to 1"
    assert fake.calls.mock_calls == [call.give(live)]


def test_pending_settings_restart_it_only_where_that_is_allowed(guest: Any) -> None:
    fake = guest(SYNCED, live={"max_connections": ["151", "200"]}, pending=["performance_schema", "port"])
    outcome = fake.brought("none", allow_restart=True, timeout=77)
    (step,) = outcome.plan.steps
    assert (step.action, step.why) == ("restart", "it reads performance_schema, port at its start only")
    assert step.risk == "one member less while it restarts"
    waited, stopped_, started, noted = fake.calls.mock_calls
    assert (waited[0], waited.args[1]) == ("control.wait_while", 77)
    assert [stopped_, started, noted] == [call.control.stop(), call.control.start(member_state.why_not_serving, 77), call.note_start()]


def test_it_is_not_restarted_while_another_one_is_missing(guest: Any) -> None:
    fake = guest(serving(service=SYNCED["service"], wsrep=wsrep(cluster_size=2)), pending=["port"])
    with pytest.raises(Refused, match=r"m1 has to be restarted for its new settings, but the cluster has 2 of 3 members"):
        fake.brought("none", allow_restart=True)
    fake.calls.control.stop.assert_not_called()


@pytest.mark.parametrize("live", [{}, {"max_connections": ["151", "200"]}])
def test_a_newer_certificate_is_read_by_one_that_serves(guest: Any, tmp_path: Path, live: Any) -> None:
    (tmp_path / "server.pem").touch()
    fake = guest(SYNCED, live=live)
    outcome = fake.brought("none", tls_files=[str(tmp_path / "server.pem")])
    assert outcome.plan.steps[-1].why == f"{tmp_path}/server.pem changed"
    assert fake.calls.mock_calls[-1] == call.control.reload_tls([str(tmp_path / "server.pem")])
    assert len(outcome.plan.steps) == (2 if live else 1)


def test_another_version_is_refused_before_anything_is_done(guest: Any) -> None:
    fake = guest(info(version="10.6.18"))
    with pytest.raises(InvalidInput, match="m1"):
        fake.brought("bootstrap", version="10.11")
    assert fake.calls.mock_calls == []


def test_the_view_is_of_the_member_that_is_left(guest: Any) -> None:
    outcome = guest(SYNCED).brought("none")
    assert outcome.after == {"service": "active", "initialised": True, "wsrep": SYNCED["wsrep"]}
    assert outcome.observed["settings"] == {"live": {}, "pending": [], "told": []}


def test_a_step_that_nobody_knows_is_no_silence(guest: Any) -> None:
    class Dance(Step):
        action = "dance"
        kind = "tango"

    guest(SYNCED)
    one = verb.GaleraMember("m1", choice.Choice({}), 3, [], [], False, None, 60)
    with pytest.raises(TypeError, match="GaleraMember has no way to dance tango"):
        one.carry_out(Dance("m1", "why not"), one.observe())


@pytest.mark.parametrize("action", [choice.NONE, choice.JOIN, choice.BOOTSTRAP])
@pytest.mark.parametrize("unread", [True, False])
@pytest.mark.parametrize("waiting", [{}, {"live": {"max_connections": ["100", "200"]}}, {"pending": ["innodb_log_file_size"]}, {"told": ["it rounds it"]}])
@pytest.mark.parametrize(
    "seen",
    [
        SYNCED, DOWN, LOOKING, FRESH, STANDALONE_EMPTY, serving(service={**READY, "state": "active", "started": 1000.0}, wsrep=wsrep(ready=False)),
        *({**SYNCED, "service": {**SYNCED["service"], name: not SYNCED["service"][name]}} for name in READY),
    ],
)  # fmt: skip
def test_nothing_is_left_to_do_on_one_that_is_settled_and_on_no_other(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, seen: Any, waiting: dict, unread: bool, action: str
) -> None:
    """Whatever was decided for all: a role asks nobody again, and does nothing, where all members are settled."""
    certificate = tmp_path / "server.pem"
    certificate.write_text("new")
    os.utime(certificate, (2000, 2000) if unread else (500, 500))
    paths = [str(certificate)]
    guest = FakeGuest(monkeypatch, seen, waiting)
    outcome = guest.brought(action, check_mode=True, tls_files=paths, allow_restart=True)
    nothing = not outcome.plan and not outcome.observed["settings"]["told"]
    settled = member_state.is_settled(seen, guest.waiting, server.unread_tls(paths, seen["service"]))
    assert not settled or nothing
    # who is not Synced has something to do in any case, and one that is has what is waiting
    assert settled is nothing
