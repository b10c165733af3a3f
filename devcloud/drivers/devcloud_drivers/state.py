"""Where things are below the state directory ($DEVCLOUD_STATE)."""
from __future__ import annotations

import json
import os
import pathlib
import zlib


def root() -> pathlib.Path:
    return pathlib.Path(os.environ.get("DEVCLOUD_STATE", "/var/lib/stackdb-devcloud"))


def mark() -> str:
    """Four characters that tell this cloud's bridges and rules from those of another one on the machine."""
    return f"{zlib.crc32(str(root()).encode()) & 0xffff:04x}"


def images() -> pathlib.Path:
    return root() / "images"


def guests() -> pathlib.Path:
    return root() / "guests"


def volumes() -> pathlib.Path:
    return root() / "volumes"


def write(path: pathlib.Path, data: str | bytes, mode: int = 0o644) -> None:
    """Write a file whole or not at all: a reader never sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(data.encode() if isinstance(data, str) else data)
    part.chmod(mode)
    part.rename(path)


def write_json(path: pathlib.Path, value) -> None:
    write(path, json.dumps(value, indent=1) + "\n")
