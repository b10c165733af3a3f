# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections to the nodes of a Redis Cluster, each to one node: commands are not redirected, and replies are as they came."""

from __future__ import annotations

import os
import time
import traceback
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...._guest.command import GuestError
from ..rules.nodes import NamedNode

try:
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry
except ImportError:
    redis = None  # type: ignore[assignment]
    REDIS_MISSING: str | None = traceback.format_exc()
else:
    REDIS_MISSING = None

#: seconds to connect, and to wait for the answer to a command that does not move data
_CONNECT, _ANSWER = 5, 30
#: so many commands are under way at once: a node works off what has arrived before it serves anybody else
CHUNK = 64
#: seconds after which an idle server is woken that waits for others: it sees only at its next cron (setting hz), after up to 100 ms, that this is over
WAKE = 0.003
#: seconds that the rest of a reply has which has begun when the time of all is over
_REST = 0.5

#: a command as it is called: text, numbers and bytes
Words = Sequence[Any]

#: how a living run of ours is known among a node's clients
CLIENT_NAME = "stackdb-trove"


class NodeError(GuestError):
    """A node did not answer, or refused a command; the message names the node and carries its words."""

    #: whether the node only says that the key is not with it (any more), but where its slot is moving to
    is_redirection = False


@dataclass(frozen=True)
class Access:
    """How nodes are reached: one account and one set of TLS files for all."""

    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = True
    ca_cert: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    #: False for the server of this host alone, whose certificate has expired and which is to be told to read a new one
    verify: bool = True

    def options(self) -> dict[str, Any]:
        """What redis-py calls them."""
        found: dict[str, Any] = {"username": self.username, "password": self.password}
        if self.tls:
            found.update(
                ssl_cert_reqs="required" if self.verify else "none",
                ssl_check_hostname=self.verify,
                ssl_ca_certs=self.ca_cert,
                ssl_certfile=self.client_cert,
                ssl_keyfile=self.client_key,
            )
        # redis-py speaks RESP2 only before version 5, and does not know the option.
        if int(redis.__version__.split(".", maxsplit=1)[0]) >= 5:
            found["protocol"] = 2
        return found

    def auth(self) -> tuple[str, ...]:
        """The words by which MIGRATE logs in at its target."""
        if not self.password:
            return ()
        return ("AUTH2", self.username, self.password) if self.username else ("AUTH", self.password)


class Node:
    """One connection to one node. Not for more than one thread.

    :param name: the member's name, for messages
    :param timeout: seconds to wait for an answer
    """

    def __init__(self, access: Access, name: str, address: str, port: int, timeout: float = _ANSWER):
        if redis is None:
            raise GuestError("the Python library redis is missing (package python3-redis)")
        self.name, self.timeout, self._is_connected = name, timeout, False
        # The library's connection without its client: the client's pipelines take longer for a command than the server does.
        self._connection = (redis.SSLConnection if access.tls else redis.Connection)(
            host=address,
            port=port,
            socket_timeout=timeout,
            socket_connect_timeout=_CONNECT,
            client_name=f"{CLIENT_NAME}-{os.getpid()}",
            retry=Retry(NoBackoff(), 0),
            **access.options(),
        )

    def call(self, *words: Any) -> Any:
        """One command's reply, bytes where it is text.

        :raises NodeError: when the node refuses or does not answer
        """
        return self.calls([words])[0]

    def text(self, *words: Any) -> str:
        return str(plain(self.call(*words)))

    def calls(self, commands: Sequence[Words], check: bool = True) -> list[Any]:
        """The replies of many commands, sent without waiting for each.

        :param check: raise for a reply that is an error; else the NodeError stands in the reply's place
        """
        replies: list[Any] = []
        self.open()
        for start in range(0, len(commands), CHUNK):
            part = commands[start: start + CHUNK]
            self.send(part)
            replies += self.receive(part)
        errors = [reply for reply in replies if isinstance(reply, NodeError)]
        if check and errors:
            raise errors[0]
        return replies

    def open(self) -> None:
        """Connect, also where the server has closed the connection: ACL LOAD closes those of the users that it changes.

        :raises NodeError: when it does not answer, or does not let us in
        """
        if self.is_open():
            return
        self.close()
        try:
            self._connection.connect()
        except (redis.RedisError, OSError) as error:
            raise self._silent(error) from error
        self._is_connected = True

    def is_open(self) -> bool:
        """Whether it is connected, and the server has not closed that. To be asked while no reply is due."""
        try:
            return self._is_connected and not self._connection.can_read(timeout=0)
        except (redis.RedisError, OSError):
            return False

    def send(self, commands: Sequence[Words]) -> None:
        """Send commands, at most CHUNK, by a connection that is open."""
        try:
            self._connection.send_packed_command([b"".join(map(_packed, commands))])  # type: ignore[no-untyped-call]
        except (redis.RedisError, OSError) as error:
            raise self._silent(error) from error

    def receive(self, commands: Sequence[Words], deadline: float | None = None) -> list[Any]:
        """The replies to what was sent; a NodeError stands in the place of one that is an error.

        :param deadline: of all of them, by the monotonic clock; without it each has the time of the connection
        :raises NodeError: when they do not come
        """
        try:
            if deadline is None:
                return [self._reply(words) for words in commands]
            return [self._reply_by(deadline, words) for words in commands]
        except (redis.RedisError, OSError) as error:
            raise self._silent(error) from error

    def is_due(self, seconds: float) -> bool:
        """Whether a reply begins to come within so many seconds, or the connection ends, which `receive` says then."""
        try:
            return bool(self._connection.can_read(timeout=seconds))
        except (redis.RedisError, OSError):
            return True

    def _reply_by(self, deadline: float, words: Words) -> Any:
        left = max(deadline - time.monotonic(), 0)
        if not self._connection.can_read(timeout=left):
            raise TimeoutError("Timeout, no reply in time")
        # What has begun to come may come to its end, but not for the whole time of the connection once more.
        sock: Any = self._connection._sock
        sock.settimeout(min(max(left, _REST), self.timeout))
        try:
            return self._reply(words)
        finally:
            # where it is still open
            if sock.fileno() >= 0:
                sock.settimeout(self.timeout)

    def _silent(self, error: Exception) -> NodeError:
        self.close()
        return NodeError(f"{self.name} does not answer: {error}")

    def _reply(self, words: Words) -> Any:
        try:
            return self._connection.read_response()
        except redis.ResponseError as error:
            return self._error(words, error)

    def _error(self, words: Words, error: Exception) -> NodeError:
        # Two words say which command it was; what follows may be long, or a secret.
        found = NodeError(f"{self.name} refused {' '.join(str(word) for word in words[:2])}: {_code(error)}{error}")
        found.is_redirection = isinstance(error, redis.exceptions.AskError)
        return found

    def close(self) -> None:
        self._is_connected = False
        self._connection.disconnect()  # type: ignore[no-untyped-call]


