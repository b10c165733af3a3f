# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each member has to do for its certificate: by cases, and by a cluster whose runs are killed at any step while its members verify each other."""

from __future__ import annotations

import random
from collections.abc import Generator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused
from ansible_collections.stackdb.trove.plugins.plugin_utils import certificates, x509
from ansible_collections.stackdb.trove.plugins.plugin_utils.certificate_words import COMPLETE, KEY, NEW_KEY, TRUST, Cluster, Word
from ansible_collections.stackdb.trove.plugins.plugin_utils.certificates import Plan
from ansible_collections.stackdb.trove.plugins.plugin_utils.given_certificates import DAY, Given, Names
from ansible_collections.stackdb.trove.tests.unit.certificate_builders import Made, ca, make

NOW = 1_800_000_000.0
MEMBERS = ["a", "b", "c"]
ADDRESSES = {"a": "10.0.0.1", "b": "10.0.0.2", "c": "10.0.0.3"}
NOTHING = Given((), None, (), 1000 * DAY, 3000 * DAY)


def read(*made: Made) -> tuple[x509.Certificate, ...]:
    return tuple(certificate for one in made for certificate in x509.certificates(one.pem))


def leaf(member: str, issuer: Made, begins: float = -1, days: float = 1000) -> Made:
    return make(member, issuer, begins, days, sans=[member, ADDRESSES.get(member, "10.0.0.9")], now=NOW)


def word(own: Made | None = None, *trusted: Made, keys: dict[str, Made] | None = None, **changes: object) -> Word:
    found = Word(
        NOW,
        read(*trusted),
        read(own) if own else (),
        x509.same_key(own.public) if own else None,
        None,
        tuple((path, x509.same_key(one.public) or "") for path, one in (keys or {}).items()),
    )
    return replace(found, **changes)


def given(*authorities: Made, signer: Made | None = None, chain: tuple[Made, ...] = ()) -> Given:
    return replace(NOTHING, authorities=read(*authorities), signer=read(signer)[0] if signer else None, chain=read(*chain))


def decide(words: dict[str, Word], name: str = "a", asked: Given = NOTHING, created: Made | None = None, verified: bool = True, **changes: object) -> Plan:
    cluster = Cluster("x_tls_", MEMBERS, words, **changes)
    wanted = Names([name], [ADDRESSES[name]], [ADDRESSES[name]] if verified else [])
    return certificates.decide(name, cluster, asked, wanted, created.pem if created else None)


OWN, NEXT, GIVEN = ca("own", now=NOW), ca("next", begins=-0.5, now=NOW), ca("given", now=NOW)
#: of 3650 days, two thirds and five sixths are over
AGED, OLD = ca("aged", begins=-2500, now=NOW), ca("old", begins=-3100, now=NOW)
LEAVES = {issuer: {name: leaf(name, issuer) for name in MEMBERS} for issuer in (OWN, NEXT, GIVEN, AGED, OLD)}


def cluster(issuer: Made, *trusted: Made, keys: dict[str, Made] | None = None) -> dict[str, Word]:
    keys = {KEY: issuer} if keys is None else keys
    return {name: word(LEAVES[issuer][name], *(trusted or (issuer,)), keys=keys) for name in MEMBERS}


def test_a_new_cluster_gets_a_ca_and_every_member_is_signed_by_it():
    empty = {name: word() for name in MEMBERS}
    plan = decide(empty, "b")
    assert plan.acts
    assert (plan.authority.create, plan.authority.holder, plan.authority.path) == (True, "a", KEY)
    plan = decide(empty, "b", created=OWN)
    assert (plan.trust, plan.renew, plan.keep_key, plan.share_key, plan.drop, plan.former) == (read(OWN), "there is none", True, False, (), False)
    assert plan.authority.signer == read(OWN)[0]


