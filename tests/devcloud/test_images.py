"""An image made of a server, and a server made of that."""
from __future__ import annotations

import pytest


@pytest.fixture
def image(cloud, make, server):
    """An image of the server with some changes to its root."""
    server.put("/etc/marker", "from the first server")
    server.ssh("sudo rm /etc/debian_version && sudo rm -r /etc/nftables.conf /usr/share/bug && sudo mkdir /usr/share/bug && sudo touch /usr/share/bug/new")
    image = cloud.compute.create_server_image(server.now, name=make.name(), wait=True, timeout=60)
    make.later(cloud.image.delete_image, image.id)
    assert cloud.image.get_image(image.id).status == "active"
    server.wait()
    return cloud.image.get_image(image.id)


def test_server_from_a_snapshot_has_its_changes_and_its_own_identity(cloud, make, server, image, ssh_only):
    copy = make.server(image=image.id, groups=[ssh_only]).wait().wait_for_ssh()
    assert copy.ssh("cat /etc/marker") == "from the first server"
    assert copy.ssh("test -e /etc/debian_version || echo gone") == "gone"
    assert copy.ssh("ls /usr/share/bug") == "new"
    assert copy.ssh("hostname") == copy.now.name
    assert copy.ssh("cat /etc/ssh/ssh_host_ed25519_key.pub") != server.ssh("cat /etc/ssh/ssh_host_ed25519_key.pub")
    assert server.ssh("cat /etc/marker") == "from the first server"


def test_mariadb_image_has_everything_but_a_database(make, ssh_only):
    server = make.server(image="debian-12-mariadb-10.11", groups=[ssh_only]).wait().wait_for_ssh()
    assert "10.11" in server.ssh("sudo mariadbd --version")
    assert server.ssh("mariabackup --version 2>&1")
    assert server.ssh("sudo ls -A /var/lib/mysql") == ""
    assert server.ssh("systemctl is-enabled mariadb.service || true") == "disabled"
    assert server.ssh("systemctl is-active mariadb.service || true") == "inactive"
    assert server.ssh("systemctl is-system-running --wait") == "running"
