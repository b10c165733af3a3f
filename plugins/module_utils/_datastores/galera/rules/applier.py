# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a Galera member applies what it receives. Pure functions over several `Look`.

A member whose applier is stuck still says Synced and ready, until flow control stops the writes of all members. So it is looked at more than once.

Sources: Galera documentation, "Monitoring the Cluster"; MariaDB, "Thread States".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .info import Look, WaitingThread

#: the share of time that writes stand still from which on flow control is called active
_PAUSED = 0.9


def problems(looks: Sequence[Look]) -> list[str]:
    """What does not move, and since when: sentences; none where all that was received gets applied."""
    if len(looks) < 2:
        return []
    return [*_waiting(looks), *_queued(looks), *_paused(looks)]


def own_problems(looks: Sequence[Look]) -> list[str]:
    """As `problems`, without what another member's applier does to this one: flow control."""
    return [] if len(looks) < 2 else [*_waiting(looks), *_queued(looks)]


def brief(looks: Sequence[Look] | None) -> str | None:
    """The same for a table: a few words, ``ok`` where nothing stands still; None where nobody looked."""
    if not looks:
        return None
    if not problems(looks):
        return "ok"
    stuck = _stuck(looks)
    if stuck:
        return f"{stuck['state']}, {stuck['seconds']:.0f} s"
    return f"{looks[-1]['recv_queue']} write sets queued" if any(_queued(looks)) else "flow control"


def _window(looks: Sequence[Look]) -> float:
    return looks[-1]["at"] - looks[0]["at"]


def _stuck(looks: Sequence[Look]) -> WaitingThread | None:
    """The applier thread that waited in one state in every look, the longest one; None where there is none."""
    seen = [{thread["id"]: thread for thread in look["waiting"]} for look in looks]
    stuck = [now for id_, now in seen[-1].items() if all(_goes_on(earlier.get(id_), now) for earlier in seen[:-1])]
    return max(stuck, key=lambda thread: thread["seconds"], default=None)


def _goes_on(earlier: WaitingThread | None, now: WaitingThread) -> bool:
    """Whether a thread waits for what it waited for before: its clock begins again with the next write set."""
    return bool(earlier and earlier["state"] == now["state"] and earlier["seconds"] <= now["seconds"])


def _waiting(looks: Sequence[Look]) -> Iterator[str]:
    stuck = _stuck(looks)
    if stuck:
        yield f"an applier thread has been in the state {stuck['state']!r} for {stuck['seconds']:.0f} s"


def _queued(looks: Sequence[Look]) -> Iterator[str]:
    queue = [look["recv_queue"] for look in looks]
    if min(queue) == 0:
        return
    if looks[0]["last_committed"] == looks[-1]["last_committed"]:
        yield f"{queue[-1]} write sets wait (wsrep_local_recv_queue), and none was applied for {_window(looks):.0f} s"
    elif all(earlier < later for earlier, later in zip(queue, queue[1:])):
        yield f"its receive queue only grows (wsrep_local_recv_queue from {queue[0]} to {queue[-1]} within {_window(looks):.0f} s)"


def _paused(looks: Sequence[Look]) -> Iterator[str]:
    paused = (looks[-1]["paused_ns"] - looks[0]["paused_ns"]) / 1e9
    if paused >= _PAUSED * _window(looks):
        yield f"flow control stops all writes (wsrep_flow_control_active), for {paused:.0f} of the last {_window(looks):.0f} s"
