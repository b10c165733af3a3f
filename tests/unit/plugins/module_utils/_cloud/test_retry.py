# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests over a real socket to a server that misbehaves, through keystoneauth's own session: what may be sent twice is sent again, and nothing else."""

from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._cloud import connection, retry
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import CloudError, Unanswered
from keystoneauth1 import session as sessions

TRANSIENT = [429, 500, 502, 503, 504]


def lost(handler):
    """The connection ends without an answer."""
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


def cut(handler):
    """The connection ends in the middle of the body."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b"{")
    handler.wfile.flush()
    lost(handler)


def slow(handler):
    """Nothing comes within the client's timeout."""
    handler.server.released.wait(10)
    handler.close_connection = True


def status(code, **headers):
    def answer(handler):
        body = b'{"answer": "it is here"}' if code == 200 else b"{}"
        handler.send_response(code)
        for name, value in {"Content-Length": str(len(body)), "Content-Type": "application/json", **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


class FakeApi(ThreadingHTTPServer):
    """Gives the answers that it was told to give, and then a good one."""

    daemon_threads = True

    def __init__(self):
        self.answers, self.seen, self.released = [], [], threading.Event()
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def act(self):
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                api.seen.append(self.command)
                (api.answers.pop(0) if api.answers else status(200))(self)

            do_GET = do_POST = do_PUT = do_DELETE = act

            def log_message(self, *_arguments):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()


@pytest.fixture
def api():
    server = FakeApi()
    yield server
    server.released.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def pauses(monkeypatch):
    """Nobody waits; the pauses that were made."""
    made, clock = [], [0.0]
    monkeypatch.setattr(retry.time, "sleep", lambda seconds: (made.append(seconds), clock.__setitem__(0, clock[0] + seconds)))
    monkeypatch.setattr(retry.time, "monotonic", lambda: clock[0])
    return made


@pytest.fixture
def session(pauses):
    made = sessions.Session(timeout=0.5)
    retry.patient(made)
    return made


def ask(session, api, method="GET", path="/servers"):
    with connection.translated("ask"):
        return session.request(api.url + path, method, authenticated=False)


@pytest.mark.parametrize("fault", [*(pytest.param(status(code), id=str(code)) for code in TRANSIENT), lost, cut, slow])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_what_may_be_sent_twice_is_sent_again(session, api, method, fault):
    api.answers = [fault, fault]
    assert ask(session, api, method).json() == {"answer": "it is here"}
    assert api.seen == [method] * 3


@pytest.mark.parametrize("path", ["/v3/auth/tokens", "/servers/s1/metadata", "/servers/s1/metadata?x=1"])
def test_a_token_and_metadata_are_asked_for_again(session, api, path):
    api.answers = [status(503), lost]
    assert ask(session, api, "POST", path).status_code == 200
    assert len(api.seen) == 3


@pytest.mark.parametrize("fault", [status(503), lost, cut, slow])
def test_another_post_is_sent_once_and_nobody_knows(session, api, fault):
    api.answers = [fault]
    with pytest.raises(Unanswered):
        ask(session, api, "POST")
    assert api.seen == ["POST"]


@pytest.mark.parametrize("code", [400, 403, 404, 409, 412, 501])
def test_an_answer_is_an_answer(session, api, code):
    api.answers = [status(code)]
    with pytest.raises(CloudError) as raised:
        ask(session, api)
    assert not isinstance(raised.value, Unanswered)
    assert api.seen == ["GET"]


def test_it_ends_in_time_and_with_the_clouds_words(session, api, pauses):
    api.answers = [status(503)] * 1000
    with pytest.raises(Unanswered, match="Cannot ask: .*503"):
        ask(session, api)
    assert retry.PATIENCE - retry._LONGEST < sum(pauses) <= retry.PATIENCE


def test_a_cloud_that_never_answered_is_told_soon(session, pauses):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    with pytest.raises(Unanswered, match="Cannot ask"), connection.translated("ask"):
        session.get(f"http://127.0.0.1:{port}/", authenticated=False)
    assert 0 < sum(pauses) <= 10


@pytest.mark.parametrize(("asked", "waits"), [("7", 7), ("Wed, 21 Oct 2026 07:28:00 GMT", 0.5), ("", 0.5)])
def test_the_server_says_how_long(session, api, pauses, asked, waits):
    api.answers = [status(429, Retry_After=asked)]
    ask(session, api)
    assert pauses == [waits]


class TestOnce:
    def send(self, *outcomes):
        left = list(outcomes)

        def act():
            outcome = left.pop(0)
            if isinstance(outcome, Exception):
                raise outcome
            return outcome

        return act, left

    def test_an_answer_needs_no_look(self, pauses):
        send, _left = self.send("made")
        assert retry.once(send, lambda: pytest.fail("nobody has to look")) == "made"

    def test_what_was_made_is_found_and_not_made_again(self, pauses):
        send, left = self.send(Unanswered("?"), "made again")
        found = iter([None, None, "made"])
        assert retry.once(send, lambda: next(found)) == "made"
        assert left == ["made again"]

    def test_what_was_not_made_is_asked_for_again(self, pauses):
        send, left = self.send(Unanswered("?"), "made")
        assert retry.once(send, lambda: None) == "made"
        assert left == []

    def test_it_is_not_asked_for_without_an_end(self, pauses):
        send, left = self.send(*[Unanswered("?")] * 5)
        with pytest.raises(Unanswered):
            retry.once(send, lambda: None)
        assert len(left) == 2

    def test_a_refusal_is_not_looked_at(self, pauses):
        send, _left = self.send(CloudError("no", http_status=403))
        with pytest.raises(CloudError, match="no"):
            retry.once(send, lambda: pytest.fail("nobody has to look"))
