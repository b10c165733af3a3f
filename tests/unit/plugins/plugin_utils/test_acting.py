# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is shown of a verb that acts on members alone, before it does."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores import registry
from ansible_collections.stackdb.trove.plugins.plugin_utils import acting
from ansible_collections.stackdb.trove.plugins.plugin_utils.verbs import VERBS


def line(verb: str, subject: str = "b", **options: object) -> str:
    return acting.line({"verb": verb, "names": ["a", "b"], "subject": subject, "source": "a", "rolled": []}, options)


@pytest.mark.parametrize(
    ("verb", "options", "words"),
    [
        ("cluster_configure", {}, ("~ configure a, b: ", "waits for one")),
        ("instance_configure", {"restart": True}, ("~ configure a, b: ", "one after the other")),
        ("cluster_rebalance", {}, ("~ rebalance a, b: ",)),
        ("cluster_rebalance", {"members": ["b"], "weights": {"b": 2}}, ("~ rebalance b: ", "{'b': 2}")),
        ("cluster_stop", {}, ("~ shutdown a, b: ", "[no client can read or write")),
        ("cluster_start", {}, ("~ startup a, b: ",)),
        ("replica_promote", {"window": 5.0}, ("~ promote b: it takes the place of a", "[no client can write for 5 seconds at most")),
        ("replica_eject", {}, ("~ eject b: ", "[what b has committed and no replica has received is lost]")),
        ("replica_detach", {}, ("~ detach b: ", "cannot be attached again")),
    ],
)
def test_it_says_who_does_what_and_what_it_risks(verb: str, options: dict, words: tuple[str, ...]) -> None:
    found = line(verb, **options)
    assert found.endswith("\n")
    assert found.count("\n") == 1
    assert [word for word in words if word not in found] == []


@pytest.mark.parametrize("verb", ["replica_promote", "replica_detach"])
def test_of_one_that_is_the_source_already_nothing_is_said(verb: str) -> None:
    assert line(verb, "a", window=5.0) == ""


def test_each_verb_that_changes_members_says_so_here_or_in_the_plan_of_the_cloud() -> None:
    drivers = [registry.find(engine, kind) for kind in ("member", "instance") for engine in registry.engines(kind)]
    acts = {verb for driver in drivers for verb, of in driver.verbs.items() if of.entry_points and not of.rolling}
    told = {verb for verb in acts if VERBS[verb].plan.module not in ("trove_cluster_info", "trove_instance_info", "trove_cluster_power")}
    # of an outage the members' states have to be known first
    elsewhere = {"cluster_recover", "replica_recover", "cluster_rotate", "instance_rotate"}
    assert acts - told - elsewhere == set(acting._LINES)
