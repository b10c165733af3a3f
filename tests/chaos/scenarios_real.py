# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The servers on which verbs are killed: three of each topology, made by the collection's own playbooks in the embedded cloud."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import killing
from load import RedisLoad, SqlLoad
from table import DEAD_SOURCE, GALERA, LOSE, OUTAGE, REDIS, REPLICA
from world import CLOUD, NETWORK, PROJECT, STATE, World, problems

_COMMON = {
    "trove_cloud": CLOUD, "trove_flavor": "db.small", "trove_volume_size": 1, "trove_networks": [NETWORK], "trove_key_name": "devcloud",
    "trove_remote_user": "debian",
}  # fmt: skip
_MARIADB = {**_COMMON, "trove_datastore": "mariadb", "trove_datastore_version": "10.11", "trove_image": "debian-12-mariadb-10.11"}


@dataclass(frozen=True)
class Scenario:
    """:param creates: (verb, options) in order, which make it from nothing; :param deletes: those that delete it"""

    name: str
    unit: str
    info_module: str
    load: type
    creates: tuple
    deletes: tuple
    #: by verb, what it needs beside what the table says
    needs: Mapping


#: with which names end: scenarios that are kept at the same time have servers of their own
_LETTERS = {GALERA: "g", REDIS: "c", REPLICA: "r"}

_GALERA = {**_MARIADB, "trove_instances": 3, "trove_locality": "anti-affinity"}
_REDIS = {
    **_COMMON, "trove_datastore": "redis", "trove_datastore_version": "7.0", "trove_image": "debian-12-redis-7.0", "trove_instances": 3,
    "trove_locality": "anti-affinity",
}  # fmt: skip
_REPLICAS = {"trove_source": "{name}", "trove_count": 2}
_CLUSTER_DELETE, _CLUSTER_CREATE = ("cluster_delete", {}), ("cluster_create", {})

SCENARIOS = {
    GALERA: Scenario(GALERA, "mariadb", "stackdb.trove.trove_galera_info", SqlLoad, (_CLUSTER_CREATE,), (_CLUSTER_DELETE,), {"cluster_create": _GALERA}),
    REDIS: Scenario(
        REDIS, "redis-server", "stackdb.trove.trove_redis_node_info", RedisLoad, (_CLUSTER_CREATE,), (_CLUSTER_DELETE,), {
            "cluster_create": _REDIS, "cluster_shrink": {"trove_allow_few_masters": True},
        },
    ),
    REPLICA: Scenario(
        REPLICA, "mariadb", "stackdb.trove.trove_mysql_replication_info", SqlLoad, (("instance_create", {}), ("replica_create", {})),
        (("instance_delete", {"trove_name": "{last}"}), ("instance_delete", {"trove_name": "{last}"}), ("instance_delete", {})), {
            "instance_create": {**_MARIADB, "trove_locality": "anti-affinity"}, "replica_create": _REPLICAS,
        },
    ),
}  # fmt: skip


class Servers:
    """:param place: where what each run printed goes"""

    def __init__(self, scenario: Scenario, place: Path):
        self.scenario, self.place = scenario, place
        self.name = os.environ.get("CHAOS_NAME", "chaos") + _LETTERS[scenario.name]
        self.world = World(self.name, scenario.info_module)
        self.load = scenario.load(self.world, place / "load")
        self.lost = ""

    def begin(self) -> None:
        """Those that an earlier call has kept are taken as they are."""
        for verb, options in () if self.world.guests(running=False) else self.scenario.creates:
            self._done(verb, options)
        self.load.prepare()

    def end(self) -> None:
        for verb, options in self.scenario.deletes:
            if self.world.guests(running=False):
                self._done(verb, options)

    def _done(self, verb: str, options: Mapping) -> None:
        ran = self.run(verb, self.filled(options), self.place / f"{verb}-{time.monotonic_ns()}")
        if ran.code:
            raise SystemExit(f"{verb} fails: {ran.output[-4000:]}")

    def run(self, verb: str, options: Mapping, directory: Path, kill: killing.Kill | None = None) -> killing.Ran:
        named = {"trove_cloud": CLOUD, "trove_remote_user": "debian", **({} if verb == "replica_create" else {"trove_name": self.name})}
        given = {**named, **self.filled(self.scenario.needs.get(verb, {})), **options}
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "options.json").write_text(json.dumps(given))
        base = {**os.environ, "ANSIBLE_PRIVATE_KEY_FILE": str(STATE / "id_ed25519")}
        command = [killing.ansible_playbook(), f"stackdb.trove.{verb}", f"--extra-vars=@{directory}/options.json"]
        return killing.run(command, directory, base, PROJECT, kill)

    def filled(self, options: object) -> object:
        """Options with names in place of ``{name}``, ``{last}`` and ``{lost}``."""
        text = json.dumps(options)
        guests = self.world.guests(running=False) if "{last}" in text else []
        for word, name in (("{name}", self.name), ("{last}", guests[-1].name if guests else ""), ("{lost}", self.lost)):
            text = text.replace(word, name)
        return json.loads(text)

    def befall(self, what: str) -> None:
        {LOSE: self._lose, OUTAGE: self._outage, DEAD_SOURCE: self._dead_source}[what]()

    def _lose(self) -> None:
        self.lost = self.world.guests()[-1].name
        server = self.world.sdk.compute.find_server(self.lost)
        self.world.sdk.compute.delete_server(server)
        self.world.sdk.compute.wait_for_delete(server)

    def _outage(self) -> None:
        """Killed, and kept down: systemd would start them again after five seconds. One has lost its last view, so that plain starts are not enough."""
        for guest in self.world.guests():
            guest.ssh(f"sudo systemctl kill --signal=SIGKILL {self.scenario.unit}; sleep 1; sudo systemctl stop {self.scenario.unit}")
        self.world.guests()[-1].ssh("sudo rm -f /var/lib/mysql/gvwstate.dat")

    def _dead_source(self) -> None:
        (source,) = [guest for guest in self.world.guests() if guest.name == self.name]
        source.ssh(f"sudo systemctl kill --signal=SIGKILL {self.scenario.unit}; sleep 1; sudo systemctl stop {self.scenario.unit}")

    def serves(self) -> bool:
        guests = self.world.guests()
        return bool(guests) and not any(map(problems, self._words(guests)))

    def _words(self, guests: list) -> list:
        said = self.world.words()
        return [said.get(guest.name, {}) for guest in guests]

    def healed(self, timeout: float) -> None:
        """Wait until all say that they serve, which after a fault they do by themselves."""
        deadline = time.monotonic() + timeout
        while not self.serves() and time.monotonic() < deadline:
            time.sleep(3)
