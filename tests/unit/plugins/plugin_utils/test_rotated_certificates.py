# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each member has to do when certificates and the CA are replaced though they are whole: by cases, and by runs that are killed at any step."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused
from ansible_collections.stackdb.trove.plugins.module_utils._model.rotating import Wanted
from ansible_collections.stackdb.trove.plugins.plugin_utils import certificates, x509
from ansible_collections.stackdb.trove.plugins.plugin_utils import rotated_certificates as rotated
from ansible_collections.stackdb.trove.plugins.plugin_utils.certificate_words import KEY, NEW_KEY, Cluster, Word
from ansible_collections.stackdb.trove.plugins.plugin_utils.certificates import Plan
from ansible_collections.stackdb.trove.plugins.plugin_utils.given_certificates import Given, Names
from ansible_collections.stackdb.trove.tests.unit.certificate_builders import Made, ca
from ansible_collections.stackdb.trove.tests.unit.plugins.plugin_utils.test_certificates import (
    ADDRESSES,
    AGED,
    GIVEN,
    LEAVES,
    MEMBERS,
    NEXT,
    NOTHING,
    NOW,
    OWN,
    Killed,
    Simulated,
    cluster,
    given,
    leaf,
    read,
    word,
)  # fmt: skip

CERTIFICATES = Wanted(("certificates",), "r1")
PUBLISH, TURN = Wanted(("authority",), "r1"), Wanted(("authority",), "r1", "turn")


def decide(
    words: dict[str, Word], rotation: Wanted, name: str = "a", asked: Given = NOTHING, created: Made | None = None, older_than: float = 0, last: bool = False
) -> Plan:
    wanted = Names([name], [ADDRESSES[name]], [ADDRESSES[name]])
    found = rotated.Asked(rotation, asked, older_than, last, "products CA")
    return rotated.decide(name, Cluster("x_tls_", MEMBERS, words), found, wanted, created.pem if created else None)


def noted(words: dict[str, Word], **note: object) -> dict[str, Word]:
    return {name: replace(one, note={"replaces": one.chain[0].digest, **note}) for name, one in words.items()}


def test_each_certificate_is_replaced_by_one_for_a_new_key_once():
    plan = decide(cluster(OWN), CERTIFICATES)
    assert (plan.renew, plan.new_key, plan.trust, plan.drop, plan.authority.create) == ("it is rotated", True, (), (), False)
    assert plan.note == {"mark": CERTIFICATES.mark, "replaces": read(LEAVES[OWN]["a"])[0].digest, "drops": [], "idle": False}
    # noted, and not replaced yet
    assert decide(noted(cluster(OWN), mark=CERTIFICATES.mark), CERTIFICATES).renew == "it is rotated"
    # the note is of another certificate, so that one was replaced
    assert not decide(noted(cluster(OWN), mark=CERTIFICATES.mark, replaces="other"), CERTIFICATES).acts
    # of another run
    assert decide(noted(cluster(OWN), mark="r0/certificates/publish", replaces="other"), CERTIFICATES).renew == "it is rotated"


@pytest.mark.parametrize(("days", "reason"), [(0, "it is rotated"), (0.9, "it is rotated"), (1.1, None)])
def test_a_young_certificate_stays(days, reason):
    plan = decide(cluster(OWN), CERTIFICATES, older_than=days)
    assert (plan.renew, plan.note["replaces"] is None) == (reason, reason is None)


def test_a_ca_near_its_end_is_not_followed_by_a_run_for_certificates():
    assert not decide(cluster(AGED), CERTIFICATES).authority.create


@pytest.mark.parametrize("trusted", [(NEXT, OWN), (GIVEN, OWN)])
def test_no_certificate_is_made_of_a_ca_that_clients_may_not_trust(trusted):
    with pytest.raises(Refused, match="End that change first"):
        decide(cluster(OWN, *trusted, keys={KEY: trusted[0] if trusted[0] is NEXT else OWN}), CERTIFICATES)


