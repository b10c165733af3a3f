# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An HTTP proxy that writes down what passes, and that can go silent after a number of writes.

By the record a test can tell how much an unchanged run asks, and that it writes nothing. By the silence a run stands still at a
chosen write, which the cloud has carried out and the run does not know of: the worst moment to kill it.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

# These belong to one connection and are not passed on (RFC 9110, 7.6.1).
HOP_BY_HOP = {"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}


TOKENS = "/v3/auth/tokens"
#: the API is away; a gateway gives up on it when it has done it; the connection is lost before it, after it, or in the middle of the answer
FAULTS = ("unavailable", "too many", "bad gateway", "lost before", "lost after", "cut")
_ANSWERS = {"unavailable": 503, "too many": 429, "bad gateway": 502}


class RecordingProxy:
    """A forward proxy for plain HTTP on a free loopback port.

    :param faults: what goes wrong with a request, by its method, path and number: None, or one of FAULTS
    :param folder: where `requests.log` is written, a line a request (method, path), and where a file `silent_after` with a number
        makes the proxy keep the answers to itself from that write on, until the file is removed. A token is not a write.
    """

    def __init__(self, folder: Path, faults: Callable[[str, str, int], str | None] = lambda _method, _path, _number: None):
        self.folder = folder
        self.faults = faults
        #: how often each fault was
        self.seen: Counter[str] = Counter()
        self._number = count(1)
        self._silence = folder / "silent_after"
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> RecordingProxy:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def record(self, method: str, path: str) -> None:
        with self._lock, (self.folder / "requests.log").open("a") as log:
            log.write(f"{method} {path}\n")

    def fault(self, method: str, path: str) -> str | None:
        with self._lock:
            found = self.faults(method, path, next(self._number))
            if found:
                self.seen[found] += 1
        return found

    def keep_silent(self, method: str, path: str) -> None:
        """Count a write that was carried out, and wait as long as the answer must not be given."""
        if method in ("GET", "HEAD") or path.endswith(TOKENS) or not self._silence.exists():
            return
        with self._lock:
            left = int(self._silence.read_text()) - 1
            self._silence.write_text(str(left))
        while left <= 0 and self._silence.exists():
            time.sleep(0.1)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def forward(self) -> None:
                target = urlsplit(self.path)
                path = target._replace(scheme="", netloc="").geturl()
                proxy.record(self.command, path)
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                fault = proxy.fault(self.command, path)
                if fault in ("unavailable", "too many", "lost before"):
                    return self.fail(fault)
                connection = HTTPConnection(target.netloc, timeout=120)
                connection.request(self.command, path, body, {k: v for k, v in self.headers.items() if k.lower() not in HOP_BY_HOP})
                answer = connection.getresponse()
                content = answer.read()
                proxy.keep_silent(self.command, path)
                if fault in ("bad gateway", "lost after"):
                    connection.close()
                    return self.fail(fault)
                self.send_response_only(answer.status, answer.reason)
                for name, value in answer.getheaders():
                    if name.lower() not in HOP_BY_HOP | {"content-length"}:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if fault == "cut":
                    self.wfile.write(content[: len(content) // 2])
                    self.close_connection = True
                elif self.command != "HEAD":
                    self.wfile.write(content)
                connection.close()
                return None

            def fail(self, fault: str) -> None:
                """Answer with an error, or not at all."""
                self.close_connection = True
                if fault in _ANSWERS:
                    self.send_response_only(_ANSWERS[fault])
                    self.send_header("Content-Length", "0")
                    self.end_headers()

            do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = forward

            def log_message(self, *_arguments: object) -> None:
                """The record is the log."""

        return Handler
