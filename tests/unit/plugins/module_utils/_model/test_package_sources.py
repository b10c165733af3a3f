# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files for apt."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model import package_sources
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput

KEY = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nabc\n-----END PGP PUBLIC KEY BLOCK-----\n"


def test_a_source_is_spelled_as_ansible_spells_it() -> None:
    given = {"name": "Maria_DB 11", "mode": "0644", "types": ["deb"]}
    given |= {"uris": "http://a", "suites": ["trixie"], "components": ["main"], "signed_by": KEY, "trusted": False}
    assert package_sources.slug(given) == "maria-db-11"
    assert package_sources.deb822(given) == (
        "X-Repolib-Name: Maria_DB 11\nTypes: deb\nURIs: http://a\nSuites: trixie\nComponents: main\n"
        "Signed-By: \n    -----BEGIN PGP PUBLIC KEY BLOCK-----\n    .\n    abc\n    -----END PGP PUBLIC KEY BLOCK-----\nTrusted: no\n"
    )


def test_pins() -> None:
    pins = package_sources.check_pins("galera_pins", [{"packages": "src:mariadb", "pin": "release n=trixie", "priority": "600"}])
    assert package_sources.preferences(pins) == "Package: src:mariadb\nPin: release n=trixie\nPin-Priority: 600\n"
    assert package_sources.preferences([]) == ""


@pytest.mark.parametrize(
    ("pin", "option"),
    [
        ("src:mariadb", "galera_pins[0]"),
        ({"packages": "a", "pin": "release n=x"}, "galera_pins[0]"),
        ({"packages": "a", "pin": "trixie", "priority": 1}, "galera_pins[0].pin"),
        ({"packages": "a\nPin: version *", "pin": "release n=x", "priority": 1}, "galera_pins[0].packages"),
        ({"packages": "", "pin": "release n=x", "priority": 1}, "galera_pins[0].packages"),
        ({"packages": "a", "pin": "release n=x", "priority": "high"}, "galera_pins[0].priority"),
        ({"packages": "a", "pin": "release n=x", "priority": 0}, "galera_pins[0].priority"),
    ],
)
def test_a_pin_that_apt_would_pass_over_is_refused(pin: Any, option: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        package_sources.check_pins("galera_pins", [pin])
    assert refused.value.option == option
