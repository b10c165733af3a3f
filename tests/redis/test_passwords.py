# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Accounts of running servers get new passwords, in the role's order, while clients connect: nobody is refused, whichever step a run was stopped after.

The steps are the guest's own. The servers are no cluster: two masters and a replica by hand, since it is about who logs in.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import redis
from servers import Servers

NAMES = ["m1", "m2", "m3"]
HOUSE = "ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster"
FIRST = {"trove": "own at first", "default": "clients at first"}


class Stopped(Exception):
    """A run was killed."""


class Members:
    """Three servers with users' files, settings and passwords of their own; the third replicates from the first."""

    def __init__(self, servers: Servers, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.syspath_prepend(servers.tree)
        self.servers, self.place = servers, place
        self.guest, self.rules, self.verbs, self.connection, self.nodes, self.files = (
            importlib.import_module(f"{HOUSE}.{name}")
            for name in ("guest.passwords", "rules.passwords", "verbs.passwords", "guest.connection", "rules.nodes", "guest.settings_file")
        )
        for name in NAMES:
            (place / name).mkdir()
            for account, password in FIRST.items():
                self.guest.write(account, password, directory=str(place / name))
            (place / name / "settings").write_text(f'# head\nmasterauth "{FIRST["trove"]}"\nmasteruser trove\n')
            (place / name / "settings").chmod(0o600)
            self.users(name)
        self.start(*NAMES)
        self.client("m3", "trove").execute_command("REPLICAOF", "127.0.0.1", str(servers.port("m1")))
        #: after so many steps the run is killed
        self.left: int | None = None

    def start(self, *names: str) -> None:
        for name in names:
            secret = self.guest.read(str(self.place / name))["trove"].present
            options = {"aclfile": str(self.place / name / "users.acl"), "requirepass": '""', "masteruser": "trove", "masterauth": f'"{secret}"'}
            self.servers.start(name, cluster_enabled="no", **options)

    def users(self, name: str, dropping: tuple[str, ...] = ()) -> None:
        kept = self.guest.read(str(self.place / name))
        digests = {account: [self.rules.digest(one.newest)] if account in dropping else one.accepted for account, one in kept.items()}
        lines = [f"user {account} on {' '.join(f'#{one}' for one in found)} ~* &* +@all\n" for account, found in digests.items()]
        (self.place / name / "users.acl").write_text("".join(lines))

    def words(self) -> dict:
        return {name: self.guest.read(str(self.place / name)) for name in NAMES}

    def member(self, name: str) -> object:
        nodes = [self.nodes.NamedNode(other, "127.0.0.1", self.servers.port(other)) for other in NAMES]
        own = next(node for node in nodes if node.name == name)
        file = self.files.SettingsFile(str(self.place / name / "settings"), None)
        return self.verbs.Member(name, self.connection.Access(tls=False), own, nodes, file, str(self.place / name))

    def step(self, done: list[str]) -> int:
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise Stopped
        return len(done)

    def publish(self, given: str = "") -> int:
        """How much was changed."""
        changed = self.step(self.verbs.create(self.words(), given, str(self.place / "m1")))
        words = self.words()
        changed += sum(self.step(self.verbs.keep(words, name, str(self.place / name))) for name in NAMES)
        words = self.words()
        for name in NAMES:
            self.users(name)
            changed += self.step(self.verbs.accept(self.member(name), words))
        changed += sum(self.step(self.verbs.use(self.member(name), words)) for name in NAMES)
        return changed + self.drop("trove")

    def drop(self, account: str) -> int:
        words = self.words()
        for name in NAMES:
            self.rules.check_kept(words, account, turns=True)
            self.users(name, (account,))
        return sum(self.step(self.verbs.drop(self.member(name), words, [account])) for name in NAMES)

    def look(self, name: str) -> dict:
        node = self.nodes.NamedNode(name, "127.0.0.1", self.servers.port(name))
        access = self.connection.Access("trove", self.guest.read(str(self.place / name))["trove"].present, False)
        return self.guest.look(access, node, ["127.0.0.1"], str(self.place / name))["passwords"]

    def client(self, name: str, account: str, password: str | None = None) -> redis.Redis:
        secret = password or self.guest.read(str(self.place / name))[account].present
        return redis.Redis(port=self.servers.port(name), username=account, password=secret, socket_timeout=5)


@pytest.fixture
def members(make_servers: Callable[..., Servers], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Members:
    return Members(make_servers(), tmp_path, monkeypatch)


class Clients:
    """New connections to all members all the time, with the password that clients have, and one that stays."""

    def __init__(self, members: Members) -> None:
        self.members, self.password, self.errors, self.count = members, FIRST["default"], [], 0
        self.staying = members.client("m1", "default", self.password)
        self.id = self.staying.client_id()
        self.ends = threading.Event()
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        while not self.ends.is_set():
            for name in NAMES:
                try:
                    with self.members.client(name, "default", self.password) as client:
                        client.ping()
                    self.count += 1
                except redis.RedisError as error:
                    self.errors.append(f"{name}: {error}")

    def end(self) -> None:
        self.ends.set()
        self.thread.join()
        assert (self.errors, self.staying.client_id()) == ([], self.id)
        assert self.count > 10


def link(members: Members) -> str:
    return members.client("m3", "trove").info("replication")["master_link_status"]


def test_nobody_is_refused_no_link_breaks_and_a_second_run_changes_nothing(members: Members) -> None:
    clients, replicating = Clients(members), members.client("m1", "trove").info("replication")["slave0"]["port"]
    began = members.client("m1", "trove").info("stats")["sync_full"]
    assert members.publish() > 0
    assert members.publish() == 0
    word = members.look("m2")
    assert (word["default"]["pending"], word["default"]["others"], word["trove"]["others"], word["trove"]["used"]) == (True, 1, 0, True)
    assert [word[account]["refused"] for account in word] == [{"127.0.0.1": None}] * 2
    clients.password = members.words()["m3"]["default"].following
    assert clients.password not in (None, FIRST["default"])
    assert members.drop("default") > 0
    assert members.drop("default") == 0
    clients.end()
    with pytest.raises(redis.AuthenticationError):
        members.client("m2", "default", FIRST["default"]).ping()
    with pytest.raises(redis.AuthenticationError):
        members.client("m2", "trove", FIRST["trove"]).ping()
    own = members.client("m1", "trove")
    assert (link(members), own.info("stats")["sync_full"], own.info("replication")["slave0"]["port"]) == ("up", began, replicating)
    for name in NAMES:
        secret = members.words()[name]["trove"].present
        assert members.client(name, "trove").config_get("masterauth") == {"masterauth": secret}
        assert f"masterauth {secret}\n" in (members.place / name / "settings").read_text()
        assert not list((members.place / name).glob("*.next.password"))


def test_a_run_that_was_stopped_after_any_step_goes_on_with_the_same_password(members: Members) -> None:
    clients = Clients(members)
    for left in range(1, 40):
        members.left = left
        try:
            members.publish()
            break
        except Stopped:
            pass
        new = members.words()["m1"]["default"].following
        members.left = None
        members.publish()
        words = members.words()
        assert {kept["default"].following for kept in words.values()} == {new}
        assert len({kept["trove"].present for kept in words.values()}) == 1
        clients.password = new
        members.left = left % 3 + 1
        try:
            members.drop("default")
        except Stopped:
            members.left = None
            members.drop("default")
        assert {kept["default"] for kept in members.words().values()} == {members.rules.Kept(new)}
    assert left > 10
    clients.end()
    assert link(members) == "up"


def test_a_restart_between_both_runs_keeps_both(members: Members) -> None:
    members.publish("of the user's own")
    members.servers.kill("m2")
    members.start("m2")
    for password in (FIRST["default"], "of the user's own"):
        assert members.client("m2", "default", password).ping()


def test_what_is_refused(members: Members) -> None:
    for given, error in ((FIRST["default"], "'the present one' was given"),):
        with pytest.raises(Exception, match=error):
            members.publish(given)
    members.publish("one")
    with pytest.raises(Exception, match="redis_cluster_password: 'another one' was given; allowed: the one that was published"):
        members.publish("two")
    (members.place / "m2" / "redis-default.next.password").write_text("two")
    with pytest.raises(Exception, match="keep different new passwords of the account default"):
        members.publish()
    (members.place / "m2" / "redis-default.next.password").unlink()
    with pytest.raises(Exception, match="m2 do not have the new password of the account default"):
        members.drop("default")
    assert members.client("m1", "default", FIRST["default"]).ping()
    assert members.publish() == 1
    members.drop("default")
    (members.place / "m3" / "redis-trove.password").unlink()
    with pytest.raises(Exception, match="m3 have no passwords"):
        members.publish()
