# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be rotated, and what proves that it was."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model import rotating
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput
from ansible_collections.stackdb.trove.plugins.module_utils._model.evidence import Word

OPTIONS = {"rotate": ["certificates"], "rotate_phase": "publish", "keep_old_authority": False, "older_than": 0}
CAN = ("certificates", "authority")
AT = {"a": "10.0.0.1", "b": "10.0.0.2", "c": "10.0.0.3"}
CERTIFICATES, PUBLISH, TURN = (rotating.Wanted((what,), "r1", phase) for what, phase in (("certificates", "publish"), ("authority", "publish"),
                               ("authority", "turn")))  # fmt: skip


def words(rotation: rotating.Wanted, **changes: object) -> dict[str, Word]:
    """All is well: each has a certificate of the CA `new`, and trusts it."""
    note = {"mark": rotation.mark, "replaces": "before", "drops": ["old"], "idle": False}
    trusted = ["next", "new"] if rotation.publishes else ["new"]
    presented = {at: {"digest": f"own-{name}"} for name, at in AT.items()}
    told = {"issuer": "new", "trusted": trusted, "ca": "PEM\n", "note": note, "unread": [], "presented": presented}
    return {name: Word({"rotation": {**told, "own": f"own-{name}", **changes}}) for name in AT}


def but(found: dict[str, Word], name: str, **changes: object) -> dict[str, Word]:
    return {**found, name: Word({"rotation": {**found[name].told["rotation"], **changes}})}


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"rotate": []}, "trove_rotate: [] was given; allowed: one of authority, certificates"),
        ({"rotate": ["certificates", "passwords"]}, "No passwords here. (trove_rotate[1]: 'passwords' was given; allowed: one of authority, certificates"),
        ({"rotate": ["ca"]}, "trove_rotate[0]: 'ca' was given"),
        ({"rotate": ["certificates", "authority"]}, "With a new CA all certificates are replaced"),
        ({"keep_old_authority": True}, "trove_keep_old_authority: True was given; allowed: only with trove_rotate=authority"),
        ({"rotate": ["authority"], "keep_old_authority": True}, "trove_keep_old_authority"),
        ({"rotate_phase": "turn"}, "trove_rotate_phase: 'turn' was given; allowed: only with trove_rotate=authority or passwords"),
        ({"older_than": -1}, "trove_older_than: -1 was given; allowed: a number of days from 0"),
    ],
)
def test_what_nothing_can_be_meant_by_is_refused_by_the_options_name(options, text):
    with pytest.raises(InvalidInput) as caught:
        rotating.check({**OPTIONS, **options}, CAN, "No passwords here.")
    assert text in caught.value.message


def test_what_can_be_rotated():
    for options in ({}, {"rotate": ["authority"]}, {"rotate": ["authority"], "rotate_phase": "turn", "keep_old_authority": True}, {"older_than": 30}):
        rotating.check({**OPTIONS, **options}, CAN, "")


@pytest.mark.parametrize("rotation", [CERTIFICATES, PUBLISH, TURN])
def test_all_is_well(rotation):
    assert rotating.unproven(rotation, AT, words(rotation)) == []


@pytest.mark.parametrize("rotation", [CERTIFICATES, PUBLISH, TURN])
@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"own": "other"}, "b presents to a another certificate (SHA-256 own-b) than it has on its disk (SHA-256 other)"),
        ({"presented": {}}, "b cannot see which certificate a presents: no member looked"),
        ({"presented": {**{at: {"digest": f"own-{name}"} for name, at in AT.items()}, "10.0.0.3": {"error": "refused"}}}, "certificate c presents: refused"),
        ({"trusted": ["new", "strange"]}, "a and b do not trust the same CAs"),
        ({"issuer": None}, "the certificate of b is of no CA that it trusts"),
        ({"unread": ["/tls/ca.pem", "/tls/server.key"]}, "the server of b has not read /tls/ca.pem, /tls/server.key since they were changed"),
        ({"unread": None}, "b does not say which of its files its server has read"),
        ({"note": {}}, "b has noted no rotation by r1/"),
        ({"note": {"mark": "r0/certificates/publish"}}, "b has noted no rotation by r1/"),
    ],
)
def test_what_is_not_proven_by_one_of_them(rotation, changes, text):
    found = rotating.unproven(rotation, AT, but(words(rotation), "b", **changes))
    assert any(text in sentence for sentence in found), found


