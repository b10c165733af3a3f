# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What several looks at a member's appliers say. The figures of the stuck ones were seen on real members."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.rules import applier

METADATA = "Waiting for table metadata lock"
LEVEL = "Waiting for table level lock"
PRIOR = "Waiting for prior transaction to commit"
WINDOW = 2.0


def looks(queue=(0,) * 6, committed=(59,) * 6, paused=(0.0,) * 6, waiting=((),) * 6) -> list[dict]:
    """Six looks within two seconds; paused in seconds, waiting (id, state, seconds)."""
    return [
        {
            "at": 1000 + number * WINDOW / 5,
            "recv_queue": queue[number],
            "last_committed": committed[number],
            "paused_ns": int(paused[number] * 1e9),
            "flow_control": False,
            "waiting": [{"id": id_, "state": state, "seconds": seconds} for id_, state, seconds in waiting[number]],
        }
        for number in range(6)
    ]


def clock(start: float) -> list[float]:
    return [start + number * WINDOW / 5 for number in range(6)]


MOVING = (60, 65, 71, 80, 82, 90)
STUCK = tuple(((2, LEVEL, seconds),) for seconds in clock(10.0))

HEALTHY = {
    "one look at a member at rest": looks()[:1],
    "busy, and at rest in the end": looks(queue=(3, 2, 1, 1, 1, 0)),
    "a queue of one length that gets applied": looks(queue=(4,) * 6, committed=MOVING),
    "a queue that goes up and down": looks(queue=(3, 9, 20, 12, 14, 21), committed=MOVING),
    "flow control now and then": looks(paused=[0.4 * part for part in clock(7.0)]),
    "flow control that was active once": looks(paused=(93.4,) * 6),
    "a thread that waits for another write set each time": looks(
        committed=MOVING, waiting=tuple(((8, PRIOR, seconds),) for seconds in (0.2, 0.1, 0.4, 0.0, 0.3, 0.1))
    ),
    "another thread each time": looks(committed=MOVING, waiting=tuple(((number, PRIOR, 1.0),) for number in range(6))),
    "a thread that waits for something else by now": looks(waiting=(*STUCK[:5], ((2, METADATA, 12.0),))),
    "a lock that was released": looks(waiting=(*STUCK[:5], ())),
}


def test_nothing_is_known_of_one_that_was_not_looked_at() -> None:
    assert applier.problems([]) == []
    assert applier.brief([]) is None


@pytest.mark.parametrize("seen", HEALTHY.values(), ids=HEALTHY)
def test_what_moves_is_no_problem(seen: list[dict]) -> None:
    assert applier.problems(seen) == []
    assert applier.brief(seen) == "ok"


@pytest.mark.parametrize(
    ("seen", "problem", "brief"),
    [
        pytest.param(looks(waiting=STUCK), f"an applier thread has been in the state '{LEVEL}' for 12 s", f"{LEVEL}, 12 s", id="a stuck thread"),
        pytest.param(
            looks(waiting=tuple(((7, PRIOR, part - 5), (6, METADATA, part), (2, METADATA, part - 9)) for part in clock(10.0))),
            f"an applier thread has been in the state '{METADATA}' for 12 s",
            f"{METADATA}, 12 s",
            id="the one that waits for longest",
        ),
        pytest.param(
            looks(queue=(29,) * 6),
            "29 write sets wait (wsrep_local_recv_queue), and none was applied for 2 s",
            "29 write sets queued",
            id="nothing applied",
        ),
        pytest.param(looks(queue=(2, 4, 4, 9, 9, 12)), "12 write sets wait", "12 write sets queued", id="growing, and nothing applied"),
        pytest.param(
            looks(queue=(2, 4, 9, 12, 19, 30), committed=MOVING),
            "its receive queue only grows (wsrep_local_recv_queue from 2 to 30 within 2 s)",
            "30 write sets queued",
            id="falling behind",
        ),
        pytest.param(looks(paused=clock(6.4)), "flow control stops all writes (wsrep_flow_control_active), for 2 of the last 2 s", "flow control", id="flow"),
    ],
)
def test_what_stands_still_is_said_with_its_time(seen: list[dict], problem: str, brief: str) -> None:
    assert [said for said in applier.problems(seen) if problem in said]
    assert applier.brief(seen) == brief


def test_the_deadlock_of_the_package_says_all_three() -> None:
    found = applier.problems(looks(queue=(29,) * 6, paused=clock(0.4), waiting=STUCK))
    assert [sentence.split(" ")[0] for sentence in found] == ["an", "29", "flow"]
