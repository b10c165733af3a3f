"""Memory and processors of the flavor: what the guest sees, and what it gets."""
from __future__ import annotations

import collections
import contextlib
import os
import pathlib
from collections.abc import Iterable

CGROUPS = pathlib.Path("/sys/fs/cgroup")
OURS = "devcloud"


def meminfo(memory_mb: int) -> str:
    """/proc/meminfo of a machine of this size. The amounts free are those of one that has just booted."""
    total = memory_mb * 1024
    own = {
        "MemTotal": total, "MemFree": total * 8 // 10, "MemAvailable": total * 9 // 10, "Buffers": 0, "Cached": total // 10,
        "SwapTotal": 0, "SwapFree": 0, "CommitLimit": total,
    }
    lines = []
    for line in pathlib.Path("/proc/meminfo").read_text().splitlines(keepends=True):
        name = line.split(":")[0]
        lines.append(f"{name + ':':<15}{own[name]:>9} kB\n" if name in own else line)
    return "".join(lines)


def cpuinfo(vcpus: int) -> str:
    """/proc/cpuinfo with the first processors of the host."""
    blocks = pathlib.Path("/proc/cpuinfo").read_text().rstrip("\n").split("\n\n")
    return "\n\n".join(blocks[:vcpus]) + "\n\n"


def processors(vcpus: int, taken: Iterable[str]) -> str:
    """The host's processors that a guest may run on, for taskset: those that the fewest guests have, as if each had a hypervisor of its own.

    :param taken: what this function has returned for the guests that run
    """
    given = collections.Counter(int(number) for numbers in taken for number in numbers.split(",") if number)
    usable = sorted(os.sched_getaffinity(0), key=lambda number: (given[number], number))
    return ",".join(str(number) for number in sorted(usable[:vcpus]))


def create_cgroups(uuid: str, memory_mb: int) -> list[pathlib.Path]:
    """Make the guest's cgroups, limit its memory, and return the files by which a process joins them."""
    joins = []
    for hierarchy in _hierarchies():
        group = hierarchy / OURS / uuid
        if (hierarchy / "cgroup.controllers").exists() and "memory" in (hierarchy / "cgroup.controllers").read_text().split():
            (hierarchy / OURS).mkdir(exist_ok=True)
            for directory in (hierarchy, hierarchy / OURS):
                (directory / "cgroup.subtree_control").write_text("+memory")
        group.mkdir(parents=True, exist_ok=True)
        for limit in ("memory.max", "memory.limit_in_bytes"):
            if (group / limit).exists():
                (group / limit).write_text(str(memory_mb * 1024 * 1024))
        joins.append(group / "cgroup.procs")
    return joins


def remove_cgroups(uuid: str) -> None:
    for hierarchy in _hierarchies():
        for directory, _, _ in os.walk(hierarchy / OURS / uuid, topdown=False):
            with contextlib.suppress(OSError):   # a process is still ending: the next start uses the group again
                os.rmdir(directory)


def freezer(uuid: str) -> pathlib.Path:
    """The file that keeps all of a guest's processes still (1) or lets them go on (0)."""
    return next(group / "cgroup.freeze" for group in (h / OURS / uuid for h in _hierarchies()) if (group / "cgroup.freeze").exists())


def _hierarchies() -> list[pathlib.Path]:
    """cgroup v2 alone where the host is modern; else those of v1 that a guest needs, beside v2."""
    if (CGROUPS / "cgroup.controllers").exists():
        return [CGROUPS]
    return [path for path in (CGROUPS / "unified", CGROUPS / "systemd", CGROUPS / "memory") if path.is_dir()]