def test_who_says_nothing_proves_nothing():
    found = rotating.unproven(CERTIFICATES, AT, {**words(CERTIFICATES), "b": Word(silent="it is unreachable"), "c": Word({"tls": {}})})
    assert [sentence.partition(" says nothing")[0] for sentence in found] == ["b", "c"]
    assert rotating.unproven(CERTIFICATES, AT, {})


def test_each_has_another_certificate_than_at_the_begin_unless_that_was_young():
    mine = {"mark": CERTIFICATES.mark, "replaces": "own-b", "drops": []}
    assert rotating.unproven(CERTIFICATES, AT, but(words(CERTIFICATES), "b", note=mine)) == ["b has the certificate that it had at the begin (SHA-256 own-b)"]
    young = but(words(CERTIFICATES), "b", note={**mine, "replaces": None})
    assert rotating.unproven(CERTIFICATES, AT, young) == []
    assert "The certificates of b are younger than trove_older_than" in rotating.said(CERTIFICATES, young)


def test_a_ca_is_published_when_all_trust_one_that_no_certificate_is_of():
    missing = rotating.unproven(PUBLISH, AT, words(PUBLISH, trusted=["new"]))
    assert missing == [f"{name} trusts no CA but that of the members' certificates" for name in AT]
    idle = words(PUBLISH, trusted=["new"], note={"mark": PUBLISH.mark, "idle": True, "drops": []})
    assert rotating.unproven(PUBLISH, AT, idle) == []
    assert "younger" in rotating.said(PUBLISH, idle)
    assert "trove_rotate_phase=turn" in rotating.said(PUBLISH, words(PUBLISH))
    assert "PEM" in rotating.said(PUBLISH, words(PUBLISH))


def test_a_former_ca_is_out_of_use_before_it_goes_and_gone_at_the_end():
    both = words(TURN, trusted=["new", "old"])
    assert rotating.unproven(TURN, AT, both, dropped=False) == []
    assert rotating.unproven(TURN, AT, both) == [f"{name} still trusts a former CA" for name in AT]
    kept = replace(TURN, keep_old=True)
    assert rotating.unproven(kept, AT, both) == []
    used = but(both, "c", issuer="old")
    assert "the certificate of c is of a former CA (SHA-256 old)" in rotating.unproven(TURN, AT, used, dropped=False)
    assert "They still trust the former one, too." in rotating.said(kept, both)
    assert "REST" not in rotating.said(kept, both, "REST")
    assert "Clients' certificates of no other are accepted. REST" in rotating.said(TURN, words(TURN), "REST")


def test_links_that_run_with_a_certificate_that_was_replaced():
    """Of a CA that is only published no certificate is replaced."""
    others = but(words(CERTIFICATES), "b", others=["debezium@10.0.0.9"])
    assert rotating.unproven(CERTIFICATES, AT, others) == []
    assert "before the certificates: by b to debezium@10.0.0.9. They are no replicas" in rotating.said(CERTIFICATES, others)
    assert "binary log" not in rotating.said(CERTIFICATES, words(CERTIFICATES))
    stale = but(words(CERTIFICATES), "b", stale=["its link to its source was there before its certificate"])
    assert rotating.unproven(CERTIFICATES, AT, stale) == ["b: its link to its source was there before its certificate"]
    assert rotating.unproven(PUBLISH, AT, but(words(PUBLISH), "b", stale=["it is older"])) == []


def test_who_has_no_account_for_another_ones_address_is_looked_at_by_itself():
    seen = {at: {"digest": f"own-{name}"} for name, at in AT.items()}
    barred = but(words(CERTIFICATES), "b", presented={**seen, AT["a"]: {"barred": "host 'b' is not allowed"}})
    assert rotating.unproven(CERTIFICATES, AT, barred) == []
    alone = but(barred, "a", presented={**seen, AT["a"]: {"barred": "host 'a' is not allowed"}})
    assert rotating.unproven(CERTIFICATES, AT, alone) == ["a cannot see which certificate a presents: host 'a' is not allowed"]


def test_who_speaks_no_tls_says_nothing_of_certificates():
    plain = {**words(CERTIFICATES), "b": Word({"rotation": {"passwords": {}}})}
    assert rotating.unproven(CERTIFICATES, AT, plain) == ["b says nothing: its word has nothing of it"]
