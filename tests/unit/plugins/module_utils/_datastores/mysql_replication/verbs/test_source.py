# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is planned for the accounts of a source, and in which order it is done, over FakeServers."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.verbs.source import Source
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from ansible_collections.stackdb.trove.plugins.module_utils._plan.runner import reconcile
from ansible_collections.stackdb.trove.tests.unit import replication_builders as build
from ansible_collections.stackdb.trove.tests.unit.fake_replication import FakeServer


def words(server):
    return [word for _number, word in server.journal]


def account(number, host="10.0.0.2", subject="/CN=b", **changes):
    return {"user": f"trove_r_{number}", "host": host, "subject": subject, "issuer": "", "replicates": True, **changes}


def wanted(number, host="10.0.0.2", subject="/CN=b"):
    return {"server_id": number, "address": host, "subject": subject}


def accounts(server, *replicas, promoter=None, exclusive=False, check_mode=False):
    return reconcile(Source(server, replicas, promoter, exclusive), check_mode)


def test_accounts() -> None:
    server = FakeServer(build.info(1, "0-1-150"))
    assert accounts(server, wanted(2), check_mode=True).after == {"accounts": ["trove_r_2@10.0.0.2"]}
    assert server.journal == []
    assert accounts(server, wanted(2)).changed
    assert not accounts(server, wanted(2)).changed
    assert words(server) == ["make trove_r_2"]


@pytest.mark.parametrize("changed", [{"subject": "/CN=other"}, {"issuer": "/CN=other"}, {"replicates": False}])
def test_an_account_for_another_certificate_is_mended(changed) -> None:
    server = FakeServer(build.info(1, "0-1-150"), accounts=(account(2, **changed),))
    assert accounts(server, wanted(2)).changed


def test_only_an_exclusive_run_drops_replicas() -> None:
    server = FakeServer(build.info(1, "0-1-150"), accounts=(account(2), account(3)))
    assert not accounts(server, wanted(2)).changed
    accounts(server, wanted(2), exclusive=True)
    assert words(server) == ["drop trove_r_3"]


PROMOTER = {"address": "10.0.0.2", "subject": "/CN=b"}


def test_the_promoters_account_goes_to_all_and_is_dropped_by_who_takes_writes() -> None:
    """On an old source super_read_only would have to be lifted for that, and others would write meanwhile."""
    server = FakeServer(build.info(1, "0-1-150"))
    accounts(server, promoter=PROMOTER)
    server.info["read_only"] = True
    assert not accounts(server).changed
    server.info["read_only"] = False
    assert accounts(server).changed
    assert words(server) == ["log", "make trove_promote", "log", "drop trove_promote"]


def test_a_promoter_is_refused_while_privileged_clients_write() -> None:
    server = FakeServer(build.info(1, "0-1-150"))
    server.privileged = ["root@localhost (INSERT)"]
    with pytest.raises(Refused, match="root@localhost"):
        accounts(server, promoter=PROMOTER)
    assert not accounts(server).changed, "nobody is to take over"
    assert reconcile(Source(server, [], PROMOTER, False, privileged=True), check_mode=False).changed


@pytest.mark.parametrize(("changes", "reason"), [({"read_only": True}, "read-only"), ({"log_bin": False, "gtid": False}, "no binary log")])
def test_who_is_no_source_gets_no_accounts(changes, reason) -> None:
    server = FakeServer(build.info(1, "0-1-150", **changes))
    with pytest.raises(Refused, match=reason):
        accounts(server, wanted(2))
    assert server.journal == []


def test_the_plan_says_what_each_account_is_for() -> None:
    server = FakeServer(build.info(1, "0-1-150"), accounts=(account(3),))
    promoter = {"address": "10.0.0.2", "subject": "/CN=b"}
    made = accounts(server, wanted(2), promoter=promoter, exclusive=True)
    assert {step.name: step.why for step in made.plan.steps} == {
        "trove_r_2@10.0.0.2": "a replica comes in by it",
        "trove_promote@10.0.0.2": "a candidate takes over by it",
        "trove_r_3@10.0.0.2": "it belongs to none of the replicas",
    }
    ended = accounts(server, wanted(2))
    assert {step.name: step.why for step in ended.plan.steps} == {"trove_promote@10.0.0.2": "no promotion is under way"}
