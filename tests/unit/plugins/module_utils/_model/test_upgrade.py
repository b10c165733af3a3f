# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether servers can be upgraded, from what all members say."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model import upgrade

NAMES = ("m1", "m2", "m3")


def offer(**changes: Any) -> Any:
    """Of a member that has 10.11.18 and is offered 10.11.19."""
    found = {
        "running": "10.11.18",
        "has": "10.11.18",
        "new": "10.11.19",
        "package": "1:10.11.19-0+deb12u1",
        "wanted": {"mariadb-server": "1:10.11.19-0+deb12u1"},
        "older": False,
        "unfinished": [],
        "others": [],
        "changes": {"come": {"mariadb-server": ["1:10.11.18-0+deb12u1", "1:10.11.19-0+deb12u1"]}, "gone": []},
        "trial": {"refused": [], "defaults": {}},
        "problem": None,
    }
    return {**found, **changes}


DONE = offer(running="10.11.19", has="10.11.19", changes={"come": {}, "gone": []})


def decide(*offers: Any, step: Any = lambda old, new: None, rolled: Any = NAMES) -> upgrade.Decision:
    def told(old: str, new: str) -> list[str]:
        return [f"{old} to {new} has no way back"]

    return upgrade.decide(dict(zip(NAMES, offers)), rolled, step, told, ["galera-4"])


def test_all_that_have_an_older_one_are_to_be_upgraded() -> None:
    found = decide(offer(), DONE, offer())
    assert (found.refusals, found.new, found.todo) == ((), "10.11.19", ("m1", "m3"))
    assert found.notices == ("10.11.18 to 10.11.19 has no way back",)
    assert found.view()["series"] == "10.11"


def test_nothing_to_do_is_nothing_to_say() -> None:
    found = decide(DONE, DONE, DONE)
    assert (found.refusals, found.todo, found.notices) == ((), (), ())
    assert "m2 has 10.11.19: nothing to do" in upgrade.text(dict(zip(NAMES, (DONE, DONE, DONE))), found)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(offer(running="10.11.18", has="10.11.19", changes=DONE["changes"]), id="the server runs on with the old program"),
        pytest.param({**DONE, "unfinished": ["mariadb-server"]}, id="dpkg was interrupted"),
        pytest.param(offer(running=None, has="10.11.19", changes=DONE["changes"]), id="it is down"),
        pytest.param({**DONE, "changes": {"come": {"mariadb-server": ["1", "2"]}, "gone": []}}, id="another revision of the package"),
    ],
)
def test_one_that_was_left_half_way_is_to_be_upgraded(other: Any) -> None:
    assert decide(DONE, other, DONE).todo == ("m2",)


@pytest.mark.parametrize(
    ("other", "refused"),
    [
        pytest.param(offer(others=["xz-utils"]), True, id="another one's package"),
        pytest.param(offer(unfinished=["/var/lib/dpkg/updates"]), True, id="dpkg was killed"),
        pytest.param(offer(unfinished=["mariadb-server"]), False, id="its own"),
        pytest.param(offer(others=["xz-utils"], running=None), False, id="it is down already: nothing is lost by going on"),
        pytest.param({**DONE, "others": ["xz-utils"]}, False, id="nothing is to be done"),
    ],
)
def test_one_that_serves_is_not_stopped_for_what_apt_will_end_with(other: Any, refused: bool) -> None:
    found = decide(DONE, other, DONE).refusals
    assert bool(found) is refused
    assert not refused or "m2 serves, and dpkg has not finished" in found[0]


@pytest.mark.parametrize(
    ("other", "text"),
    [
        (None, "m2 did not say what its package sources have"),
        (offer(problem="apt cannot install it"), "m2: apt cannot install it"),
        (offer(package="1:10.11.18-0+deb12u1"), "different versions, so that they would not be the same in the end: m1 1:10.11.19-0+deb12u1, m2 1:10.11.18-0"),
        (offer(older=True), "m2 has 10.11.18, and its package sources offer 1:10.11.19-0+deb12u1, which is older: no server is downgraded"),
        (offer(changes={"come": {"base-files": ["12", "13.8"]}, "gone": []}), "m2: the packages need another release of the distribution (base-files 13.8)"),
        (offer(changes={"come": {}, "gone": ["libssl3", "openssh-server"]}), "m2: apt would remove openssh-server, which"),
        (offer(changes={"come": {}, "gone": ["galera-4"]}), "m2: apt would remove galera-4, which"),
        (offer(trial={"refused": ["it does not know wsrep_x"], "defaults": {}}), "m2: it does not know wsrep_x"),
    ],
)
def test_one_member_that_cannot_stops_all(other: Any, text: str) -> None:
    found = decide(offer(), other, offer())
    assert len(found.refusals) == 1
    assert text in found.refusals[0]


def test_a_member_that_is_not_to_be_upgraded_now_counts_too() -> None:
    assert decide(offer(), offer(package="1:11.8.9"), offer(), rolled=("m1",)).refusals


def test_the_engine_is_asked_for_the_version_that_runs() -> None:
    def step(old: str, new: str) -> str | None:
        return "a series is left out" if old == "10.6.1" else None

    found = decide(offer(), offer(running="10.6.1"), offer(), step=step)
    assert found.refusals == ("m2 cannot go from 10.6.1 to 10.11.19: a series is left out",)


def test_other_defaults_are_said_once_for_those_who_have_the_same() -> None:
    changed = {"refused": [], "defaults": {"innodb_snapshot_isolation": ["FALSE", "TRUE"]}}
    found = decide(offer(trial=changed), offer(trial=changed), offer())
    assert found.notices[1:] == ("settings that are not given have other values with the new version (m1, m2): innodb_snapshot_isolation from FALSE to TRUE",)


def test_of_long_lists_the_difference_is_said() -> None:
    found = decide(offer(trial={"refused": [], "defaults": {"switch": ["a=on,b=on,c=on,d=on", "a=on,b=on,c=on,e=on"]}}), offer(), offer())
    assert found.notices[1].endswith(": switch from d=on to e=on")


@pytest.mark.parametrize(
    ("candidate", "wanted", "chosen"),
    [
        ("1:10.11.19-1", "", "1:10.11.19-1"),
        ("1:10.11.19-1", "10.11", "1:10.11.19-1"),
        ("1:10.11.19-1", "11.8", "1:11.8.9+ds-1"),
        ("1:10.11.19-1", "10.11.18", "1:10.11.18-1"),
        ("1:10.11.19-1", "1", None),
        ("1:10.11.19-1", "10.1", None),
        ("1:10.11.19-1", "12", None),
        (None, "", None),
        (None, "10.11", None),
    ],
)
def test_which_version_is_chosen(candidate: str | None, wanted: str, chosen: str | None) -> None:
    found, why = upgrade.choose(candidate, ["1:11.8.9+ds-1", "1:10.11.19-1", "1:10.11.18-1"], wanted)
    assert found == chosen
    assert (why is None) == (chosen is not None)


@pytest.mark.parametrize(
    ("package", "version"),
    [("1:11.8.9+ds-0+deb13u1", "11.8.9"), ("5:7.0.15-1~deb12u7", "7.0.15"), ("8.1.1+dfsg1-3", "8.1.1"), ("", None), ("dev", None)],
)
def test_the_programs_version_in_a_packages(package: str, version: str | None) -> None:
    assert upgrade.upstream(package) == version


def test_a_version_begins_with_whole_numbers() -> None:
    assert upgrade.begins_with("9.7.4", "9.x")
    assert not upgrade.begins_with("11.8.9", "1")
    assert not upgrade.begins_with("10.11.19", "10.1")
