# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Quotas that are too small are all named before anything is made, and waiting ends in time."""

from __future__ import annotations

from dataclasses import fields
from itertools import pairwise
from types import SimpleNamespace as Thing

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._cloud import quotas, waiter
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused


class TestQuotas:
    @pytest.mark.parametrize(
        ("limits", "need"),
        [
            ({"instances": (10, 7)}, quotas.Need(instances=3)),
            ({"instances": (-1, 1000)}, quotas.Need(instances=3)),
            # over its quota already, but nothing more of it is needed
            ({"instances": (5, 9)}, quotas.Need(volumes=1)),
            ({}, quotas.Need(volumes=3, gigabytes=3)),
        ],
    )
    def test_enough(self, limits, need):
        quotas.check(limits, need)

    @pytest.mark.parametrize(
        ("limits", "text"),
        [
            ({"instances": (10, 8)}, "instances: 3 needed, 2 free (10 allowed, 8 used)"),
            ({"instances": (5, 9)}, "instances: 3 needed, 0 free (5 allowed, 9 used)"),
            ({"instances": (0, 0)}, "instances: 3 needed, 0 free (0 allowed, 0 used)"),
        ],
    )
    def test_too_little(self, limits, text):
        with pytest.raises(Refused) as error:
            quotas.check(limits, quotas.Need(instances=3))
        assert text in error.value.message

    def test_all_that_are_too_small_are_named_at_once(self):
        limits = {"instances": (10, 8), "volumes": (10, 0), "gigabytes": (20, 6), "ports": (-1, 9)}
        with pytest.raises(Refused) as error:
            quotas.check(limits, quotas.Need(instances=3, volumes=3, gigabytes=15, ports=3))
        assert error.value.details["quotas"] == ["instances", "gigabytes"]


class TestRead:
    def test_each_part_says_its_own(self):
        nova = Thing(
            instances=10, instances_used=1, total_cores=20, total_cores_used=2, total_ram=30, total_ram_used=3, server_groups=4, server_groups_used=1
        )
        nova.server_group_members = 9
        cinder = Thing(max_total_volumes=5, total_volumes_used=1, max_total_volume_gigabytes=50, total_gigabytes_used=6)
        row = {"limit": 7, "used": 2, "reserved": 1}
        neutron = Thing(ports=row, security_groups={"limit": 8, "used": 3}, security_group_rules={**row, "reserved": "2"})
        asked = []
        network = Thing(get_quota=lambda project, details: asked.append((project, details)) or neutron)
        storage = Thing(get_limits=lambda: Thing(absolute=cinder))
        sdk = Thing(network=network, block_storage=storage, has_service=lambda name: name == "block-storage")
        cloud = Thing(project_id="p1", compute=Thing(get_limits=lambda: Thing(absolute=nova)), sdk=sdk)
        assert quotas.read(cloud) == {
            "instances": (10, 1),
            "cores": (20, 2),
            "ram": (30, 3),
            "server_groups": (4, 1),
            "server_group_members": (9, 0),
            "ports": (7, 3),
            "security_groups": (8, 3),
            "security_group_rules": (7, 4),
            "volumes": (5, 1),
            "gigabytes": (50, 6),
        }
        assert asked == [("p1", True)]
        sdk.has_service = lambda name: False
        assert "volumes" not in quotas.read(cloud)

    def test_every_quota_is_one_that_a_plan_may_need(self, cloud):
        assert set(quotas.read(cloud)) == {field.name for field in fields(quotas.Need)}


class TestWaiting:
    @pytest.fixture
    def clock(self, monkeypatch):
        """Time passes only while somebody sleeps."""
        now = [0.0]
        monkeypatch.setattr(waiter.time, "monotonic", lambda: now[0])
        monkeypatch.setattr(waiter.time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
        return now

    def test_it_returns_what_was_seen_last_and_looks_no_more(self, clock):
        seen = iter(["BUILD", "BUILD", "ACTIVE", "never looked at"])
        assert waiter.wait_for("it", lambda: next(seen), lambda status: status == "ACTIVE", 60) == "ACTIVE"
        assert next(seen) == "never looked at"

    def test_what_is_there_at_once_costs_no_time(self, clock):
        waiter.wait_for("it", lambda: True, bool, 60)
        assert clock == [0.0]

    @pytest.mark.parametrize("timeout", [0, 1, 60])
    def test_it_gives_up_in_time_and_says_what_it_saw(self, clock, timeout):
        with pytest.raises(waiter.TimedOut, match=f"after {timeout} seconds waiting for the server x; seen last: BUILD"):
            waiter.wait_for("the server x", lambda: "BUILD", lambda status: False, timeout)
        assert clock[0] <= timeout

    @pytest.mark.parametrize(
        ("seen", "told"),
        [
            (Thing(id="s1", status="RESIZE", task_state="resize_migrating", metadata={"trove": "…"}), "RESIZE, resize_migrating"),
            (Thing(id="v1", status="extending"), "extending"), (["a", "b"], "a, b"), ([], "none"), ({"a": "reserved"}, "a: reserved"),
        ],
    )  # fmt: skip
    def test_what_was_seen_is_said_in_words(self, clock, heard, seen, told):
        with pytest.raises(waiter.TimedOut, match=f"seen last: {told}[.] Run"):
            waiter.wait_for("it", lambda: seen, lambda _seen: False, 2)
        assert heard.lines[0] == f"0 s: waiting for it; seen last: {told}"

    def test_it_looks_often_at_first_and_never_more_seldom_than_every_five_seconds(self, clock):
        looked = []
        with pytest.raises(waiter.TimedOut):
            waiter.wait_for("it", lambda: looked.append(clock[0]), lambda seen: False, 300)
        pauses = [after - before for before, after in pairwise(looked)]
        assert pauses[:3] == pytest.approx([0.3, 0.3, 0.3])
        assert max(pauses) == pytest.approx(5.0)
        assert any(0.5 < pause < 4.5 for pause in pauses)

    def test_an_error_while_looking_is_not_swallowed(self, clock):
        def look():
            raise Refused("no")

        with pytest.raises(Refused):
            waiter.wait_for("it", look, bool, 60)
