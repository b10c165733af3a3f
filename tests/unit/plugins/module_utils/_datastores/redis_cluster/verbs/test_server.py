# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A running server takes what its files say; one that is down, and one with something to lose, are left as they are."""

from __future__ import annotations

from unittest.mock import call, create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest.server import Seen, Server
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest.settings_file import SettingsFile
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.settings import Running, Wanted
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.verbs.server import HEAD, ServerAdapted, ServerRestarted, check_version
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused
from ansible_collections.stackdb.trove.plugins.module_utils._plan.runner import reconcile

LIVE = {"maxmemory": "100", "appendonly": "yes", "save": "", "databases": "16", "masterauth": "old"}


class FakeServer:
    """A server by its real methods, that takes what it is given."""

    def __init__(self, running=True, entries=(), keys=0, **live):
        self.settings, self.users, self.certificate, self.is_up = {**LIVE, **live}, ["user a on"], "old", running
        self.mock = create_autospec(Server, instance=True)
        self.mock.observe.side_effect = lambda: Seen(
            "active" if self.is_up else "inactive",
            Running(dict(self.settings), self.users, self.certificate, keys) if self.is_up else None,
            entries,
        )
        self.mock.set.side_effect = self.settings.update
        self.mock.load_users.side_effect = lambda: setattr(self, "users", ["user b on"])
        self.mock.load_certificate.side_effect = lambda: setattr(self, "certificate", "new")
        self.mock.restart.side_effect = lambda _timeout: self.settings.update(databases="32")

    def adapted(self, settings=None, check_mode=False, **wanted):
        return reconcile(ServerAdapted(self.mock, "m1", Wanted(settings or {}, **wanted), 60), check_mode)

    def restarted(self, settings, check_mode=False):
        return reconcile(ServerRestarted(self.mock, "m1", Wanted(settings), 60), check_mode)


def test_settings_change_all_at_once_and_secrets_are_not_shown():
    server, asked = FakeServer(), {"MaxMemory": "1kb", "masterauth": "s3cret", "databases": 16}
    foreseen = server.adapted(asked, check_mode=True)
    server.mock.set.assert_not_called()
    made = server.adapted(asked)
    server.mock.set.assert_called_once_with({"maxmemory": "1kb", "masterauth": "s3cret"})
    assert [(step.action, step.kind, step.name, step.why) for step in made.plan.steps] == [
        ("update", "setting", "maxmemory", "from '100' to '1kb'"), ("update", "setting", "masterauth", "from another one to another one")
    ]  # fmt: skip
    assert made.plan == foreseen.plan
    assert made.before == {"state": "active", "settings": {"MaxMemory": "100", "databases": "16"}}
    assert foreseen.after == made.after == {"state": "active", "settings": {"MaxMemory": "1kb", "databases": "16"}}
    assert "s3cret" not in repr(made.plan)
    assert not server.adapted(asked).changed


def test_users_and_certificate_are_read_once_more_after_the_settings():
    server = FakeServer()
    made = server.adapted({"maxmemory": "2"}, users=["user b on"], certificate="new")
    assert [each for each in server.mock.mock_calls if each != call.observe()] == [call.set({"maxmemory": "2"}), call.load_users(), call.load_certificate()]
    assert [(step.kind, step.name, step.why) for step in made.plan.steps[1:]] == [
        ("users", "m1", "the users' file differs from what the server knows"),
        ("certificate", "m1", "the server shows another certificate than the one on disk"),
    ]
    assert not server.adapted(users=["user b on"], certificate="new").changed


def test_what_waits_for_a_restart_is_refused_where_that_loses_keys_and_else_left_alone():
    server = FakeServer()
    outcome = server.adapted({"databases": 32})
    assert not outcome.changed
    assert ServerAdapted(server.mock, "m1", Wanted({"databases": 32}), 60).pending(outcome.observed) == ["databases"]
    with pytest.raises(Refused, match="m1 has to be restarted for databases, and its 5 keys would be lost"):
        FakeServer(keys=5, appendonly="no").adapted({"databases": 32})


