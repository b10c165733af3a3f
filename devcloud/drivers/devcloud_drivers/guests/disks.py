"""Volumes: the file of each on a loop device. Inside, the image's ``/usr/lib/devcloud/disks`` makes the nodes from the list written here."""
from __future__ import annotations

import os
import pathlib

from ..shell import attempt, run
from .model import Disk


def loops(path: str) -> list[str]:
    """The loop devices that show this file."""
    return run("losetup", "-j", path, "-n", "-O", "NAME").split()


def attach(disk: Disk) -> str:
    """Return the loop device of the disk, made if need be."""
    found = loops(disk.path)
    return found[0] if found else run("losetup", "--find", "--show", disk.path).strip()


def detach(path: str) -> None:
    for loop in loops(path):
        attempt("losetup", "--detach", loop)   # one in use goes as soon as it is not


def grow(path: str) -> None:
    """Let the devices see that their file has grown."""
    for loop in loops(path):
        run("losetup", "--set-capacity", loop)


def listing(disks: list[Disk]) -> str:
    """A line for each disk: name, device number, link."""
    lines = []
    for disk in disks:
        number = os.stat(attach(disk)).st_rdev
        lines.append(f"{disk.device} {os.major(number)}:{os.minor(number)} {disk.link}\n")
    return "".join(lines)


def loops_below(directory: pathlib.Path) -> list[str]:
    """Loop devices over any file below a directory."""
    rows = (line.split(maxsplit=1) for line in run("losetup", "-n", "-O", "NAME,BACK-FILE").splitlines())
    return [row[0] for row in rows if len(row) == 2 and row[1].startswith(f"{directory}/")]
