# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plans for a cluster's servers and what belongs to them. Pure: what was observed and found comes in, a Plan goes out."""

from __future__ import annotations

from .._cloud.quotas import Need
from .._model import identity, locality, scaling, task
from .._model.cluster import Rule, natural
from .._model.errors import InvalidInput, Refused
from .._model.plan import Plan, Step

SSH = ("tcp", 22, 22)


def check_exists(name, observed):
    """:raises InvalidInput: where there is no cluster of that name with a member"""
    if observed is None or not observed.instances:
        raise InvalidInput("name", name, "the name of a cluster that has members; stackdb.trove.cluster_list shows them")


def check_same(request, observed):
    """Refuse a request that the living cluster does not match in what creating can't change.

    :raises InvalidInput: naming the option, what was given and what the cluster has
    :raises Refused: while another task runs
    """
    task.check(observed.task, request.task)
    _check_locality(request, observed)
    # only servers say what datastore they are for
    known = (("datastore", request.datastore, observed.datastore), ("datastore_version", request.version, observed.version))
    for option, given, has in known if observed.instances else ():
        if given != has:
            raise InvalidInput(option, given, f"{has!r}, as the cluster {request.name} has", rule=f"The name {request.name!r} is taken.")
    _check_members(request, observed)
    for wanted in request.instances:
        instance, volume = observed.instance(wanted.name), observed.volume(wanted.name)
        if instance:
            _check_instance(request, wanted, instance)
        if instance or volume:
            _check_volume(wanted, volume)


def _check_locality(request, observed):
    group = observed.group
    if request.locality is None or (group is None and not observed.instances):
        return
    if observed.locality != request.locality:
        has = repr(observed.locality) if group else "none, since the cluster was made without"
        raise InvalidInput("locality", request.locality, has, rule="Nova cannot change the policy of a server group.")
    if request.max_server_per_host not in (None, group.max_server_per_host):
        raise InvalidInput(
            "max_server_per_host", request.max_server_per_host, repr(group.max_server_per_host), rule="Nova cannot change the rules of a server group."
        )


def _check_members(request, observed):
    names = {i.name for i in request.instances}
    living = sorted({i.name for i in observed.instances} | {v.instance for v in observed.volumes}, key=natural)
    strangers = [name for name in living if name not in names]
    if strangers or (observed.task == "NONE" and len(living) < len(names)):
        raise InvalidInput(
            "instances",
            len(names),
            f"the {len(living)} that the cluster has ({', '.join(living)})",
            rule="A living cluster is not grown, shrunk or mended by creating it again.",
        )


def _check_instance(request, wanted, instance):
    networks = (*instance.network_ids, *instance.addresses)
    rows = [
        ("flavor", wanted.flavor, (instance.flavor_name, instance.flavor_id)),
        ("image", request.image, (instance.image_id, instance.image_name)),
        *(("networks", network, networks) for network in wanted.networks),
    ]
    if request.key_name:
        rows.append(("key_name", request.key_name, (instance.key_name,)))
    if wanted.availability_zone:
        rows.append(("availability_zone", wanted.availability_zone, (instance.availability_zone,)))
    _compare(rows, wanted.name)


def _check_volume(wanted, volume):
    """Of a member without a server, too: what is on the volume of an earlier run may be data."""
    rows = [("volume_size", wanted.volume_size, (volume.size if volume else None,))]
    if wanted.volume_type:
        rows.append(("volume_type", wanted.volume_type, (volume.type, volume.type_id) if volume else (None,)))
    _compare(rows, wanted.name)


def _compare(rows, name):
    for option, given, has in rows:
        if given not in has:
            shown = " or ".join(repr(value) for value in dict.fromkeys(has) if value is not None) or "none"
            raise InvalidInput(option, given, f"{shown}, as {name} has", rule="Creating a cluster again does not change it.")


