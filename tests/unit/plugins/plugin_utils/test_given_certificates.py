# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a user gives that does not fit is refused by the option's name, and no key is ever shown."""

from __future__ import annotations

import re
import time

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput
from ansible_collections.stackdb.trove.plugins.plugin_utils import given_certificates
from ansible_collections.stackdb.trove.plugins.plugin_utils.given_certificates import Names
from ansible_collections.stackdb.trove.tests.unit.certificate_builders import ca, make
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption
from cryptography.x509.oid import ExtendedKeyUsageOID

ADDRESS, NAME = "10.0.0.1", "db1"
WANTED = Names([NAME], [ADDRESS], [ADDRESS])
ROOT, OTHER = ca("root"), ca("other")
BETWEEN = ca("between", issuer=ROOT)
LEAF = make(NAME, ROOT, sans=[NAME, ADDRESS])
CHAINED = make(NAME, BETWEEN, sans=[NAME, ADDRESS])
NOTHING = {"ca_certificate": "", "ca_key": "", "certificate": "", "key": "", "days": 1095.0, "ca_days": 3650.0}


def read(wanted: Names = WANTED, **options: object) -> given_certificates.Given:
    return given_certificates.read({**NOTHING, **options}, "x_tls_", wanted, time.time())


def test_nothing_is_given():
    assert read().authorities == read().chain == ()
    assert (read().lifetime, read().authority_lifetime) == (1095 * 86400, 3650 * 86400)


@pytest.mark.parametrize(
    "options",
    [
        {"ca_certificate": ROOT.pem},
        {"ca_certificate": ROOT.pem, "ca_key": ROOT.key},
        {"ca_certificate": f"# a comment\n{OTHER.pem}\n\n{ROOT.pem}", "ca_key": ROOT.key},
        {"ca_certificate": ROOT.pem, "certificate": LEAF.pem, "key": LEAF.key},
        {"ca_certificate": ROOT.pem, "certificate": CHAINED.pem + BETWEEN.pem, "key": CHAINED.key},
        {"ca_certificate": ROOT.pem, "certificate": CHAINED.pem + BETWEEN.pem + ROOT.pem, "key": CHAINED.key},
        {"ca_certificate": BETWEEN.pem + ROOT.pem, "certificate": CHAINED.pem, "key": CHAINED.key},
        {"certificate": LEAF.pem, "key": LEAF.key},
        {"days": 0.001, "ca_days": 0.002},
    ],
)
def test_what_fits_is_taken(options):
    read(**options)


def test_the_ca_that_signs_is_the_one_whose_key_is_given():
    signer = read(ca_certificate=OTHER.pem + ROOT.pem, ca_key=ROOT.key).signer
    assert signer is not None
    assert signer.subject == "CN=root"


WEAK = make(NAME, ROOT, sans=[ADDRESS], bits=1024)
FUTURE, PAST = make(NAME, ROOT, begins=1, sans=[ADDRESS]), make(NAME, ROOT, begins=-9, days=8, sans=[ADDRESS])
SERVER = make(NAME, ROOT, sans=[ADDRESS], purposes=[ExtendedKeyUsageOID.SERVER_AUTH])
STRANGER = make(NAME, ROOT, sans=[NAME, "10.0.0.2"])
ENCRYPTED = LEAF.key_text(BestAvailableEncryption(b"secret"))
OURS = {"ca_certificate": ROOT.pem}


