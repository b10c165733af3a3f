# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which certificate a node presents, by a handshake with a real server of TLS."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest import rotation, server
from ansible_collections.stackdb.trove.plugins.module_utils._guest import certificate
from ansible_collections.stackdb.trove.tests.unit.certificate_builders import ca, make
from cryptography.hazmat.primitives import hashes

AUTHORITY = ca()
OWN = make("a", AUTHORITY)


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """A server that presents OWN, of a host that trusts AUTHORITY."""
    for name, text in (("server.pem", OWN.pem), ("server.key", OWN.key), ("ca.pem", AUTHORITY.pem)):
        (tmp_path / name).write_text(text)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem", tmp_path / "server.key")
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                with context.wrap_socket(listening.accept()[0], server_side=True) as client:
                    client.recv(1)
            except (ssl.SSLError, ConnectionError):
                continue
            except OSError:
                return

    threading.Thread(target=serve, daemon=True).start()
    yield listening.getsockname()[1]
    listening.close()


def test_what_is_presented_and_what_is_not_trusted(tmp_path: Path, port: int) -> None:
    digest = OWN.certificate.fingerprint(hashes.SHA256()).hex()
    found = rotation.look(str(tmp_path), ["127.0.0.1"], {"started": None}, port)["rotation"]
    assert (found["own"], found["presented"]) == (digest, {"127.0.0.1": {"digest": digest}})
    (tmp_path / "ca.pem").write_text(ca("other").pem)
    assert "certificate verify failed" in rotation.look(str(tmp_path), ["127.0.0.1"], {"started": None}, port)["rotation"]["presented"]["127.0.0.1"]["error"]


def test_nobody_there_and_nobody_asked(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text(AUTHORITY.pem)
    assert "refused" in rotation.presented("127.0.0.1", 1, str(tmp_path / "ca.pem"))["error"]
    assert rotation.look(str(tmp_path), [], {}, 1) == rotation.look(None, ["127.0.0.1"], {}, 1) == {}


def test_what_the_server_has_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_TLS_STAMP", str(tmp_path / "stamp"))
    path = tmp_path / "ca.pem"
    path.write_text(AUTHORITY.pem)
    # it was started before the file was written
    assert rotation.look(str(tmp_path), ["127.0.0.1"], {"started": 1.0}, 1)["rotation"]["unread"] == [str(path)]
    certificate.note_read({str(path): certificate.digest(str(path))}, str(tmp_path / "stamp"))
    assert rotation.look(str(tmp_path), ["127.0.0.1"], {"started": 1.0}, 1)["rotation"]["unread"] == []