def present(request, observed, driver, found):
    """The plan that makes what is missing.

    :param observed: the Cluster; of a cluster that is not there yet an empty one with its new id
    :param found: _cloud.lookup.Found, or None when the plan is only for comparing: names stand in for ids
    """
    failed = [i for i in observed.instances if i.status == "ERROR" and i.task == request.task]
    missing = [w for w in request.instances if not observed.instance(w.name) or observed.instance(w.name) in failed]
    broken = [v for v in observed.volumes if v.status == "error" and v.instance in {w.name for w in missing}]
    blank = [w for w in missing if w.volume_size and (not observed.volume(w.name) or observed.volume(w.name) in broken)]
    waves = locality.creation_waves(request.locality, [w.name for w in missing])
    servers = {w.name: w for w in missing}
    return Plan.of(
        [*map(_remove_failed, failed), *map(_remove_broken, broken)],
        [*_shared_things(request, observed), *(_create_volume(observed, w, found) for w in blank)],
        [*_rules(request, observed, driver, found), *(_create_server(request, observed, servers[n], found) for n in (waves[0] if waves else []))],
        *([_create_server(request, observed, servers[n], found) for n in wave] for wave in waves[1:]),
    )


def _remove_failed(instance):
    return Step(
        "delete", "server", instance.name, f"Nova could not make it: {instance.fault or 'no reason given'}", "it never served", {"id": instance.id}
    )


def _remove_broken(volume):
    return Step("delete", "volume", volume.instance, "Cinder could not make it", "it never held data", {"id": volume.id})


def _shared_things(request, observed):
    name = identity.resource_name(request.name)
    if not observed.security_group:
        yield Step("create", "security_group", name, "decides who may reach the members", args={"cluster_id": observed.id})
    if request.locality and not observed.group:
        limit = request.max_server_per_host
        why = f"locality {request.locality}" + (f", at most {limit} on a host" if limit else "")
        yield Step("create", "server_group", name, why, args={"policy": request.locality, "max_server_per_host": limit})


def _create_volume(observed, wanted, found):
    type_id, type_name = found.volume_types.get(wanted.volume_type, (None, None)) if found else (None, wanted.volume_type)
    why = f"{wanted.volume_size} GiB for the data" + (f", type {type_name}" if type_name else "")
    return Step("create", "volume", wanted.name, why, args={"size": wanted.volume_size, "type": type_id, "cluster": observed})


def wanted_rules(request, driver, subnet_cidrs):
    """The ingress rules of the cluster's group: a set of Rule.

    Members reach each other on every port of the datastore. Clients come from `allowed_cidrs`, by default from the first
    network's own subnets; they are not compared later when the user left that default. Management is by ssh.
    """
    clients = request.allowed_cidrs if request.allowed_cidrs is not None else subnet_cidrs
    rules = {Rule(*ports, Rule.SELF) for ports in (*driver.client_ports, *driver.member_ports)}
    rules |= {Rule(*ports, cidr) for ports in driver.client_ports for cidr in clients}
    return rules | {Rule(*SSH, cidr) for cidr in request.management_cidrs}


def _rules(request, observed, driver, found):
    if request.management_cidrs is None:
        return
    has = observed.security_group.rules if observed.security_group else frozenset()
    rules = wanted_rules(request, driver, found.subnet_cidrs if found else ()) - has
    if rules:
        listed = sorted(rules, key=str)
        yield Step("create", "security_group_rules", identity.resource_name(request.name), ", ".join(map(str, listed)), args={"rules": listed})


