# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Members are made together: Nova's scheduler sees only hosts that were already chosen, so how they are asked for decides."""

from __future__ import annotations

from functools import partial

from .._cloud import observe, write
from .._cloud.connection import at_once
from .._cloud.waiter import wait_for
from .._model import identity, locality
from .._model.errors import CloudError


def create_servers(applier, steps):
    """Make the servers of one stage, and wait until they are active if that is wanted.

    A new cluster is one request for all its members: the scheduler then chooses the hosts one after another, each choice
    knowing the ones before it, whatever the policy. Members that differ, or whose numbers don't begin with 1, are asked for in
    waves: the next one when the one before has its host.

    :raises CloudError: with Nova's fault texts
    """
    base = steps[0].args["together"]
    if base:
        _create_together(applier, base, steps)
    else:
        _create_in_waves(applier, steps)
    if applier.wait:
        _wait_active(applier, steps)


def _create_together(applier, base, steps):
    write.create_servers(applier.cloud, base, _spec(applier, steps[0]), len(steps))
    names = {step.name for step in steps}
    seen = wait_for(
        f"Nova to know the servers {', '.join(sorted(names))}",
        lambda: observe.member_ids(applier.cloud, _cluster_id(steps)),
        lambda ids: names <= set(ids),
        applier.timeout,
    )
    for name in names:
        applier.note_made("server", name, seen[name])


def _create_in_waves(applier, steps):
    by_name = {step.name: step for step in steps}
    for wave in locality.creation_waves(steps[0].args["policy"], by_name):
        at_once(*(partial(_create_one, applier, by_name[name]) for name in wave))
        wait_for(
            f"Nova to choose hosts for {', '.join(wave)}",
            lambda wave=wave: {i.name: i.host_id or i.status for i in observe.members(applier.cloud, _cluster_id(steps)) if i.name in wave},
            lambda seen, wave=wave: len(seen) == len(wave) and "BUILD" not in seen.values(),
            applier.timeout,
        )


def _create_one(applier, step):
    applier.note_made("server", step.name, write.create_server(applier.cloud, step.name, _spec(applier, step)))


def _spec(applier, step):
    """What write.create_server needs, with the ids of what was made in the stages before."""
    spec = step.args["spec"]
    single = identity.resource_name(spec["metadata"][identity.CLUSTER_NAME])
    groups = [applier.have["security_group", single], *spec["user_security_group_ids"]]
    return {**spec, "security_group_ids": groups, "group_id": applier.have.get(("server_group", single))}


def _cluster_id(steps):
    return steps[0].args["spec"]["metadata"][identity.CLUSTER_ID]


def _wait_active(applier, steps):
    """Wait until Nova is done with the servers of all steps.

    :raises CloudError: with the fault texts of those that are not active
    """
    names = {step.name for step in steps}
    wait_for(
        f"the servers {', '.join(sorted(names))} to be active",
        lambda: sorted(names & set(observe.member_ids(applier.cloud, _cluster_id(steps), status="BUILD"))),
        lambda building: not building,
        applier.timeout,
    )
    made = [i for i in observe.members(applier.cloud, _cluster_id(steps)) if i.name in names]
    faults = [f"{i.name}: {i.fault or f'its status is {i.status}'}" for i in made if i.status != "ACTIVE"]
    faults += [f"{name}: it is gone" for name in names - {i.name for i in made}]
    if faults:
        raise CloudError(f"Nova could not make the server {'; the server '.join(sorted(faults))}")


def attach_volumes(applier, steps):
    """Attach each member's volume to its server, and wait until all are.

    :raises CloudError: where Cinder could not make one, or Nova refuses
    """
    ids = {step.name: applier.have["volume", step.name] for step in steps}
    cluster_id = steps[0].args["cluster_id"]
    # some may be another run's, killed while Cinder or Nova was busy with them
    seen = _wait_volumes(applier, cluster_id, ids, ("available", "in-use"), "to be ready")
    free = [name for name in ids if seen[name] == "available"]
    at_once(*(partial(write.attach_volume, applier.cloud, name, applier.have["server", name], ids[name]) for name in free))
    _wait_volumes(applier, cluster_id, ids, ("in-use",), "to be attached")


def _wait_volumes(applier, cluster_id, ids, statuses, what):
    """Wait, by one list a look, until all volumes have one of the statuses: the statuses by name."""

    def look():
        found = {v.id: v.status for v in observe.volumes(applier.cloud, cluster_id)}
        return {name: found.get(id_, "gone") for name, id_ in ids.items()}

    def done(seen):
        return all(status in (*statuses, "error", "gone") for status in seen.values())

    seen = wait_for(f"the volumes {', '.join(ids)} {what}", look, done, applier.timeout)
    bad = [f"{name} is {status}" for name, status in sorted(seen.items()) if status not in statuses]
    if bad:
        raise CloudError(f"Cinder could not make a volume: {', '.join(bad)}.")
    return seen
