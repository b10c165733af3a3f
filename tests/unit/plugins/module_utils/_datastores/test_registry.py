# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who knows which driver: by engine, by topology, by a host."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores import registry
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput


def host(**datastore):
    return {"name": "shop-1", "datastore": {"version": "1", **datastore}}


def test_an_engine_has_one_kind_of_cluster_and_one_kind_of_instance():
    for kind, of in (("member", registry.of_cluster), ("instance", registry.of_instance)):
        engines = registry.engines(kind)
        assert len(engines) == len(set(engines))
        assert {(of(engine).type, of(engine).instance_type) for engine in engines} == {(engine, kind) for engine in engines}
    assert len(registry.engines("member")) + len(registry.engines("instance")) == len(registry.DRIVERS)


def test_mariadb_is_both_and_what_it_is_goes_by_the_topology():
    assert registry.of(host(type="mariadb", topology="galera")) is registry.of_cluster("mariadb")
    assert registry.of(host(type="mariadb", topology="mysql_replication")) is registry.of_instance("mariadb")


@pytest.mark.parametrize(
    ("datastore", "given"),
    [
        ({"type": "oracle", "topology": "rac"}, "'oracle rac'"),
        ({"type": "mysql", "topology": "galera"}, "'mysql galera'"),
        ({"type": "oracle", "topology": None}, "'oracle'"),
        ({"type": "mariadb"}, "'mariadb'"),
    ],
)
def test_a_host_of_an_unknown_datastore_is_refused_with_those_that_there_are(datastore, given):
    with pytest.raises(InvalidInput, match=f"datastore: {given} was given; allowed: one of mariadb galera, mariadb mysql_replication, mysql mysql_replication"):
        registry.of(host(**datastore))


@pytest.mark.parametrize("of", [registry.of_cluster, registry.of_instance])
def test_what_an_engine_cannot_form_is_refused(of):
    for engine in ("oracle", None, {registry.of_cluster: "mysql", registry.of_instance: "redis"}[of]):
        with pytest.raises(InvalidInput, match=f"datastore: {engine!r} was given; allowed: one of mariadb"):
            of(engine)


def test_find_has_none_where_there_is_none():
    assert registry.find("mariadb", "member") is registry.of_cluster("mariadb")
    assert (registry.find("mysql", "member"), registry.find(None, "instance")) == (None, None)