def _create_server(request, observed, wanted, found):
    why = f"member of {request.name}: flavor {wanted.flavor}, image {request.image}, network {', '.join(wanted.networks)}"
    spec = found and {
        "name": wanted.name,
        "image_id": found.image[0],
        "flavor_id": found.flavor[0],
        "network_ids": [found.networks[n] for n in wanted.networks],
        "key_name": request.key_name,
        "availability_zone": wanted.availability_zone,
        "user_security_group_ids": list(found.security_groups),
        "with_volume": bool(wanted.volume_size),
        "tags": [identity.TAG, identity.cluster_tag(observed.id), identity.name_tag(request.name)],
        "metadata": {
            identity.CLUSTER_ID: observed.id,
            identity.CLUSTER_NAME: request.name,
            identity.DATASTORE: request.datastore,
            identity.VERSION: request.version,
            identity.TYPE: "member",
            identity.TASK: request.task,
            identity.FLAVOR: f"{found.flavor[0]}/{found.flavor[1]}",
            identity.IMAGE: f"{found.image[0]}/{found.image[1] or ''}",
            identity.NETWORKS: ",".join(found.networks[n] for n in wanted.networks),
        },
    }
    return Step("create", "server", wanted.name, why, args={"spec": spec})


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
        vcpus=more * found.flavor[2],
        ram=more * found.flavor[3],
        server_groups=len(of("server_group")),
        group_members=len(request.instances) if request.locality and servers else 0,
        ports=sum(len(step.args["spec"]["network_ids"]) for step in servers),
        security_groups=len(of("security_group")),
        # Neutron gives each new group two rules for egress
        security_group_rules=sum(len(s.args["rules"]) for s in of("security_group_rules")) + 2 * len(of("security_group")),
        volumes=len(volumes),
        gigabytes=sum(step.args["size"] for step in volumes),
    )


def note_task(observed, name):
    """The plan that notes a task on all members that don't have it noted."""
    return Plan.of(
        [
            Step("update", "task", i.name, f"from {i.task} to {name}", args={"id": i.id, "task": name, "before": i.task})
            for i in observed.instances
            if i.task != name
        ]
    )


def absent(observed):
    """The plan that takes the whole cluster away, the data with it."""
    if observed is None:
        return Plan()
    why = f"part of the cluster {observed.name}"
    single = identity.resource_name(observed.name)
    return Plan.of(
        *note_task(observed, task.DELETING).stages,
        [Step("delete", "server", i.name, why, "the database stops", {"id": i.id}) for i in observed.instances],
        [
            *(Step("delete", "volume", v.name, why, f"destroys {v.size} GiB of data", {"id": v.id}) for v in observed.volumes),
            *([Step("delete", "server_group", single, why, args={"id": observed.group.id})] if observed.group else []),
            *([Step("delete", "security_group", single, why, args={"id": observed.security_group.id})] if observed.security_group else []),
        ],
    )


def shrunk(observed, going, last_number):
    """The plan that takes members away for good, with their volumes.

    :param going: the instances that go; none when a killed run left only volumes
    :param last_number: what the survivors note as the highest number ever used
    """
    names = {i.name for i in going}
    living = {i.name for i in observed.instances}
    volumes = [v for v in observed.volumes if v.instance in names or v.instance not in living]
    if not going and not volumes:
        return Plan()
    survivors = [i for i in observed.instances if i.name not in names]
    why = f"leaves the cluster {observed.name}"
    return Plan.of(
        *note_task(observed, scaling.SHRINKING).stages,
        [
            Step("update", "last_number", i.name, f"the name of member {last_number} is not used again", args={"id": i.id, "number": last_number})
            for i in survivors
            if i.last_number != last_number
        ],
        [Step("delete", "server", i.name, why, "one member less", {"id": i.id}) for i in going],
        [Step("delete", "volume", v.name, why, f"destroys {v.size} GiB of data", {"id": v.id}) for v in volumes],
    )


def check_deletable(observed):
    """:raises Refused: for a server group of the cluster's name that holds servers of somebody else"""
    own = {i.id for i in observed.instances}
    strangers = [id_ for id_ in (observed.group.member_ids if observed.group else ()) if id_ not in own]
    if strangers:
        raise Refused(f"The server group {observed.group.name} holds servers that are not of the cluster: {', '.join(strangers)}.")
