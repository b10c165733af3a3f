"""What Nova promises of a server holds for the guest."""
from __future__ import annotations

import json
import subprocess
import time

import openstack
from conftest import STATE, Server, memory_mb, until

FLAVORS = {"db.small": (1, 1024), "db.medium": (2, 2048)}


def test_servers_start_in_parallel_each_with_its_own_identity(make, ssh_only):
    started = time.monotonic()
    servers = [make.server(groups=[ssh_only]) for _ in range(3)]
    for one in servers:
        one.wait()
    active = time.monotonic() - started
    for one in servers:
        one.wait_for_ssh()
    print(f"three servers: ACTIVE after {active:.1f} s, ssh after {time.monotonic() - started:.1f} s")
    assert [one.ssh("hostname") for one in servers] == [one.now.name for one in servers]
    assert len({one.ssh("cat /etc/ssh/ssh_host_ed25519_key.pub") for one in servers}) == 3
    assert len({one.ssh("cat /etc/machine-id") for one in servers}) == 3


def test_guest_is_a_whole_debian(server):
    assert server.ssh("ps -o comm= -p 1") == "systemd"
    assert until(lambda: server.ssh("systemctl is-system-running --wait"), "running") == "running"
    assert server.ssh("sudo -n id -u") == "0"
    assert server.ssh("timedatectl show -p NTP --value 2>/dev/null; journalctl -b -n 1 --no-pager | wc -l")
    refused = subprocess.run(Server._ssh(server.address, "true", user="root"), capture_output=True, text=True)
    assert "Permission denied" in refused.stderr


def test_guest_has_the_memory_and_processors_of_its_flavor(server):
    vcpus, memory = FLAVORS[server.now.flavor.name]
    assert memory_mb(server) == memory
    assert int(server.ssh("nproc")) == vcpus
    assert server.ssh("grep -c ^processor /proc/cpuinfo") == str(vcpus)


def test_guest_can_not_use_more_memory_than_its_flavor(server):
    program = "x = bytearray(1500 * 2**20)"
    assert subprocess.run(Server._ssh(server.address, f"python3 -c '{program}'"), capture_output=True).returncode != 0
    assert server.ssh("echo alive") == "alive"


def test_guest_reaches_the_package_mirror(server):
    server.ssh("sudo apt-get -qq update")
    assert "Candidate" in server.ssh("apt-cache policy mariadb-server")


def test_user_data_and_config_drive(make, ssh_only):
    script = "#!/bin/sh\necho ran >> /var/tmp/user-data\nhostname >> /var/tmp/user-data\n"
    server = make.server(user_data=script, groups=[ssh_only]).wait().wait_for_ssh()
    until(lambda: server.ssh("cat /var/tmp/user-data; true").split() == ["ran", server.now.name], "ran")
    drive = json.loads(server.ssh("sudo cat /var/lib/cloud/seed/config_drive/openstack/latest/meta_data.json"))
    assert drive["uuid"] == server.id
    _reboot(server, "HARD")
    assert server.ssh("cat /var/tmp/user-data").split().count("ran") == 1


def test_stop_and_start(cloud, server):
    server.ssh("touch kept")
    cloud.compute.stop_server(server.id)
    server.wait("SHUTOFF")
    assert cloud.compute.get_server(server.id).power_state == 4
    cloud.compute.start_server(server.id)
    server.wait().wait_for_ssh()
    server.ssh("test -e kept")


def test_pause_keeps_everything_still(cloud, server):
    cloud.compute.pause_server(server.id)
    server.wait("PAUSED")
    assert not server.answers()
    cloud.compute.unpause_server(server.id)
    server.wait().wait_for_ssh()


def test_live_migration_moves_a_running_guest(cloud, server):
    boot, host = server.boot_id(), server.now.host_id
    openstack.connect(cloud="devcloud-admin").compute.live_migrate_server(server.id, host=None, block_migration="auto")
    server.wait()
    assert server.now.host_id != host
    assert server.boot_id() == boot


def test_nova_notices_a_guest_that_powers_itself_off(cloud, server):
    subprocess.run(Server._ssh(server.address, "sudo systemctl poweroff"), capture_output=True)
    server.wait("SHUTOFF")
    cloud.compute.start_server(server.id)
    server.wait().wait_for_ssh()


def test_reboots(server):
    for kind in ("SOFT", "HARD"):
        _reboot(server, kind)
    before = server.boot_id()
    subprocess.run(Server._ssh(server.address, "sudo systemctl reboot"), capture_output=True)   # by itself, unknown to Nova
    until(lambda: _try(server.boot_id) not in (None, before), "rebooted by itself")


def test_console_output(cloud, server):
    text = cloud.compute.get_server_console_output(server.id)["output"]
    assert "Debian GNU/Linux 12" in text
    assert "OpenBSD Secure Shell" in text


def test_resize_confirmed_and_reverted(cloud, server):
    server.ssh("touch resized")
    before, host = server.now.flavor.name, server.now.host_id
    after = next(name for name in FLAVORS if name != before)
    for finish, expected in ((cloud.compute.revert_server_resize, before), (cloud.compute.confirm_server_resize, after)):
        cloud.compute.resize_server(server.id, cloud.compute.find_flavor(after).id)
        server.wait("VERIFY_RESIZE").wait_for_ssh()
        assert memory_mb(server) == FLAVORS[after][1]
        assert server.now.host_id != host
        finish(server.id)
        server.wait().wait_for_ssh()
        assert memory_mb(server) == FLAVORS[expected][1]
        assert int(server.ssh("nproc")) == FLAVORS[expected][0]
        server.ssh("test -e resized")


def test_rebuild_gives_a_fresh_root_at_the_same_address(cloud, server):
    server.ssh("touch stale")
    address = server.address
    cloud.compute.rebuild_server(server.id, image=cloud.image.find_image("debian-12").id)
    server.wait().wait_for_ssh()
    assert server.address == address
    assert server.ssh("test -e stale || echo gone") == "gone"


def test_delete_leaves_nothing_on_the_machine(cloud, make, ssh_only):
    server = make.server(groups=[ssh_only]).wait().wait_for_ssh()
    tap = f"tap{next(cloud.network.ports(device_id=server.id)).id[:11]}"
    assert tap in _links()
    assert (STATE / "guests" / server.id).exists()
    server.delete()
    until(lambda: not (STATE / "guests" / server.id).exists(), "deleted")
    assert tap not in _links()
    assert server.id not in subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert server.id not in subprocess.run(["mount"], capture_output=True, text=True, check=True).stdout


def _reboot(server, kind):
    before = server.boot_id()
    server.cloud.compute.reboot_server(server.id, kind)
    server.wait().wait_for_ssh()
    until(lambda: _try(server.boot_id) not in (None, before), f"rebooted ({kind})")


def _try(function):
    try:
        return function()
    except (AssertionError, subprocess.TimeoutExpired):
        return None


def _links():
    return subprocess.run(["ip", "-o", "link"], capture_output=True, text=True, check=True).stdout
