# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which certificate a server presents, by a handshake with a real one of TLS; what goes before and after it in the protocol is left out."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.guest import connection, rotation, server
from ansible_collections.stackdb.trove.plugins.module_utils._guest import certificate
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.tests.unit.certificate_builders import Made, ca, make
from cryptography.hazmat.primitives import hashes

AUTHORITY = ca()
OWN = make("a", AUTHORITY)


class FakeConnection:
    """Of PyMySQL's that part which wraps the socket; then the account is denied."""

    def __init__(self, where: dict[str, Any]) -> None:
        assert where["user"] == "trove_nobody"
        try:
            plain = socket.create_connection((where["host"], where["port"]), timeout=5)
            with where["ssl"].wrap_socket(plain, server_hostname=where["host"]):
                raise GuestError("Access denied")
        except OSError as error:
            raise GuestError(str(error)) from error


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """A server that presents OWN."""
    for name, text in (("server.pem", OWN.pem), ("server.key", OWN.key)):
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

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield listening.getsockname()[1]
    listening.close()


def trusting(directory: Path, authority: Made) -> str:
    path = directory / "ca.pem"
    path.write_text(authority.pem)
    return str(path)


def test_what_is_presented_and_what_is_not_trusted(tmp_path: Path, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "Connection", FakeConnection)
    digest = OWN.certificate.fingerprint(hashes.SHA256()).hex()
    assert rotation.presented("127.0.0.1", port, trusting(tmp_path, AUTHORITY)) == {"digest": digest}
    assert "certificate verify failed" in rotation.presented("127.0.0.1", port, trusting(tmp_path, ca("other")))["error"]
    assert rotation.presented("127.0.0.1", port, str(tmp_path / "missing.pem"))["error"]


def test_nobody_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "Connection", FakeConnection)
    trusting(tmp_path, AUTHORITY)
    assert rotation.look(str(tmp_path), [], {"started": None}) == {}
    found = rotation.look(str(tmp_path), ["127.0.0.1"], {"started": None}, port=1)["rotation"]
    assert (found["own"], "refused" in found["presented"]["127.0.0.1"]["error"]) == (None, True)


def test_what_the_server_has_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "Connection", FakeConnection)
    monkeypatch.setattr(server, "TLS_STAMP", str(tmp_path / "stamp"))
    path = trusting(tmp_path, AUTHORITY)
    # it was started before the file was written
    assert rotation.look(str(tmp_path), ["127.0.0.1"], {"started": 1.0}, port=1)["rotation"]["unread"] == [path]
    certificate.note_read({path: certificate.digest(path)}, str(tmp_path / "stamp"))
    assert rotation.look(str(tmp_path), ["127.0.0.1"], {"started": 1.0}, port=1)["rotation"]["unread"] == []
