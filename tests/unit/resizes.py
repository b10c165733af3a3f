# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs of trove_resize's reconcilers against a FakeOpenStack with a host to spare, and what members say in between."""

from __future__ import annotations

from ansible_collections.stackdb.trove.plugins.module_utils._plan.runner import reconcile
from ansible_collections.stackdb.trove.plugins.module_utils._servers.proof import Proof
from ansible_collections.stackdb.trove.plugins.module_utils._servers.resize import Asked, ResizePlanned
from ansible_collections.stackdb.trove.plugins.module_utils._servers.resize_member import Extended, Resized, Settled
from ansible_collections.stackdb.trove.tests.unit import words
from ansible_collections.stackdb.trove.tests.unit.builders import NAMES
from ansible_collections.stackdb.trove.tests.unit.runs import end_task, family_of_three, present


def living(cloud, **changes):
    """A cluster of three that serves, and a host to spare."""
    cloud.hypervisors = 4
    present(cloud, **changes)
    end_task(cloud)


def family(cloud):
    """A source and two replicas that serve, and hosts to spare."""
    cloud.hypervisors = 5
    family_of_three(cloud)


def asked(flavor="db.large", size=None, members=(), of="cluster", name="shop"):
    return Asked(of, name, flavor, size, members)


def planned(cloud, **what):
    return reconcile(ResizePlanned(cloud, asked(**what), 60), check_mode=True)


def extended(cloud, name, size=8, check_mode=False, flavor=None, **what):
    return reconcile(Extended(cloud, asked(flavor=flavor, size=size, members=[name], **what), 60), check_mode)


def resized(cloud, name, proof, **what):
    return reconcile(Resized(cloud, asked(members=[name], **what), 60, proof), proof.check_mode)


def settled(cloud, name, proof, **what):
    return reconcile(Settled(cloud, asked(members=[name], **what), 60, proof), proof.check_mode)


def stopped(cloud, name, state="inactive", **options):
    """The proof that a member's database was stopped in order."""
    said = words.stopped("after", words.addresses(cloud), name)
    said[name]["said"]["unit"] = {"state": state, "enabled": False, "invocation": None, "turn": None}
    return Proof({"after": said}, **options)


def serves(cloud, name, **options):
    return Proof({"after": words.galera("after", words.addresses(cloud), [name], NAMES)}, **options)


def is_down(cloud, name, **options):
    return Proof({"after": words.stopped("after", words.addresses(cloud), name)}, **options)


def through(cloud, name):
    """All steps of one member's resize."""
    resized(cloud, name, stopped(cloud, name))
    settled(cloud, name, serves(cloud, name))


def server(cloud, name):
    return next(one for one in cloud.servers.values() if one.name == name)


def seen(cloud, name):
    """The flavor, the status that it comes to, and the flavor that we noted."""
    one = server(cloud, name)
    return one.flavor.name, one.becomes, one.metadata["trove_flavor"].partition("/")[2]