def test_a_restart_for_what_waits_for_it():
    server = FakeServer()
    assert not server.restarted({"databases": 16, "maxmemory": "7"}).changed
    foreseen = server.restarted({"databases": 32}, check_mode=True)
    server.mock.restart.assert_not_called()
    made = server.restarted({"databases": 32})
    server.mock.restart.assert_called_once_with(60)
    assert made.plan.text() == foreseen.plan.text() == (
        "~ restart server m1: it reads databases at its start only [its slots are not served while it restarts]\n"
    )
    assert not server.restarted({"databases": 32}).changed


def test_a_server_that_is_down_is_left_alone_and_does_not_start_empty():
    server = FakeServer(running=False, entries=("dump.rdb",))
    outcome = server.adapted({"maxmemory": "2"})
    assert not outcome.changed
    assert outcome.after == {"state": "inactive", "settings": {"maxmemory": None}}
    assert not server.restarted({"databases": 32}).changed
    assert ServerAdapted(server.mock, "m1", Wanted({"databases": 32}), 60).pending(outcome.observed) == []
    with pytest.raises(Refused, match="m1 is down and has its data in dump.rdb"):
        server.adapted({"appendonly": "yes"})


def test_the_file_is_written_last_and_of_a_server_that_is_down_only_that(tmp_path):
    file = SettingsFile(str(tmp_path / "redis.conf"), None)
    server, asked = FakeServer(), Wanted({"maxmemory": "2", "masterauth": "s3cret", "appendonly": True})
    foreseen = reconcile(ServerAdapted(server.mock, "m1", asked, 60, file), True)
    assert file.read() is None
    made = reconcile(ServerAdapted(server.mock, "m1", asked, 60, file), False)
    assert made.plan == foreseen.plan
    assert [step.kind for step in made.plan.steps] == ["setting", "setting", "file"]
    assert file.read() == f"# {HEAD}\nappendonly yes\nmasterauth s3cret\nmaxmemory 2\n"
    assert "s3cret" not in repr(made.plan) + made.plan.text()
    assert not reconcile(ServerAdapted(server.mock, "m1", asked, 60, file), False).changed
    down = FakeServer(running=False)
    assert not reconcile(ServerAdapted(down.mock, "m1", asked, 60, file), False).changed
    assert reconcile(ServerAdapted(down.mock, "m1", Wanted({}), 60, file), False).plan.text().startswith(f"~ update file {file.path}")
    with pytest.raises(Refused):
        reconcile(ServerAdapted(FakeServer(running=False, entries=("dump.rdb",)).mock, "m1", asked, 60, file), False)
    assert file.read() == f"# {HEAD}\n"


def test_a_value_that_the_server_took_and_has_not_is_said(tmp_path):
    server = FakeServer()
    server.mock.set.side_effect = None
    file = SettingsFile(str(tmp_path / "redis.conf"), None)
    with pytest.raises(GuestError, match="m1 was told maxmemory, and has another value"):
        reconcile(ServerAdapted(server.mock, "m1", Wanted({"maxmemory": "2"}), 60, file), False)


@pytest.mark.parametrize(
    ("wanted", "installed", "refused"),
    [("7.0", "7.0.15", False), ("7", "7.0.15", False), ("7.0.15", "7.0.15", False), (None, "7.0.15", False), ("7.0", None, False),
     ("7.1", "7.0.15", True), ("7.0.1", "7.0.15", True), ("8", "7.0.15", True)],  # fmt: skip
)
def test_another_version_is_refused(wanted, installed, refused):
    if refused:
        with pytest.raises(InvalidInput, match=f"version: '{wanted}' was given; allowed: one of {installed}|{installed}"):
            check_version(wanted, installed)
    else:
        check_version(wanted, installed)
