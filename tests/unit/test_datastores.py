# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever lists datastores has those of the registry: what a new one still lacks fails here, by name. See "How to add a datastore" in CONTRIBUTING.md."""

from __future__ import annotations

import re
import tomllib

import pytest
import yaml
from ansible_collections.stackdb.trove.plugins.module_utils._datastores import registry
from ansible_collections.stackdb.trove.tests.unit.test_module_contract import ROOT, documentation

DRIVERS = list(registry.DRIVERS.values())
#: the option of a role that says which engine of its topology it sets up; Galera is MariaDB's
ENGINE_OPTION = {"mysql_replication": "mysql_replication_datastore", "redis_cluster": "redis_cluster_server"}


def each_driver(function):
    return pytest.mark.parametrize("driver", DRIVERS, ids=lambda driver: f"{driver.type}-{driver.topology}")(function)


def test_modules_offer_the_registrys_engines() -> None:
    """The modules take them from the registry; this holds the documentation against it."""
    options = {name: documentation(name)["doc"]["options"] for name in ("trove_cluster", "trove_instance", "trove_replica")}
    assert options["trove_cluster"]["datastore"]["choices"] == registry.engines("member")
    assert options["trove_instance"]["datastore"]["choices"] == registry.engines("instance")
    assert options["trove_replica"]["adopt"]["suboptions"]["datastore"]["choices"] == registry.engines("instance")


@pytest.mark.parametrize("topology", ENGINE_OPTION)
def test_role_sets_up_all_engines_of_its_topology_and_goes_by_the_host(topology: str) -> None:
    role, option = ROOT / "roles" / topology, ENGINE_OPTION[topology]
    spec = yaml.safe_load((role / "meta" / "argument_specs.yml").read_text())["argument_specs"]["main"]["options"][option]
    assert spec["choices"] == [driver.type for driver in DRIVERS if driver.topology == topology]
    assert "trove_instance.datastore.type" in yaml.safe_load((role / "defaults" / "main.yml").read_text())[option]


def test_a_topology_of_several_engines_has_an_option_for_them() -> None:
    topologies = [driver.topology for driver in DRIVERS]
    assert {topology for topology in topologies if topologies.count(topology) > 1} == set(ENGINE_OPTION)


def test_texts_say_from_how_many_masters_on_a_cluster_need_not_be_asked_for_by_name() -> None:
    """`allow_few_masters` is documented as "fewer than three" of them."""
    assert {driver.min_instances for driver in DRIVERS if driver.min_on_request} == {3}
    assert "fewer than three" in documentation("trove_cluster")["doc"]["options"]["allow_few_masters"]["description"]


@each_driver
def test_readme_lists_it_with_its_versions(driver) -> None:
    assert f"| `{driver.type}` | `{driver.topology}` | {', '.join(driver.versions)} |" in (ROOT / "README.md").read_text()


@each_driver
def test_galaxy_finds_it(driver) -> None:
    assert driver.type in yaml.safe_load((ROOT / "galaxy.yml").read_text())["tags"]


@each_driver
def test_a_scenario_creates_it_from_an_image_that_has_a_recipe(driver) -> None:
    texts = [path.read_text() for path in (ROOT / "molecule").glob("*/*.yml")]
    images = {found[1] for text in texts if re.search(rf"trove_datastore: {driver.type}$", text, re.M) for found in re.finditer(r"trove_image: (\S+)", text)}
    assert images, "no scenario"
    assert images <= tomllib.loads((ROOT / "devcloud" / "images" / "recipes.toml").read_text()).keys()