def _code(error: Exception) -> str:
    """The code with which a reply that is an error began, where redis-py has removed it; a class before those that it comes from."""
    of = redis.exceptions
    codes = {
        of.MovedError: "MOVED", of.AskError: "ASK", of.TryAgainError: "TRYAGAIN", of.MasterDownError: "MASTERDOWN", of.ClusterDownError: "CLUSTERDOWN",
        of.ReadOnlyError: "READONLY", of.NoPermissionError: "NOPERM",
    }  # fmt: skip
    found = next((code for kind, code in codes.items() if isinstance(error, kind)), "")
    return f"{found} " if found and not str(error).startswith(found) else ""


class SocketNode(Node):
    """A node of this host, by its unix socket, without an account."""

    def __init__(self, name: str, path: str, timeout: float = _ANSWER):
        if redis is None:
            raise GuestError("the Python library redis is missing (package python3-redis)")
        self.name, self.timeout, self._is_connected = name, timeout, False
        options = {name: value for name, value in Access(tls=False).options().items() if value is not None}
        self._connection = redis.UnixDomainSocketConnection(  # type: ignore[abstract, assignment]
            path=path, socket_timeout=timeout, retry=Retry(NoBackoff(), 0), **options
        )


def _packed(words: Words) -> bytes:
    """A command as the protocol has it."""
    parts = [b"*%d\r\n" % len(words)]
    for word in words:
        data = word if isinstance(word, bytes) else str(word).encode()
        parts.append(b"$%d\r\n%b\r\n" % (len(data), data))
    return b"".join(parts)


def plain(reply: Any) -> Any:
    """A reply with text in place of bytes, however deep."""
    if isinstance(reply, bytes):
        return reply.decode(errors="replace")
    if isinstance(reply, (list, tuple)):
        return [plain(item) for item in reply]
    if isinstance(reply, dict):
        return {plain(key): plain(value) for key, value in reply.items()}
    return reply


class Connections:
    """One connection to each of the nodes, made when it is first used, for one thread at a time.
    """

    def __init__(self, access: Access, nodes: Iterable[NamedNode]):
        self.access, self.nodes = access, {node.name: node for node in nodes}
        self._open: dict[str, Node] = {}

    def __getitem__(self, name: str) -> Node:
        if name not in self._open:
            self._open[name] = self.fresh(name)
        return self._open[name]

    def fresh(self, name: str, timeout: float = _ANSWER) -> Node:
        """A connection of one's own, e.g. for a thread."""
        node = self.nodes[name]
        return Node(self.access, name, node.address, node.port, timeout)

    def __enter__(self) -> Connections:
        return self

    def __exit__(self, *error: object) -> None:
        while self._open:
            self._open.popitem()[1].close()
