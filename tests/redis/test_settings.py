# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings of the server's own catalogue, with plausible values: served as asked and unchanged in the second run, or refused by name before a file is there."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import PROGRAM
from servers import collection_path

_PORT = int(os.environ.get("REDIS_TEST_PORT", "11100")) - 1
RESERVED = ["dir", "port", "tls-port", "logfile", "daemonize", "supervised", "cluster-enabled", "cluster-config-file", "cluster-port", "requirepass",
            "masterauth", "masteruser", "aclfile", "cluster-announce-ip"]  # fmt: skip
#: read or written outside of the server's directory, or of no use without hardware; the module's documentation says so
_ELSEWHERE = {"pidfile", "unixsocket", "unixsocketperm", "unixsocketgroup", "syslog-enabled", "syslog-ident", "syslog-facility"}


class FakeUnit:
    """What systemd would say of the service: there is no unit for a server on loopback."""

    name = "redis-server.service"

    def __init__(self, service: Service):
        self.service = service

    def show(self) -> dict[str, Any]:
        state = "active" if self.service.process else "inactive"
        return {"state": state, "substate": "", "enabled": True, "started": time.time(), "outdated": False, "restarts": 0}


class Service:
    """A server that reads the file which the module writes."""

    def __init__(self, module: Any, trial: Any, home: Path, monkeypatch: pytest.MonkeyPatch):
        self.module, self.trial, self.home, self.process = module, trial, home, None
        monkeypatch.setattr(module.redis_server, "Unit", lambda _name: FakeUnit(self))
        self.file, self.guest_error = home / "redis.conf", module.redis_server.GuestError

    def parameters(self, settings: dict, state: str = "adapted", **more: Any) -> dict:
        fixed = {"dir": str(self.home), "port": _PORT, "tls-port": 0, "logfile": str(self.home / "log"), "cluster-enabled": "yes", "daemonize": "no"}
        return {
            "state": state, "name": "m1", "address": "127.0.0.1", "port": _PORT, "username": None, "password": None, "tls": False, "ca_cert": None,
            "service": "redis-server.service", "program": PROGRAM, "version": None, "settings": settings,
            "defaults": {"save": "", "maxmemory-policy": "noeviction"},
            "estimates": {"maxmemory": "64mb"}, "fixed": fixed, "reserved": RESERVED, "settings_file": str(self.file), "user": None, "masterauth": None,
            "users_file": None, "certificate_file": None, "tls_files": [], "timeout": 30, **more,
        }  # fmt: skip

    def apply(self, settings: dict, **more: Any) -> dict:
        return self.module.act(self.parameters(settings, **more), False)

    def start(self) -> None:
        self.stop()
        self.process = subprocess.Popen([PROGRAM, str(self.file)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while self.process.poll() is None:
            try:
                return self.node().call("PING")
            except self.guest_error:
                assert time.monotonic() < deadline
                time.sleep(0.02)
        raise AssertionError((self.home / "log").read_text())

    def node(self) -> Any:
        from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest.connection import Access, Node

        return Node(Access(tls=False), "m1", "127.0.0.1", _PORT)

    def live(self) -> dict[str, str]:
        from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest import live

        return live.settings(self.node())

    def stop(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.syspath_prepend(str(collection_path(tmp_path / "collections")))
    from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest import trial
    from ansible_collections.stackdb.trove.plugins.modules import trove_redis_server as module

    home = tmp_path / "home"
    home.mkdir()
    made = Service(module, trial, home, monkeypatch)
    yield made
    made.stop()


def refusal(service: Service, settings: dict) -> str | None:
    """Why they are refused, None where they are not."""
    from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput

    try:
        service.apply(settings, state="checked")
    except InvalidInput as error:
        return error.message
    return None


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"rename-command": 'CONFIG ""'}, r"settings: 'rename-command' was given; allowed: .*redis_cluster_users"),
        ({"loadmodule": "/tmp/x.so"}, "settings: 'loadmodule' was given; allowed: .*modules are not supported"),
        ({"include": "/etc/x"}, "settings: 'include' was given"),
        ({"user": "a on"}, "settings: 'user' was given"),
        ({"replicaof": "10.0.0.1 6379"}, "settings: 'replicaof' was given"),
        ({"Dir": "/tmp"}, "settings: 'Dir' was given"),
        ({"requirepass": "x"}, "settings: 'requirepass' was given"),
        ({"maxmemory": "1gb", "MaxMemory": "2gb"}, "each setting once"),
        ({"maxmemry": "1gb"}, "settings: 'maxmemry' was given; .*such as maxmemory"),
        ({"maxmemory_policy": "noeviction"}, "such as maxmemory-policy"),
        ({"maxmemory": "lots"}, "settings.maxmemory: 'lots' was given; .*memory"),
        ({"appendfsync": "sometimes", "maxmemory": "1gb"}, "settings.appendfsync: 'sometimes' was given"),
        ({"timeout": None}, "settings.timeout: None was given"),
        ({"timeout": {"a": 1}}, "settings.timeout: "),
        ({"timeout": []}, "settings.timeout: "),
        ({"unixsocketperm": 504}, "settings.unixsocketperm: 504 was given; allowed: a text in quotes, such as '770'"),
        ({"bind": "10.0.0.1"}, "settings.bind: '10.0.0.1' was given; allowed: addresses with 127.0.0.1 among them"),
        ({"a b": 1}, "settings: 'a b' was given"),
        ({"maxmemory\nport": 1}, "was given"),
    ],
)
def test_refused_by_name_before_there_is_a_file_in_every_run(service: Service, settings: dict, words: str) -> None:
    from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput

    for _run in ("without a server", "with one"):
        for state in ("checked", "adapted"):
            with pytest.raises(InvalidInput, match=words):
                service.apply(settings, state=state)
        if not service.process:
            assert not service.file.exists()
            service.apply({})
            service.start()


