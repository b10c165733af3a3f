"""A guest's root: an overlay over the read-only trees of its image."""
from __future__ import annotations

import json
import os
import pathlib
import shutil

from .. import state
from ..shell import attempt, run


def layers(image: str) -> list[pathlib.Path]:
    """The trees of an image, uppermost first. Raises FileNotFoundError for an image that was not built."""
    directory = state.images() / image
    parent = json.loads((directory / "image.json").read_text())["parent"]
    return [directory / "rootfs"] + (layers(parent) if parent else [])


def create(directory: pathlib.Path) -> pathlib.Path:
    """Make the guest's own, empty layer and return it."""
    for name in ("upper", "work", "root"):
        (directory / name).mkdir(parents=True, exist_ok=True)
    return directory / "upper"


def mount(directory: pathlib.Path, image: str) -> None:
    lower = ":".join(str(layer) for layer in layers(image))
    options = f"lowerdir={lower},upperdir={directory / 'upper'},workdir={directory / 'work'}"
    run("mount", "-t", "overlay", "devcloud-guest", "-o", options, directory / "root")


def unmount(directory: pathlib.Path) -> None:
    root = directory / "root"
    if os.path.ismount(root):
        attempt("umount", root) or run("umount", "--lazy", root)


def remove(directory: pathlib.Path) -> None:
    shutil.rmtree(directory, ignore_errors=True)
