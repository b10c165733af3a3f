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
        self.guest, self.rules, self.verbs, self.connection, self.nodes, self.files, self.conf, self.kept = (
            importlib.import_module(f"{HOUSE}.{name}")
            for name in (
                *("guest.passwords", "rules.passwords", "verbs.passwords", "guest.connection", "rules.nodes", "guest.settings_file"),
                *("rules.redis_conf", "rules.kept_passwords"),
            )
        )
        for name in NAMES:
            (place / name).mkdir()
        for name in NAMES:
            for account, password in FIRST.items():
                self.guest.write(account, password, directory=str(place / name))
            (place / name / "settings").write_text(f'# head\nmasterauth "{FIRST["trove"]}"\nmasteruser trove\n')
            (place / name / "settings").chmod(0o600)
        for name in NAMES:
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
        words = self.words()
        digests = {
            account: [self.rules.digest(one.newest)] if account in dropping else self.rules.accepted(words, account) for account, one in kept.items()
        }
        lines = [f"user {account} on {' '.join(f'#{one}' for one in found)} ~* &* +@all\n" for account, found in digests.items()]
        (self.place / name / "users.acl").write_text("".join(lines))

    def words(self) -> dict:
        return {name: self.guest.read(str(self.place / name)) for name in NAMES}

    def member(self, name: str) -> object:
        nodes = [self.nodes.NamedNode(other, "127.0.0.1", self.servers.port(other)) for other in NAMES]
        own = next(node for node in nodes if node.name == name)
        file = self.files.SettingsFile(str(self.place / name / "settings"), None)
        return self.verbs.Member(name, self.connection.Access(tls=False), own, nodes, file, str(self.place / name))

    def configure(self, given: str = "", holder: str = "m1", joining: tuple[str, ...] = ()) -> None:
        """As the role does where it rotates nothing: the files, the users' files, and the servers read these."""
        words = self.words()
        self.kept.check_given(words, holder, given, joining, True)
        for name in NAMES:
            self.verbs.settle(words, name, holder, given, joining, str(self.place / name))
        for name in NAMES:
            self.users(name)
            with self.member(name).connect() as connections:
                connections[name].call("ACL", "LOAD")

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
        return self.guest.look(access, node, ["127.0.0.1"], self.wanted(name), str(self.place / name))["passwords"]

    def wanted(self, name: str) -> dict:
        return self.conf.parse((self.place / name / "settings").read_text().splitlines())

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


def test_a_password_that_was_dropped_does_not_come_back_by_an_old_variable(members: Members) -> None:
    members.publish()
    members.drop("default")
    new = members.words()["m1"]["default"].present
    with pytest.raises(Exception, match="redis_cluster_password: 'a password that .*cluster_rotate has replaced' was given; .* take the former one"):
        members.configure(FIRST["default"])
    with pytest.raises(Exception, match="'one that a rotation has dropped' was given"):
        members.publish(FIRST["default"])
    members.configure(new)
    file = members.place / "m2" / "redis-default.dropped"
    assert (file.read_text(), file.stat().st_mode & 0o777) == (f"{members.rules.digest(FIRST['default'])}\n", 0o600)
    assert members.client("m2", "default", new).ping()
    members.configure("by configure")
    assert members.client("m2", "default", "by configure").ping()
    # one that joins knows it, too
    for path in (members.place / "m3").glob("redis-*"):
        path.unlink()
    (members.place / "m3" / "redis-default.next.password").write_text("of another cluster")
    words = members.words()
    members.verbs.settle(words, "m3", "m1", "", ["m3"], str(members.place / "m3"))
    assert members.words()["m3"] == members.words()["m1"]
    assert members.words()["m3"]["default"].dropped == members.words()["m1"]["default"].dropped != ()


def test_configured_after_a_publish_that_was_stopped_while_links_turned_all_reach_all(members: Members) -> None:
    """The first one, whose passwords count, has the new one alone; the others still log in with the old one."""
    for left in range(1, 12):
        members.left = left
        with pytest.raises(Stopped):
            members.publish()
        if members.words()["m1"]["trove"].present != FIRST["trove"]:
            break
    members.left = None
    assert members.words()["m2"]["trove"].present == FIRST["trove"]
    members.users("m1")
    assert f"#{members.rules.digest(FIRST['trove'])}" in (members.place / "m1" / "users.acl").read_text()
    members.configure()
    assert len({kept["trove"].present for kept in members.words().values()}) == 1
    for name in NAMES:
        assert members.look(name)["trove"]["refused"] == {"127.0.0.1": None}
    members.publish()
    for name in NAMES:
        assert (members.look(name)["trove"]["others"], members.look(name)["trove"]["used"]) == (0, True)


def test_a_server_that_takes_the_following_one_alone_is_reached(members: Members) -> None:
    members.left = 7
    with pytest.raises(Stopped):
        members.publish()
    members.left = None
    new = members.words()["m2"]["trove"].following
    assert members.words()["m2"]["trove"].present == FIRST["trove"]
    members.client("m2", "trove", new).execute_command("ACL", "SETUSER", "trove", f"!{members.rules.digest(FIRST['trove'])}")
    with members.member("m2").connect() as connections:
        assert connections["m2"].text("PING") == "PONG"
    members.publish()


def test_turned_after_a_publish_that_was_given_up_the_members_former_one_goes_too(members: Members) -> None:
    for left in range(1, 12):
        members.left = left
        with pytest.raises(Stopped):
            members.publish()
        if all(kept["trove"].present != FIRST["trove"] for kept in members.words().values()):
            break
        with pytest.raises(Exception, match="do not (use|have) the new password|keep different|have no"):
            members.drop("trove")
    members.left = None
    assert members.client("m2", "trove", FIRST["trove"]).ping()
    members.drop("trove")
    members.drop("default")
    with pytest.raises(redis.AuthenticationError):
        members.client("m2", "trove", FIRST["trove"]).ping()
    former = members.words()["m1"]["trove"].present
    for name in NAMES:
        (members.place / name / "redis-trove.next.password").write_text(former)
    members.publish()
    assert former not in {kept["trove"].present for kept in members.words().values()}


def test_the_present_one_of_clients_is_proven_too(members: Members) -> None:
    members.publish()
    assert members.look("m2")["default"]["present"] == {"127.0.0.1": None}
    members.client("m2", "trove").execute_command("ACL", "SETUSER", "default", f"!{members.rules.digest(FIRST['default'])}", ">by hand")
    word = members.look("m2")["default"]
    assert (word["others"], "invalid username-password" in str(word["present"]["127.0.0.1"])) == (1, True)


@pytest.mark.parametrize("lines", ["# head\nmasteruser trove", '# head\n  MASTERAUTH "old"\nmasteruser trove\nmasterauth older\n'])
def test_settings_without_the_line_or_with_several_get_one(members: Members, lines: str) -> None:
    for name in NAMES:
        (members.place / name / "settings").write_text(lines)
    assert members.look("m2")["trove"]["used"] is False
    members.publish()
    text = (members.place / "m2" / "settings").read_text()
    assert "# head\nmasteruser trove\n" in text.replace(f"masterauth {members.words()['m2']['trove'].present}\n", "")
    assert (text.lower().count("masterauth"), members.wanted("m2")["masterauth"]) == (1, members.words()["m2"]["trove"].present)
    assert members.look("m2")["trove"]["used"] is True
    assert members.publish() == 0
