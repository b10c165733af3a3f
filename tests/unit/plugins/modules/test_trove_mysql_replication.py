# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the module returns, by its state, over FakeServers."""

from __future__ import annotations

from unittest.mock import create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.guest.replication import connect
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.verbs import attachment, catching_up, promotion
from ansible_collections.stackdb.trove.plugins.modules import trove_mysql_replication as module
from ansible_collections.stackdb.trove.tests.unit import replication_builders as build
from ansible_collections.stackdb.trove.tests.unit.fake_replication import FakeServer

PARAMS = {
    "socket": "/socket", "source_host": "10.0.0.1", "source_port": 3306, "source_user": None, "ca_cert": "/tls/ca.pem", "client_cert": "/tls/server.pem",
    "client_key": "/tls/server.key", "gtid": None, "read_only": True, "replicas": [], "promoter": None, "exclusive": False, "followers": {}, "timeout": 1,
    "window": 0.2, "allow_privileged_writers": False, "takes_over": False, "event_scheduler": None, "source_behind": False, "heard": False,
}  # fmt: skip


@pytest.fixture
def act(monkeypatch: pytest.MonkeyPatch):
    """Runs the module on a server, whose source is 10.0.0.1."""
    source = FakeServer(build.info(1, "0-1-150"))
    for verb in (attachment, catching_up, promotion):
        monkeypatch.setattr(verb, "connect", create_autospec(connect, return_value=source))
        monkeypatch.setattr(verb, "check_controller", lambda: None)

    def run(state: str, server: FakeServer, **changes: object) -> dict:
        monkeypatch.setattr(module, "connect", create_autospec(connect, return_value=server))
        # in check mode, for which there is no lock to be held
        return module.act({**PARAMS, "state": state, **changes}, changes.get("check_mode", True))

    return run


def test_attached(act) -> None:
    done = act("attached", FakeServer(build.info(2, "0-1-120")))
    assert done["changed"]
    assert done["diff"]["after"]["source"]["user"] == "trove_r_2", "the account of the server's own id, where none is given"
    assert done["replication"] == {"read_only": False, "executed": "0-1-120", "source": None}
    assert act("attached", FakeServer(build.info(2, "0-1-120")), source_user="repl")["diff"]["after"]["source"]["user"] == "repl"
    assert not act("attached", FakeServer(build.replica(2, "0-1-120")))["changed"]


def test_promoted_returns_a_promotion_or_none(act) -> None:
    for server in (FakeServer(build.info(2, "0-1-150")), FakeServer(build.replica(2, "0-1-150"))):
        done = act("promoted", server)
        assert done["promotion"] is None
        assert done["changed"] is bool(server.info["source"])
    detached = FakeServer(build.info(2, "0-1-150"))
    detached.found_events = [build.event("elsewhere", "SLAVESIDE_DISABLED"), build.event("here")]
    done = act("detached", detached)
    assert "promotion" not in done
    assert done["disabled_events"] == ["shop.elsewhere"]


def test_caught_up_waits_for_nothing_in_check_mode(act) -> None:
    server = FakeServer(build.replica(2, "0-1-120"), fails=("late",))
    done = act("caught_up", server)
    assert (done["changed"], done["caught_up"], done["replication"]["executed"]) == (False, None, "0-1-120")


def test_source(act) -> None:
    done = act("source", FakeServer(build.info(1, "0-1-150")), replicas=[build.account(2)], promoter={"address": "10.0.0.3", "subject": "/CN=c"})
    assert done["diff"]["after"] == {"accounts": ["trove_promote@10.0.0.3", "trove_r_2@10.0.0.2"]}
