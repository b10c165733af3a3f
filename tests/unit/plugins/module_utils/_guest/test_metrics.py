# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of the exporters, and when they are started again, with a systemd that answers by a script. Real ones: molecule/galera, molecule/redis."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import create_autospec, patch

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._guest import metrics
from ansible_collections.stackdb.trove.plugins.module_utils._guest.systemd import Unit
from ansible_collections.stackdb.trove.plugins.module_utils._model import metrics as model
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput
from ansible_collections.stackdb.trove.plugins.module_utils._model.metrics import Exporter, Member
from ansible_collections.stackdb.trove.plugins.modules import trove_guest_info, trove_metrics
from ansible_collections.stackdb.trove.tests.unit.certificate_builders import Made, ca, make
from ansible_collections.stackdb.trove.tests.unit.fake_programs import GUEST_INFO_OF_NOTHING

NODE = Exporter("node", "prometheus-node-exporter.service", "/usr/bin/node")
REDIS = Exporter("redis", "prometheus-redis-exporter.service", "/usr/bin/redis")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A guest below a directory, with a certificate, and exporters that run as soon as they were started."""
    monkeypatch.setattr(model, "DIRECTORY", str(tmp_path / "metrics"))
    monkeypatch.setattr(metrics, "UNITS", str(tmp_path / "units"))
    monkeypatch.setattr(metrics, "CREDENTIALS", str(tmp_path / "credentials"))
    monkeypatch.setattr(metrics.rules, "__defaults__", (str(tmp_path), metrics.UNITS))
    for function, default in ((metrics.files, 2), (metrics.left, 2), (metrics.remove, 2)):
        monkeypatch.setattr(function, "__defaults__", (model.DIRECTORY, metrics.UNITS)[:default])
    monkeypatch.setattr(metrics.drop_in, "__defaults__", (metrics.UNITS,))
    monkeypatch.setattr(metrics.stale, "__defaults__", (model.DIRECTORY,))
    (tmp_path / "tls").mkdir()
    for name in ("ca.pem", "server.pem", "server.key"):
        (tmp_path / "tls" / name).write_text(name)
    return tmp_path


def params(place: Path, state: str, exporters: tuple[Exporter, ...] = (NODE, REDIS), **more: str | None) -> dict:
    listed = [{"name": one.name, "service": one.service, "program": one.program} for one in exporters]
    return {"state": state, "exporters": listed, "certificate": str(place / "tls"), "ca": "", "option": "galera_metrics_ca", "socket": None,
            "url": "rediss://10.0.0.1:6379", "firewall": None, **more}  # fmt: skip


def look(place: Path, **more: str) -> dict:
    """What a role reads of exporters before anything is touched."""
    given = {"enabled_by": None, **{name: params(place, "", **more)[name] for name in ("exporters", "ca", "option")}, **more}
    with patch.object(trove_guest_info.host, "packages"), patch.object(trove_guest_info.host, "time_service"):
        return trove_guest_info.look({**GUEST_INFO_OF_NOTHING, "metrics": given}, False)["metrics"]


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_written_files_are_roots_alone_and_a_second_run_changes_nothing(place: Path) -> None:
    checked = trove_metrics.act(params(place, "written"), True)
    assert (checked["changed"], [path.name for path in place.iterdir()]) == (True, ["tls"])
    first = trove_metrics.act(params(place, "written"), False)
    assert {path.name: mode(path) for path in (place / "metrics").iterdir()} == dict.fromkeys(("redis.password", "redis.json", "web.yml"), 0o600)
    assert mode(place / "metrics") == 0o700
    again = trove_metrics.act(params(place, "written"), False)
    assert (again["changed"], again["digest"]) == (False, first["digest"])


def test_the_password_is_told_to_nobody_and_goes_to_the_own_server_alone(place: Path) -> None:
    found = trove_metrics.act(params(place, "written"), False)
    secret = (place / "metrics" / "redis.password").read_text()
    assert secret not in json.dumps(found)
    assert secret not in "".join(path.read_text() for path in (place / "units").rglob("*.conf"))
    told = json.loads((place / "metrics" / "redis.json").read_text())
    assert told == {"rediss://trove_metrics@10.0.0.1:6379": secret, "rediss://10.0.0.1:6379": secret}


def test_a_file_that_others_may_read_is_written_again(place: Path) -> None:
    trove_metrics.act(params(place, "written"), False)
    os.chmod(place / "metrics" / "redis.json", 0o644)
    assert trove_metrics.act(params(place, "written"), False)["reasons"] == [f"{place}/metrics/redis.json: others may read it"]
    assert mode(place / "metrics" / "redis.json") == 0o600


@pytest.mark.parametrize("text", ["nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_a_ca_that_is_none_is_refused_before_anything_is_written(place: Path, text: str) -> None:
    with pytest.raises(InvalidInput, match="galera_metrics_ca: .* was given; allowed: the certificate of a CA, in PEM"):
        trove_metrics.act(params(place, "written", ca=text), False)
    assert not (place / "metrics").exists()


@pytest.mark.parametrize(("comment", "refused"), [(metrics.COMMENT, False), (f"{metrics.COMMENT},,,", False), ("somebody", True), ("", True)])
def test_exporters_are_refused_where_somebody_else_has_created_their_user(place: Path, comment: str, refused: bool) -> None:
    with patch.object(metrics.pwd, "getpwnam", lambda name: SimpleNamespace(pw_gecos=comment)):
        assert look(place)["foreign_user"] is refused
        with pytest.raises(InvalidInput, match="redis_cluster_metrics: True was given; allowed: false, where") if refused else contextlib.nullcontext():
            look(place, enabled_by="redis_cluster_metrics")


def test_text_beside_a_ca_is_refused_by_name_and_a_key_is_not_repeated(place: Path) -> None:
    made = ca()
    look(place, ca=made.pem)
    with pytest.raises(InvalidInput, match="allowed: the certificate of a CA, in PEM and ASCII alone"):
        look(place, ca=f"# Müller\n{made.pem}")
    with pytest.raises(InvalidInput, match="'a text with a private key' was given") as refused:
        look(place, ca=made.pem + made.key)
    assert made.key.splitlines()[1] not in str(refused.value)


def test_a_rotation_passes_over_exporters_that_another_run_has_still_to_set_up(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trove_metrics.act(params(place, "written", (REDIS,)), False)
    unit = create_autospec(Unit, instance=True)
    monkeypatch.setattr(metrics, "Unit", lambda _name: unit)
    restarted: list[Exporter] = []
    monkeypatch.setattr(metrics, "restart", lambda exporter, _member: restarted.append(exporter))
    monkeypatch.setattr(metrics, "stale", lambda _exporter, _member: "it does not run")
    # killed between settings and packages; the host's has no settings either
    unit.is_installed.return_value = False
    told = trove_metrics.act(params(place, "kept"), False)
    assert (told["changed"], restarted, [sentence.split()[0] for sentence in told["warnings"]]) == (False, [], [NODE.service, REDIS.service])
    unit.is_installed.return_value = True
    told = trove_metrics.act(params(place, "kept"), False)
    assert (told["changed"], restarted, len(told["warnings"])) == (True, [REDIS], 1)
    # the run that sets them up fails where one is not there
    assert trove_metrics.act(params(place, "started"), False)["reasons"] == [f"{one.service}: it does not run" for one in (NODE, REDIS)]


@pytest.fixture
def served(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Made]:
    """A server that presents a certificate which its CA's owner made by hand: it has expired, and an intermediate CA signed it."""
    made = make("member", ca("intermediate", issuer=ca("root")), begins=-20, days=10)
    (place / "tls/server.pem").write_text(f"# by hand\n{made.pem}")
    (place / "shown.pem").write_text(made.pem + made.key)
    (place / "tls/ca.pem").write_text(ca("another").pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(place / "shown.pem")
    with socket.create_server(("localhost", 0)) as listening:
        monkeypatch.setattr(model, "PORTS", {**model.PORTS, "node": listening.getsockname()[1]})

        def answer() -> None:
            with contextlib.suppress(OSError):
                while True:
                    plain, _address = listening.accept()
                    with contextlib.suppress(OSError), context.wrap_socket(plain, server_side=True) as tls:
                        tls.recv(1)

        threading.Thread(target=answer, daemon=True).start()
        yield made


def test_what_an_exporter_presents_is_compared_with_the_file_and_judged_by_nothing_else(place: Path, served: Made) -> None:
    member = Member(str(place / "tls"), False)
    assert metrics.presents(NODE, member) is None
    (place / "tls/server.pem").write_text(make("renewed").pem)
    assert metrics.presents(NODE, member) == "it presents another certificate"
    (place / "tls/server.pem").write_text("")
    assert metrics.presents(NODE, member) == f"{place}/tls/server.pem has no certificate"


def running(place: Path, monkeypatch: pytest.MonkeyPatch, exporter: Exporter, member: Member, state: str = "active", enabled: bool = True,
            outdated: bool = False, started: float | None = None) -> None:  # fmt: skip
    """The exporter runs with the files as they are now."""
    unit = create_autospec(Unit, instance=True)
    unit.show.return_value = {"state": state, "enabled": enabled, "outdated": outdated, "started": time.time() if started is None else started}
    monkeypatch.setattr(metrics, "Unit", lambda _name: unit)
    own = place / "credentials" / exporter.service
    own.mkdir(parents=True, exist_ok=True)
    for name, path in model.credentials(exporter, member, model.DIRECTORY).items():
        (own / name).write_bytes(Path(path).read_bytes())
    monkeypatch.setattr(metrics, "_command_line", lambda _service: model.arguments(exporter, member, str(own)))


def test_it_is_started_again_exactly_for_what_it_has_not_read(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trove_metrics.act(params(place, "written"), False)
    member = Member(str(place / "tls"), False, "", "rediss://10.0.0.1:6379")
    running(place, monkeypatch, NODE, member)
    assert metrics.stale(NODE, member) is None
    (place / "tls" / "server.pem").write_text("renewed")
    assert metrics.stale(NODE, member) == f"it has not read {place}/tls/server.pem as it is now"
    running(place, monkeypatch, NODE, member)
    assert metrics.stale(NODE, member) is None
    assert metrics.stale(REDIS, member) == "it runs with other options"
    running(place, monkeypatch, NODE, member, state="failed")
    assert metrics.stale(NODE, member) == "it does not run"
    running(place, monkeypatch, NODE, member, enabled=False)
    assert metrics.stale(NODE, member) == "it does not start at boot"
    # its settings were written, and the run was killed before it was told
    running(place, monkeypatch, NODE, member, outdated=True)
    assert metrics.stale(NODE, member) == "its unit's files are newer"
    running(place, monkeypatch, NODE, member, started=time.time() - 3600)
    assert metrics.stale(NODE, member) == "its unit's files are newer"


def test_only_what_was_set_up_here_is_removed_and_a_killed_removal_goes_on(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unit = create_autospec(Unit, instance=True)
    monkeypatch.setattr(metrics, "Unit", lambda _name: unit)
    monkeypatch.setattr(metrics, "run", lambda *_words, **_more: None)
    assert trove_metrics.act(params(place, "absent"), False)["changed"] is False
    unit.disable.assert_not_called()
    trove_metrics.act(params(place, "written"), False)
    # killed after the first exporter
    metrics.remove([NODE])
    assert [path.parent.name for path in (place / "units").rglob("*.conf")] == [f"{REDIS.service}.d"]
    assert trove_metrics.act(params(place, "absent"), True)["changed"]
    assert trove_metrics.act(params(place, "absent"), False)["changed"]
    assert (list((place / "units").iterdir()), (place / "metrics").exists(), unit.disable.call_count) == ([], False, 2)
    assert trove_metrics.act(params(place, "absent"), False)["changed"] is False


@pytest.mark.parametrize(
    "left", ["metrics_galera.nft", "units/stackdb-trove-firewall-metrics_galera.service", "units/nftables.service.d/stackdb-trove-metrics_galera.conf"]
)
def test_each_file_of_the_firewall_that_a_killed_removal_has_left_is_found(place: Path, left: str) -> None:
    (place / left).parent.mkdir(parents=True, exist_ok=True)
    (place / left).write_text("")
    assert look(place)["left"] == [str(place / left)]


@pytest.mark.parametrize(
    ("comment", "ours", "foreign"),
    [
        ("Prometheus exporters of stackdb.trove", True, False),
        ("Prometheus exporters of stackdb.trove,,,", True, False),
        ("", False, True),
        (None, False, False),
    ],
    ids=["ours", "ours, with empty fields", "somebody else's", "none"],
)
def test_a_user_that_somebody_else_has_created_is_not_ours(
    place: Path, monkeypatch: pytest.MonkeyPatch, comment: str | None, ours: bool, foreign: bool
) -> None:
    def found(name: str) -> pwd.struct_passwd:
        if comment is None:
            raise KeyError(name)
        return pwd.struct_passwd((name, "x", 998, 998, comment, "/nonexistent", "/usr/sbin/nologin"))

    monkeypatch.setattr(metrics.pwd, "getpwnam", found)
    told = look(place)
    assert (told["user"], told["foreign_user"]) == (ours, foreign)
