# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the modules that talk to a Redis Cluster, and what these become."""

from __future__ import annotations

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput
from ansible_collections.stackdb.trove.plugins.module_utils._module import redis


def params(*nodes, **given):
    """As Ansible makes them of what a user gives."""
    checked = ArgumentSpecValidator(redis.OPTIONS, required_together=redis.TOGETHER).validate({"nodes": list(nodes), **given})
    assert checked.error_messages == []
    return checked.validated_parameters


def node(name="m-1", address="127.0.0.1", **more):
    return {"name": name, "address": address, **more}


def test_nodes_are_connections_that_are_not_made_yet():
    found = redis.connect(params(node(), node("m-2", "127.0.0.2", port=7000), username="ops", password="p", ca_cert="/ca.pem"))
    assert {name: (one.address, one.port) for name, one in found.nodes.items()} == {"m-1": ("127.0.0.1", 6379), "m-2": ("127.0.0.2", 7000)}
    access = found.access
    assert (access.username, access.password, access.tls, access.ca_cert, access.client_cert) == ("ops", "p", True, "/ca.pem", None)


@pytest.mark.parametrize(
    ("nodes", "says"),
    [
        ([], "nodes: .* at least one node"),
        ([node(), node(address="127.0.0.2")], "nodes.name: 'm-1' was given; allowed: each only once"),
        ([node(), node("m-2")], "nodes.address: '127.0.0.1:6379' was given; allowed: each only once"),
        # names of one address
        ([node(), node("m-2", "localhost")], "nodes.address"),
    ],
)
def test_no_node_and_twins_are_refused(nodes, says):
    with pytest.raises(InvalidInput, match=says):
        redis.connect(params(*nodes))


def test_of_one_address_servers_differ_by_their_ports():
    assert len(redis.connect(params(node(), node("m-2", port=6380))).nodes) == 2


def test_a_password_is_not_shown():
    found = redis.connect(params(node(), password="secret-word"))
    assert "secret-word" not in repr(found.access)
    assert redis.OPTIONS["password"]["no_log"] is True
