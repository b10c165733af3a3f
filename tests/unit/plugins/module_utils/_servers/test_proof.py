# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Acts on the cloud and the evidence that they need, against a cloud in memory: what allows each, and each way in which it does not."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._cloud import observe
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused
from ansible_collections.stackdb.trove.plugins.module_utils._servers.proof import Proof
from ansible_collections.stackdb.trove.plugins.module_utils._servers.turn import Turn
from ansible_collections.stackdb.trove.tests.unit import words
from ansible_collections.stackdb.trove.tests.unit.runs import (
    cluster_task,
    contract_changed,
    end_task,
    family_of_three,
    grown,
    instance_task,
    present,
    shrunk,
)

FOUR = ["shop-1", "shop-2", "shop-3", "shop-4"]
THREE = FOUR[:3]
FAMILY = {"orders": None, "orders-replica-1": "orders", "orders-replica-2": "orders"}


def refused(cloud, act, match):
    """The refusal of an act, which has written nothing."""
    cloud.writes.clear()
    with pytest.raises((Refused, InvalidInput), match=match) as error:
        act()
    assert cloud.writes == []
    return error.value


class TestShrink:
    @pytest.fixture
    def at(self, cloud):
        """The addresses of a living cluster of four."""
        cloud.hypervisors = 9
        present(cloud)
        end_task(cloud)
        grown(cloud, 4)
        end_task(cloud)
        return words.addresses(cloud)

    def proof(self, at, before=None, after=None, **options):
        """What proves that shop-4 has left; changes of what the members said by name."""
        good = {
            "before": words.galera("before", at, FOUR),
            "after": {**words.galera("after", at, THREE), **words.stopped("after", at, "shop-4")},
        }
        return Proof({"before": {**good["before"], **(before or {})}, "after": {**good["after"], **(after or {})}}, **options)

    def test_a_member_that_left_is_deleted(self, cloud, at):
        outcome = shrunk(cloud, ["shop-4"], self.proof(at))
        assert "shop-4" not in cloud.names()["server"] + cloud.names()["volume"]
        assert outcome.plan.steps[0].line() == (
            "~ judge evidence shop: needs proof that shop-1, shop-2, shop-3 serve without shop-4, no longer count it, and hold what it held"
        )

    def test_a_dead_member_needs_no_word(self, cloud, at):
        dead = {"shop-4": words.silent()}
        before = {**words.galera("before", at, THREE, THREE), **dead}
        shrunk(cloud, ["shop-4"], self.proof(at, before, dead))
        assert cloud.names()["server"] == cloud.names()["volume"] == THREE

    @pytest.mark.parametrize(
        ("before", "after", "says"),
        [
            ({}, {"shop-2": words.silent()}, "shop-2 is silent: it is unreachable: no route to host"),
            ({"shop-2": words.silent()}, {}, "before, shop-2 is silent"),
            ({}, {"shop-2": None}, "shop-2 is silent: nothing was said of it"),
            ({}, lambda at: words.galera("after", at, ["shop-2"], FOUR), "shop-2 still counts shop-4"),
            ({}, lambda at: words.galera("after", at, ["shop-2"], THREE, local_state="Donor/Desynced"), "shop-2 does not serve.*Donor/Desynced"),
            ({}, lambda at: words.galera("after", at, ["shop-2"], THREE, cluster_state_uuid="other"), "different clusters"),
            ({}, lambda at: words.galera("after", at, ["shop-2"], THREE, last_committed=9), "stood at 10 .*, and stands at 9"),
            ({}, lambda at: words.galera("after", at, ["shop-4"], FOUR), "shop-4 has not stopped: its service is active"),
            ({}, lambda at: {"shop-2": words.galera("after", at, ["shop-3"], THREE)["shop-3"]}, "shop-2 is silent: the server that answered"),
            ({}, lambda at: words.galera("before", at, ["shop-2"], THREE), "words of one round"),
            ({"shop-2": "fine"}, {}, "as the filter stackdb.trove.evidence makes it"),
        ],
    )
    def test_what_is_not_proven(self, cloud, at, before, after, says):
        after = after(at) if callable(after) else after
        refused(cloud, lambda: shrunk(cloud, ["shop-4"], self.proof(at, before, after)), says)

    def test_words_of_another_run_or_moment(self, cloud, at):
        proof = self.proof(at)
        proof.given["after"] = {name: words.silent() if name == "shop-4" else proof.given["before"][name] for name in FOUR}
        refused(cloud, lambda: shrunk(cloud, ["shop-4"], proof), "words of a round that ends in /after")
        proof = self.proof(at)
        for word in proof.given["before"].values():
            word["said"]["asked"] = "run-0/a_verb/1/before"
        refused(cloud, lambda: shrunk(cloud, ["shop-4"], proof), "words of the run and verb of evidence.after")

    def test_who_must_have_a_word_is_read_from_nova(self, cloud, at):
        proof = self.proof(at)
        for moment in ("before", "after"):
            del proof.given[moment]["shop-3"]
        assert "shop-3 is silent" in str(refused(cloud, lambda: shrunk(cloud, ["shop-4"], proof), "nothing was said of it").details["problems"])

    def test_without_evidence(self, cloud, at):
        error = refused(cloud, lambda: shrunk(cloud, ["shop-4"], Proof()), "shop-1 is silent.*shop-3 is silent")
        assert "stackdb.trove.cluster_shrink" in error.message
        assert "With force=true it is done without proof: lost for good: what only shop-4 had." in error.message

    def test_check_mode_says_what_needs_proof_and_judges_what_was_said_before(self, cloud, at):
        shown = shrunk(cloud, ["shop-4"], Proof(check_mode=True))
        assert "needs proof that shop-1, shop-2, shop-3 serve without shop-4" in shown.plan.text()
        good = self.proof(at, check_mode=True)
        del good.given["after"]
        assert shrunk(cloud, ["shop-4"], good).plan == shown.plan
        good.given["before"]["shop-1"] = words.silent()
        refused(cloud, lambda: shrunk(cloud, ["shop-4"], good), "shop-1 is silent")

    def test_the_volume_that_a_killed_run_left_needs_proof_too(self, cloud, at):
        # its server is gone, the volume is there
        lost = next(id_ for id_, server in cloud.servers.items() if server.name == "shop-4")
        cloud.compute.delete_server(lost, ignore_missing=True)
        cloud.sdk.block_storage.get_volume(next(v.id for v in cloud.volumes.values() if v.name == "shop-4"))
        refused(cloud, lambda: shrunk(cloud, ["shop-4"], self.proof(at, after=words.galera("after", at, ["shop-1"], FOUR))), "counts 4 members")
        shrunk(cloud, ["shop-4"], self.proof(at, after={"shop-4": None}))
        assert cloud.names()["volume"] == THREE

    def test_nothing_to_do_needs_no_proof(self, cloud, at):
        shrunk(cloud, ["shop-4"], self.proof(at))
        assert not shrunk(cloud, ["shop-4"], Proof()).changed


