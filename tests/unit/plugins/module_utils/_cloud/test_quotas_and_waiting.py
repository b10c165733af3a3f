# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Quotas that are too small are all named before anything is made, and waiting ends in time."""

from __future__ import annotations

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

    def test_an_error_while_looking_is_not_swallowed(self, clock):
        def look():
            raise Refused("no")

        with pytest.raises(Refused):
            waiter.wait_for("it", look, bool, 60)
