# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.rules import option_file, settings
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.rules.settings import EMPTY, Record, Waiting


def entry(*lines: str, since: float = 0, live: str | None = None, at_start: bool = False) -> dict[str, Any]:
    return {"lines": list(lines), "since": since, "live": live, "at_start": at_start}


def record(version: str | None = "10.11.18", **entries: dict[str, Any]) -> Record:
    found: Record = {"version": version, "entries": entries}  # type: ignore[typeddict-item]
    return found


def noted(old: Record, shown: dict[str, str], now: float, text: str | None = None, **given: Any) -> Record:
    """:param text: of the file as it is; what was noted by default"""
    lines = [line for lines in settings.lines_of(old).values() for line in lines]
    return settings.noted(old, option_file.read(given, "o"), shown, "10.11.18", now, "\n".join(["[mysqld]", *lines]) if text is None else text)


SHOWN = {"sql_mode": "STRICT,TRADITIONAL", "max_connections": "151", "tx_isolation": "REPEATABLE-READ"}


class TestNoted:
    def test_a_setting_and_what_a_server_makes_of_it(self) -> None:
        found = noted(EMPTY, SHOWN, 7, sql_mode="TRADITIONAL", plugin_load_add=["a", "b"], transaction_isolation="REPEATABLE-READ")
        assert found == record(
            sql_mode=entry("sql_mode = TRADITIONAL", since=7, live="STRICT,TRADITIONAL"),
            plugin_load_add=entry("plugin_load_add = a", "plugin_load_add = b", since=7),
            transaction_isolation=entry("transaction_isolation = REPEATABLE-READ", since=7, live="REPEATABLE-READ"),
        )

    def test_what_stays_is_as_old_as_it_is(self) -> None:
        before = record(sql_mode=entry("sql_mode = TRADITIONAL", since=3, live="X", at_start=True))
        assert noted(before, {}, 7, sql_mode="TRADITIONAL") == before
        assert noted(before, SHOWN, 7, sql_mode="TRADITIONAL")["entries"]["sql_mode"] == {**before["entries"]["sql_mode"], "live": "STRICT,TRADITIONAL"}

    def test_what_changes_is_new(self) -> None:
        before = record(sql_mode=entry("sql_mode = TRADITIONAL", since=3, live="X", at_start=True))
        assert noted(before, {}, 7, sql_mode="ANSI")["entries"]["sql_mode"] == entry("sql_mode = ANSI", since=7)

    @pytest.mark.parametrize("text", ["[mysqld]\n", "", "[mysqld]\nft_min_word_len = 3\n", "[mysqld]\nft-min-word-len=2\n", "ft_min_word_len = 2\n" * 2])
    def test_what_somebody_took_out_of_the_file_is_as_new_as_it_is_there_again(self, text: str) -> None:
        before = record(ft_min_word_len=entry("ft_min_word_len = 2", since=3, live="2"))
        found = noted(before, {}, 7, text, ft_min_word_len=2)
        assert found == record(ft_min_word_len=entry("ft_min_word_len = 2", since=7, live="2"))
        # a server that started at 5 has not read it
        assert settings.waiting(found, {"ft_min_word_len": "3"}, {"ft_min_word_len"}, 5).pending == ("ft_min_word_len",)

    @pytest.mark.parametrize("text", ["loose_a = 1", "[mysqld]\nb = 2\nloose_a = 1\n[sst]\nc = 1\n"])
    def test_other_lines_of_the_file_are_nothing_to_it(self, text: str) -> None:
        before = record(a=entry("loose_a = 1", since=3))
        assert noted(before, {}, 7, text, loose_a=1) == before

    def test_what_was_gone_and_somebody_put_back_goes_once_more(self) -> None:
        before = record(a=entry(since=3, live="151"))
        assert noted(before, {}, 7, "a = 7\n") == record(a=entry(since=7, live="151"))

    def test_what_is_gone_is_known_by_its_default(self) -> None:
        before = record(max_connections=entry("max_connections = 300", since=3, live="300"), plugin_load_add=entry("plugin_load_add = a", since=3))
        gone = noted(before, SHOWN, 7)
        assert gone == record(max_connections=entry(since=7, live="151"), plugin_load_add=entry(since=7))
        assert noted(gone, {}, 9) == gone
        assert settings.lines_of(gone) == {}


