# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Locality: the policies of Nova's server groups, and whether their promise holds (Nova API, server groups, 2.64)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

POLICIES = ("affinity", "anti-affinity", "soft-affinity", "soft-anti-affinity")


@dataclass(frozen=True)
class Placement:
    """What a policy promised and what is true now.

    :param policy: one of POLICIES, or None where no locality was asked for
    :param hosts: hostId by server name; a server that is on no host yet is left out
    :param broken: sentences, one for each breach; empty when the promise holds
    """

    policy: str | None
    hosts: Mapping[str, str]
    broken: tuple[str, ...]

    @property
    def kept(self) -> bool:
        return not self.broken

    def view(self) -> dict[str, Any]:
        """``{policy: str or None, kept: bool, broken: [str], hosts: {server name: hostId}}``."""
        return {"policy": self.policy, "kept": self.kept, "broken": list(self.broken), "hosts": dict(self.hosts)}


def creation_waves(policy: str | None, names: Iterable[str]) -> list[list[str]]:
    """Which members may be created at the same time: a list of waves, each a list of names.

    Requests that are scheduled at the same time do not see each other's hosts. Under a soft policy, which is only a weight,
    members then end up anywhere; under anti-affinity they lose the race for hosts, and after some tries fail for good. So they
    come one after another. Under affinity the first one decides the host for all the rest.
    """
    names = list(names)
    if policy is None:
        return [names]
    if policy == "affinity":
        return [wave for wave in (names[:1], names[1:]) if wave]
    return [[name] for name in names]


def evaluate(policy: str | None, host_ids: Mapping[str, str | None], max_server_per_host: int | None = None) -> Placement:
    """Compare the promise of `policy` with the hosts: a Placement.

    :param host_ids: hostId by server name (a hash that differs by hypervisor), empty for a server without a host
    :param max_server_per_host: the group's rule; only with anti-affinity, 1 when None
    """
    hosts = {name: host for name, host in host_ids.items() if host}
    together = defaultdict(list)
    for name, host in sorted(hosts.items()):
        together[host].append(name)
    broken = []
    if policy in ("affinity", "soft-affinity") and len(together) > 1:
        broken.append(f"{policy}: {', '.join(sorted(hosts))} are on {len(together)} hosts")
    if policy in ("anti-affinity", "soft-anti-affinity"):
        limit = max_server_per_host or 1
        broken.extend(f"{policy}: {', '.join(names)} are on one host, which may hold {limit}" for names in together.values() if len(names) > limit)
    return Placement(policy, hosts, tuple(broken))
