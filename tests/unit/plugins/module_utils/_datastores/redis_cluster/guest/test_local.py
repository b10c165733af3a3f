# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The node on this guest, by what the role wrote there."""

from __future__ import annotations

from dataclasses import replace
from unittest.mock import create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest import live, local, observe, strays
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.nodes import NamedNode, Replies
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.topology import Cluster

FILE = """# written by the role
port 0
tls-port 7443
cluster-announce-ip 10.0.0.7
tls-ca-cert-file "/etc/redis/tls/ca.pem"
save ""
lonely
"""


@pytest.fixture
def guest(monkeypatch, tmp_path):
    for name in ("redis", "valkey"):
        (tmp_path / name).mkdir()
    (tmp_path / "redis-trove.password").write_text("p4ss\n")
    monkeypatch.setattr(local, "DIRECTORIES", (str(tmp_path / "redis"), str(tmp_path / "valkey")))
    monkeypatch.setattr(local, "_SECRETS", str(tmp_path))
    monkeypatch.setattr(observe, "look", create_autospec(observe.look, side_effect=lambda given: {"m1": seen(given)}))
    monkeypatch.setattr(strays, "counted", create_autospec(strays.counted, side_effect=counted))
    monkeypatch.setattr(live, "settings", create_autospec(live.settings, return_value={"port": "0"}))
    return tmp_path


SEEN = []


def counted(_connections, cluster):
    return Cluster(tuple(replace(member, held={5: 2}) for member in cluster.members))


def seen(connections):
    SEEN.append(connections)
    return Replies("a1", True, "", "", "", 0, None)


def test_a_guest_that_is_not_set_up(guest):
    found = local.look("m1")
    assert (found.node, found.settings) == (NamedNode("m1", "", 6379), None)
    assert "it is not set up: no stackdb-trove.conf in" in found.found


@pytest.mark.parametrize("name", ["redis", "valkey"])
def test_a_node_by_its_file(guest, name):
    (guest / name / "stackdb-trove.conf").write_text(FILE)
    found = local.look("m1")
    assert found.node == NamedNode("m1", "10.0.0.7", 7443)
    assert found.found.id == "a1"
    assert found.held == {5: 2}
    assert found.settings.live == {"port": "0"}
    assert found.settings.wanted["save"] == ""
    assert "lonely" not in found.settings.wanted
    access = SEEN[-1].access
    assert (access.username, access.password, access.tls, access.ca_cert) == ("trove", "p4ss", True, "/etc/redis/tls/ca.pem")


def test_a_node_without_tls(guest):
    (guest / "redis" / "stackdb-trove.conf").write_text("port 7000\ncluster-announce-ip 10.0.0.7\n")
    assert local.look("m1").node == NamedNode("m1", "10.0.0.7", 7000)
    assert SEEN[-1].access.tls is False


def test_a_node_that_is_down(guest):
    (guest / "redis" / "stackdb-trove.conf").write_text(FILE)
    observe.look.side_effect = lambda given: {"m1": "no route"}
    found = local.look("m1")
    assert (found.node.address, found.found, found.settings) == ("10.0.0.7", "no route", None)


def test_a_password_that_cannot_be_read(guest):
    (guest / "redis" / "stackdb-trove.conf").write_text(FILE)
    (guest / "redis-trove.password").unlink()
    found = local.look("m1")
    assert "redis-trove.password cannot be read: there is none" in found.found


@pytest.mark.parametrize("name", ["redis", "valkey"])
def test_unit_and_data_directory_go_by_whose_settings_are_there(guest, monkeypatch, name):
    (guest / name / "stackdb-trove.conf").write_text(FILE)
    monkeypatch.setattr(local.Unit, "show", lambda unit: {"state": f"state of {unit.name}"})
    monkeypatch.setattr(local.file_system, "look", lambda path: path)
    assert (local.engine(), local.service(), local.volume()) == (name, f"state of {name}-server.service", f"/var/lib/{name}")


def test_without_systemd_and_settings_the_state_is_unknown(guest, monkeypatch):
    def fail(_unit):
        raise local.GuestError("no systemd")

    monkeypatch.setattr(local.Unit, "show", fail)
    assert (local.engine(), local.service()) == ("redis", "unknown")
