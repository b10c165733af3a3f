# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inventory, list and show of 10, 100 and 1,000 servers in clusters of ten: requests, the time of the cloud's answers, and ours beyond them.

The cloud is simulated (tests/unit/simulated_cloud.py); where the embedded cloud is up, the answers of both are compared first.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from harness import HERE, OURS, ROOT, say, table

sys.path.insert(0, str(HERE.parent / "tests" / "unit"))
from simulated_cloud import SimulatedCloud, cluster_name, differences  # noqa: E402

MEMBERS = 10
CLUSTERS = [int(count) for count in os.environ.get("BENCH_CLUSTERS", "1 10 100").split()]
MODULE = "ansible_collections.stackdb.trove.plugins.modules.trove_cluster_info"


def commands(folder: Path) -> dict[str, list[str]]:
    """What is measured: each a process of its own."""
    one = cluster_name(0)
    for name, options in {"list": {}, "show": {"name": one}}.items():
        (folder / f"{name}.json").write_text(json.dumps({"ANSIBLE_MODULE_ARGS": {"cloud": "simulated", **options}}))
    play = [str(OURS.bin / "ansible-playbook"), "-i", "localhost,"]
    return {
        "inventory": [str(OURS.bin / "ansible-inventory"), "-i", str(folder / "all.trove.yml"), "--list"],
        "cluster_list, module": [str(OURS.bin / "python"), "-m", MODULE, str(folder / "list.json")],
        "cluster_show, module": [str(OURS.bin / "python"), "-m", MODULE, str(folder / "show.json")],
        "cluster_list": [*play, "stackdb.trove.cluster_list", "-e", "trove_cloud=simulated"],
        "cluster_show": [*play, "stackdb.trove.cluster_show", "-e", f"trove_cloud=simulated trove_name={one} trove_live=false"],
    }


def measure(cloud: SimulatedCloud, folder: Path, what: str, command: Sequence[str]) -> list:
    """A row of the table."""
    before, answered, used = len(cloud.requests), cloud.seconds, _cpu()
    began = time.monotonic()
    own = {"OS_CLIENT_CONFIG_FILE": str(folder / "clouds.yaml"), "PYTHONPATH": str(ROOT / ".cache/collections"), "PYTHONWARNINGS": "ignore"}
    environment = {**os.environ, **own}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)
    seconds = time.monotonic() - began
    if done.returncode or cloud.unknown:
        sys.exit(f"{what}: {' '.join(cloud.unknown)}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    answers = cloud.seconds - answered
    return [f"{what}, {len(cloud.servers)} servers", len(cloud.requests) - before, answers, seconds - answers, _cpu() - used]


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def compare(cloud: SimulatedCloud) -> None:
    """The simulated answers against those of the embedded cloud, for the same questions.

    :raises SystemExit: where keys or types differ
    """
    import openstack

    try:
        real = openstack.connect(cloud=os.environ.get("BENCH_CLOUD", "devcloud"))
        real.authorize()
    except Exception as error:  # whatever is wrong with it: there is nothing to compare with
        return say(f"not compared with a real cloud: {error}")
    paths = {
        ("compute", "/servers/detail?tags=trove&limit=3", "2.100"): "/compute/v2.1/servers/detail?tags=trove&limit=3",
        ("compute", "/os-server-groups", "2.64"): "/compute/v2.1/os-server-groups",
        ("block-storage", f"/volumes/detail?limit=3&metadata={quote(str({'trove': 'member'}))}", None): "/volume/v3/volumes/detail?limit=3",
    }
    for (service, path, version), ours in paths.items():
        theirs = getattr(real, service.replace("-", "_")).get(path, microversion=version).json()
        here = cloud.answer("GET", ours)[1]
        found = list(differences(here, theirs))
        if found:
            sys.exit(f"{service}{path}: the simulated cloud does not answer as the real one does: {'; '.join(found)}")
        things = next(iter(theirs.values()))
        say(f"{service} {path.partition('?')[0]}: same keys and types as the real cloud's {len(things)}" if things else f"{path}: the real cloud has none")
    return None


def main() -> None:
    rows = []
    for count in CLUSTERS:
        with tempfile.TemporaryDirectory() as name, SimulatedCloud(count, MEMBERS) as cloud:
            folder = Path(name)
            (folder / "clouds.yaml").write_text(json.dumps({"clouds": {"simulated": {"auth": cloud.auth, "region_name": "RegionOne"}}}))
            (folder / "all.trove.yml").write_text("plugin: stackdb.trove.trove\ncloud: simulated\n")
            if count == CLUSTERS[0]:
                compare(cloud)
            rows += [measure(cloud, folder, what, command) for what, command in commands(folder).items()]
    rows.sort(key=lambda row: row[0].partition(", ")[0] + row[0].partition("module")[1])
    table("Reading a simulated cloud; seconds of its answers, ours beyond them, and CPU seconds of ours", ["", "requests", "answers", "ours", "CPU"], rows)


if __name__ == "__main__":
    main()
