# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How nodes are reached. What a connection bears is for tests/redis, against real servers."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest.connection import Access, Connections, Node, _packed, plain
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.nodes import NamedNode


def test_a_command_as_the_protocol_has_it():
    assert _packed(("SET", b"k\xff", 12, "é")) == b"*4\r\n$3\r\nSET\r\n$2\r\nk\xff\r\n$2\r\n12\r\n$2\r\n\xc3\xa9\r\n"


def test_replies_become_text_however_deep():
    assert plain([b"a", (b"b", 1, None), {b"k": [b"v"]}, b"\xff"]) == ["a", ["b", 1, None], {"k": ["v"]}, "\ufffd"]


@pytest.mark.parametrize(
    ("access", "words"),
    [(Access(), ()), (Access(password="p"), ("AUTH", "p")), (Access(username="u", password="p"), ("AUTH2", "u", "p")), (Access(username="u"), ())],
)
def test_how_migrate_logs_in(access, words):
    assert access.auth() == words


def test_certificates_are_always_verified():
    found = Access(ca_cert="/ca", client_cert="/c", client_key="/k").options()
    assert (found["ssl_cert_reqs"], found["ssl_check_hostname"], found["ssl_ca_certs"], found["protocol"]) == ("required", True, "/ca", 2)
    assert (found["ssl_certfile"], found["ssl_keyfile"]) == ("/c", "/k")
    assert not [name for name in Access(tls=False).options() if name.startswith("ssl")]
    assert "secret" not in repr(Access(password="secret"))


def test_a_connection_is_made_once_for_each_node_and_another_for_a_thread():
    with Connections(Access(tls=False), [NamedNode("m1", "127.0.0.1", 1), NamedNode("m2", "127.0.0.1", 2)]) as connections:
        first = connections["m1"]
        assert isinstance(first, Node)
        assert connections["m1"] is first
        assert connections.fresh("m1", timeout=3) is not first
        assert connections["m2"].name == "m2"
    assert connections["m1"] is not first