@pytest.mark.parametrize(
    ("option", "message", "options"),
    [
        ("days", "from 0.0007", {"days": 0.0}),
        ("days", "from 0.0007", {"days": -5.0}),
        ("days", "to 36500", {"days": 365000.0, "ca_days": 36500.0}),
        ("ca_days", "from 0.0007", {"ca_days": 0.0}),
        ("days", "at most x_tls_ca_days, which is 10", {"days": 11.0, "ca_days": 10.0}),
        ("ca_key", "only together with x_tls_ca_certificate", {"ca_key": ROOT.key}),
        ("key", "only together with x_tls_certificate", {"key": LEAF.key}),
        ("certificate", "only together with x_tls_key", {**OURS, "certificate": LEAF.pem}),
        ("ca_certificate", "a text without a certificate", {"ca_certificate": "/etc/ssl/ca.pem"}),
        ("ca_certificate", "can be read", {"ca_certificate": ROOT.pem.replace("MII", "AAA", 1)}),
        ("ca_certificate", "a text with a private key", {"ca_certificate": ROOT.pem + ROOT.key}),
        ("certificate", "a text with a private key", {**OURS, "certificate": LEAF.key + LEAF.pem, "key": LEAF.key}),
        ("ca_certificate", "certificates of a CA", {"ca_certificate": LEAF.pem}),
        ("ca_certificate", "it has expired at", {"ca_certificate": ca("old", begins=-10, days=9).pem}),
        ("ca_certificate", "not valid before", {"ca_certificate": ca("new", begins=1).pem}),
        ("ca_key", "this one does not fit", {**OURS, "ca_key": OTHER.key}),
        ("ca_key", "can be read", {**OURS, "ca_key": "secret words"}),
        ("ca_key", "a key with a passphrase", {**OURS, "ca_key": ROOT.key_text(BestAvailableEncryption(b"secret"))}),
        ("key", "this one does not fit", {**OURS, "certificate": LEAF.pem, "key": OTHER.key}),
        ("key", "a key with a passphrase", {**OURS, "certificate": LEAF.pem, "key": ENCRYPTED}),
        ("key", "can be read", {**OURS, "certificate": LEAF.pem, "key": "secret words"}),
        ("certificate", "root has signed", {"ca_certificate": ROOT.pem, "certificate": make(NAME, OTHER, sans=[ADDRESS]).pem, "key": None}),
        ("certificate", "root has signed", {**OURS, "certificate": CHAINED.pem, "key": CHAINED.key}),
        ("certificate", "the certificate of x_tls_key first", {**OURS, "certificate": BETWEEN.pem + CHAINED.pem, "key": CHAINED.key}),
        ("certificate", "which follows it, has not signed it", {**OURS, "certificate": CHAINED.pem + ROOT.pem + BETWEEN.pem, "key": CHAINED.key}),
        ("certificate", "not valid before", {**OURS, "certificate": FUTURE.pem, "key": FUTURE.key}),
        ("certificate", "it has expired at", {**OURS, "certificate": PAST.pem, "key": PAST.key}),
        ("certificate", "1024 bits", {**OURS, "certificate": WEAK.pem, "key": WEAK.key}),
        ("certificate", "for serverAuth and clientAuth", {**OURS, "certificate": SERVER.pem, "key": SERVER.key}),
        ("certificate", "IP:10.0.0.1, by which members connect", {**OURS, "certificate": STRANGER.pem, "key": STRANGER.key}),
    ],
)
def test_what_does_not_fit_is_refused_by_name(option, message, options):
    if options.get("key", "") is None:
        one = make(NAME, OTHER, sans=[NAME, ADDRESS])
        options = {**options, "certificate": one.pem, "key": one.key}
    with pytest.raises(InvalidInput) as caught:
        read(**options)
    assert caught.value.option == f"x_tls_{option}"
    assert re.search(re.escape(message), caught.value.message), caught.value.message
    assert "secret words" not in str(caught.value.details)
    assert "PRIVATE" not in caught.value.message + str(caught.value.details)


def test_a_member_that_nobody_verifies_is_named_by_one_of_its_names():
    only_named = make(NAME, ROOT, sans=["*.example.org"])
    given = {**OURS, "certificate": only_named.pem, "key": only_named.key}
    assert read(Names(["db1.example.org"], [ADDRESS], []), **given).chain
    with pytest.raises(InvalidInput, match=r"DNS:db1, IP:10\.0\.0\.1"):
        read(Names([NAME], [ADDRESS], []), **given)
