# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One member gets other sizes, step by step, each by proof; what a step finds done is left."""

from __future__ import annotations

from .._cloud.connection import Cloud
from .._model import sizes
from .._model.cluster import Cluster, Instance
from .._model.errors import Refused
from .._model.evidence import AFTER, SERVE, STOPPED, Act
from .._model.sizes import DONE, TODO, Change, Sizes
from .._plan.plan import Plan
from .notes import JudgeEvidence
from .proof import Proof
from .resize import Asked, Found, OfSizes, extension, noting, resizing_of
from .resize_steps import ConfirmResize, RevertResize


class _OfOne(OfSizes):
    """Of one member, by its name, the first and only one in `asked.members`."""

    def change(self, observed: Found) -> tuple[Cluster, Change, Sizes]:
        cluster, (one,) = self.existing(observed)
        wanted = self.wanted()
        return cluster, sizes.changes([one], wanted)[0], wanted


class Extended(_OfOne):
    """Have Cinder extend a member's volume."""

    def plan(self, observed: Found) -> Plan:
        _cluster, change, wanted = self.change(observed)
        return Plan.of(extension(change, wanted))


class Resized(_OfOne):
    """Have Nova give a member's server the flavor, until that can be confirmed.

    :param proof: that its database was stopped in order
    """

    def __init__(self, cloud: Cloud, asked: Asked, timeout: int, proof: Proof) -> None:
        super().__init__(cloud, asked, timeout)
        self.proof = proof

    def plan(self, observed: Found) -> Plan:
        cluster, change, wanted = self.change(observed)
        if change.flavor != TODO or not wanted.flavor:
            return Plan()
        one = change.instance
        advice = f"The playbook stackdb.trove.{self.asked.of}_resize stops the database first, and asks it."
        step = self.proof.step(self.driver(cluster), Act(STOPPED, {one.name: one.address()}), one.name, advice)
        return Plan.of([step], resizing_of(change, wanted.flavor))


class Settled(_OfOne):
    """Confirm a member's resize where its database serves with the new flavor; else revert it, so that the member is as it was.

    :param proof: what the database says with the new flavor; with force a server without a data volume is reverted, too
    """

    def __init__(self, cloud: Cloud, asked: Asked, timeout: int, proof: Proof) -> None:
        super().__init__(cloud, asked, timeout)
        self.proof = proof

    def plan(self, observed: Found) -> Plan:
        cluster, change, wanted = self.change(observed)
        flavor, one = wanted.flavor, change.instance
        if flavor is None or change.flavor == TODO:
            # reverted before
            return Plan()
        if change.flavor == DONE:
            return Plan.of(noting(one, flavor))
        problems = self._problems(cluster, one)
        if problems and not one.volume and not self.proof.force:
            raise Refused(_UNDECIDED.format(name=one.name, id=one.id, flavor=flavor.name, why="; ".join(problems)))
        if problems:
            loses = None if one.volume else "what was written since the resize is lost with the new root disk"
            return Plan.of([RevertResize(one.name, f"does not serve with {flavor.name}: {'; '.join(problems)}", one.id, loses)])
        judged = JudgeEvidence(one.name, f"serves with {flavor.name}")
        return Plan.of([judged], [ConfirmResize(one.name, f"serves with {flavor.name}", one.id)], noting(one, flavor))

    def _problems(self, cluster: Cluster, one: Instance) -> list[str]:
        """Why it does not serve by itself; what it does not agree in with others is for the gate before the next one."""
        if self.proof.check_mode and not self.proof.given:
            return []
        word = self.proof.words(AFTER, Act(SERVE, {one.name: one.address()}))[one.name]
        return [f"it is silent: {word.silent}"] if word.said is None else self.driver(cluster).problems(word.said)


_UNDECIDED = (
    "The server {name} ({id}) runs with {flavor}, but its database does not serve: {why}. It has no data volume, and what was written since the resize would be"
    " lost with its new root disk, so it is neither confirmed nor reverted. Repair it and run it again, or revert it with trove_force=true (of a module: force)"
    " or openstack server resize revert {id}."
)