#: of the table of what was seen to fail, and spellings of their kind; with what the server says of it afterwards
SPELLED = [
    ({"client-output-buffer-limit": ["normal 1gb 512mb 30", "replica 512mb 64mb 60"]},
     "normal 1073741824 536870912 30 slave 536870912 67108864 60 pubsub 33554432 8388608 60"),
    ({"client-output-buffer-limit": "pubsub 0 0 0"}, "normal 0 0 0 slave 268435456 67108864 60 pubsub 0 0 0"),
    ({"proc-title-template": '{title} "quoted" \\ # not a comment'}, '{title} "quoted" \\ # not a comment'),
    ({"save": ["3600 1", "300 100"]}, "3600 1 300 100"),
    ({"save": ""}, ""),
    ({"save": "900 1"}, "900 1"),
    ({"Save": "60 10000"}, "60 10000"),
    ({"appendonly": True}, "yes"),
    ({"appendonly": "no"}, "no"),
    ({"maxmemory": 104857600}, "104857600"),
    ({"maxmemory": "100MB"}, "104857600"),
    ({"maxmemory-policy": "allkeys-lfu"}, "allkeys-lfu"),
    ({"notify-keyspace-events": "KEA"}, "AKE"),
    ({"list-max-listpack-size": -3}, "-3"),
    ({"activerehashing": False}, "no"),
    ({"bind": ["127.0.0.1", "-::1"]}, "127.0.0.1 -::1"),
    ({"latency-tracking-info-percentiles": [50, 99.5]}, "50 99.5"),
    ({"shutdown-on-sigterm": ["nosave", "force"]}, "nosave force"),
    ({"databases": 1}, "1"),
    ({"tcp-backlog": 400}, "400"),
    ({"dbfilename": "other dump.rdb"}, "other dump.rdb"),
]  # fmt: skip


def test_a_number_of_which_the_server_makes_another_one_is_refused(service: Service) -> None:
    made = service.trial.attempt(PROGRAM, None, {"databases": "1"})
    assert made.values["databases"] == "1"
    words = refusal(service, {"databases": 7})
    service.apply({"databases": 1} if words else {"databases": 7})
    service.start()
    assert service.live()["databases"] == ("1" if words else "7"), words


@pytest.mark.parametrize("name", ["cluster-announce-human-nodename", "availability-zone"])
def test_a_server_that_would_not_start_again_is_no_answer(service: Service, name: str) -> None:
    from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput

    if name not in service.trial.attempt(PROGRAM, None, {}).values:
        pytest.skip(f"this server has no {name}: REDIS_SERVER names another one")
    assert refusal(service, {name: "a b"})
    said = ""
    try:
        service.trial.attempt(PROGRAM, None, {name: "a b", "timeout": "7"})
    except InvalidInput as error:
        said = error.message
    # Valkey 8.1 starts again with such a zone, 9.1 does not.
    started_again = name == "availability-zone" and not said
    assert started_again or said.startswith(f"settings.{name}: 'a b' was given; allowed: what the server takes; it says: ")


def test_spellings_are_served_from_the_first_run_and_change_nothing_in_the_second(service: Service) -> None:
    service.apply({})
    service.start()
    for settings, expected in SPELLED:
        name = next(iter(settings)).lower()
        first = service.apply(settings)
        second = service.apply(settings)
        assert second["changed"] is False, (settings, second["plan"])
        assert name in first["pending"] or service.live()[name] == expected, settings
        service.start()
        third = service.apply(settings)
        assert (third["changed"], third["pending"]) == (False, []), (settings, third)
        assert service.live()[name] == expected


