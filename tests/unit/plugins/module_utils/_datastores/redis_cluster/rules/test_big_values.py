# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Large values by name, and what has to be raised for them."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules import big_values
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.big_values import Limits, Value
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused

MIB = 1 << 20
USUAL = Limits(15000, 512 * MIB, 1024 * MIB)


@pytest.mark.parametrize(
    ("key", "text"),
    [(b"user:1", "'user:1'"), (b"a b", "'a b'"), ("ünï".encode(), "'ünï'"), (b"\xff\x00", "'\\\\xff\\x00'"), (b"x" * 100, "'" + "x" * 77 + "…'"),
     (b"a\nb", "'a\\nb'")],  # fmt: skip
)
def test_names_of_keys(key, text):
    assert big_values.shown(key) == text


def test_the_largest_are_named_and_the_wait_is_said():
    assert big_values.told([]) == ""
    values = [Value("m1", b"k%d" % number, (number + 1) * 16 * MIB) for number in range(7)]
    assert big_values.told(values) == (
        "large values: 'k6' (112.0 MiB), 'k5' (96.0 MiB), 'k4' (80.0 MiB), 'k3' (64.0 MiB), 'k2' (48.0 MiB) and 2 more; clients of both members wait up to"
        " 14 s for the largest"
    )
    assert "up to 1 s" in big_values.told([Value("m1", b"k", MIB)])


def test_nothing_is_raised_for_what_is_carried_quickly():
    assert big_values.raised({"m1": USUAL}, [], {}) == {}
    assert big_values.raised({"m1": USUAL, "m4": USUAL}, [Value("m1", b"k", 40 * MIB)], {"m4": [Value("m1", b"k", 40 * MIB)]}) == {}


def test_the_node_timeout_is_raised_on_all_and_what_a_target_takes_on_it_alone():
    value = Value("m1", b"k", 600 * MIB)
    timeout = 3 * 600 * 1000 // 8
    assert big_values.raised({"m1": USUAL, "m4": USUAL}, [value], {"m4": [value]}) == {
        "m1": {"cluster-node-timeout": timeout}, "m4": {"cluster-node-timeout": timeout, "proto-max-bulk-len": 601 * MIB}
    }  # fmt: skip
    huge = Value("m1", b"k", 1023 * MIB)
    assert big_values.raised({"m4": Limits(10**7, 512 * MIB, 1024 * MIB)}, [huge], {"m4": [huge]}) == {
        "m4": {"proto-max-bulk-len": 1024 * MIB, "client-query-buffer-limit": 1025 * MIB}
    }  # fmt: skip
    # 0 is no limit
    assert "client-query-buffer-limit" not in big_values.raised({"m4": Limits(1, 1, 0)}, [huge], {"m4": [huge]})["m4"]


def test_what_would_keep_servers_silent_for_too_long_is_refused_by_name():
    assert big_values.raised({"m1": USUAL}, [Value("m1", b"k", 2400 * MIB)], {}) == {"m1": {"cluster-node-timeout": 900_000}}
    with pytest.raises(Refused, match=r"m1 has the value 'k' \(2401.0 MiB\), which .* silent for up to 300 s; the node timeout would have to be 900 s"):
        big_values.raised({"m1": USUAL}, [Value("m1", b"k", 2401 * MIB), Value("m2", b"j", MIB)], {})