def test_what_cannot_be_signed_is_refused_and_a_given_one_is_not_the_present_one():
    words = cluster(GIVEN, keys={})
    with pytest.raises(Refused, match="the key of its CA is not stored"):
        decide(words, CERTIFICATES)
    assert decide(words, CERTIFICATES, asked=given(GIVEN, signer=GIVEN)).renew == "it is rotated"
    same = given(GIVEN, chain=(LEAVES[GIVEN]["a"],))
    with pytest.raises(InvalidInput, match="x_tls_certificate"):
        decide(words, CERTIFICATES, asked=same)
    other = decide(words, CERTIFICATES, asked=given(GIVEN, chain=(leaf("a", GIVEN),)))
    assert (other.renew, other.new_key) == ("another one is given", False)


def test_the_next_ca_is_created_however_young_the_present_one_is():
    plan = decide(cluster(OWN), PUBLISH)
    assert (plan.authority.create, plan.authority.path, plan.renew) == (True, NEW_KEY, None)
    plan = decide(cluster(OWN), PUBLISH, created=NEXT)
    assert (plan.trust, plan.renew, plan.drop, plan.share_key) == (read(NEXT, OWN), None, (), True)
    young = decide(cluster(OWN), PUBLISH, older_than=2)
    assert (young.acts, young.note["idle"]) == (False, True)


def test_a_second_run_publishes_no_second_ca_and_finishes_the_first():
    assert not decide(cluster(OWN, NEXT, OWN, keys={KEY: NEXT}), PUBLISH).acts
    half = {**cluster(OWN), "c": word(LEAVES[OWN]["c"], NEXT, OWN, keys={KEY: OWN, NEW_KEY: NEXT})}
    assert decide(half, PUBLISH, "a").trust == read(NEXT, OWN)
    # its age is of no matter once it is under way
    assert decide(half, PUBLISH, "a", older_than=1000).trust == read(NEXT, OWN)


def test_the_key_is_kept_by_all_before_any_of_them_trusts_the_ca():
    plan = decide(cluster(OWN), PUBLISH, "b", created=NEXT)
    assert (plan.keep_key, plan.share_key) == (True, True)
    assert not decide(cluster(OWN, keys={KEY: OWN, NEW_KEY: NEXT}), PUBLISH, "b", created=NEXT).keep_key
    # one that joins later is given it once
    joined = {**cluster(OWN), "c": word(leaf("c", OWN), OWN, keys={})}
    assert not decide(joined, CERTIFICATES, "c").keep_key


def test_a_key_that_was_left_over_is_not_that_of_the_next_ca():
    plan = decide(cluster(OWN, keys={KEY: OWN, NEW_KEY: OWN}), PUBLISH)
    assert (plan.authority.create, plan.authority.holder, plan.authority.fresh) == (True, "a", True)
    begun = {**cluster(OWN, keys={KEY: OWN, NEW_KEY: OWN}), "b": word(LEAVES[OWN]["b"], OWN, keys={KEY: OWN, NEW_KEY: NEXT})}
    plan = decide(begun, PUBLISH)
    assert (plan.authority.create, plan.authority.holder, plan.authority.fresh) == (True, "b", False)


@pytest.mark.parametrize("where", ["abc", "a", "c"])
def test_a_ca_of_the_clusters_own_whose_key_nobody_has_is_begun_anew(where):
    lost = ca("products CA 20260101T000000Z", begins=-0.5, now=NOW)
    words = {name: word(LEAVES[OWN][name], *([lost] if name in where else []), OWN, keys={KEY: OWN}) for name in MEMBERS}
    assert decide(words, PUBLISH).authority.create
    assert {decide(words, PUBLISH, name, created=NEXT).trust for name in MEMBERS} == {read(NEXT, OWN)}
    # killed when the first member trusted the new one
    keys = {KEY: OWN, NEW_KEY: NEXT}
    begun = {name: replace(one, authority_keys=word(keys=keys).authority_keys) for name, one in words.items()}
    begun["b"] = word(LEAVES[OWN]["b"], NEXT, OWN, keys=keys)
    assert not decide(begun, PUBLISH).authority.create
    assert {decide(begun, PUBLISH, name).trust for name in "ac"} == {read(NEXT, OWN)}
    assert decide(words, CERTIFICATES).renew == "it is rotated"
    if where == "abc":
        with pytest.raises(Refused, match="The key of CN=products CA 2026.* is on no member any more"):
            decide(words, TURN)
        # one that was given has no key here either, and is none of these
        assert not decide(cluster(OWN, ca("products CA", now=NOW), OWN), PUBLISH).acts


