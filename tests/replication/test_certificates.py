# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A replica goes on following its source while their CA changes, with a new connection in every phase."""

from __future__ import annotations

import importlib
import subprocess
import time
from pathlib import Path

import pytest
from conftest import rows, slave, wait_until
from servers import Server


def openssl(*argv: object) -> None:
    subprocess.run(["openssl", *map(str, argv)], check=True, capture_output=True)


@pytest.fixture
def new(pair: tuple[Server, Server]) -> Path:
    """A second CA, new.pem and new.key, with another name."""
    path = pair[0].family.directory / "new.pem"
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    openssl("req", "-x509", *curve, "-subj", "/CN=the next family", "-days", 2, "-keyout", path.with_suffix(".key"), "-out", path)
    return path


def asked(server: Server) -> dict:
    """A server on a busy machine may not answer at once."""
    wait_until(lambda: server.info()["reachable"])
    return server.info()


def read_anew(*servers: Server) -> None:
    """By the statement of the collection, which no other server may be told of."""
    engines = importlib.import_module("ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.guest.engines").ENGINES
    for server in servers:
        before = asked(server)["executed"]
        server.sql(engines[server.family.engine.name].reload_tls)
        assert asked(server)["executed"] == before, "it is in the binary log"


def sign(server: Server, authority: Path) -> None:
    """Another certificate for the same key and names."""
    home = Path(server.tls["client_cert"]).parent
    key = ("-CA", authority, "-CAkey", authority.with_suffix(".key"), "-CAcreateserial")
    openssl("x509", "-req", "-days", 2, *key, "-extfile", home / "names", "-in", home / "server.csr", "-out", home / "server.pem")


def connects_anew(source: Server, replica: Server, number: int) -> None:
    slave(replica, "STOP")
    slave(replica, "START")
    source.sql(f"INSERT INTO shop.orders VALUES ({number}, 'after it')")
    wait_until(lambda: rows(replica) == rows(source))
    said = asked(replica)
    assert said["problems"] == [], said["error"] or said["source"]


def test_a_replica_is_let_in_in_every_phase(pair: tuple[Server, Server], new: Path) -> None:
    source, replica = pair
    bundle = source.family.ca
    old = bundle.read_text()
    bundle.write_text(new.read_text() + old)
    read_anew(source, replica)
    connects_anew(source, replica, 101)
    for number, server in enumerate((replica, source)):
        sign(server, new)
        read_anew(server)
        connects_anew(source, replica, 102 + number)
    bundle.write_text(new.read_text())
    read_anew(source, replica)
    connects_anew(source, replica, 104)
    assert replica.run(state="caught_up", timeout=20)["caught_up"]["target"] == source.info()["position"]
    assert replica.info(client_cert=replica.tls["client_cert"])["identity"]["issuer"] == "/CN=the next family"


def renewed(replica: Server, **options: object) -> dict:
    return replica.run(state="renewed", timeout=20, **options)


def test_a_link_is_made_anew_and_its_age_proves_the_certificate_that_it_was_made_with(pair: tuple[Server, Server], new: Path) -> None:
    source, replica = pair
    bundle = source.family.ca
    old = bundle.read_text()
    time.sleep(2.5)
    began = renewed(replica)
    assert (began["changed"], began["renewed"]) == (False, None)
    bundle.write_text(new.read_text() + old)
    read_anew(source, replica)
    sign(replica, new)
    assert renewed(replica)["renewed"] == "its link to its source was there before its certificate"
    again = renewed(replica)
    assert (again["renewed"], again["replication"]["source"]["io_running"]) == (None, "Yes")
    slave(replica, "STOP")
    assert renewed(replica)["renewed"].startswith("it was stopped, and was started")
    slave(replica, "START")
    source.sql("INSERT INTO shop.orders VALUES (201, 'after it')")
    wait_until(lambda: rows(replica) == rows(source))
    assert renewed(source) == {**renewed(source), "changed": False, "renewed": None}


def test_a_replica_whose_source_does_not_take_its_certificate_is_not_done(pair: tuple[Server, Server], new: Path) -> None:
    source, replica = pair
    sign(replica, new)
    failed = replica.run(state="renewed", timeout=4)
    assert failed["failed"], failed
    assert "it is not proven that it runs with the new certificate" in failed["msg"]
    bundle = source.family.ca
    bundle.write_text(new.read_text() + bundle.read_text())
    read_anew(source, replica)
    # it may have come up by itself since: it tries again every few seconds
    found = renewed(replica)
    assert not found.get("failed"), found
    assert asked(replica)["problems"] == []