class TestClusterTask:
    @pytest.fixture
    def at(self, cloud):
        present(cloud)
        return words.addresses(cloud)

    def test_it_ends_when_every_member_serves(self, cloud, at):
        assert end_task(cloud, Proof({"after": words.galera("after", at, THREE)})).after["task"]["name"] == "NONE"
        assert not end_task(cloud, Proof()).changed

    @pytest.mark.parametrize(
        ("after", "says"),
        [
            (lambda at: {"shop-3": words.silent()}, "shop-3 is silent"),
            (lambda at: words.galera("after", at, ["shop-3"], THREE, ready=False), "wsrep_ready is OFF"),
            (lambda at: words.galera("after", at, ["shop-3"], ["shop-3"]), "shop-3 counts 1 members"),
        ],
    )
    def test_it_does_not_end(self, cloud, at, after, says):
        given = {"after": {**words.galera("after", at, THREE), **after(at)}}
        error = refused(cloud, lambda: end_task(cloud, Proof(given)), says)
        assert "Run the playbook again that began BUILDING" in error.message

    @pytest.mark.parametrize(("last", "noted"), [("11.8.9", "11.8"), ("10.11.19", None)])
    def test_an_upgrade_notes_the_version_when_all_say_it(self, cloud, at, last, noted):
        after = words.galera("after", at, THREE)
        for name, version in zip(THREE, ("11.8.9", "11.8.9", last)):
            after[name]["said"]["galera"].update(version=version, running=version, tables_version=version)
        rolled = THREE if noted else THREE[:2]
        before = cluster_task(cloud, "UPGRADING_CLUSTER", clear_task=True).after["datastore"]["version"]
        done = end_task(cloud, Proof({"after": after}), turn=Turn(None, rolled, "run-1/cluster_upgrade"))
        assert (done.after["task"]["name"], done.after["datastore"]["version"]) == ("NONE", noted or before)

    def test_check_mode_and_force(self, cloud, at):
        assert "needs proof that shop-1, shop-2, shop-3 serve" in end_task(cloud, Proof(check_mode=True)).plan.text()
        step = end_task(cloud, Proof(force=True)).plan.steps[0]
        assert (step.action, step.risk) == ("skip", "the task ends though shop-1, shop-2, shop-3 may not serve")

    def test_who_was_given_up_need_not_serve_and_all_others_have_to(self, cloud, at):
        def of(*names):
            return Proof({"after": {**words.galera("after", at, names, names), "shop-3": words.silent()}})

        refused(cloud, lambda: end_task(cloud, of("shop-1", "shop-2")), "shop-3 is silent")
        refused(cloud, lambda: end_task(cloud, of("shop-1"), lost=["shop-3"]), "shop-2 is silent")
        with pytest.raises(InvalidInput, match=r"lost\[0\]"):
            end_task(cloud, of("shop-1", "shop-2"), lost=["shop-7"])
        assert end_task(cloud, of("shop-1", "shop-2"), lost=["shop-3"]).changed

    def test_what_was_refused_and_changed_nothing_ends_though_it_does_not_serve(self, cloud, at):
        def both(after):
            before = words.galera("before", at, THREE, local_state="Joined")
            return Proof({"before": before, "after": {**words.galera("after", at, THREE, local_state="Joined"), **after}})

        refused(cloud, lambda: end_task(cloud, both({})), "does not serve")
        refused(cloud, lambda: end_task(cloud, both(words.galera("after", at, ["shop-2"], THREE)), untouched=True), "shop-2 was .*Joined.*, and is .*Synced")
        refused(cloud, lambda: end_task(cloud, both({"shop-2": words.silent()}), untouched=True), "shop-2 is silent")
        assert end_task(cloud, both({}), untouched=True).changed