def test_the_name_of_a_second_ca_is_known_however_long_it_is():
    for name in ("products CA", "n" * 47, "n" * 48, "n" * 79 + " CA"):
        made = certificates.authority_name(name, Cluster("x_tls_", MEMBERS, cluster(OWN)))
        assert certificates.is_named(read(ca(made, now=NOW))[0], name)
        assert not certificates.is_named(read(ca("other", now=NOW))[0], name)
    assert not certificates.is_named(read(ca("products CA 2027", now=NOW))[0], "products CA")


@pytest.mark.parametrize("rotation", [CERTIFICATES, PUBLISH, TURN])
def test_members_whose_clocks_differ_are_named_and_nothing_is_rotated(rotation):
    words = cluster(OWN, NEXT, OWN, keys={KEY: NEXT}) if rotation is TURN else cluster(OWN)
    assert decide({**words, "b": replace(words["b"], now=NOW - 300)}, rotation).note
    with pytest.raises(Refused, match=r"clocks differ by more than 300 s.* a 0 s, b 301 s, c 0 s.* Nothing was rotated"):
        decide({**words, "b": replace(words["b"], now=NOW - 301)}, rotation)


def test_what_a_member_lacks_is_not_mended_by_a_rotation():
    words = cluster(OWN)
    with pytest.raises(Refused, match="a needs a certificate before the CA changes .its key does not fit.. Run stackdb.trove.cluster_configure"):
        decide({**words, "a": replace(words["a"], key=x509.same_key(OWN.public))}, PUBLISH)
    with pytest.raises(Refused, match="b have no certificate"):
        decide({**words, "b": word()}, PUBLISH)
    del words["b"]
    with pytest.raises(Refused, match="b did not say which certificates they have"):
        decide(words, CERTIFICATES)


def test_a_given_ca_is_the_first_in_the_file_and_a_run_without_it_changes_nothing():
    asked = given(GIVEN)
    assert decide(cluster(OWN), PUBLISH, asked=asked).trust == read(GIVEN, OWN)
    # trusted from an earlier turn, and turned to once more
    assert decide(cluster(OWN, OWN, GIVEN), PUBLISH, asked=asked).trust == read(GIVEN, OWN)
    assert not decide(cluster(OWN, GIVEN, OWN), PUBLISH, asked=asked).acts
    assert not decide(cluster(OWN, GIVEN, OWN), PUBLISH).acts
    half = {**cluster(OWN), "c": word(LEAVES[OWN]["c"], GIVEN, OWN, keys={KEY: OWN})}
    with pytest.raises(InvalidInput, match=r"x_tls_ca_certificate: '' was given; allowed: the CA that a run which was stopped has given .*CN=given"):
        decide(half, PUBLISH)
    with pytest.raises(InvalidInput, match="PEM text of the new CA"):
        decide(cluster(GIVEN, keys={}), PUBLISH)


def test_no_run_turns_to_a_ca_that_not_all_trust():
    half = {**cluster(OWN), "c": word(LEAVES[OWN]["c"], NEXT, OWN, keys={KEY: OWN, NEW_KEY: NEXT})}
    for words, asked in ((half, NOTHING), (cluster(OWN), given(GIVEN, signer=GIVEN))):
        with pytest.raises(Refused, match="Not all members trust CN=(next|given) yet"):
            decide(words, TURN, asked=asked)
    with pytest.raises(InvalidInput, match="the CA that was published, CN=given"):
        decide(cluster(OWN, GIVEN, OWN), TURN)


def test_certificates_go_over_and_the_former_ca_goes_in_the_last_step_unless_it_is_kept():
    words = cluster(OWN, NEXT, OWN, keys={KEY: NEXT})
    plan = decide(words, TURN)
    assert (plan.renew, plan.new_key, plan.drop) == ("it is of the former CA CN=own", True, ())
    assert plan.note["drops"] == [read(OWN)[0].digest]
    words = cluster(NEXT, NEXT, OWN, keys={KEY: NEXT, NEW_KEY: NEXT})
    assert decide(words, TURN).drop == decide(words, TURN).forget == ()
    plan = decide(words, TURN, last=True)
    assert (plan.drop, plan.forget) == (read(NEXT), (NEW_KEY,))
    kept = decide(words, replace(TURN, keep_old=True), last=True)
    assert (kept.drop, kept.forget) == ((), (NEW_KEY,))
    # one that still has the former one's certificate
    assert decide({**words, "b": cluster(OWN, NEXT, OWN)["b"]}, TURN, last=True).drop == ()
    with pytest.raises(Refused, match="still trust CN=own, .* Drop that first"):
        decide(words, PUBLISH)
    assert not decide(cluster(NEXT), TURN, last=True).acts


