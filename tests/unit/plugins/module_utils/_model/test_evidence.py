# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model import evidence
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput
from ansible_collections.stackdb.trove.plugins.module_utils._model.evidence import Act, Word

ROUND = "run/cluster_shrink/0/after"


def host(address="10.0.0.1", **health):
    return {"trove_instance": {"ip": address}, "trove_health": {"asked": ROUND, "identity": {"id": "u1", "addresses": [address]}, **health}}


def gathered(variables):
    return evidence.gather(["a"], {} if variables is None else {"a": variables}, ROUND)["a"]


def test_a_word_is_what_the_module_said_without_how_it_was_called():
    said = gathered(host(galera={}, invocation={"module_args": {}}))["said"]
    assert said["galera"] == {}
    assert "invocation" not in said


@pytest.mark.parametrize(
    ("variables", "why"),
    [
        (None, "not in the inventory"),
        ({"trove_instance": {"ip": "10.0.0.1"}}, "was not asked"),
        ({"trove_health": "ok"}, "was not asked"),
        (host(unreachable=True, msg="no route"), "unreachable: no route"),
        (host(failed=True, msg="no such module"), "could not be asked: no such module"),
        (host(failed=True), "no reason was given"),
        (host(skipped=True), "was skipped"),
        (host(silent="it is unreachable: timeout"), "unreachable: timeout"),
        (host(asked="run/cluster_shrink/1/before"), "another round"),
        (host(asked="older/cluster_shrink/0/after"), "another round"),
        (host(asked=None), "another round"),
        (host(identity={"id": "u2", "addresses": ["10.0.0.2"]}), "10.0.0.2, and 10.0.0.1 was asked"),
    ],
)
def test_what_is_no_word_of_this_round_and_server_is_silence(variables, why):
    word = gathered(variables)
    assert set(word) == {"silent"}
    assert why in word["silent"]


def test_a_server_that_is_down_does_not_know_its_address_and_is_still_heard():
    assert "said" in gathered(host(identity={"id": None, "addresses": []}))


def said(asked=ROUND, address="10.0.0.1"):
    return {"said": {"asked": asked, "identity": {"addresses": [address]}}}


def test_who_must_have_a_word_is_what_nova_has_and_not_what_was_given():
    words = evidence.read({"a": said(), "stranger": said(address="10.0.0.9")}, {"a": "10.0.0.1", "b": "10.0.0.2"})
    assert set(words) == {"a", "b"}
    assert words["b"].silent == "nothing was said of it"


def test_the_word_of_another_address_than_novas_is_silence():
    assert "10.0.0.1 was asked" in evidence.read({"a": said(address="10.0.0.7")}, {"a": "10.0.0.1"})["a"].silent


@pytest.mark.parametrize("data", [{"a": "Synced"}, {"a": {}}, {"a": {"said": "yes"}}, {"a": {"silent": ""}}, {"a": said(asked=None)}])
def test_evidence_of_another_form_is_refused(data):
    with pytest.raises(InvalidInput, match="evidence"):
        evidence.read(data, {"a": "10.0.0.1"})


def test_words_of_two_rounds_are_refused():
    data = {"a": said(), "b": said(asked="run/cluster_shrink/1/before", address="10.0.0.2")}
    with pytest.raises(InvalidInput, match="words of one round"):
        evidence.read(data, {"a": "10.0.0.1", "b": "10.0.0.2"})


def test_no_evidence_is_silence_of_all():
    assert evidence.silence(evidence.read(None, {"a": None}), ["a"]) == ["a is silent: nothing was said of it"]


def test_silence_names_those_that_were_never_asked_too():
    assert evidence.silence({"a": Word(said={})}, ["a", "b"]) == ["b is silent: it was not asked"]


def test_a_plan_says_what_has_to_be_proven():
    act = Act(evidence.LEAVE, {"a": "1", "b": "2"}, leaving={"c": "3"})
    assert evidence.needs(act) == "needs proof that a, b serve without c, no longer count it, and hold what it held"