def test_nothing_is_done_where_all_is_well():
    for name in MEMBERS:
        assert not decide(cluster(OWN), name).acts
    assert not decide(cluster(GIVEN, keys={})).acts
    assert not decide(cluster(GIVEN, keys={}), asked=given(GIVEN)).acts
    assert not decide(cluster(GIVEN, keys={}), asked=given(GIVEN, signer=GIVEN)).acts
    assert not decide(cluster(GIVEN, keys={}), asked=given(GIVEN, chain=(LEAVES[GIVEN]["a"],))).acts


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"chain": (), "key": None}, "there is none"),
        ({"key": None}, "there is no key"),
        ({"key_problem": "it can be read by others"}, "it can be read by others"),
        ({"key": x509.same_key(OWN.public)}, "its key does not fit"),
        ({"chain": read(leaf("a", OWN, begins=-9, days=8)), "key": None}, "there is no key"),
    ],
)
def test_why_a_certificate_is_replaced(changes, reason):
    words = cluster(OWN)
    assert decide({**words, "a": replace(words["a"], **changes)}).renew == reason


@pytest.mark.parametrize(
    ("own", "reason"),
    [
        (leaf("a", OWN, begins=-9, days=8), "it has expired"),
        (leaf("other", OWN), "it is not good for a, 10.0.0.1"),
        (leaf("a", GIVEN), "it is of no CA that the members trust"),
        (leaf("a", OWN, begins=-66, days=100), None),
        (leaf("a", OWN, begins=-67, days=100), "it ends at"),
        (leaf("a", OWN, begins=-0.0066, days=0.01), None),
        (leaf("a", OWN, begins=-0.0067, days=0.01), "it ends at"),
    ],
)
def test_a_certificate_is_renewed_in_the_last_third_of_its_life_however_long_that_is(own, reason):
    found = decide({**cluster(OWN), "a": word(own, OWN, keys={KEY: OWN})}).renew
    assert (found or "").startswith(reason or " ") if reason else found is None


def test_a_certificate_that_cannot_outlive_its_ca_is_not_renewed_in_every_run():
    short = ca("short", begins=-2000, days=2010, now=NOW)
    words = {name: word(leaf(name, short, begins=-30, days=40), short) for name in MEMBERS}
    found = decide(words, asked=given(short, signer=short))
    assert found.renew is None
    assert "The CA CN=short ends at" in found.warnings[0]


def test_a_new_certificate_ends_with_its_ca_and_begins_not_before_it():
    signer = read(ca("short", begins=-0.001, days=10, now=NOW))[0]
    begins, ends = certificates.span(NOW, 100 * DAY, signer)
    assert ends == f"{datetime.fromtimestamp(NOW + (10 - 0.001) * DAY, UTC):%Y%m%d%H%M%SZ}"
    assert begins == f"{datetime.fromtimestamp(signer.begins, UTC):%Y%m%d%H%M%SZ}"
    assert certificates.span(NOW, 100 * DAY)[0] == f"{datetime.fromtimestamp(NOW - 3600, UTC):%Y%m%d%H%M%SZ}"


def test_a_name_too_long_for_a_subject_is_cut_and_stays_unlike_others():
    assert certificates.common_name("n" * 64) == "n" * 64
    cut = {certificates.common_name("n" * 78 + last) for last in "ab"}
    assert {len(name) for name in cut} == {64}
    assert len(cut) == 2


def test_an_aged_ca_gets_a_successor_that_all_trust_and_certificates_follow_later():
    words = cluster(AGED)
    assert (decide(words).authority.create, decide(words).renew) == (True, None)
    plan = decide(words, created=NEXT)
    assert plan.trust == read(NEXT, AGED)
    assert (plan.renew, plan.share_key) == (None, True)
    between = {name: word(LEAVES[AGED][name], NEXT, AGED, keys={KEY: NEXT}) for name in MEMBERS}
    plan = decide(between)
    assert not plan.acts
    assert "Give ca.pem to your clients" in plan.warnings[0]
    assert decide(between, change=COMPLETE).renew == "it is of the former CA CN=aged"


