# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Prometheus is given of hosts that the inventory plugin shows. A real one, with real members: make monitoring-test MONITORING_PROMETHEUS=URL."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.stackdb.trove.plugins.filter.scrape_jobs import scrape_jobs
from ansible_collections.stackdb.trove.plugins.filter.scrape_targets import scrape_targets


def host(name: str, address: str | None, datastore: str = "mariadb") -> dict:
    instance = {"name": name, "ip": address, "cluster": {"id": "1", "name": "shop"}, "datastore": {"type": datastore, "topology": "galera"}}
    return {"inventory_hostname": name, "trove_instance": instance}


def test_targets_are_the_members_with_an_address() -> None:
    found = scrape_targets([host("shop-1", "10.0.0.1"), host("shop-2", "2001:db8::2", "redis"), host("shop-3", None), {"inventory_hostname": "other"}])
    assert [one["targets"] for one in found] == [["10.0.0.1:9100"], ["10.0.0.1:9104"], ["[2001:db8::2]:9100"], ["[2001:db8::2]:9121"]]
    assert found[1]["labels"] == {"cluster": "shop", "member": "shop-1", "datastore": "mariadb", "topology": "galera", "exporter": "mysqld"}
    with pytest.raises(AnsibleFilterError, match="a list of hostvars was expected"):
        scrape_targets(["shop-1"])


def test_a_job_verifies_the_members_by_the_ca_of_their_cluster() -> None:
    (plain,) = scrape_jobs(["shop"], "/d")
    assert (plain["scheme"], plain["tls_config"], plain["file_sd_configs"]) == ("https", {"ca_file": "/d/shop.pem"}, [{"files": ["/d/shop.json"]}])
    assert scrape_jobs(["shop"], "/d", "c", "k")[0]["tls_config"] == {"ca_file": "/d/shop.pem", "cert_file": "c", "key_file": "k"}
    with pytest.raises(AnsibleFilterError, match="certificate and key"):
        scrape_jobs(["shop"], "/d", "c")
    with pytest.raises(AnsibleFilterError, match="a list of names"):
        scrape_jobs("shop", "/d")