class TestFamily:
    @pytest.fixture
    def at(self, cloud):
        family_of_three(cloud)
        return words.addresses(cloud)

    def proof(self, at, sources, after=None, **options):
        given = {
            "before": words.replication("before", at, FAMILY),
            "after": {**words.replication("after", at, sources), **(after or {})},
        }
        return Proof(given, **options)

    def test_contracts_are_written_when_the_databases_are_so(self, cloud, at):
        promoted = {"orders": "orders-replica-1", "orders-replica-1": None, "orders-replica-2": "orders-replica-1"}
        contract_changed(cloud, "orders-replica-1", "promoted", proof=self.proof(at, promoted))
        assert not contract_changed(cloud, "orders-replica-1", "promoted", proof=Proof()).changed
        detached = {"orders": "orders-replica-1", "orders-replica-1": None, "orders-replica-2": None}
        contract_changed(cloud, "orders-replica-2", "detached", proof=self.proof(at, detached))
        assert instance_task(cloud, "orders", "NONE", Proof()).changed is False

    @pytest.mark.parametrize(
        ("state", "sources", "after", "says"),
        [
            ("promoted", FAMILY, {}, "orders-replica-1 replicates from .*, and by the contract from no source"),
            ("promoted", {**FAMILY, "orders-replica-1": None, "orders": "orders-replica-1"}, {}, "orders-replica-2 replicates from"),
            ("detached", FAMILY, {}, "orders-replica-1 replicates from"),
            ("detached", {**FAMILY, "orders-replica-1": None}, {"orders": words.silent()}, "orders is silent"),
            ("detached", {**FAMILY, "orders-replica-1": None}, {"orders-replica-1": words.silent()}, "orders-replica-1 is silent"),
            ("ejected", {**FAMILY, "orders-replica-1": None}, {"orders": words.silent()}, "orders-replica-2 replicates from"),
        ],
    )
    def test_what_is_not_proven(self, cloud, at, state, sources, after, says):
        error = refused(cloud, lambda: contract_changed(cloud, "orders-replica-1", state, proof=self.proof(at, sources, after)), says)
        assert "stackdb.trove.replica_" in error.message

    def test_one_that_does_not_take_writes(self, cloud, at):
        proof = self.proof(at, {**FAMILY, "orders-replica-1": None})
        proof.given["after"]["orders-replica-1"]["said"]["replication"]["read_only"] = True
        refused(cloud, lambda: contract_changed(cloud, "orders-replica-1", "detached", proof=proof), "does not take writes")

    def test_a_dead_source_is_ejected_and_the_task_ends_without_its_word(self, cloud, at):
        instance_task(cloud, "orders", "EJECTING")
        dead = {"orders": words.silent()}
        proof = self.proof(at, {**FAMILY, "orders-replica-1": None, "orders-replica-2": "orders-replica-1"}, dead)
        contract_changed(cloud, "orders-replica-1", "ejected", proof=proof)
        # by any name
        assert instance_task(cloud, "orders", proof=Proof({"after": proof.given["after"]}, check_mode=True)).changed
        assert instance_task(cloud, "orders-replica-1", proof=Proof({"after": proof.given["after"]})).changed
        instance_task(cloud, "orders", "PROMOTING")
        late = {**proof.given["after"], "orders-replica-2": words.silent()}
        for name in at:
            refused(cloud, lambda name=name: instance_task(cloud, name, proof=Proof({"after": late})), "orders-replica-2 is silent")

    @pytest.mark.parametrize(("last", "noted"), [("11.8.9", "11.8"), ("10.11.19", None)])
    def test_an_upgrade_writes_the_contracts_of_its_promotion_and_notes_the_version_when_all_say_it(self, cloud, at, last, noted):
        instance_task(cloud, "orders", "UPGRADING")
        stale = self.proof(at, {"orders": "orders-replica-1", "orders-replica-1": None, "orders-replica-2": "orders-replica-1"})
        says = "orders-replica-1 replicates from no source, and by the contract from orders"
        refused(cloud, lambda: instance_task(cloud, "orders", proof=Proof({"after": stale.given["after"]})), says)
        before = {one.version for one in observe.clusters(cloud, type_="instance")}
        promoted = {"orders": "orders-replica-1", "orders-replica-1": None, "orders-replica-2": "orders-replica-1"}
        proof = self.proof(at, promoted)
        contract_changed(cloud, "orders-replica-1", "promoted", proof=proof)
        refused(cloud, lambda: contract_changed(cloud, "orders-replica-2", "detached", proof=proof), "task is 'UPGRADING'")
        for name, version in zip(promoted, ("11.8.9", "11.8.9", last)):
            proof.given["after"][name]["said"]["versions"] = {"running": version, "installed": version, "tables": version}
        turn = Turn(None, list(promoted) if noted else ["orders"], "run-1/instance_upgrade")
        instance_task(cloud, "orders", proof=Proof({"after": proof.given["after"]}), turn=turn)
        (family,) = observe.clusters(cloud, type_="instance")
        assert (family.task, {family.version}) == ("NONE", {noted} if noted else before)

    def test_check_mode_of_an_ejection_asks_nothing_of_those_whose_source_is_dead(self, cloud, at):
        before = words.replication("before", at, FAMILY)
        for name in ("orders-replica-1", "orders-replica-2"):
            before[name]["said"]["replication"]["source"]["io_running"] = "Connecting"
        before["orders"] = words.silent()
        assert contract_changed(cloud, "orders-replica-1", "ejected", proof=Proof({"before": before}, check_mode=True)).changed
        refused(cloud, lambda: contract_changed(cloud, "orders-replica-1", "promoted", proof=Proof({"before": before}, check_mode=True)), "orders is silent")

    def test_an_ejection_that_was_refused_ends_its_task_though_the_source_is_dead(self, cloud, at):
        instance_task(cloud, "orders", "EJECTING")
        proof = self.proof(at, FAMILY, {"orders": words.silent()})
        refused(cloud, lambda: instance_task(cloud, "orders", proof=proof, untouched=True), "orders is silent")
        proof.given["before"]["orders"] = words.silent()
        assert instance_task(cloud, "orders", proof=proof, untouched=True).changed

    def test_a_source_that_was_not_ejected_is_no_ejection_that_has_come_so_far(self, cloud, at):
        refused(cloud, lambda: contract_changed(cloud, "orders", "ejected"), "orders replicates from no source")

    def test_an_ejection_is_continued_by_either_name(self, cloud, at):
        contract_changed(cloud, "orders-replica-1", "ejected")
        for name in ("orders", "orders-replica-1"):
            assert not contract_changed(cloud, name, "ejected").changed
