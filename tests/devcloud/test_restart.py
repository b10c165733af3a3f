"""Servers and volumes when a compute, or the cloud itself, goes and comes back. The latter is only tried with DEVCLOUD_TEST_RESTART=1."""
from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import openstack
import pytest
from conftest import until

for_everybody = pytest.mark.skipif(os.environ.get("DEVCLOUD_TEST_RESTART") != "1", reason="stops the cloud; ask for it with DEVCLOUD_TEST_RESTART=1")
DEVCLOUD = pathlib.Path(__file__).resolve().parents[2] / "devcloud" / "devcloud"
MOUNT = "/data"


def devcloud(*words):
    done = subprocess.run([sys.executable, DEVCLOUD, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout


@for_everybody
def test_running_servers_come_back_with_their_volumes_and_stopped_ones_stay_so(cloud, make, ssh_only):
    volume = make.volume()
    running, stopped = make.server(groups=[ssh_only], volumes=[volume]), make.server(groups=[ssh_only])
    for server in (running, stopped):
        server.wait().wait_for_ssh()
    device = f"/dev/disk/by-id/virtio-{volume.id[:20]}"
    running.ssh(f"sudo mkfs.xfs -q {device} && sudo mkdir {MOUNT} && echo '{device} {MOUNT} xfs defaults 0 0' | sudo tee -a /etc/fstab")
    running.ssh(f"sudo mount {MOUNT}")
    running.put(f"{MOUNT}/kept", "yes")
    cloud.compute.stop_server(stopped.id)
    stopped.wait("SHUTOFF")

    devcloud("down")
    for what in (["ps", "-eo", "args"], ["mount"], ["losetup", "-a"], ["ip", "netns"]):
        shown = subprocess.run(what, capture_output=True, text=True, check=True).stdout
        assert running.id not in shown, what
        assert volume.id not in shown, what
    devcloud("up")

    again = openstack.connect(cloud="devcloud")
    running.cloud = stopped.cloud = again
    until(lambda: running.now.status == "ACTIVE", "ACTIVE", 60)
    running.wait_for_ssh()
    assert running.ssh(f"cat {MOUNT}/kept") == "yes"
    assert stopped.now.status == "SHUTOFF"
    again.compute.start_server(stopped.id)
    stopped.wait().wait_for_ssh()


def test_a_compute_that_loses_power_takes_its_guests_and_brings_them_back(cloud, make, ssh_only):
    """The second zone is one compute: nobody else is concerned."""
    volume = make.volume(availability_zone="second")
    one, other = make.server(groups=[ssh_only], volumes=[volume], zone="second"), make.server(groups=[ssh_only])
    for server in (one, other):
        server.wait().wait_for_ssh()
    device = f"/dev/disk/by-id/virtio-{volume.id[:20]}"
    one.ssh(f"sudo mkfs.xfs -q {device} && sudo mkdir {MOUNT} && echo '{device} {MOUNT} xfs defaults 0 0' | sudo tee -a /etc/fstab")
    one.ssh(f"sudo mount {MOUNT}")
    one.put(f"{MOUNT}/kept", "yes")
    boots = [server.boot_id() for server in (one, other)]

    devcloud("halt", "compute5")
    assert not one.answers()
    assert other.answers()
    assert one.now.status == "ACTIVE"   # Nova does not know
    devcloud("up")

    one.wait().wait_for_ssh()
    assert one.ssh(f"cat {MOUNT}/kept") == "yes"
    assert one.boot_id() != boots[0]
    assert other.boot_id() == boots[1]
