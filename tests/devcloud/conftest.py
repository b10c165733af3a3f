"""Against a running devcloud (``devcloud up``): real servers, reached by ssh as any user would."""
from __future__ import annotations

import base64
import itertools
import os
import pathlib
import re
import shlex
import socket
import subprocess
import time
import uuid

import openstack
import pytest

STATE = pathlib.Path(os.environ.get("DEVCLOUD_STATE", "/var/lib/stackdb-devcloud"))
NETWORK = "db-net"
IMAGE = "debian-12"


def until(condition, what, timeout=30.0, pause=0.1):
    """Wait for a condition and return its value; an assertion fails when it does not come true."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"after {timeout:.0f} s: not {what}"
        time.sleep(pause)


class Server:
    """A server and its ssh."""

    def __init__(self, cloud, server):
        self.cloud, self.id, self.network = cloud, server.id, NETWORK

    @property
    def now(self):
        return self.cloud.compute.get_server(self.id)

    @property
    def address(self):
        """The fixed one, of IPv4 where there are both."""
        fixed = [one for one in self.now.addresses[self.network] if one["OS-EXT-IPS:type"] == "fixed"]
        return min(fixed, key=lambda one: one["version"])["addr"]

    def wait(self, status="ACTIVE", timeout=60):
        def there():
            server = self.now
            assert server.status == status or server.status != "ERROR", server.fault
            return server.status == status and not server.task_state
        until(there, status, timeout)
        return self

    def wait_for_ssh(self, timeout=40):
        until(self.answers, "reached by ssh", timeout)
        return self

    def answers(self):
        return self.answers_at(self.address)

    @classmethod
    def answers_at(cls, address):
        try:
            return subprocess.run(cls._ssh(address, "true"), capture_output=True, timeout=4).returncode == 0
        except subprocess.TimeoutExpired:
            return False

    def ssh(self, command, user="debian"):
        """What a command printed; an assertion fails with its complaint if it failed."""
        done = subprocess.run(self._ssh(self.address, command, user), capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, f"{command}: exit {done.returncode}: {done.stderr}"
        return done.stdout.strip()

    @staticmethod
    def _ssh(address, command, user="debian"):
        return ["ssh", "-F", str(STATE / "ssh_config"), "-o", "ConnectTimeout=2", "-o", "BatchMode=yes", "-l", user, address, command]

    def boot_id(self):
        return self.ssh("cat /proc/sys/kernel/random/boot_id")

    def attach(self, volume):
        self.cloud.compute.create_volume_attachment(self.now, volume_id=volume.id)
        self.cloud.block_storage.wait_for_status(volume, "in-use", interval=0.2, wait=20)

    def put(self, path, text):
        self.ssh(f"echo {shlex.quote(text)} | sudo tee {path} >/dev/null")

    def delete(self):
        self.cloud.compute.delete_server(self.id, ignore_missing=True)


class Maker:
    """Makes things in the cloud and takes them all away at the end."""

    def __init__(self, cloud):
        self.cloud, self._prefix, self._names = cloud, f"dctest-{uuid.uuid4().hex[:6]}", itertools.count(1)
        self._servers, self._undo = [], []

    def name(self):
        return f"{self._prefix}-{next(self._names)}"

    def later(self, function, *arguments, **options):
        self._undo.append((function, arguments, options))

    def server(self, image=IMAGE, flavor="db.small", user_data=None, volumes=(), groups=(), networks=None, server_group=None, root_volume=None,
               zone=None):
        """Ask for a server; wait() and wait_for_ssh() are the caller's. root_volume is (GiB, whether it goes with the server)."""
        cloud = self.cloud
        image_id = cloud.image.find_image(image, ignore_missing=False).id
        root = {"uuid": image_id, "source_type": "image", "destination_type": "local", "boot_index": 0, "delete_on_termination": True}
        if root_volume:
            size, goes = root_volume
            root |= {"destination_type": "volume", "volume_size": size, "delete_on_termination": goes}
        mapping = [root]
        more = {"user_data": base64.b64encode(user_data.encode()).decode()} if user_data else {}
        more |= {"availability_zone": zone} if zone else {}
        more |= {"scheduler_hints": {"group": server_group.id}} if server_group else {}
        mapping += [{"uuid": volume.id, "source_type": "volume", "destination_type": "volume", "boot_index": -1} for volume in volumes]
        made = Server(cloud, cloud.compute.create_server(
            name=self.name(), image_id="" if root_volume else image_id, flavor_id=cloud.compute.find_flavor(flavor).id, key_name="devcloud", config_drive=True,
            networks=networks or [{"uuid": cloud.network.find_network(NETWORK).id}], security_groups=[{"name": group.id} for group in groups],
            block_device_mapping=mapping, **more,
        ))
        self._servers.append(made)
        return made

    def _exists(self, server):
        return any(server.id == other.id for other in self.cloud.compute.servers(details=False))

    def volume(self, size=1, **options):
        volumes = self.cloud.block_storage
        volume = volumes.wait_for_status(volumes.create_volume(name=self.name(), size=size, **options), "available", interval=0.2, wait=30)
        self.later(lambda: (volumes.wait_for_status(volume, "available", interval=0.2, wait=20), volumes.delete_volume(volume)))
        return volume

    def group(self, *rules):
        """A security group. A rule is (protocol, port or None, remote group or None)."""
        network = self.cloud.network
        group = network.create_security_group(name=self.name())
        self.later(network.delete_security_group, group, ignore_missing=True)
        for rule in rules:
            self.rule(group, *rule)
        return group

    def rule(self, group, protocol, port=None, remote=None, version=4):
        return self.cloud.network.create_security_group_rule(
            security_group_id=group.id, direction="ingress", ethertype=f"IPv{version}", protocol=protocol, port_range_min=port, port_range_max=port,
            remote_group_id=remote.id if remote else None)

    def clean(self):
        """Servers first, all at once: they hold the volumes, ports and groups."""
        failures = []
        for server in self._servers:
            server.delete()
        for server in self._servers:
            until(lambda gone=server: not self._exists(gone), "deleted", 30)
        for function, arguments, options in reversed(self._undo):
            try:
                function(*arguments, **options)
            except Exception as error:   # the rest must go, too
                failures.append(error)
        if failures:
            raise ExceptionGroup("left behind", failures)


@pytest.fixture(scope="session")
def cloud():
    if not (STATE / "clouds.yaml").exists():
        pytest.exit(f"no devcloud in {STATE}: run devcloud up", 2)
    os.environ["OS_CLIENT_CONFIG_FILE"] = str(STATE / "clouds.yaml")
    return openstack.connect(cloud="devcloud")


@pytest.fixture(scope="session")
def make(cloud):
    maker = Maker(cloud)
    yield maker
    maker.clean()


@pytest.fixture(scope="session")
def ssh_only(make):
    """A security group that lets in ssh and nothing else."""
    return make.group(("tcp", 22))


@pytest.fixture(scope="session")
def server(make, ssh_only):
    """One server for all the tests that leave it as they found it, or as good as new."""
    return make.server(groups=[ssh_only]).wait().wait_for_ssh()


def memory_mb(server):
    """What the guest takes for its memory."""
    return int(re.search(r"MemTotal:\s+(\d+) kB", server.ssh("cat /proc/meminfo")).group(1)) // 1024


def reaches(address, port, timeout=1.0):
    """Whether a TCP connection from here gets an answer, be it a refusal. A filter gives none."""
    try:
        socket.create_connection((address, port), timeout).close()
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    return True
