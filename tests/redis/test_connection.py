# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a connection to a node has to bear."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable

from servers import PASSWORD, Servers


def test_connection_that_the_server_closed_is_made_anew(make_servers: Callable[..., Servers], monkeypatch) -> None:
    servers = make_servers()
    servers.start("m1")
    monkeypatch.syspath_prepend(servers.tree)
    connection = importlib.import_module("ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest.connection")
    node, other = (connection.Node(connection.Access(password=PASSWORD, tls=False), "m1", "127.0.0.1", servers.port("m1")) for _each in range(2))
    own = node.call("CLIENT", "ID")
    # As ACL LOAD does with those whose user changes.
    assert node.calls([("PING",), ("CLIENT", "KILL", "ID", own, "SKIPME", "no")])[0] == b"PONG"
    # The server answers first and closes then: a command that is sent in between is lost.
    deadline = time.monotonic() + 30
    while other.call("CLIENT", "LIST", "ID", own):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert node.call("PING") == b"PONG"
    assert node.call("CLIENT", "ID") != own
