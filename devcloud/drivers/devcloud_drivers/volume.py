"""The driver for Cinder: a volume is a sparse file, on this machine as all servers are."""
from __future__ import annotations

import pathlib

from cinder import interface
from cinder.volume import driver

from . import state
from .shell import run

GIB = 1024 ** 3


@interface.volumedriver
class FileDriver(driver.VolumeDriver):
    VERSION = "1.0"
    CI_WIKI_NAME = "devcloud"

    def do_setup(self, context):
        state.volumes().mkdir(parents=True, exist_ok=True)

    def check_for_setup_error(self):
        pass

    def _update_volume_stats(self):
        self._stats = {
            "volume_backend_name": self.configuration.safe_get("volume_backend_name") or "files",
            "vendor_name": "stackdb", "driver_version": self.VERSION, "storage_protocol": "local",
            "total_capacity_gb": 10240, "free_capacity_gb": 10240, "reserved_percentage": 0,
            "thin_provisioning_support": True, "online_extend_support": True, "multiattach": False, "QoS_support": False,
        }

    # volumes and snapshots

    def create_volume(self, volume):
        _grow(_path(volume), volume["size"])

    def delete_volume(self, volume):
        _path(volume).unlink(missing_ok=True)

    def extend_volume(self, volume, new_size):
        _grow(_path(volume), new_size)

    def create_snapshot(self, snapshot):
        _copy(state.volumes() / snapshot["volume_name"], _path(snapshot))

    def delete_snapshot(self, snapshot):
        _path(snapshot).unlink(missing_ok=True)

    def create_volume_from_snapshot(self, volume, snapshot):
        _copy(_path(snapshot), _path(volume))
        _grow(_path(volume), volume["size"])

    def create_cloned_volume(self, volume, src_vref):
        _copy(_path(src_vref), _path(volume))
        _grow(_path(volume), volume["size"])

    def clone_image(self, context, volume, image_location, image_meta, image_service):
        """A volume that a server boots from: Nova's driver takes the image's tree, as for a root disk, so that only the size counts."""
        self.create_volume(volume)
        return {}, True

    # nothing is exported: Nova attaches the file itself

    def initialize_connection(self, volume, connector):
        return {"driver_volume_type": "local", "data": {"device_path": str(_path(volume)), "volume_id": volume["id"], "access_mode": "rw"}}

    def terminate_connection(self, volume, connector, **kwargs):
        pass

    def ensure_export(self, context, volume):
        pass

    def create_export(self, context, volume, connector):
        pass

    def remove_export(self, context, volume):
        pass


def _path(thing) -> pathlib.Path:
    return state.volumes() / thing["name"]


def _grow(path: pathlib.Path, gib: int) -> None:
    with open(path, "ab") as file:
        file.truncate(gib * GIB)


def _copy(source: pathlib.Path, target: pathlib.Path) -> None:
    run("sync", source)   # what the guest's loop device wrote
    run("cp", "--sparse=always", source, target)