LIVE = {
    "max_connections": "151", "port": "3306", "log_bin": "ON", "wsrep_sst_auth": "********", "tx_isolation": "SERIALIZABLE", "read_only": "ON",
    "event_scheduler": "ON",
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "made", "live", "pending"),
    [
        pytest.param("max_connections", entry("max_connections = 151", live="151"), {}, (), id="it has it"),
        pytest.param("max_connections", entry("max_connections = 200", live="200"), {"max_connections": ("151", "200")}, (), id="it can be given it"),
        pytest.param("max_connections", entry("max_connections = 151"), {}, (), id="nobody asked a server, and the text says the same"),
        pytest.param("max_connections", entry("max_connections = 200"), {"max_connections": ("151", "200")}, (), id="nobody asked, and it says otherwise"),
        pytest.param("max_connections", entry(since=20, live="100"), {"max_connections": ("151", "100")}, (), id="gone, so the default"),
        pytest.param("max_connections", entry(since=20), {}, (), id="gone, and nobody knows the default"),
        pytest.param("port", entry("port = 3307", since=20, live="3307"), {}, ("port",), id="at a start, which is to come"),
        pytest.param("port", entry("port = 3307", since=5, live="3307"), {}, (), id="at a start, which was"),
        pytest.param("port", entry("port = 3307", since=10, live="3307"), {}, (), id="at a start, at this moment"),
        pytest.param("max_connections", entry("max_connections = 1", since=20, live="10", at_start=True), {}, ("max_connections",), id="it refused"),
        pytest.param("max_connections", entry("max_connections = 1", since=5, live="10", at_start=True), {}, (), id="it refused, and was started since"),
        pytest.param("plugin_load_add", entry("plugin_load_add = a", since=20), {}, ("plugin_load_add",), id="no variable, and newer than the start"),
        pytest.param("plugin_load_add", entry("plugin_load_add = a", since=5), {}, (), id="no variable, and older"),
        pytest.param("log_bin", entry("log_bin = binlog", since=20), {}, (), id="a path is shown as ON"),
        pytest.param("wsrep_sst_auth", entry("wsrep_sst_auth = mysql:", since=20), {}, (), id="it is never shown"),
        pytest.param("read_only", entry("read_only = OFF", since=20, live="OFF"), {}, (), id="it says what holds after a start"),
        pytest.param("event_scheduler", entry(since=20, live="OFF"), {}, (), id="nobody says how it is, and a promotion switched it on"),
        pytest.param("event_scheduler", entry("x", since=20, live="OFF"), {"event_scheduler": ("ON", "OFF")}, (), id="the file says how it is"),
        pytest.param("transaction_isolation", entry("x = y", live="SERIALIZABLE"), {}, (), id="another name"),
        pytest.param("transaction_isolation", entry("x = y", live="READ-COMMITTED"), {"tx_isolation": ("SERIALIZABLE", "READ-COMMITTED")}, (), id="another"),
        pytest.param("theirs", entry("theirs = 1", since=20), {}, (), id="another file has the last word"),
    ],
)
def test_what_a_server_that_started_at_10_waits_for(name: str, made: dict[str, Any], live: dict[str, Any], pending: tuple[str, ...]) -> None:
    assert settings.waiting(record(**{name: made}), LIVE, {"port"}, 10, {"theirs"}) == Waiting(live, pending)


def test_what_differs() -> None:
    made = record(max_connections=entry("x", live="1"), port=entry("y", live="3306"), read_only=entry("read_only = OFF", live="OFF"))
    assert settings.differing(made, LIVE) == ["max_connections"]
    assert settings.differing(record(tmpdir=entry("tmpdir = /a b", live="/a b")), {"tmpdir": "/a b/"}) == []