def test_in_the_last_sixth_certificates_follow_at_once_unless_only_trust_is_asked_for():
    between = {name: word(LEAVES[OLD][name], NEXT, OLD, keys={KEY: NEXT}) for name in MEMBERS}
    assert decide(between).renew == "it is of the former CA CN=old"
    assert decide(between, change=TRUST).renew is None
    assert decide(between).drop == ()


def test_a_former_ca_is_dropped_when_every_member_has_shown_a_certificate_of_the_new_one():
    done = {name: word(LEAVES[NEXT][name], NEXT, OLD, keys={KEY: NEXT, NEW_KEY: NEXT}) for name in MEMBERS}
    plan = decide(done)
    assert (plan.drop, plan.forget) == (read(NEXT), (NEW_KEY,))
    assert decide({**done, "b": word(LEAVES[OLD]["b"], NEXT, OLD, keys={KEY: NEXT})}).drop == ()
    del done["b"]
    assert (decide(done).drop, decide(done).forget) == ((), ())


def test_a_given_ca_replaces_the_one_that_is_there_and_its_key_is_forgotten():
    plan = decide(cluster(OWN), asked=given(GIVEN, signer=GIVEN))
    assert plan.trust == read(GIVEN, OWN)
    assert plan.renew.startswith("it is of")
    done = {name: word(LEAVES[GIVEN][name], GIVEN, OWN, keys={KEY: OWN}) for name in MEMBERS}
    plan = decide(done, asked=given(GIVEN, signer=GIVEN))
    assert (plan.renew, plan.drop, plan.forget) == (None, read(GIVEN), (KEY,))


def test_another_certificate_or_key_that_is_given_replaces_a_valid_one():
    other = leaf("a", GIVEN)
    plan = decide(cluster(GIVEN, keys={}), asked=given(GIVEN, chain=(other,)))
    assert (plan.renew, plan.trust) == ("another one is given", ())
    words = {**cluster(GIVEN, keys={}), "a": replace(word(other, GIVEN), key=x509.same_key(OWN.public))}
    assert decide(words, asked=given(GIVEN, chain=(other,))).renew == "another one is given"


def test_what_has_to_be_signed_without_a_key_is_refused():
    with pytest.raises(Refused, match=r"a needs a certificate \(there is none\).*x_tls_ca_key"):
        decide({name: word() for name in MEMBERS}, asked=given(GIVEN))
    with pytest.raises(Refused, match=r"a needs a certificate \(it is of another CA"):
        decide(cluster(OWN), asked=given(GIVEN))
    assert decide(cluster(OWN), asked=given(GIVEN), change=TRUST).trust == read(GIVEN, OWN)
    with pytest.raises(Refused, match="b needs a certificate"):
        decide({**cluster(GIVEN, keys={}), "b": word()}, "b")
    with pytest.raises(InvalidInput, match="only together with x_tls_ca_certificate"):
        decide({name: word() for name in MEMBERS}, asked=given(chain=(leaf("a", GIVEN),)))


def test_a_run_that_is_not_there_to_change_the_ca_does_not():
    with pytest.raises(InvalidInput, match="x_tls_ca_certificate: 'CN=given' was given; allowed: CN=own, as a has it"):
        decide(cluster(OWN), asked=given(GIVEN, signer=GIVEN), may_change=False)
    assert decide({**cluster(GIVEN, keys={}), "b": word()}, "b", asked=given(GIVEN, signer=GIVEN), may_change=False).renew == "there is none"


def test_members_of_two_clusters_are_refused_and_those_in_mid_change_are_not():
    with pytest.raises(Refused, match="a, b: CN=own; c: CN=given"):
        decide({**cluster(OWN), "c": word(LEAVES[GIVEN]["c"], GIVEN)})
    mixed = {"a": word(LEAVES[OWN]["a"], OWN), "b": word(LEAVES[OWN]["b"], OWN, GIVEN), "c": word(LEAVES[GIVEN]["c"], GIVEN)}
    decide(mixed, asked=given(GIVEN, signer=GIVEN))


