"""Volumes as a server on KVM sees them, and their content through everything that may happen to the server."""
from __future__ import annotations

import pytest
from conftest import until

MOUNT = "/data"


def device(volume):
    return f"/dev/disk/by-id/virtio-{volume.id[:20]}"


@pytest.fixture(scope="module")
def volume(make):
    return make.volume()


@pytest.fixture(scope="module")
def mounted(server, volume):
    """The server with the volume attached while it runs, as XFS, in fstab."""
    server.attach(volume)
    server.ssh(f"sudo mkfs.xfs -q {device(volume)} && sudo mkdir {MOUNT}")
    server.ssh(f"echo '{device(volume)} {MOUNT} xfs noatime 0 0' | sudo tee -a /etc/fstab && sudo mount {MOUNT}")
    server.put(f"{MOUNT}/kept", "through everything")
    return server


def is_mounted(server):
    return server.ssh(f"findmnt -no TARGET {MOUNT}") == MOUNT and server.ssh(f"cat {MOUNT}/kept") == "through everything"


def test_attached_volume_is_a_virtio_disk(mounted, volume):
    assert mounted.ssh(f"readlink -f {device(volume)}") == "/dev/vdb"
    assert mounted.ssh("lsblk -dbno SIZE /dev/vdb") == str(1024 ** 3)
    assert mounted.cloud.block_storage.get_volume(volume.id).attachments[0]["device"] == "/dev/vdb"


def test_file_system_is_back_before_services_start(cloud, mounted):
    cloud.compute.stop_server(mounted.id)
    mounted.wait("SHUTOFF")
    cloud.compute.start_server(mounted.id)
    mounted.wait().wait_for_ssh()
    assert is_mounted(mounted)
    assert "Before=" in mounted.ssh("systemctl show -p Before devcloud-disks.service")
    for kind in ("SOFT", "HARD"):
        cloud.compute.reboot_server(mounted.id, kind)
        mounted.wait().wait_for_ssh()
        until(lambda: is_mounted(mounted), "mounted")


def test_extend_while_in_use(cloud, mounted, volume):
    cloud.block_storage.extend_volume(volume, 2)
    until(lambda: mounted.ssh("lsblk -dbno SIZE /dev/vdb") == str(2 * 1024 ** 3), "two GiB")
    mounted.ssh(f"sudo xfs_growfs {MOUNT}")
    assert int(mounted.ssh(f"df --output=size -B1 {MOUNT} | tail -1")) > 1.8 * 1024 ** 3
    until(lambda: cloud.block_storage.get_volume(volume.id).status == "in-use", "in-use")


def test_survives_rebuild_and_resize(cloud, mounted, volume):
    flavor = next(name for name in ("db.medium", "db.small") if name != mounted.now.flavor.name)
    cloud.compute.resize_server(mounted.id, cloud.compute.find_flavor(flavor).id)
    mounted.wait("VERIFY_RESIZE").wait_for_ssh()
    assert is_mounted(mounted)
    cloud.compute.confirm_server_resize(mounted.id)
    mounted.wait()
    cloud.compute.rebuild_server(mounted.id, image=cloud.image.find_image("debian-12").id)
    mounted.wait().wait_for_ssh()
    mounted.ssh(f"sudo mkdir {MOUNT} && sudo mount {device(volume)} {MOUNT}")
    assert is_mounted(mounted)


def test_snapshot_and_clone_have_the_content(cloud, make, mounted, volume):
    mounted.ssh("sync")
    storage = cloud.block_storage
    snapshot = storage.create_snapshot(volume_id=volume.id, name=make.name(), force=True)
    storage.wait_for_status(snapshot, "available", interval=0.2, wait=20)
    make.later(lambda: (storage.delete_snapshot(snapshot), storage.wait_for_delete(snapshot, interval=0.2, wait=20)))
    copies = [make.volume(2, snapshot_id=snapshot.id), make.volume(2, source_volume_id=volume.id)]
    for copy in copies:
        mounted.attach(copy)
        mounted.ssh(f"sudo mount -o nouuid,ro {device(copy)} /mnt")
        assert mounted.ssh("cat /mnt/kept") == "through everything"
        mounted.ssh("sudo umount /mnt")
    for copy in copies:
        cloud.compute.delete_volume_attachment(mounted.now, copy.id)
        storage.wait_for_status(copy, "available", interval=0.2, wait=20)
        assert mounted.ssh(f"test -e {device(copy)} || echo gone") == "gone"


def test_volume_given_at_create_is_there_at_boot(cloud, make, ssh_only):
    volume = make.volume()
    script = f"#!/bin/sh\nreadlink -f {device(volume)} > /var/tmp/disk\n"
    server = make.server(groups=[ssh_only], volumes=[volume], user_data=script).wait().wait_for_ssh()
    until(lambda: server.ssh("cat /var/tmp/disk; true") == "/dev/vdb", "seen by user data")
    cloud.compute.stop_server(server.id)
    server.wait("SHUTOFF")
    cloud.compute.delete_volume_attachment(server.now, volume.id)
    cloud.block_storage.wait_for_status(volume, "available", interval=0.2, wait=20)
    cloud.compute.start_server(server.id)
    server.wait().wait_for_ssh()
    assert server.ssh("test -e /dev/vdb || echo gone") == "gone"


def test_two_types(cloud, make):
    assert {kind.name for kind in cloud.block_storage.types()} >= {"standard", "fast"}
    assert make.volume(volume_type="fast").volume_type == "fast"
