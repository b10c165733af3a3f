"""Take away what guests hold of this machine: ``python -m devcloud_drivers.cleanup STATE_DIR [--purge | --power-cut COMPUTE ...]``.

Stops the guests (shut down, not killed: their databases would mind), unmounts their roots, gives back their loop devices and network.
Run it when the cloud's services are stopped. With --purge, guests and volumes are deleted, too. With --power-cut, only the guests of these computes
end, at once and without a warning; of the machine's page cache nothing is lost.
"""
from __future__ import annotations

import argparse
import concurrent.futures
import os
import pathlib
import shutil

from . import firewall, state
from .guests import disks, guest, network, rootfs
from .shell import attempt

SHUTDOWN_WITHIN = 20   # s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("state_dir")
    parser.add_argument("--purge", action="store_true", help="delete the guests and volumes as well")
    parser.add_argument("--power-cut", nargs="+", metavar="COMPUTE", help="only kill the guests of these computes")
    arguments = parser.parse_args()
    os.environ["DEVCLOUD_STATE"] = arguments.state_dir
    if arguments.power_cut:
        in_parallel(guest.Guest.stop, [guest.Guest(record.uuid) for record in guest.records() if record.host in arguments.power_cut])
        return
    stop_guests(purge=arguments.purge)
    for loop in disks.loops_below(state.volumes()):
        attempt("losetup", "--detach", loop)
    for bridge in network.bridges():
        attempt("ip", "link", "del", bridge)
    for table in firewall.tables():
        attempt("nft", "delete", "table", *table.split())
    if arguments.purge:
        for directory in (state.guests(), state.volumes()):
            shutil.rmtree(directory, ignore_errors=True)
        for directory in stale_images():
            shutil.rmtree(directory)


def stop_guests(purge: bool) -> None:
    in_parallel(lambda one: one.remove() if purge else one.stop(SHUTDOWN_WITHIN), [guest.Guest(record.uuid) for record in guest.records()])


def in_parallel(function, items) -> None:
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(function, items))


def stale_images() -> list[pathlib.Path]:
    """What no image's name stands for: snapshots, and earlier builds."""
    current = {layer for link in state.images().glob("*") if link.is_symlink() for layer in rootfs.layers(link.name)}
    builds = [path.parent for path in state.images().glob("*/image.json") if not path.parent.is_symlink()]
    return [build for build in builds if build.name not in current]


if __name__ == "__main__":
    main()
