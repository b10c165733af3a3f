# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole playbook cluster_create, first and second run, and where its time goes.

Every moment of a run is counted once: as the database's while a module that starts or joins members runs on any guest, else as the
cloud's while one of ours talks to it on the controller, else as the guests' while any other module runs there, else as Ansible's and ssh's.
"""

from __future__ import annotations

import os

from guests import as_root
from harness import CLOUD, OURS, ROUNDS, Run, covered, play, say, table

#: one without packages of the database, and one that has them
IMAGES = os.environ.get("BENCH_IMAGES", "debian-12 debian-12-mariadb-10.11").split()
NAME = "bench-create"
#: starts the database and waits for the state transfer. Its `planned` state is over at once
STARTS = "stackdb.trove.trove_galera"
#: talk to the cloud from the controller; the playbook names their Python itself, so that harness.Run.modules knows nothing of them
TALK = {f"stackdb.trove.{name}" for name in ("trove_plan", "trove_begin", "trove_settle")}
HEADER = ["", "seconds", "cloud", "guests", "database", "Ansible, ssh", "changed"]


def variables(image: str) -> dict:
    return {
        "trove_cloud": CLOUD["bench_cloud"],
        "trove_name": NAME,
        "trove_datastore_version": "10.11",
        "trove_instances": 3,
        "trove_flavor": CLOUD["bench_flavor"],
        "trove_image": image,
        "trove_volume_size": 1,
        "trove_networks": [CLOUD["bench_network"]],
        "trove_key_name": CLOUD["bench_key"],
        "trove_locality": "anti-affinity",
    }


def split(run: Run, addresses: dict) -> list:
    """The row of a run: seconds for cloud, guests, database and the rest, which add up to the whole."""
    database, guests = [], []
    for host, address in addresses.items():
        tasks = [row for row in run.tasks if row["host"] == host]
        for start, end in as_root(address, run.start):
            if run.start <= start and end <= run.end:
                (database if any(_is_start(row, start, end) for row in tasks) else guests).append((start, end))
    cloud = [(row["start"], row["end"]) for row in run.tasks if row["action"] in TALK]
    in_database = covered(database)
    in_cloud = covered(database + cloud) - in_database
    in_guests = covered(database + cloud + guests) - in_database - in_cloud
    return [run.seconds, in_cloud, in_guests, in_database, run.seconds - in_cloud - in_guests - in_database, run.changed]


def _is_start(row: dict, start: float, end: float) -> bool:
    return row["action"] == STARTS and row["start"] <= start and end <= row["end"]


def measure(image: str) -> list:
    """The rows of the first and the second run with servers from this image."""
    rows = []
    try:
        for which in ("first", "second"):
            run = play(OURS, "stackdb.trove.cluster_create", variables(image))
            rows.append([f"{image}, {which} run", *split(run, addresses_of(run))])
            say(f"{image}, {which} run: {run.seconds:.1f} s, {run.changed} changed")
    finally:
        play(OURS, "stackdb.trove.cluster_delete", variables(image))
    return rows


def addresses_of(run: Run) -> dict:
    """The members and where they are, as the playbook's own hosts say."""
    return {row["host"]: row["address"] for row in run.tasks if row["address"]}


def main() -> None:
    table("cluster_create, three members; seconds", HEADER, [row for _round in range(ROUNDS) for image in IMAGES for row in measure(image)])


if __name__ == "__main__":
    main()
