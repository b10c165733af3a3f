# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A full outage of three Galera members, ended by cluster_recover, against the same by hand in the right order, over ssh.

BENCH_CLUSTER names a cluster of this cloud that is there already, and stays; without it one is created and deleted.
"""

from __future__ import annotations

import os
import subprocess
import time

from create import variables
from guests import SSH_OPTIONS
from harness import HERE, OURS, ROUNDS, play, ratio, say, table

IMAGE = os.environ.get("BENCH_IMAGES", "debian-12-mariadb-10.11").split()[0]
GIVEN = os.environ.get("BENCH_CLUSTER")
CREATED = {**variables(IMAGE), **({"trove_name": GIVEN} if GIVEN else {})}
NAMED = {name: value for name, value in CREATED.items() if name in ("trove_cloud", "trove_name", "trove_remote_user")}
#: killed, and kept down: systemd would start it again after five seconds
KILL = "sudo systemctl kill --signal=SIGKILL mariadb; sleep 1; sudo systemctl stop mariadb"
#: with the last view of all, plain starts are enough
LOSE_VIEW = "; sudo rm -f /var/lib/mysql/gvwstate.dat"


def outage(addresses: list, views: bool) -> None:
    for number, address in enumerate(addresses):
        command = KILL + ("" if views or number else LOSE_VIEW)
        subprocess.run(["ssh", *SSH_OPTIONS, address, command], check=True)


def by_verb(addresses: list, views: bool) -> tuple[float, float]:
    """Seconds until all serve, and of the whole run, which compares what the members hold, and ends the cluster task."""
    outage(addresses, views)
    done = play(OURS, "stackdb.trove.cluster_recover", NAMED)
    serve = max(row["end"] for row in done.tasks if row["task"].endswith("Start the member, and wait until it serves")) - done.start
    say(f"cluster_recover: all serve after {serve:.1f} s, the run ends after {done.seconds:.1f} s")
    return serve, done.seconds


def by_hand(addresses: list, views: bool) -> float:
    outage(addresses, views)
    start = time.monotonic()
    subprocess.run([HERE / "recover.sh", *addresses], env={**os.environ, "BENCH_SSH_OPTIONS": " ".join(SSH_OPTIONS)}, check=True)
    seconds = time.monotonic() - start
    say(f"by hand: {seconds:.1f} s")
    return seconds


def compared(addresses: list, views: bool) -> list:
    """Rows of the rounds; who goes first takes turns."""
    rows = []
    for number in range(ROUNDS):
        theirs = by_hand(addresses, views) if number % 2 else 0
        ours, whole = by_verb(addresses, views)
        theirs = theirs or by_hand(addresses, views)
        rows += [["by hand over ssh", theirs, ""], ["cluster_recover", ours, ratio(ours, theirs)], ["the whole run", whole, ratio(whole, theirs)]]
    return rows


def main() -> None:
    try:
        found = play(OURS, "stackdb.trove.cluster_show", NAMED) if GIVEN else play(OURS, "stackdb.trove.cluster_create", CREATED)
        addresses = sorted({row["address"] for row in found.tasks if row["address"]})
        table("Full outage, one is elected; seconds until all three serve", ["", "seconds", "ratio"], compared(addresses, views=False))
        table("Full outage, plain starts are enough; seconds until all three serve", ["", "seconds", "ratio"], compared(addresses, views=True))
    finally:
        if not GIVEN:
            play(OURS, "stackdb.trove.cluster_delete", NAMED)


if __name__ == "__main__":
    main()
