# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Members are created together: Nova's scheduler sees only hosts that were already chosen, so how they are asked for decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from .._cloud import observe, volumes, write
from .._cloud.connection import at_once
from .._cloud.waiter import wait_for
from .._model import identity, locality
from .._model.errors import CloudError
from .steps import AttachVolume, CreateServer

if TYPE_CHECKING:
    from .apply import Applier


def create_servers(applier: Applier, steps: Sequence[CreateServer]) -> None:
    """Create the servers of one stage, and wait until they are active if that is wanted.

    A new cluster is one request for all its members: the scheduler then chooses the hosts one after another, each choice
    knowing the ones before it, whatever the policy. Members that differ, or whose numbers don't begin with 1, are asked for in
    waves: the next one when the one before has its host.

    :raises CloudError: with Nova's fault texts
    """
    base = steps[0].together
    if base:
        _create_together(applier, base, steps)
    else:
        _create_in_waves(applier, steps)
    if applier.wait:
        _wait_active(applier, steps)


def _create_together(applier: Applier, base: str, steps: Sequence[CreateServer]) -> None:
    write.create_servers(applier.cloud, base, _spec(applier, steps[0]), len(steps))
    names = {step.name for step in steps}
    seen = wait_for(
        f"Nova to know the servers {', '.join(sorted(names))}",
        lambda: observe.member_ids(applier.cloud, steps[0].cluster_id),
        lambda ids: names <= set(ids),
        applier.timeout,
    )
    for name in names:
        applier.note_created("server", name, seen[name])


def _create_in_waves(applier: Applier, steps: Sequence[CreateServer]) -> None:
    by_name = {step.name: step for step in steps}
    for wave in locality.creation_waves(steps[0].policy, list(by_name)):
        at_once(*(partial(_create_one, applier, by_name[name]) for name in wave))
        _wait_for_hosts(applier, steps[0].cluster_id, wave)


def _wait_for_hosts(applier: Applier, cluster_id: str, names: Sequence[str]) -> None:
    def look() -> dict[str, str]:
        return {i.name: i.host_id or i.status for i in observe.members(applier.cloud, cluster_id) if i.name in names}

    wait_for(
        f"Nova to choose hosts for {', '.join(names)}",
        look,
        lambda seen: len(seen) == len(names) and "BUILD" not in seen.values(),
        applier.timeout,
    )


def _create_one(applier: Applier, step: CreateServer) -> None:
    applier.note_created("server", step.name, write.create_server(applier.cloud, step.name, _spec(applier, step)))


def _spec(applier: Applier, step: CreateServer) -> write.ServerSpec:
    """The step's, with the ids of what was created in the stages before."""
    single = identity.resource_name(step.cluster_name)
    groups = (applier.have["security_group", single], *step.spec.security_group_ids) if step.spec.guarded else ()
    return replace(step.spec, security_group_ids=groups, group_id=applier.have.get(("server_group", single)))


def _wait_active(applier: Applier, steps: Sequence[CreateServer]) -> None:
    """Wait until Nova is done with the servers of all steps.

    :raises CloudError: with the fault texts of those that are not active
    """
    cluster_id, names = steps[0].cluster_id, {step.name for step in steps}
    wait_for(
        f"the servers {', '.join(sorted(names))} to be active",
        lambda: sorted(names & set(observe.member_ids(applier.cloud, cluster_id, status="BUILD"))),
        lambda building: not building,
        applier.timeout,
    )
    created = [i for i in observe.members(applier.cloud, cluster_id) if i.name in names]
    faults = [f"{i.name}: {i.fault or f'its status is {i.status}'}" for i in created if i.status != "ACTIVE"]
    faults += [f"{name}: it is gone" for name in names - {i.name for i in created}]
    if faults:
        raise CloudError(f"Nova could not create the server {'; the server '.join(sorted(faults))}")


def attach_volumes(applier: Applier, steps: Sequence[AttachVolume]) -> None:
    """Attach each member's volume to its server, and wait until all are.

    :raises CloudError: where Cinder could not create one, or Nova refuses
    """
    ids = {step.name: applier.have["volume", step.name] for step in steps}
    cluster_id = steps[0].cluster_id
    # some may be another run's, killed while Cinder or Nova was busy with them
    seen = _wait_volumes(applier, cluster_id, ids, ("available", "in-use"), "to be ready")
    free = [name for name in ids if seen[name] == "available"]
    at_once(*(partial(write.attach_volume, applier.cloud, name, applier.have["server", name], ids[name]) for name in free))
    _wait_volumes(applier, cluster_id, ids, ("in-use",), "to be attached")


def _wait_volumes(applier: Applier, cluster_id: str, ids: Mapping[str, str], statuses: Iterable[str], what: str) -> dict[str, str]:
    """Wait, by one list a look, until all volumes have one of the statuses: the statuses by name."""

    def look() -> dict[str, str]:
        found = {v.id: v.status for v in volumes.of_cluster(applier.cloud, cluster_id)}
        return {name: found.get(id_, "gone") for name, id_ in ids.items()}

    def done(seen: Mapping[str, str]) -> bool:
        return all(status in (*statuses, "error", "gone") for status in seen.values())

    seen = wait_for(f"the volumes {', '.join(ids)} {what}", look, done, applier.timeout)
    bad = [f"{name} is {status}" for name, status in sorted(seen.items()) if status not in statuses]
    if bad:
        raise CloudError(f"Cinder could not create a volume: {', '.join(bad)}.")
    return seen
