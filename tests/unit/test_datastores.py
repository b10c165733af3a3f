# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever lists datastores has those of the registry: what a new one still lacks fails here, by name. See docs/datastores.md."""

from __future__ import annotations

import re
import tomllib

import pytest
import yaml
from ansible_collections.stackdb.trove.plugins.module_utils._datastores import registry
from ansible_collections.stackdb.trove.tests.unit.test_module_contract import ROOT, documentation

DRIVERS = list(registry.DRIVERS.values())


def each_driver(function):
    return pytest.mark.parametrize("driver", DRIVERS, ids=lambda driver: f"{driver.type}-{driver.topology}")(function)


def test_clusters_are_offered_of_all_engines() -> None:
    """The module takes them from the registry; this holds its documentation against it. Roles and instances: test_roles.py."""
    assert documentation("trove_cluster")["doc"]["options"]["datastore"]["choices"] == registry.engines("member")


@each_driver
def test_contents_list_it_with_its_versions(driver) -> None:
    assert f"| `{driver.type}` | `{driver.topology}` | {', '.join(driver.versions)} |" in (ROOT / "docs" / "contents.md").read_text()


@each_driver
def test_galaxy_finds_it(driver) -> None:
    assert driver.type in yaml.safe_load((ROOT / "galaxy.yml").read_text())["tags"]


@each_driver
def test_a_scenario_creates_it_from_an_image_that_has_a_recipe(driver) -> None:
    texts = [path.read_text() for path in (ROOT / "molecule").glob("*/*.yml")]
    images = {found[1] for text in texts if re.search(rf"trove_datastore: {driver.type}$", text, re.M) for found in re.finditer(r"trove_image: (\S+)", text)}
    assert images, "no scenario"
    assert images <= tomllib.loads((ROOT / "devcloud" / "images" / "recipes.toml").read_text()).keys()
