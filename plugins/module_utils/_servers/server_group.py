# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reconcilers of trove_server_group."""

from __future__ import annotations

from .._cloud import observe, traces, write
from .._cloud.connection import at_once
from .._model import locality
from .._model.errors import InvalidInput, Refused
from .._plan.plan import Plan, loose
from .._plan.runner import Reconciler

FIXED = "Nova cannot change a server group: make another, or delete this one first."


class _ServerGroupReconciler(Reconciler):
    def __init__(self, cloud, name):
        self.cloud = cloud
        self.name = name

    def observe(self):
        """(ServerGroup, {member id: (name, hostId)}), or None.

        :raises Refused: where two groups have the name
        """
        found = [group for group in observe.server_groups(self.cloud) if group.name == self.name]
        if len(found) > 1:
            raise Refused(f"There are {len(found)} server groups of the name {self.name!r}: {', '.join(g.id for g in found)}.")
        if not found:
            return None
        ids = found[0].member_ids
        members = at_once(*(lambda id_=id_: traces.host_of(self.cloud, id_) for id_ in ids))
        return found[0], {id_: member for id_, member in zip(ids, members) if member}

    def view(self, observed):
        if not observed:
            return None
        group, members = observed
        placement = locality.evaluate(group.policy, dict(members.values()), group.max_server_per_host)
        return {
            "id": group.id,
            "name": group.name,
            "policy": group.policy,
            "rules": group.rules,
            "members": [{"id": id_, "name": name, "host_id": host} for id_, (name, host) in members.items()],
            "placement": placement.view(),
        }


class ServerGroupPresent(_ServerGroupReconciler):
    def __init__(self, cloud, name, policy, max_server_per_host):
        super().__init__(cloud, name)
        self.policy = policy
        self.max_server_per_host = max_server_per_host

    def plan(self, observed):
        if not observed:
            return Plan.of([loose("create", "server_group", self.name, f"policy {self.policy}")])
        group = observed[0]
        if group.policy != self.policy:
            raise InvalidInput("policy", self.policy, repr(group.policy), rule=FIXED)
        if self.max_server_per_host not in (None, group.max_server_per_host):
            raise InvalidInput("max_server_per_host", self.max_server_per_host, repr(group.max_server_per_host), rule=FIXED)
        return Plan()

    def apply(self, plan, observed):
        write.create_server_group(self.cloud, self.name, self.policy, self.max_server_per_host)

    def predict(self, plan, observed):
        rules = {"max_server_per_host": self.max_server_per_host} if self.max_server_per_host else {}
        placement = locality.evaluate(self.policy, {}).view()
        return {"id": None, "name": self.name, "policy": self.policy, "rules": rules, "members": [], "placement": placement}


class ServerGroupAbsent(_ServerGroupReconciler):
    def plan(self, observed):
        if not observed:
            return Plan()
        group, members = observed
        risk = f"{len(members)} servers lose the promise {group.policy} for good" if members else None
        return Plan.of([loose("delete", "server_group", self.name, f"policy {group.policy}", risk)])

    def apply(self, plan, observed):
        write.delete(self.cloud, "server_group", observed[0].id, timeout=60)

    def predict(self, plan, observed):
        return None
