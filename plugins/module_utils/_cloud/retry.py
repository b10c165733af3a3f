# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests that are sent again when the cloud did not answer, or says that it cannot now.

A load balancer that restarts, a worker that dies in the middle of an answer, a limit of requests: all of them pass. What may be sent twice is sent again
below the SDK, so that no reader has to think of it; any other POST may have been carried out, and `once` looks for its result before it is sent again.
RFC 9110, 9.2.2 (idempotent methods), 15.6 (5xx); RFC 6585, 4 (429).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from .._model.errors import Unanswered

# the SDK brings it; without the SDK a module says so before it comes here
with suppress(ImportError):
    from requests import exceptions as _lost

Made = TypeVar("Made")
#: answers that say nothing of the request itself
STATUSES = frozenset({429, 500, 502, 503, 504})
_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
#: of the POSTs those that can be sent twice: a token, and items of metadata (Compute API, "Create or Update Metadata Items")
_HARMLESS = ("/auth/tokens", "/metadata")
#: seconds for which one request is sent again, also of a cloud that never answered yet, and between two of them
PATIENCE = 60.0
_AT_FIRST = 10.0
_SHORTEST, _LONGEST = 0.5, 5.0
#: how often a write is sent whose result cannot be found, and how often its result is looked for, a second apart
_SENDINGS, _LOOKS = 3, 6


class PatientAdapter:
    """A transport of requests around another one, which sends again what may be sent twice, for a limited time.

    :param inner: the transport, whose options for TLS and the sockets stay
    :param patience: seconds
    """

    def __init__(self, inner: Any, patience: float) -> None:
        self.inner = inner
        self.patience = patience
        #: whether this cloud has ever answered: an address that is wrong is told soon
        self.has_answered = False

    def send(self, request: Any, stream: bool = False, **options: Any) -> Any:
        """As HTTPAdapter.send; the body is read here, so that a connection lost in the middle of it counts, too."""
        began, pause = time.monotonic(), _SHORTEST
        repeatable = is_repeatable(request.method, request.url)
        while True:
            try:
                answer = self.inner.send(request, stream=stream, **options)
                if not stream:
                    len(answer.content)
                self.has_answered = True
                pause = max(pause, _retry_after(answer))
                if not repeatable or answer.status_code not in STATUSES or self._is_late(began, pause):
                    return answer
                answer.close()
            except _lost.SSLError:
                raise
            except (_lost.ConnectionError, _lost.Timeout, _lost.ChunkedEncodingError, _lost.ContentDecodingError):
                if not repeatable or self._is_late(began, pause):
                    raise
            time.sleep(pause)
            pause = min(pause * 2, _LONGEST)

    def _is_late(self, began: float, pause: float) -> bool:
        patience = self.patience if self.has_answered else min(self.patience, _AT_FIRST)
        return time.monotonic() + pause > began + patience

    def close(self) -> None:
        self.inner.close()


def is_repeatable(method: str | None, url: str | None) -> bool:
    """Whether a request does the same when it is sent twice."""
    path = (url or "").partition("?")[0]
    return (method or "").upper() in _IDEMPOTENT or path.endswith(_HARMLESS)


def _retry_after(answer: Any) -> float:
    """The seconds that the server asks for; 0 where it says nothing, or a date."""
    text = answer.headers.get("Retry-After", "")
    return float(text) if text.isdecimal() else 0.0


def patient(session: Any, patience: float = PATIENCE) -> None:
    """Have a session of keystoneauth send again what may be sent twice."""
    for prefix, inner in list(session.session.adapters.items()):
        session.session.mount(prefix, PatientAdapter(inner, patience))


def once(send: Callable[[], Made], find: Callable[[], Made | None]) -> Made:
    """Send a write that must not be carried out twice: its result, or that of an earlier sending that nobody answered.

    :param find: looks for that result, None where there is none
    :raises Unanswered: where it was sent a few times, and nothing came of it
    """
    for sending in range(1, _SENDINGS + 1):
        try:
            return send()
        except Unanswered:
            made = _find_late(find)
            if made is not None:
                return made
            if sending == _SENDINGS:
                raise
    raise AssertionError("the loop returns or raises")


def _find_late(find: Callable[[], Made | None]) -> Made | None:
    """A gateway may give up before the API has done it, so its result is looked for more than once."""
    for _look in range(_LOOKS):
        made = find()
        if made is not None:
            return made
        time.sleep(1)
    return None
