"""Images made of servers: what a guest changed, as an archive in Glance, and as a layer over the same image where a server boots from it."""
from __future__ import annotations

import contextlib
import fcntl
import pathlib
import shutil
import tempfile

from nova import exception
from nova.image import glance
from nova.volume import cinder

from . import state
from .guests import rootfs
from .guests.guest import Guest
from .shell import run

ROOTFS = "devcloud_rootfs"      # on every image: the directory below images/ that it stands for
ARCHIVE = "devcloud_archive"    # on a snapshot: its data is an archive to be laid over that directory
TAR = ("tar", "--zstd", "--numeric-owner", "--acls", "--xattrs", "--xattrs-include=*")   # trusted.* has the overlay's own marks


@contextlib.contextmanager
def archive(guest: Guest):
    """An archive of what the guest changed, as an open file. The guest stands still while it is made."""
    with tempfile.TemporaryDirectory(dir=state.guests(), prefix=".snapshot-") as scratch:
        path = pathlib.Path(scratch, "upper.tar.zst")
        with guest.still():
            run("sync", "--file-system", guest.directory / "upper")
            run(*TAR, "--create", "--file", path, "--directory", guest.directory / "upper", ".")
        with open(path, "rb") as data:
            yield data


def upload(context, image_id: str, base: str, data) -> None:
    api = glance.API()
    image = api.get(context, image_id)
    properties = {**image["properties"], ROOTFS: base, ARCHIVE: "tar.zst"}
    metadata = {"name": image["name"], "status": "active", "disk_format": "raw", "container_format": "bare", "properties": properties}
    api.update(context, image_id, metadata, data, purge_props=False)


def image_for(context, image_meta, root_volume: str | None = None) -> str:
    """The directory below images/ to boot from; made here when the image is a snapshot that no server booted from before.

    root_volume is the id of the volume that the server boots from: Cinder has noted there what Glance said of its image.
    """
    if root_volume:
        described = cinder.API().get(context, root_volume).get("volume_image_metadata") or {}
        image_id, properties = described.get("image_id"), described
    else:
        image_id, properties = image_meta.id, glance.API().get(context, image_meta.id)["properties"]
    try:
        base = rootfs.newest(properties[ROOTFS])
    except (KeyError, FileNotFoundError):
        raise exception.ImageUnacceptable(image_id=image_id, reason=f"its property {ROOTFS} has to name an image of devcloud's") from None
    return _unpacked(context, image_id, base) if properties.get(ARCHIVE) else base


def _unpacked(context, image_id: str, base: str) -> str:
    name = f"snapshot-{image_id}"
    target = state.images() / name
    with _one_at_a_time():
        if not target.exists():
            part = target.with_name(f"{name}.part")
            shutil.rmtree(part, ignore_errors=True)
            (part / "rootfs").mkdir(parents=True)
            packed = part / "data"
            with open(packed, "wb") as data:
                glance.API().download(context, image_id, data=data)
            run(*TAR, "--extract", "--same-permissions", "--file", packed, "--directory", part / "rootfs")
            packed.unlink()
            state.write_json(part / "image.json", {"layers": [name, *rootfs.layers(base)]})
            part.rename(target)
    return name


@contextlib.contextmanager
def _one_at_a_time():
    """Several computes may want the same snapshot at once."""
    with open(state.images() / ".snapshots.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
