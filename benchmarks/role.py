# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role galera on three plain running servers against the floor: the same packages, settings and starts by a shell script over ssh."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import time
from pathlib import Path

from guests import SSH_OPTIONS, ask, running
from harness import HERE, OURS, ROUNDS, Run, play, ratio, say, table

#: what the role writes below /etc, besides certificates; the floor gets the same with its own addresses
SETTINGS = ("mysql/mariadb.conf.d/90-stackdb-galera.cnf", "mysql/mariadb.conf.d/91-stackdb-members.cnf", "systemd/system/mariadb.service.d/stackdb-trove.conf")


def by_role(number: int) -> tuple[Run, Run, dict, dict]:
    """First and second run, with the addresses and the text of SETTINGS by the number of the member."""
    with running(f"bench-role-{number}", 3) as addresses:
        hosts = {name: {"ansible_host": address} for name, address in addresses.items()}
        first = _play(hosts, "first")
        _check_cluster(addresses)
        again = _play(hosts, "second")
        return first, again, addresses, {name: {path: ask(address, "cat", f"/etc/{path}") for path in SETTINGS} for name, address in addresses.items()}


def _play(hosts: dict, which: str) -> Run:
    done = play(OURS, str(HERE / "playbooks/role.yml"), {}, hosts)
    say(f"role, {which} run: {done.seconds:.1f} s, {len({row['task'] for row in done.tasks})} tasks, {done.changed} changed")
    return done


def _check_cluster(addresses: dict) -> None:
    for address in addresses.values():
        size = ask(address, "mariadb", "-NBe", "SHOW STATUS LIKE 'wsrep_cluster_size'").split()[-1]
        if size != str(len(addresses)):
            raise SystemExit(f"{address} sees a cluster of {size}")


def by_hand(number: int, old: dict, settings: dict) -> float:
    """Seconds that floor.sh takes on other servers with the role's settings, in which only names and addresses differ."""
    with running(f"bench-floor-{number}", 3) as new, tempfile.TemporaryDirectory() as folder:
        _hand_on(settings, [*old, *old.values()], [*new, *new.values()], [Path(folder) / address for address in new.values()])
        start = time.monotonic()
        subprocess.run([HERE / "floor.sh", folder, *new.values()], env={**os.environ, "BENCH_SSH_OPTIONS": " ".join(SSH_OPTIONS)}, check=True)
        seconds = time.monotonic() - start
        say(f"floor: {seconds:.1f} s")
        _check_cluster(new)
        return seconds


def _hand_on(settings: dict, before: list, after: list, folders: list) -> None:
    """Write each member's settings into the folder of the member that takes its place, with names and addresses replaced at once: an address may come again."""
    replaced = dict(zip(before, after, strict=True))
    known = re.compile(r"(?<![\w.-])(" + "|".join(map(re.escape, before)) + r")(?![\w-]|\.\d)")
    for files, folder in zip(settings.values(), folders, strict=True):
        for path, text in files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(known.sub(lambda found: replaced[found[0]], text))


def main() -> None:
    rows = []
    for number in range(1, ROUNDS + 1):
        first, again, addresses, settings = by_role(number)
        floor = by_hand(number, addresses, settings)
        rows += [
            ["floor (shell script over ssh)", floor, "", ""],
            ["role, first run", first.seconds, ratio(first.seconds, floor), first.changed],
            ["role, second run", again.seconds, ratio(again.seconds, first.seconds) + " of the first", again.changed],
        ]
    table("Galera on three plain running servers; seconds until all are Synced", ["", "seconds", "ratio", "changed"], rows)


if __name__ == "__main__":
    main()
