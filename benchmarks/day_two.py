# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rolling restart of a Galera cluster by cluster_restart, against a shell script over ssh; and verbs that have nothing to do, against empty rounds."""

from __future__ import annotations

import os
import subprocess
import time

from create import addresses_of, variables
from guests import SSH_OPTIONS
from harness import HERE, OURS, ROUNDS, play, ratio, say, table

IMAGE = os.environ.get("BENCH_IMAGES", "debian-12-mariadb-10.11").split()[0]
NAMED = {name: value for name, value in variables(IMAGE).items() if name in ("trove_cloud", "trove_name")}
#: verbs, each with options that ask for what is there already
UNCHANGED = {
    "cluster_create": variables(IMAGE),
    "cluster_configure": NAMED,
    "cluster_grow": {**NAMED, "trove_instances": 3},
    "cluster_resize": {**NAMED, "trove_flavor": variables(IMAGE)["trove_flavor"], "trove_volume_size": 1},
    "cluster_start": NAMED,
    "cluster_show": NAMED,
}


def by_verb() -> float:
    done = play(OURS, "stackdb.trove.cluster_restart", NAMED)
    say(f"cluster_restart: {done.seconds:.1f} s")
    return done.seconds


def by_hand(addresses: list) -> float:
    start = time.monotonic()
    subprocess.run([HERE / "restart.sh", *addresses], env={**os.environ, "BENCH_SSH_OPTIONS": " ".join(SSH_OPTIONS)}, check=True)
    seconds = time.monotonic() - start
    say(f"by hand: {seconds:.1f} s")
    return seconds


def restarts(addresses: list) -> list:
    """Rows of the rolling restarts; who goes first takes turns."""
    rows = []
    for number in range(ROUNDS):
        if number % 2:
            theirs = by_hand(addresses)
            ours = by_verb()
        else:
            ours = by_verb()
            theirs = by_hand(addresses)
        rows += [["shell script over ssh", theirs, ""], ["cluster_restart", ours, ratio(ours, theirs)]]
    return rows


def unchanged(hosts: dict) -> list:
    """Rows of verbs that have nothing to do, after one of a play whose rounds to the same members are empty: how fast the machine is today."""
    rows = []
    for _number in range(ROUNDS):
        floor = play(OURS, str(HERE / "playbooks/empty.yml"), {}, hosts, {"ANSIBLE_PIPELINING": "1"})
        rows.append(["five empty rounds", floor.seconds, floor.changed, ""])
        for verb, given in UNCHANGED.items():
            run = play(OURS, f"stackdb.trove.{verb}", given)
            rows.append([verb, run.seconds, run.changed, ratio(run.seconds, floor.seconds)])
    return rows


def main() -> None:
    try:
        created = play(OURS, "stackdb.trove.cluster_create", variables(IMAGE))
        addresses = addresses_of(created)
        table("Rolling restart of three Galera members; seconds until the last one is Synced", ["", "seconds", "ratio"], restarts(sorted(addresses.values())))
        hosts = {name: {"ansible_host": address} for name, address in addresses.items()}
        table("Nothing to do; seconds of the whole run", ["", "seconds", "changed", "ratio to empty"], unchanged(hosts))
    finally:
        play(OURS, "stackdb.trove.cluster_delete", NAMED)


if __name__ == "__main__":
    main()