def test_what_a_server_shows_that_has_read_the_file() -> None:
    made = record(
        max_connections=entry("x", since=5, live="100"), port=entry("y", since=20, live="1"), gone=entry(since=5), plugin_load_add=entry("z", since=5)
    )  # fmt: skip
    assert settings.as_noted(made, LIVE, 10)["entries"] == {
        "max_connections": entry("x", since=5, live="151"), "port": entry("y", since=20, live="1"), "plugin_load_add": entry("z", since=5),
    }  # fmt: skip


def test_what_a_server_shows_that_was_given_settings() -> None:
    made = record(max_connections=entry("x", live="1"), transaction_isolation=entry("y", live="a"), port=entry("z"))
    assert settings.as_given(made, {"max_connections": "10", "tx_isolation": "b"}, ["port"])["entries"] == {
        "max_connections": entry("x", live="10"), "transaction_isolation": entry("y", live="b"), "port": entry("z", at_start=True),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("value", "forms"),
    [("512", ["512", "'512'"]), ("-1", ["-1", "'-1'"]), ("0.5", ["0.5", "'0.5'"]), ("ON", ["'ON'"]), ("a'b\\", ["'a''b\\\\'"]), ("", ["''"])],
)
def test_statements(value: str, forms: list[str]) -> None:
    assert settings.statements("name", value) == [f"SET GLOBAL `name` = {form}" for form in forms]


@pytest.mark.parametrize("text", ["plain", "", "a b", 'a "b" \\ c', "'x'y", "#"])
def test_the_value_of_a_line(text: str) -> None:
    option = next(iter(option_file.read({"name": text}, "o").values()))
    _name, _equals, value = option.lines()[0].partition(" = ")
    assert settings.unquoted(value) == text
    assert settings._wanted(settings.noted(EMPTY, {"name": option}, {}, None, 0, "")["entries"]["name"]) == text


def test_the_bare_word_is_on() -> None:
    assert settings._wanted(noted(EMPTY, {}, 0, it=None)["entries"]["it"]) == "ON"


def test_what_replication_needs() -> None:
    wanted, live = {"log_bin": "binlog", "gtid_mode": True, "ssl_ca": "/ca.pem", "unasked": 1}, {"log_bin": "OFF", "gtid_mode": "ON", "unasked": "0"}
    assert settings.required(wanted, live, ("log_bin", "gtid_mode", "ssl_ca")) == {"log_bin": ("OFF", "binlog")}


@pytest.mark.parametrize(
    ("value", "live"),
    [
        ("0", "0"), ("-1", "-1"), ("1K", "1024"), ("16m", "16777216"), ("16MiB", "16777216"), (" 2G ", "2147483648"), ("1T", "1099511627776"),
        ("18446744073709551615", "18446744073709551615"), ("0.5", "0.500000"), ("yes", "ON"), (0, "OFF"), (True, "ON"), ("ROW", "row"),
        ("/var/lib/mysql", "/var/lib/mysql/"), ("a, B", "A,b"), ("", ""),
    ],
)  # fmt: skip
def test_texts_that_say_the_same(value: object, live: str) -> None:
    """By what ``mariadbd --join-buffer-size=… --verbose --help`` of 10.11 and mysqld of 9 answered."""
    assert settings.says("it", value, live)


@pytest.mark.parametrize(
    ("value", "live"),
    [("1K", "1000"), ("18446744073709551615", "18446744073709551614"), ("off", "ON"), ("any", "ON"), ("binlog", "1"), ("a,b", "a"), ("a,b", "b,a"), ("a", "0")],
)
def test_texts_that_differ(value: object, live: str) -> None:
    assert not settings.says("it", value, live)


@pytest.mark.parametrize(("value", "live", "same"), [("binlog", "ON", True), ("ON", "ON", True), (False, "ON", False), ("binlog", "OFF", False)])
def test_a_binary_log_is_a_path_and_shown_as_on(value: object, live: str, same: bool) -> None:
    assert settings.says("log_bin", value, live) is same
