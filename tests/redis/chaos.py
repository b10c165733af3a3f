# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a test of failovers needs: a client that counts what was acknowledged to it, and a look at what each server really holds."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

import redis
from redis.cluster import key_slot
from servers import Servers


def connect(servers: Servers, name: str, timeout: float = 5) -> redis.Redis:
    node = redis.Redis(host=servers.address(name), port=servers.port(name), socket_timeout=timeout, socket_connect_timeout=1, **servers.client_options())
    node.response_callbacks.clear()
    return node


class Client:
    """Follows MOVED and ASK as a cluster's client does, and goes on where a server is gone. Not for more than one thread."""

    def __init__(self, servers: Servers, names: Iterable[str]):
        self.servers, self.names = servers, list(names)
        self.owner: dict[int, str] = {}
        self.nodes: dict[str, redis.Redis] = {}
        self.by_port = {servers.port(name): name for name in self.names}

    def node(self, name: str) -> redis.Redis:
        if name not in self.nodes:
            self.nodes[name] = connect(self.servers, name, timeout=1)
        return self.nodes[name]

    def call(self, key: str, *words: object, patience: float = 20) -> object:
        """The reply to a command about one key.

        :raises TimeoutError: where nobody has answered in that time; the command may have been carried out
        """
        deadline, slot = time.monotonic() + patience, key_slot(key.encode())
        name, asking, why = self.owner.get(slot) or random.choice(self.names), False, ""
        while time.monotonic() < deadline:
            try:
                pipe = self.node(name).pipeline(transaction=False)
                if asking:
                    pipe.execute_command("ASKING")
                return pipe.execute_command(*words).execute()[-1]
            except redis.exceptions.MovedError as error:
                name, asking = self.by_port[error.port], False
                self.owner[slot] = name
            except redis.exceptions.AskError as error:
                name, asking = self.by_port[error.port], True
            except (redis.exceptions.RedisError, OSError) as error:
                why = f"{name}: {error}"
                self.owner.pop(slot, None)
                name, asking = random.choice(self.names), False
                time.sleep(0.02)
        raise TimeoutError(f"{words[:2]}: {why}")


@dataclass
class History:
    """What was written to a key: texts that count upwards, None for a deletion, and which of these was acknowledged last, and when."""

    attempts: list[str | None] = field(default_factory=list)
    acknowledged: int = -1
    at: float = 0.0

    def allows(self, value: str | None) -> bool:
        """Whether a value is no older than what was acknowledged last."""
        if self.acknowledged < 0:
            return value is None or value in self.attempts
        return value in self.attempts[self.acknowledged:]


class Load(threading.Thread):
    """Writes, deletes and reads keys of its own, until it is stopped."""

    def __init__(self, servers: Servers, names: Iterable[str], seed: int, keys: int = 400):
        super().__init__(daemon=True)
        self.client, self.chance = Client(servers, names), random.Random(seed)
        self.keys: dict[str, History] = {f"load:{seed}:{number}": History() for number in range(keys)}
        self.done = threading.Event()
        self.operations = self.unanswered = 0

    def run(self) -> None:
        while not self.done.is_set():
            key = self.chance.choice(list(self.keys))
            history = self.keys[key]
            value = None if self.chance.random() < 0.2 else f"{len(history.attempts)}"
            history.attempts.append(value)
            try:
                self.client.call(key, *(("SET", key, value) if value else ("DEL", key)))
            except TimeoutError:
                self.unanswered += 1
                continue
            history.acknowledged, history.at = len(history.attempts) - 1, time.monotonic()
            self.operations += 1

    def stop(self) -> None:
        self.done.set()
        self.join()


def holdings(servers: Servers, names: Iterable[str]) -> dict[str, set[str]]:
    """The keys that each server holds, whether it serves their slots or not: ``{name: keys}``."""
    return {name: {key.decode() for key in connect(servers, name).execute_command("KEYS", "*")} for name in names}


def masters(node: redis.Redis) -> dict[str, int]:
    """Ports and how many slots they serve, of the masters that have not failed in the eyes of a node."""
    found = {}
    for line in node.execute_command("CLUSTER", "NODES").decode().splitlines():
        words = line.split()
        if "master" in words[2] and "fail" not in words[2]:
            runs = [word.partition("-") for word in words[8:] if not word.startswith("[")]
            found[words[1].partition("@")[0].rpartition(":")[2]] = sum(int(last or first) - int(first) + 1 for first, _dash, last in runs)
    return {int(port): slots for port, slots in found.items()}
