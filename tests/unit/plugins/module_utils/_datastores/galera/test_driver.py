# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Galera's driver says of a member for people, and what it compares. What it allows is in test_allows.py."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.driver import Galera
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.rules import versions
from ansible_collections.stackdb.trove.plugins.module_utils._model.evidence import UNTOUCHED, Act, Word
from ansible_collections.stackdb.trove.tests.unit.galera_builders import STUCK, serving, stopped, wsrep

DRIVER = Galera()
VOLUME = {"size": 2.0, "used": 0.3}
LOOK = {"at": 1.0, "recv_queue": 0, "last_committed": 9, "paused_ns": 0, "flow_control": False, "waiting": []}


def health(member: Any) -> dict[str, Any]:
    return DRIVER.health({"galera": {"volume": VOLUME, "tables_version": "10.11.1", **member}})


def test_a_member_that_serves() -> None:
    found = health({**serving(wsrep=wsrep(looks=[LOOK])), "volume": VOLUME, "tables_version": "10.11.1"})
    assert found == {"State": "Synced", "Component": "Primary", "Size": 3, "Applier": "ok"}
    member = {"galera": serving(volume=VOLUME)}
    assert (DRIVER.service(member), DRIVER.file_system(member)) == ("active", VOLUME)


@pytest.mark.parametrize(("tables", "text"), [("10.6.5", "of 10.6.5: upgrade needed"), (None, "of an unknown version: upgrade needed")])
def test_tables_of_another_version(tables: str | None, text: str) -> None:
    assert health(serving(tables_version=tables))["System tables"] == text


def test_a_member_whose_applier_is_stuck() -> None:
    assert health(serving(wsrep=wsrep(looks=STUCK)))["Applier"] == "Waiting for table level lock, 12 s"


def test_a_member_that_is_down() -> None:
    member = {**stopped(tables_version="10.11.1"), "volume": None}
    assert health(member) == {"State": "down", "Component": None, "Size": None, "Applier": None}
    assert (DRIVER.service({"galera": member}), DRIVER.file_system({"galera": member})) == ("inactive", None)


def test_a_server_that_has_no_state_yet() -> None:
    assert health(serving(tables_version="10.11.1", wsrep=wsrep(local_state=None)))["State"] == "down"


@pytest.mark.parametrize("info", [None, {}, {"galera": None}])
def test_a_member_that_did_not_answer(info: Any) -> None:
    assert DRIVER.health(info) == {"State": "unreachable"}


def test_ports() -> None:
    """Galera documentation, "Firewall settings": clients, group communication, incremental and full state transfers."""
    assert DRIVER.client_ports == (("tcp", 3306, 3306),)
    opened = {(protocol, port) for protocol, first, last in DRIVER.member_ports for port in range(first, last + 1)}
    assert opened == {("tcp", 4567), ("udp", 4567), ("tcp", 4568), ("tcp", 4444)}


def test_names_and_versions() -> None:
    assert DRIVER.member_name("products", 2) == "products-2"
    assert DRIVER.versions == versions.MARIADB


@pytest.mark.parametrize(
    "changed",
    [{"local_state": "Donor/Desynced"}, {"cluster_status": "non-Primary"}, {"cluster_state_uuid": "u"}, {"cluster_size": 2}, None],
)
def test_what_is_not_as_it_was(changed: dict[str, Any] | None) -> None:
    act = Act(UNTOUCHED, {"m1": "10.0.0.1"})
    before = {"m1": Word(said={"galera": serving()})}
    after = {"m1": Word(said={"galera": stopped() if changed is None else serving(wsrep=wsrep(**changed))})}
    assert DRIVER.allows(act, before, before) == []
    (found,) = DRIVER.allows(act, before, after)
    assert found.startswith("m1 was ('Synced', 'Primary', ")
    assert (", and is (None, None, None, None, None)" in found) is (changed is None)


def test_each_run_of_an_upgrade_asks_each_member_again() -> None:
    """The sources may offer another version than that of the turn that was noted; and a run that was killed after the last turn has not kept its options."""
    words = {"m1": Word(said={"galera": serving(), "unit": {"turn": "run-1/cluster_upgrade"}})}
    assert not DRIVER.has_had("m1", words, "run-1/cluster_upgrade", continued=True)
    words = {"m1": Word(said={"galera": serving(), "unit": {"turn": "run-1/cluster_restart"}})}
    assert DRIVER.has_had("m1", words, "run-1/cluster_restart", continued=True)


def test_a_limit_of_its_donors_that_is_left_is_not_as_it_was() -> None:
    act = Act(UNTOUCHED, {"m1": "10.0.0.1"})
    before, after = ({"m1": Word(said={"galera": serving(), "sst_donors": text})} for text in (None, "wsrep_sst_donor = nobody"))
    (found,) = DRIVER.allows(act, before, after)
    assert "wsrep_sst_donor = nobody" in found


def test_an_upgrade_is_proven_by_the_servers_own_words():
    def word(**changes):
        new = {"version": "11.8.9", "running": "11.8.9", "tables_version": "11.8.9"}
        return Word({"galera": serving(**{**new, **changes}), "unit": {"turn": "run-1/cluster_upgrade"}})

    def undone(*words):
        return DRIVER.undone("run-1/cluster_upgrade", ("a", "b"), {}, dict(zip(("a", "b"), words)))

    assert undone(word(), word()) == []
    assert undone(word(), word(running="10.11.19")) != []
    assert undone(word(), word(version="10.11.19", running="10.11.19", tables_version="10.11.19")) != []


def test_the_version_that_is_noted_is_that_of_all():
    def words(*versions):
        return {str(number): Word({"galera": serving(running=version)} if version else None) for number, version in enumerate(versions)}

    assert DRIVER.version_of(words("11.8.9", "11.8.9")) == "11.8"
    assert DRIVER.version_of(words("11.8.9", "10.11.19")) is None
    assert DRIVER.version_of(words("11.8.9", None)) is None
    assert DRIVER.version_of(words("12.9.9")) is None


def test_another_version_is_no_untouched_member():
    act = Act(UNTOUCHED, {"a": None})
    before = {"a": Word({"galera": serving(version="10.11.19", running="10.11.19")})}
    assert DRIVER.changes(act, before, before) == []
    assert DRIVER.changes(act, before, {"a": Word({"galera": serving(version="11.8.9", running="10.11.19")})}) != []
