# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose words a plan for certificates is made of, and what the roles read of it."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.action import trove_certificate_plan
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from ansible_collections.stackdb.trove.plugins.plugin_utils import x509
from ansible_collections.stackdb.trove.tests.unit.certificate_builders import ca, make

OWN = ca("own")
LEAF = make("a", OWN, sans=["a", "10.0.0.1"])
NOTHING = {"now": 1_800_000_000.0, "ca": None, "certificate": None, "key": None, "key_problem": None, "authority_keys": {}}
GIVEN = {
    "members": ["a", "b"], "prefix": "x_tls_", "names": ["a"], "addresses": ["10.0.0.1"], "verified": [], "ca_name": "products CA", "ca_certificate": "",
    "ca_key": "", "certificate": "", "key": "", "days": 1095.0, "ca_days": 3650.0, "ca_change": "auto", "may_change": True, "created": "",
    "rotation": {}, "ca_keys": ["/k", "/new"],
}  # fmt: skip


def play(said: dict, removed: tuple = ()) -> dict:
    return {"ansible_play_hosts": [host for host in said if host not in removed], "hostvars": {host: {"guest": said[host]} for host in said}}


def has(certificate: dict) -> dict:
    return {"certificate": {**NOTHING, **certificate}}


def test_a_host_that_failed_or_was_unreachable_since_is_silent_whatever_it_said_before() -> None:
    found = trove_certificate_plan.words(["a", "b", "c"], play({"a": has({}), "b": has({}), "c": {"skipped": True}}, removed=("b",)), "guest")
    assert list(found) == ["a"]


def test_what_a_member_said_is_read() -> None:
    said = has({"ca": OWN.pem, "certificate": LEAF.pem, "key": LEAF.public, "authority_keys": {"/k": OWN.public, "/no": "no key"}})
    found = trove_certificate_plan.words(["a"], play({"a": said}), "guest")["a"]
    assert (found.authorities, found.chain) == (x509.certificates(OWN.pem), x509.certificates(LEAF.pem))
    assert (found.key, found.authority_keys) == (found.chain[0].key, (("/k", found.authorities[0].key),))


def test_a_file_that_cannot_be_read_is_named() -> None:
    with pytest.raises(Refused, match=r"A certificate of a cannot be read \(ca\)"):
        trove_certificate_plan.words(["a"], play({"a": has({"ca": OWN.pem.replace("MII", "AAA", 1)})}), "guest")


def test_what_the_roles_read() -> None:
    words = trove_certificate_plan.words(["a", "b"], play({"a": has({}), "b": has({})}), "guest")
    begun = trove_certificate_plan.plan("a", GIVEN, words)
    assert (begun["acts"], begun["create"], begun["holder"], begun["changed"]) == (True, True, "a", False)
    assert begun["ca"]["common_name"] == "products CA"
    found = trove_certificate_plan.plan("a", {**GIVEN, "created": OWN.pem}, words)
    assert (found["trust"], found["signer"], found["renew"], found["drop"]) == (OWN.pem, OWN.pem, "there is none", None)
    assert found["own"]["common_name"] == "a"
    assert "PRIVATE" not in str(found)


def test_what_is_signed_is_valid_by_the_clock_that_is_furthest_behind() -> None:
    said = {"a": has({}), "b": has({"now": NOTHING["now"] - 7200})}
    begun = trove_certificate_plan.plan("a", GIVEN, trove_certificate_plan.words(["a", "b"], play(said), "guest"))
    # 1800000000 is 2027-01-15 08:00:00 UTC; two hours, and the hour that is always taken off
    assert (begun["ca"]["begins"], begun["own"]["begins"]) == ("20270115050000Z", "20270115050000Z")
    assert begun["ca"]["ends"].startswith("20370112080000")
