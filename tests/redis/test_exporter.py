# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a real server lets the exporter's account in, with the rules that the role gives it."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import redis
import yaml
from servers import ROOT, Servers

SECRET = "of the exporter alone"
RULES = yaml.safe_load((ROOT / "roles/redis_cluster/vars/main.yml").read_text())["__redis_cluster_exporter_rules"]
GIVEN = ["reset", "on", f">{SECRET}", "resetchannels", "-@all", *RULES.split()]


@pytest.fixture
def server(make_servers: Callable[..., Servers], tls: dict) -> Servers:
    made = make_servers(tls)
    made.start("m1")
    return made


@pytest.fixture
def log_in(server: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict]:
    """The module's result, on a host with the password that is given."""
    monkeypatch.syspath_prepend(str(server.tree))
    module = importlib.import_module("ansible_collections.stackdb.trove.plugins.modules.trove_redis_metrics")
    monkeypatch.setattr(module.model, "DIRECTORY", str(tmp_path))

    def act(secret: str | None = SECRET, check_mode: bool = False) -> dict:
        if secret is not None:
            (tmp_path / "redis.password").write_text(secret)
        given = {"name": "m1", "address": "127.0.0.1", "port": server.port("m1"), "ca_cert": server.tls["ca"]}
        return module.act(given, check_mode)

    return act


def account(server: Servers, *rules: str) -> None:
    # the server's own account of tests has a password alone
    redis.Redis(port=server.port("m1"), **server.client_options()).execute_command("ACL", "SETUSER", "trove_metrics", *rules)


def test_it_is_let_in_by_the_rules_of_the_role(server: Servers, log_in: Callable[..., dict]) -> None:
    account(server, *GIVEN)
    found = log_in()
    assert (found["changed"], bool(re.match(r"\d+\.\d+", found["server"]))) == (False, True)


@pytest.mark.parametrize(("rules", "words"), [
    ((), "WRONGPASS|invalid username-password"),
    ((*GIVEN, "off"), "WRONGPASS|invalid username-password"),
    ((*GIVEN, "-info"), "permissions|NOPERM"),
    ((*GIVEN, "resetpass", ">of another member"), "WRONGPASS|invalid username-password"),
], ids=["no account", "it is off", "it may not ask", "another password"])  # fmt: skip
def test_it_fails_with_the_servers_words_where_it_is_not(server: Servers, log_in: Callable[..., dict], rules: tuple, words: str) -> None:
    if rules:
        account(server, *rules)
    with pytest.raises(Exception, match=f"cannot log in as trove_metrics: .*({words})") as refused:
        log_in()
    assert SECRET not in str(refused.value)


def test_nothing_is_proven_without_a_password_and_nothing_asked_in_check_mode(log_in: Callable[..., dict]) -> None:
    assert log_in(None, check_mode=True) == {"changed": False, "server": None}
    with pytest.raises(Exception, match="m1 has no password of the account trove_metrics"):
        log_in(None)
