# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that the modules which upgrade servers share."""

from __future__ import annotations

import pytest
import yaml
from ansible_collections.stackdb.trove.plugins.doc_fragments import upgrade as fragment
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused
from ansible_collections.stackdb.trove.plugins.module_utils._module import upgrade
from ansible_collections.stackdb.trove.tests.unit.plugins.module_utils._model.test_upgrade import offer


def test_the_options_are_those_that_are_documented() -> None:
    documented = yaml.safe_load(fragment.ModuleDocFragment.DOCUMENTATION)["options"]
    assert {name: {key: value for key, value in one.items() if key != "description"} for name, one in documented.items()} == upgrade.OPTIONS


def test_package_sources_and_pins_that_apt_would_not_understand() -> None:
    pins = [{"packages": "*", "pin": "origin x", "priority": 1}]
    assert upgrade.sources({"version": None, "repository": {}, "pins": None}) == ("", {}, None)
    assert upgrade.sources({"version": "11.8", "repository": {"name": "x"}, "pins": pins})[0] == "11.8"
    with pytest.raises(InvalidInput, match="pins"):
        upgrade.sources({"version": None, "repository": {}, "pins": ["*"]})


def test_what_a_datastore_has_against_it_is_refused_with_the_rest() -> None:
    params = {"offers": {"m1": offer(problem="it is held"), "m2": {}}, "rolled": ["m1"], "required": []}
    with pytest.raises(Refused) as refused:
        upgrade.decided(params, lambda _old, _new: None, lambda _old, _new: [], ["m3 would be left behind"])
    assert len(refused.value.details["refusals"]) == 3
