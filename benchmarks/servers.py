# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers of a cluster with a data volume each: stackdb.trove.trove_cluster against openstack.cloud in loops."""

from __future__ import annotations

from dataclasses import dataclass

from harness import CLOUD, HERE, OURS, PEER, ROUNDS, Run, Side, play, ratio, say, table

#: number of servers, and how many of them a hypervisor may hold: both sides can say this, and three hypervisors are enough
SHAPES = ((3, 1), (6, 2))


@dataclass(frozen=True)
class Measured:
    first: Run
    again: Run
    gone: Run


def measure(side: Side, count: int, per_host: int) -> Measured:
    """Make the servers, ask for them again, delete them."""
    word = "ours" if side is OURS else "peer"
    variables = {**CLOUD, "bench_name": f"bench-{word}", "bench_count": count, "bench_policy": "anti-affinity"}
    if per_host > 1:
        variables["bench_max_server_per_host"] = per_host

    def run(what: str) -> Run:
        done = play(side, str(HERE / f"playbooks/{word}_{what}.yml"), variables)
        say(f"{side.name}, {count} servers, {what}: {done.seconds:.1f} s, {done.changed} changed")
        return done

    try:
        first, again = run("present"), run("present")
    finally:
        gone = run("absent")
    return Measured(first, again, gone)


def rows(side: Side, measured: Measured) -> list:
    first, again, gone = measured.first, measured.again, measured.gone
    return [side.name, first.seconds, first.in_modules, again.seconds, again.in_modules, again.changed, gone.seconds]


def main() -> None:
    for count, per_host in SHAPES:
        listed = []
        for number in range(ROUNDS):
            order = (OURS, PEER) if number % 2 else (PEER, OURS)
            measured = {side: measure(side, count, per_host) for side in order}
            ours, peer = rows(OURS, measured[OURS]), rows(PEER, measured[PEER])
            ratios = [ratio(a, b) for a, b in zip(ours[1:5], peer[1:5], strict=True)]
            listed += [ours, peer, ["ratio", *ratios, "", ratio(ours[6], peer[6])]]
        table(
            f"{count} servers with volumes, at most {per_host} on a hypervisor; seconds",
            ["", "first run", "in modules", "second run", "in modules", "changed", "delete"],
            listed,
        )


if __name__ == "__main__":
    main()
