"""A guest's root: an overlay over the read-only trees of its image."""
from __future__ import annotations

import json
import os
import pathlib
import shutil

from .. import state
from ..shell import attempt, run


def newest(image: str) -> str:
    """The directory that an image's name stands for now. A guest keeps it when the image is built anew."""
    return (state.images() / image).resolve(strict=True).name


def layers(directory: str) -> list[str]:
    """The directories whose trees an image is made of, uppermost first."""
    return json.loads((state.images() / directory / "image.json").read_text())["layers"]


def create(directory: pathlib.Path) -> pathlib.Path:
    """Make the guest's own, empty layer and return it."""
    for name in ("upper", "work", "root"):
        (directory / name).mkdir(parents=True, exist_ok=True)
    return directory / "upper"


def mount(directory: pathlib.Path, image: str) -> None:
    lower = ":".join(str(state.images() / layer / "rootfs") for layer in layers(image))
    options = f"lowerdir={lower},upperdir={directory / 'upper'},workdir={directory / 'work'}"
    run("mount", "-t", "overlay", "devcloud-guest", "-o", options, directory / "root")


def unmount(directory: pathlib.Path) -> None:
    root = directory / "root"
    if os.path.ismount(root):
        attempt("umount", root) or run("umount", "--lazy", root)


def remove(directory: pathlib.Path) -> None:
    shutil.rmtree(directory, ignore_errors=True)
