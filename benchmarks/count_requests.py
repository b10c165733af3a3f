# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much an unchanged run asks of the cloud: every HTTP request of it, Keystone and discovery included, counted by a proxy that it has to go through."""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path

from harness import CLOUD, HERE, OURS, PEER, Side, play, say, table
from recording_proxy import TOKENS, RecordingProxy

#: side, number of servers, how many of them a hypervisor may hold. There is room for more, since the placement is not what is measured here
SHAPES = ((OURS, 3, 2), (OURS, 12, 6), (PEER, 3, 2))


def count(side: Side, number: int, per_host: int) -> list:
    """Make the servers, ask for them again through the proxy, delete them: a row of the table."""
    word = "ours" if side is OURS else "peer"
    variables = {**CLOUD, "bench_name": f"bench-{word}", "bench_count": number, "bench_policy": "anti-affinity", "bench_max_server_per_host": per_host}
    present, absent = (str(HERE / f"playbooks/{word}_{what}.yml") for what in ("present", "absent"))
    with tempfile.TemporaryDirectory() as folder, RecordingProxy(Path(folder)) as proxy:
        try:
            say(f"{side.name}: making {number} servers")
            play(side, present, variables)
            again = play(side, present, variables, environment={"http_proxy": proxy.url, "no_proxy": ""})
        finally:
            play(side, absent, variables)
        lines = (Path(folder) / "requests.log").read_text().splitlines()
    kinds = Counter(kind(*line.split()) for line in lines)
    if not kinds["token"]:
        sys.exit(f"{side.name} got no token through the proxy, so not every request was counted")
    return [f"{side.name}, {number} servers", kinds["read"], kinds["token"], kinds["write"], len(lines), again.changed]


def kind(method: str, path: str) -> str:
    if method == "POST" and path.endswith(TOKENS):
        return "token"
    return "read" if method in ("GET", "HEAD") else "write"


def main() -> None:
    rows = [count(*shape) for shape in SHAPES]
    table("HTTP requests of the second, unchanged run", ["", "reads", "tokens", "writes", "in all", "changed"], rows)


if __name__ == "__main__":
    main()
