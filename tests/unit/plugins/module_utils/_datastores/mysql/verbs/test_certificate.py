# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A running server reads the files of its certificate when they are not what it has read; one that is down does so by itself."""

from __future__ import annotations

from unittest.mock import Mock, call

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.guest.engines import MARIADB
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.verbs import certificate
from ansible_collections.stackdb.trove.plugins.module_utils._plan.runner import Outcome, reconcile

FILES = ["/tls/ca.pem", "/tls/server.pem"]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Mock:
    calls = Mock()
    monkeypatch.setattr(certificate, "server", calls.server)
    monkeypatch.setattr(certificate, "control", calls.control)
    calls.server.unread_tls.return_value = ["/tls/ca.pem"]
    return calls


def brought(calls: Mock, state: str = "active", check_mode: bool = False, reload: Mock | None = None) -> Outcome[list[str]]:
    engine = Mock(wraps=MARIADB, daemon="mariadbd")
    engine.service.show.return_value = {"state": state, "started": 1.0}
    return reconcile(certificate.ServerCertificate(engine, FILES, reload), check_mode)


def test_what_it_has_not_read_is_read(calls: Mock) -> None:
    outcome = brought(calls)
    assert [step.why for step in outcome.plan.steps] == ["/tls/ca.pem changed"]
    assert calls.control.reload_tls.mock_calls[0].args[1] == FILES


def test_a_member_of_galera_has_its_provider_read_it_too(calls: Mock) -> None:
    reload = Mock()
    brought(calls, reload=reload)
    assert reload.mock_calls == [call(FILES)]
    calls.control.reload_tls.assert_not_called()


@pytest.mark.parametrize(("state", "check_mode"), [("inactive", False), ("active", True)])
def test_one_that_is_down_is_left_alone_and_check_mode_tells_nothing(calls: Mock, state: str, check_mode: bool) -> None:
    outcome = brought(calls, state, check_mode)
    assert bool(outcome.plan.steps) is (state == "active")
    calls.control.reload_tls.assert_not_called()


def test_nothing_is_done_where_it_has_read_all(calls: Mock) -> None:
    calls.server.unread_tls.return_value = []
    assert not brought(calls).changed
