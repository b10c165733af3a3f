# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reconcilers of trove_server_group."""

from __future__ import annotations

from collections.abc import Mapping
from functools import singledispatchmethod
from typing import Any, Optional

from .._cloud import observe, removal, traces, write
from .._cloud.connection import Cloud, at_once
from .._model import locality
from .._model.cluster import ServerGroup
from .._model.errors import InvalidInput, Refused
from .._plan.plan import Plan, Step
from .._plan.runner import Reconciler, View
from . import steps

FIXED = "Nova cannot change a server group: create another, or delete this one first."
#: Nova gives the id
_UNKNOWN: Any = None
#: the group with its members, ``{id: (name, hostId)}``; or None
Seen = Optional[tuple[ServerGroup, dict[str, tuple[str, str]]]]


class _OfServerGroup(Reconciler[Seen]):
    def __init__(self, cloud: Cloud, name: str) -> None:
        self.cloud = cloud
        self.name = name

    def observe(self) -> Seen:
        """
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

    @singledispatchmethod
    def carry_out(self, step: Step, observed: Seen) -> Mapping[str, Any] | None:
        return super().carry_out(step, observed)

    @carry_out.register(steps.CreateServerGroup)
    def _create_server_group(self, step: steps.CreateServerGroup, observed: Seen) -> None:
        write.create_server_group(self.cloud, step.name, step.policy, step.max_server_per_host)

    @carry_out.register(steps.DeleteServerGroup)
    def _delete_server_group(self, step: steps.DeleteServerGroup, observed: Seen) -> None:
        removal.delete(self.cloud, "server_group", step.id, timeout=60)

    def view(self, observed: Seen) -> View:
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


class ServerGroupPresent(_OfServerGroup):
    def __init__(self, cloud: Cloud, name: str, policy: str, max_server_per_host: int | None) -> None:
        super().__init__(cloud, name)
        self.policy = policy
        self.max_server_per_host = max_server_per_host

    def plan(self, observed: Seen) -> Plan:
        if not observed:
            return Plan.of([steps.CreateServerGroup(self.name, f"policy {self.policy}", self.policy, self.max_server_per_host)])
        group = observed[0]
        if group.policy != self.policy:
            raise InvalidInput("policy", self.policy, repr(group.policy), rule=FIXED)
        if self.max_server_per_host not in (None, group.max_server_per_host):
            raise InvalidInput("max_server_per_host", self.max_server_per_host, repr(group.max_server_per_host), rule=FIXED)
        return Plan()

    def predict(self, plan: Plan, observed: Seen) -> View:
        rules = {"max_server_per_host": self.max_server_per_host} if self.max_server_per_host else {}
        return self.view((ServerGroup(_UNKNOWN, self.name, self.policy, rules, ()), {}))


class ServerGroupAbsent(_OfServerGroup):
    def plan(self, observed: Seen) -> Plan:
        if not observed:
            return Plan()
        group, members = observed
        risk = f"{len(members)} servers lose the promise {group.policy} for good" if members else None
        return Plan.of([steps.DeleteServerGroup(self.name, f"policy {group.policy}", group.id, risk)])

    def predict(self, plan: Plan, observed: Seen) -> View:
        return None
