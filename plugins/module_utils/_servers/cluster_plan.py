# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plans for a cluster's servers and what belongs to them. Pure: what was observed and found comes in, a Plan goes out."""

from __future__ import annotations

from dataclasses import replace

from .._cloud.quotas import Need
from .._model import identity, security_rules
from .._plan.plan import Plan, loose


def present(request, observed, driver, found, wait=True):
    """The plan that makes what is missing.

    :param observed: the Cluster; of a cluster that is not there yet an empty one with its new id
    :param found: _cloud.lookup.Found, or None when the plan is only for comparing: names stand in for ids
    :param wait: whether the run waits for the servers; else the next run attaches the volumes
    """
    # one that ever ran may hold data: it is not ours to make again, whatever its status says
    failed = [i for i in observed.instances if i.status == "ERROR" and not i.launched and i.task == request.task]
    missing = [w for w in request.instances if not observed.instance(w.name) or observed.instance(w.name) in failed]
    broken = [v for v in observed.volumes if v.status == "error" and v.instance in {w.name for w in missing}]
    blank = [w for w in missing if w.volume_size and (not observed.volume(w.name) or observed.volume(w.name) in broken)]
    together = None if observed.instances else _common_base(missing, driver, request.name)
    return Plan.of(
        # first and alone: of two runs that make the same cluster one goes no further than this
        _security_group(request, observed),
        [*map(_remove_failed, failed), *map(_remove_broken, broken)],
        # volumes before servers: a server without its volume is then never what a killed run left
        [*_server_group(request, observed), *(_create_volume(observed, w, found) for w in blank)],
        [
            *_rules(request, observed, driver, found),
            *(_create_server(request, observed, w, found, together) for w in missing),
        ],
        [_attach_volume(observed, w) for w in request.instances if wait and w.volume_size and (w in missing or _is_detached(request, observed, w))],
    )


def _common_base(missing, driver, cluster):
    """What Nova makes the names of equal servers from, <base>-1 to <base>-N; None where they are not equal, or have other names."""
    base = driver.member_name(cluster, 1)[: -len("-1")]
    names = [f"{base}-{number}" for number in range(1, len(missing) + 1)]
    equal = len({replace(w, name="") for w in missing}) == 1
    return base if len(missing) > 1 and equal and [w.name for w in missing] == names else None


def _is_detached(request, observed, wanted):
    """Whether a killed run did not come to attach a member's volume; one that serves and lost it is for people to look at."""
    instance, volume = observed.instance(wanted.name), observed.volume(wanted.name)
    return instance.task == request.task and not (volume and volume.server_id)


def _attach_volume(observed, wanted):
    return loose("attach", "volume", wanted.name, "to its server", args={"cluster_id": observed.id})


def _remove_failed(instance):
    return loose("delete", "server", instance.name, f"Nova could not make it: {instance.fault or 'no reason given'}", "it never served", {"id": instance.id})


def _remove_broken(volume):
    return loose("delete", "volume", volume.instance, "Cinder could not make it", "it never held data", {"id": volume.id})


def _security_group(request, observed):
    if not observed.security_group:
        name = identity.resource_name(request.name)
        yield loose("create", "security_group", name, "decides who may reach the members", args={"cluster_id": observed.id})


def _server_group(request, observed):
    name = identity.resource_name(request.name)
    if request.locality and not observed.group:
        limit = request.max_server_per_host
        why = f"locality {request.locality}" + (f", at most {limit} on a host" if limit else "")
        yield loose("create", "server_group", name, why, args={"policy": request.locality, "max_server_per_host": limit})


def _create_volume(observed, wanted, found):
    type_id, type_name = found.volume_types.get(wanted.volume_type, (None, None)) if found else (None, wanted.volume_type)
    why = f"{wanted.volume_size} GiB for the data" + (f", type {type_name}" if type_name else "")
    return loose("create", "volume", wanted.name, why, args={"size": wanted.volume_size, "type": type_id, "cluster": observed})


def _rules(request, observed, driver, found):
    has = observed.security_group.rules if observed.security_group else {}
    missing, surplus = security_rules.compare(request, driver, has, found.subnet_cidrs if found else ())
    name = identity.resource_name(request.name)
    if missing:
        yield loose("create", "security_group_rules", name, ", ".join(map(str, missing)), args={"rules": missing})
    if surplus:
        why = f"no longer allowed: {', '.join(map(str, surplus))}"
        yield loose("delete", "security_group_rules", name, why, "who uses it is shut out", {"ids": [has[rule] for rule in surplus]})


def _create_server(request, observed, wanted, found, together):
    flavor, image = (found.flavor[1], found.image[1] or found.image[0]) if found else (wanted.flavor, request.image)
    why = f"{request.type} of {request.name}, flavor {flavor}, image {image}"
    spec = found and {
        "image_id": found.image[0],
        "flavor_id": found.flavor[0],
        "network_ids": [found.networks[n] for n in wanted.networks],
        "key_name": request.key_name,
        "availability_zone": wanted.availability_zone,
        "user_security_group_ids": list(found.security_groups),
        "tags": [identity.TAG, identity.cluster_tag(observed.id), identity.name_tag(request.name)],
        "metadata": {
            identity.CLUSTER_ID: observed.id,
            identity.CLUSTER_NAME: request.name,
            identity.DATASTORE: request.datastore,
            identity.VERSION: request.version,
            identity.TYPE: request.type,
            identity.TASK: request.task,
            identity.FLAVOR: f"{found.flavor[0]}/{found.flavor[1]}",
            identity.IMAGE: f"{found.image[0]}/{found.image[1] or ''}",
            identity.NETWORKS: ",".join(found.networks[n] for n in wanted.networks),
            **dict(wanted.metadata),
        },
    }
    policy = request.locality or observed.locality
    return loose("create", "server", wanted.name, why, args={"spec": spec, "together": together, "policy": policy})


def need(request, plan, found):
    """What the plan adds to the use of the quotas: a quotas.Need."""
    created = [step for step in plan.steps if step.action == "create"]

    def of(kind):
        return [step for step in created if step.kind == kind]

    servers, volumes = of("server"), of("volume")
    # failed servers have the same flavor, and go before the new ones come
    more = len(servers) - sum((step.action, step.kind) == ("delete", "server") for step in plan.steps)
    return Need(
        instances=more,
        cores=more * found.flavor[2],
        ram=more * found.flavor[3],
        server_groups=len(of("server_group")),
        server_group_members=len(request.instances) if request.locality and servers else 0,
        ports=sum(len(step.args["spec"]["network_ids"]) for step in servers),
        security_groups=len(of("security_group")),
        # Neutron gives each new group two rules for egress
        security_group_rules=sum(len(s.args["rules"]) for s in of("security_group_rules")) + 2 * len(of("security_group")),
        volumes=len(volumes),
        gigabytes=sum(step.args["size"] for step in volumes),
    )