@pytest.mark.thorough
def test_what_is_asked_for_no_more_gets_the_servers_default_again(service: Service) -> None:
    service.apply({})
    service.start()
    before = service.live()
    service.apply({"timeout": 77, "tcp-backlog": 333})
    service.start()
    assert (service.live()["timeout"], service.live()["tcp-backlog"]) == ("77", "333")
    assert service.apply({})["pending"] == ["tcp-backlog"]
    assert service.live()["timeout"] == before["timeout"]
    assert service.apply({})["pending"] == ["tcp-backlog"], "a restart may come in a later run"
    service.start()
    assert service.live()["tcp-backlog"] == before["tcp-backlog"]
    again = service.apply({})
    assert (again["changed"], again["pending"]) == (False, [])


def test_some_mib_less_of_memory_change_nothing(service: Service) -> None:
    service.apply({}, estimates={"maxmemory": "614mb"})
    service.start()
    assert service.apply({}, estimates={"maxmemory": "612mb"})["changed"] is False
    assert service.apply({}, estimates={"maxmemory": "617mb"})["changed"] is False
    assert service.apply({}, estimates={"maxmemory": "700mb"})["changed"] is True
    assert service.live()["maxmemory"] == str(700 << 20)


@pytest.mark.thorough
def test_more_clients_than_the_process_may_open_files_wait_for_a_restart(service: Service) -> None:
    service.apply({})
    service.start()
    limit = int(next(line for line in Path(f"/proc/{service.process.pid}/limits").read_text().splitlines() if "open files" in line).split()[3])
    done = service.apply({"maxclients": limit})
    assert done["pending"] == ["maxclients"]
    assert f"maxclients {limit}\n" in service.file.read_text()


#: values as people write them, by what the server has
def plausible(chance: random.Random, value: str) -> Any:
    if value in ("yes", "no"):
        return chance.choice([True, False, "yes", "no", "true", "on", 1, "YES"])
    if value.lstrip("-").isdigit():
        number = int(value)
        return chance.choice([number, str(number), number + 1, number * 2, number // 2, 0, -1, "1gb", "64mb", "10k", "50%", 1.5, 10**12, "", "007", True])
    words = ["", "a b", 'with "quotes"', "it's", "#hash", "back\\slash", "ünï", "yes", False, None, 5, "a\nb", "x" * 300, [1, 2], ["a", "b c"], "always"]
    return chance.choice([value, value.split(), value.upper(), *words])


def generated(service: Service, count: int, seed: int) -> Iterator[dict]:
    chance = random.Random(seed)
    catalogue = service.trial.attempt(PROGRAM, None, {}).values
    names = sorted(set(catalogue) - _ELSEWHERE - set(RESERVED))
    for _case in range(count):
        yield {name: plausible(chance, catalogue[name]) for name in chance.sample(names, chance.choice([1, 1, 2, 4]))}


def test_generated_settings(service: Service, pytestconfig: pytest.Config) -> None:
    """A few in the quick run; ``make redis-settings-test`` has some hundreds."""
    seed = int(os.environ.get("REDIS_SETTINGS_SEED", random.randrange(10**6)))
    count = int(os.environ.get("REDIS_SETTINGS_CASES", "8"))
    print(f"REDIS_SETTINGS_SEED={seed}", file=sys.stderr)
    served = 0
    service.apply({})
    service.start()
    # so few may all be refused: it goes on then until some are served
    for number, settings in enumerate(generated(service, 10 * count, seed)):
        if number >= count and served:
            break
        words = refusal(service, settings)
        if words:
            assert any(str(name) in words for name in settings), (settings, words)
            # By name, and not for being together with others.
            name = next(name for name in settings if str(name) in words)
            settings = {name: settings[name]}
            assert refusal(service, settings), (settings, words)
            continue
        made = service.trial.attempt(PROGRAM, None, {name: service.module.redis_conf.text(name, value) for name, value in settings.items()}).values
        first = service.apply(settings)
        live = service.live()
        assert [name for name in settings if name in made and name not in first["pending"] and live[name] != made[name]] == [], settings
        second = service.apply(settings)
        assert (second["changed"], second["pending"]) == (False, first["pending"]), (settings, second["plan"])
        service.start()
        live = service.live()
        assert [name for name in settings if name in made and live[name] != made[name]] == [], settings
        third = service.apply(settings)
        assert (third["changed"], third["pending"]) == (False, []), (settings, third)
        served += 1
    print(f"{served} of {max(number, count)} were served, the others refused by name", file=sys.stderr)
    assert served
