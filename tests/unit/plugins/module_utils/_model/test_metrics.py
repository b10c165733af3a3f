# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How exporters are called: over TLS alone, without a secret in their command lines. Real ones: molecule/galera, molecule/redis."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from ansible_collections.stackdb.trove.plugins.module_utils._datastores import registry
from ansible_collections.stackdb.trove.plugins.module_utils._guest.firewall import Firewall
from ansible_collections.stackdb.trove.plugins.module_utils._model import metrics
from ansible_collections.stackdb.trove.plugins.module_utils._model.metrics import Exporter, Member

ROOT = Path(__file__).resolve().parents[5]
EXPORTERS = {name: Exporter(name, f"prometheus-{name}-exporter.service", f"/usr/bin/{name}") for name in metrics.PORTS}
OPEN = Member("/etc/x/tls", False, "/run/s", "rediss://10.0.0.1:6379")
GUARDED = Member("/etc/x/tls", True, "/run/s", "rediss://10.0.0.1:6379")


@pytest.mark.parametrize("name", sorted(metrics.PORTS))
@pytest.mark.parametrize("member", [OPEN, GUARDED], ids=["any scraper", "scrapers with a certificate"])
def test_no_exporter_listens_without_tls(name: str, member: Member) -> None:
    unit = metrics.drop_in(EXPORTERS[name], member)
    (start,) = (line for line in unit.splitlines() if line.startswith("ExecStart=/"))
    # an empty one takes back what the package's unit has
    assert unit.index("ExecStart=\n") < unit.index(start)
    if name == "redis":
        assert "-tls-server-cert-file=%d/server.pem -tls-server-key-file=%d/server.key" in start
        assert ("-tls-server-ca-cert-file=%d/scrapers.pem" in start) is member.scrapers
    else:
        assert "--web.config.file=%d/web.yml" in start
        assert "LoadCredential=web.yml:/etc/stackdb-trove/metrics/web.yml\n" in unit
    assert "LoadCredential=server.key:/etc/x/tls/server.key\n" in unit
    assert ("LoadCredential=scrapers.pem:" in unit) is member.scrapers


@pytest.mark.parametrize("name", sorted(metrics.PORTS))
def test_no_exporter_starts_without_the_rules_that_close_its_port(name: str) -> None:
    """As after a run that was killed between packages and rules, and at a boot where the rules do not load."""
    unit = Firewall("metrics_galera").unit
    told = metrics.drop_in(EXPORTERS[name], replace(OPEN, firewall=unit)).partition("[Service]")[0]
    assert f"Requires={unit}\nAfter={unit}\n" in told
    text = yaml.safe_load((ROOT / "roles/common/vars/main.yml").read_text())["__common_metrics"]["firewall"]
    assert text.replace("{{ common_host.firewall.name }}", "galera") == unit


def test_scrapers_are_asked_for_a_certificate_where_there_is_a_ca() -> None:
    assert "client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: scrapers.pem" in metrics.web(True)
    assert "client" not in metrics.web(False)


def test_each_file_that_a_command_line_names_is_shown_to_the_unit() -> None:
    for exporter in EXPORTERS.values():
        named = {word.rpartition("/")[2] for word in metrics.arguments(exporter, GUARDED) if "%d/" in word}
        shown = metrics.credentials(exporter, GUARDED)
        assert named <= shown.keys(), exporter.name


def test_every_datastore_has_an_exporter() -> None:
    assert metrics.OF_DATASTORE.keys() == {driver.type for driver in registry.DRIVERS.values()}
    assert set(metrics.OF_DATASTORE.values()) <= metrics.PORTS.keys()