class Rotated(Simulated):
    """Clients trust what was published when the run that published it had ended, and no member may show them anything else."""

    def __init__(self, words: dict[str, Word], asked: Given, signer: Made | None, seed: int) -> None:
        super().__init__(words, asked, signer, seed)
        self.rotation, self.last, self.clients = PUBLISH, False, set(words["a"].authorities)
        if signer is None:
            self.made = {x509.same_key(OWN.public) or "": OWN}

    def check(self) -> None:
        super().check()
        for name, one in self.words.items():
            assert any(one.chain[-1].issued_by(authority) for authority in self.clients), f"a client refuses {name}"

    def plans(self, created: Made | None = None, words: dict[str, Word] | None = None) -> dict[str, Plan]:
        found = {name: decide(words or self.words, self.rotation, name, self.asked, created, last=self.last) for name in MEMBERS}
        for name, plan in found.items():
            if plan.note:
                self.write(name, note=plan.note)
        return found

    def all(self, rotation: Wanted, kills: Collection[int]) -> None:
        """A run of both steps, killed after so many writes and made again, until it is not."""
        self.rotation = rotation
        for left in (*kills, 10**6):
            self.steps_left = left
            try:
                for last in (False, True):
                    self.last = last
                    self.run()
            except Killed:
                continue


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("kind", ["own", "given"])
def test_whatever_is_killed_no_client_is_refused_that_trusts_what_was_published(kind, seed):
    asked, signer = (given(GIVEN, signer=GIVEN), GIVEN) if kind == "given" else (NOTHING, None)
    simulated = Rotated(cluster(OWN), asked, signer, seed)
    kills = simulated.random.choices(range(9), k=9)
    simulated.all(PUBLISH, kills[:3])
    assert {len(one.authorities) for one in simulated.words.values()} == {2}
    assert {one.chain[0].issuer for one in simulated.words.values()} == {"CN=own"}
    published = simulated.words["a"].authorities[0]
    simulated.clients = {*simulated.words["b"].authorities}
    simulated.all(replace(PUBLISH, run="r2"), kills[3:6])
    assert {one.authorities[0] for one in simulated.words.values()} == {published}
    simulated.all(replace(TURN, run="r3"), kills[6:])
    assert {one.authorities for one in simulated.words.values()} == {(published,)}
    assert {one.chain[-1].issuer for one in simulated.words.values()} == {published.subject}
    before = dict(simulated.words)
    simulated.all(replace(TURN, run="r3"), ())
    assert simulated.words == before


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_killed_each_certificate_is_replaced_once(seed):
    simulated = Rotated(cluster(OWN), NOTHING, None, seed)
    simulated.all(CERTIFICATES, simulated.random.choices(range(8), k=3))
    digests = {name: one.chain[0].digest for name, one in simulated.words.items()}
    assert all(digests[name] != simulated.words[name].note["replaces"] == read(LEAVES[OWN][name])[0].digest for name in MEMBERS)
    simulated.all(CERTIFICATES, ())
    assert digests == {name: one.chain[0].digest for name, one in simulated.words.items()}


def test_a_bundle_of_a_ca_and_the_one_below_it_is_one():
    root = ca("root", now=NOW)
    below = ca("below", issuer=root, now=NOW)
    words = {name: word(leaf(name, below), root, below, keys={}) for name in MEMBERS}
    with pytest.raises(InvalidInput, match="PEM text of the new CA"):
        decide(words, PUBLISH)
    plan = decide(words, PUBLISH, asked=given(GIVEN))
    assert (plan.trust[0], {*plan.trust}) == (read(GIVEN)[0], {*read(GIVEN, root, below)})
    assert not decide(words, TURN, last=True).acts