def test_nothing_that_all_have_to_agree_in_is_changed_while_a_member_is_silent():
    aged = cluster(AGED)
    del aged["c"]
    assert not decide(aged).acts
    assert "not renewed while c cannot be asked" in decide(aged).warnings[0]
    with pytest.raises(Refused, match="c did not say"):
        decide(aged, asked=given(GIVEN, signer=GIVEN))
    with pytest.raises(Refused, match="c did not say"):
        decide({"a": word(), "b": word()})
    assert decide({"a": word(leaf("a", OWN, -900), OWN, keys={KEY: OWN}), "b": word(LEAVES[OWN]["b"], OWN)}).renew.startswith("it ends at")


@pytest.mark.parametrize("silent", MEMBERS)
@pytest.mark.parametrize("authority", [OWN, AGED])
def test_whichever_member_is_silent_the_others_decide_by_what_they_have_themselves(silent: str, authority: Made):
    words = cluster(authority)
    del words[silent]
    for name in words:
        plan = decide(words, name)
        assert (plan.acts, plan.authority.holder) == (False, next(iter(words)))
    name = next(iter(words))
    assert decide({**words, name: replace(words[name], chain=())}, name).renew == "there is none"


class Killed(Exception):
    pass


class Simulated:
    """A cluster whose members have files, and a run that takes the role's steps in their order, and may be killed before any of them."""

    def __init__(self, words: dict[str, Word], asked: Given, signer: Made | None, seed: int) -> None:
        self.words, self.asked, self.given_signer, self.steps_left = words, asked, signer, 10**6
        self.random = random.Random(seed)
        self.made: dict[str, Made] = {}
        #: whether another run is under way, so that only the end counts
        self.overlaps = False

    def check(self) -> None:
        for name, one in self.words.items():
            for other, their in self.words.items():
                verified = not (one.chain and their.chain) or any(one.chain[-1].issued_by(authority) for authority in their.authorities)
                assert verified, f"{other} turns {name} away"
        newest = list(self.made.values())[-1:]
        if newest and any({*read(*newest)} & {*one.authorities} for one in self.words.values()):
            kept = [x509.same_key(newest[0].public) in dict(one.authority_keys).values() for one in self.words.values()]
            assert all(kept), "a CA is trusted whose key is not on all members"

    def check_end(self) -> None:
        """All members trust one CA, have its certificates, and keep its key, where it was created, and no other."""
        found = {name: (one.authorities, {certificate.issuer for certificate in one.chain}) for name, one in self.words.items()}
        trusted, issuers = found["a"]
        assert len(trusted) == 1
        assert issuers == {trusted[0].subject}
        assert all(value == found["a"] for value in found.values())
        assert {one.authority_keys for one in self.words.values()} == ({()} if self.given_signer else {((KEY, trusted[0].key),)})

    def write(self, name: str, **changes: object) -> None:
        if self.steps_left == 0:
            raise Killed
        self.steps_left -= 1
        self.words[name] = replace(self.words[name], **changes)
        if not self.overlaps:
            self.check()

    def plans(self, created: Made | None = None, words: dict[str, Word] | None = None) -> dict[str, Plan]:
        return {name: decide(words or self.words, name, self.asked, created) for name in MEMBERS}

    def keys(self, name: str, path: str, made: Made | None) -> tuple[tuple[str, str], ...]:
        found = {**dict(self.words[name].authority_keys), path: made and x509.same_key(made.public)}
        return tuple((path, key) for path, key in found.items() if key)

    def run(self) -> bool:
        """Whether it had anything to do."""
        steps = self.steps()
        while True:
            try:
                next(steps)
            except StopIteration as end:
                return bool(end.value)

    def steps(self) -> Generator[None, None, bool]:
        """A run that stops before each of its writes; whether it had anything to do.

        :raises Killed: also where it fails, since another run has come between
        """
        plans, created, said = self.plans(), None, dict(self.words)
        if not any(plan.acts for plan in plans.values()):
            return False
        if plans["a"].authority.create:
            created = ca(f"made {len(self.made)}", begins=-0.01, now=NOW)
            holder, path = str(plans["a"].authority.holder), str(plans["a"].authority.path)
            yield
            kept = dict(self.words[holder].authority_keys).get(path)
            created = self.made.get(kept or "", created)
            self.made[x509.same_key(created.public) or ""] = created
            self.write(holder, authority_keys=self.keys(holder, path, created))
            # the members are not asked again in between
            plans = self.plans(created, said)
        signer = self.given_signer or self.made.get(plans["a"].authority.signer.key if plans["a"].authority.signer else "")
        authority = plans["a"].authority
        read_key = None
        if any(plan.keep_key or plan.share_key for plan in plans.values()):
            read_key = self.made.get(dict(self.words[str(authority.holder)].authority_keys).get(str(authority.path)) or "")
            if read_key is None:
                raise Killed
        for name in self.random.sample(MEMBERS, 3):
            if plans[name].keep_key:
                yield
                self.write(name, authority_keys=self.keys(name, str(authority.path), read_key))
        for name in self.random.sample(MEMBERS, 3):
            if plans[name].trust:
                yield
                self.write(name, authorities=plans[name].trust)
        for name in self.random.sample(MEMBERS, 3):
            if plans[name].share_key:
                yield
                self.write(name, authority_keys=self.keys(name, KEY, read_key))
        for name in MEMBERS:
            if plans[name].renew:
                yield
                if signer is None or not self.given_signer and dict(self.words[name].authority_keys).get(KEY) != x509.same_key(signer.public):
                    raise Killed
                own = leaf(name, signer)
                self.write(name, chain=read(own), key=x509.same_key(own.public))
        for name, plan in self.plans().items():
            if not plans[name].former:
                assert self.overlaps or not plan.drop
                assert self.overlaps or not plan.forget
                continue
            if plan.drop:
                yield
                self.write(name, authorities=plan.drop)
            if plan.forget:
                yield
                self.write(name, authority_keys=tuple(pair for pair in self.words[name].authority_keys if pair[0] not in plan.forget))
        return True


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("kind", ["new", "old", "given"])
def test_a_change_that_is_killed_anywhere_turns_nobody_away_and_is_finished_by_the_same_run(kind, seed):
    asked, signer = (given(GIVEN, signer=GIVEN), GIVEN) if kind == "given" else (NOTHING, None)
    words = {"new": {name: word() for name in MEMBERS}, "old": cluster(OLD), "given": cluster(OWN)}[kind]
    simulated = Simulated(words, asked, signer, seed)
    for _kill in range(3):
        simulated.steps_left = simulated.random.randrange(9)
        try:
            simulated.run()
        except Killed:
            continue
    simulated.steps_left = 10**6
    simulated.run()
    assert not simulated.run()
    simulated.check_end()


@pytest.mark.parametrize("seed", range(60))
def test_two_first_runs_at_the_same_time_leave_what_the_next_one_finishes(seed):
    """Roles by themselves have no lease, as verbs have."""
    simulated = Simulated({name: word() for name in MEMBERS}, NOTHING, None, seed)
    simulated.overlaps = True
    runs = [simulated.steps(), simulated.steps()]
    while runs:
        one = simulated.random.choice(runs)
        for _step in range(simulated.random.choice((1, 1, 2, 4, 8))):
            try:
                next(one)
            except (StopIteration, Killed):
                runs.remove(one)
                break
    for _turn in range(3):
        if not simulated.run():
            break
    else:
        pytest.fail("it has something to do in each run")
    simulated.check_end()
