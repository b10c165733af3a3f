# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A verb's plan for its members, from what the cloud's module returned: who acts, in which batches, and what has to be proven."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from ..module_utils._datastores import registry
from ..module_utils._datastores.base import Datastore
from ..module_utils._model import initializing, rolling, rotating, task, user_metadata
from ..module_utils._model.errors import InvalidInput, Refused
from ..module_utils._model.replacing import REPLACING
from . import acting, promoting, recovering, resizing, rotation, topology, upgrading
from .verbs import ALL, FIRST, REPLACED, REPLICAS, SUBJECT, CloudVerb

#: plain data, as it goes through Ansible: a plan as `make` returns it, a verb's options, a module's result
Data = Mapping[str, Any]
#: ``{name: {said: dict} or {silent: why}}``
Said = Mapping[str, Data]


def run_id() -> str:
    """A new run's: when it began, and what no other run has."""
    return f"{datetime.now(timezone.utc):%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:8]}"


def make(verb: str, cloud_verb: CloudVerb, options: Data, result: Data, part: str | None = None) -> dict[str, Any]:
    """The plan as data.

    ``run, verb, part, role, names, addresses, joining, leaving, settled, excused, batches, subject, source, task, begin, waits, apart, patience, text,
    hosts``, of a verb that takes members one after the other ``task_run, turn, rolled, promotes, waiting, asked``, of one that resizes them ``resize``, of a
    recovery of replicas ``contracts, refill``, of an upgrade of instances ``sources``, of one that rotates ``task_run, rotation, peers``, and what is there:
    ``cluster`` or ``instances``, with ``placement``

    :param cloud_verb: of plugin_utils.verbs.VERBS, or its part that follows
    :param options: the verb's options
    :param result: what the module returned that `cloud_verb.plan` calls
    :param part: which part of the verb that is, None for its first or only one
    :raises InvalidInput: for a name that nothing has, and for a verb that the datastore does not have
    """
    # written at the end of a verb, and refused at its beginning
    user_metadata.check(options.get("metadata"), "trove_metadata")
    shown = _shown(result, options)
    hosts = result.get("hosts") or []
    if cloud_verb.only:
        names = {one["name"] for one in shown["instances"]}
        hosts = [host for host in hosts if host["name"] in names]
    hosts = _without_off(verb, shown, hosts)
    plan: dict[str, Any] = {
        "run": run_id(),
        "verb": verb,
        "part": part,
        "role": None,
        "names": [host["name"] for host in hosts],
        "addresses": {host["name"]: host["trove_instance"]["ip"] for host in hosts},
        "joining": [],
        "leaving": result.get("leaving") or [],
        # as the module understood ids or a number, for those that act on it later
        "members": result.get("members"),
        # whether the module that ends a task would have nothing to do
        "settled": result.get("settled", False),
        "batches": [],
        "subject": options.get("name"),
        "excused": [],
        "source": None,
        "task": _task(shown),
        "begin": cloud_verb.task,
        "waits": cloud_verb.waits and _may_boot(verb, shown, result),
        "apart": cloud_verb.apart,
        "text": (result.get("diff") or {}).get("prepared") or "",
        "task_run": None,
        "turn": None,
        "rolled": [],
        "promotes": None,
        "waiting": [],
        "asked": False,
        "allow_full_transfer": bool(options.get("allow_full_transfer")),
        "patience": {"between": 0, "after": 0},
        "rotation": None,
        "peers": [],
        "hosts": hosts,
        **shown,
    }
    if verb == "cluster_list":
        return {**plan, "names": [], "hosts": []}
    _check_kind(verb, hosts)
    # in check mode a source that is to be adopted is no instance yet
    unknown = any(not host["trove_instance"]["datastore"]["type"] for host in hosts)
    if not hosts or unknown or not options.get("live", True) or _is_done(plan):
        return {**plan, "names": []}
    _refuse_stopped(verb, cloud_verb, plan["task"], "cluster" if plan.get("cluster") else "instance")
    if cloud_verb.task in task.RECOVERIES:
        _refuse_off(plan, options)
    if verb == recovering.VERB:
        recovering.check_moves(plan["instances"], bool(options.get("clear_task")))
    driver = registry.of(hosts[0]["trove_instance"])
    if options.get("begin_with") and not driver.full_copies:
        rule = f"Of {driver.type} no member begins with the data of all: each master has its own."
        raise InvalidInput("trove_begin_with", options["begin_with"], "nothing; members that are given up are named in trove_lost", rule=rule)
    _name_instances(plan, hosts, options.get("source"))
    joining = _joining(plan, cloud_verb, result, options)
    if cloud_verb.joining == REPLACED and (plan["task"] != REPLACING or not {*options["members"]} <= {*joining}):
        # there is nobody new, or in check mode not yet
        return {**plan, "names": [], "cluster": None}
    if part == FIRST:
        return _promotion(plan, driver, joining, options, result)
    sized = resizing.of(plan, driver, result["resize"]) if "resize" in result else {}
    if sized or (_rolls(driver, verb) and not part):
        _roll(plan, driver, options, shown, bool(sized))
    if verb.endswith(rotating.SUFFIX):
        plan.update(rotation.of(plan, driver, options, _noted(shown)))
    leaving = options["members"] if cloud_verb.joining == REPLACED else plan["leaving"]
    if verb == initializing.VERB and part and plan["task"] != initializing.INITIALIZING:
        # in check mode there is nothing to delete yet
        return {**plan, "names": [], "cluster": None}
    batches = driver.batches(verb, plan["rolled"] or plan["names"], leaving, options, following=part is not None)
    if verb == "replica_eject":
        topology.check_ejected(plan["subject"], hosts)
    if "changes" in result:
        batches = topology.batches(result["changes"])
        plan["text"] = topology.text(result["changes"]) + plan["text"]
    plan["text"] += acting.line(plan, options)
    return {
        **plan,
        "role": driver.role,
        # what the first of two parts changes in the cloud changes no database yet
        "batches": [] if cloud_verb.then and not plan["turn"] else batches,
        **sized,
        "joining": joining,
        "excused": [*driver.excused(verb, plan["subject"]), *_lost(plan["names"], options)],
        # who was started last needs some seconds
        **({"patience": {"between": 0, "after": 60}} if cloud_verb.task in task.RECOVERIES else {}),
        **_recovered(verb, plan, hosts, options),
    }


def _recovered(verb: str, plan: Data, hosts: Sequence[Data], options: Data) -> dict[str, Any]:
    """Of a recovery of replicas, who replicates from whom by the contracts, and whose data are given up."""
    if verb != recovering.VERB:
        return {}
    return {"contracts": recovering.contracts(hosts, plan["instances"]), "refill": recovering.refilled(plan["names"], options.get("refill"))}


def _lost(names: Sequence[str], options: Data) -> list[str]:
    """Who is given up by name, and has neither to answer nor to serve.

    :raises InvalidInput: for a name that no member has, and where nobody is left
    """
    found: list[str] = options.get("lost") or []
    for number, name in enumerate(found):
        if name not in names:
            raise InvalidInput(f"lost[{number}]", name, list(names))
    if found and set(found) >= set(names):
        raise InvalidInput("lost", found, f"some of {', '.join(names)}, and not all: one of them has to begin")
    return found


def _promotion(plan: Data, driver: Datastore, joining: list[str], options: Data, result: Data) -> dict[str, Any]:
    """The part of a verb in which a replica takes the place of its source; nobody acts, and nothing is shown, where that is not asked for or was done."""
    name = promoting.candidate(plan, options.get(promoting.OPTION), options.get("members"))
    if name is None or not promoting.needed(plan["subject"], result.get("resize")):
        # the text is the resize's, which the part that follows shows
        return {**plan, "names": [], "instances": [], "text": ""}
    text = f"~ promote {name}: it takes the place of {plan['subject']} first, which is its replica then\n"
    return {**plan, "role": driver.role, "batches": promoting.batches(driver, plan, name), "joining": joining, "text": text}


def _refuse_stopped(verb: str, cloud_verb: CloudVerb, running: str, of: str) -> None:
    """
    :raises Refused: for a verb that changes something, of what was stopped: it is started before
    """
    if running == task.STOPPED and cloud_verb.settle and not verb.endswith((rolling.STOP, rolling.START)) and cloud_verb.task not in task.RECOVERIES:
        task.check(running, cloud_verb.task or "NONE", of)


def _refuse_off(plan: Data, options: Data) -> None:
    """
    :raises Refused: for a recovery of what was stopped with its servers: once it has begun, cluster_start could not start them any more
    """
    off = sorted(_off(plan) - set(options.get("lost") or [])) if plan["task"] == task.STOPPED else []
    if off:
        lost = ", or name those that are gone for good in trove_lost" if plan.get("cluster") else ""
        what = "cluster" if plan.get("cluster") else "instance"
        ways = f"Start them with stackdb.trove.{what}_start first{lost}."
        raise Refused(f"The {what} was stopped, and the servers of {', '.join(off)} are off. {ways}", off=off)


def _rolls(driver: Datastore, verb: str) -> bool:
    return verb in driver.verbs and driver.verbs[verb].rolling


def _roll(plan: dict[str, Any], driver: Datastore, options: Data, shown: Data, sized: bool) -> None:
    """Of a verb that takes members one after the other: whom, and in which turn. A run that continues another has that one's.

    :param sized: whether the cloud says whom, and has said so in the plan's text
    """
    verb, noted = plan["verb"], _noted(shown)
    plan["task_run"] = noted if noted and plan["begin"] and plan["task"] == plan["begin"] else plan["run"]
    plan["turn"] = rolling.turn(plan["task_run"], verb)
    plan["asked"] = driver.instance_type == "instance" or bool(options.get("members"))
    plan["patience"] = _patience(verb)
    if verb.endswith(rolling.UPGRADE) and plan["task_run"] != plan["run"]:
        # what the killed run began on a member may go on there: packages are installed, and it comes back by itself
        plan["patience"]["first"] = 60
    if sized:
        return
    if driver.instance_type == "instance" and verb.endswith(rolling.STOP) and plan["source"] not in (None, plan["subject"]):
        rule = f"{plan['subject']} is a replica, and is stopped with its source alone."
        raise InvalidInput("trove_name", plan["subject"], f"{plan['source']}, which is stopped with all its replicas", rule=rule)
    if driver.instance_type == "instance" and verb.endswith(rolling.UPGRADE):
        plan["rolled"], plan["promotes"] = upgrading.rolled(plan, options), upgrading.promotes(plan, options)
        plan["sources"] = upgrading.sources(plan["hosts"], plan["instances"])
        plan["text"] += f"~ upgrade {', '.join(plan['rolled'])}: one after the other, replicas first, each when all others serve\n{upgrading.text(plan)}"
        return
    initialized = verb == initializing.VERB
    plan["rolled"] = initializing.asked(plan["names"], options) if initialized else driver.named(verb, plan["names"], plan["subject"], options)
    if initialized and options.get("snapshot"):
        initializing.check_volumes(plan["rolled"], shown["cluster"]["instances"])
    ((entry, _named),) = driver.verbs[verb].entry_points
    starts = verb.endswith(rolling.START)
    order = "the one that stopped last first" if starts else "each when all others serve, and the one that is missed most last"
    # one that is started alone waits for nobody
    turns = "when all others serve" if len(plan["rolled"]) == 1 and not starts else f"one after the other, {order}"
    plan["text"] += f"~ {entry} {', '.join(plan['rolled'])}: {turns}{f' [{initializing.RISK}]' if initialized else ''}\n"


def _patience(verb: str) -> dict[str, int]:
    """How many seconds each member is waited for until it serves, ``{between, after}``: between the turns one that fed its neighbour just now, after that one's
    restart; after the last one the replicas of a source, which connect again some seconds later. Who was stopped serves no more, or not yet.
    """
    return {"between": 0 if verb.endswith((rolling.STOP, rolling.START)) else 60, "after": 0 if verb.endswith(rolling.STOP) else 120}


def _shown(result: Data, options: Data) -> dict[str, Any]:
    """What there is, as ``{cluster, placement}`` or ``{instances, placement}``."""
    placement: Any = result.get("placement")
    if "clusters" in result:
        if not {"name", "id"} & set(options):
            return {"clusters": result["clusters"], "next_marker": result["next_marker"]}
        if not result["clusters"]:
            given = options.get("name") or options.get("id")
            raise InvalidInput("trove_name", given, "the name or id of a cluster that has members; stackdb.trove.cluster_list shows them")
        cluster = result["clusters"][0]
        return {"cluster": cluster, "placement": placement[cluster["name"]]}
    if "cluster" in result:
        return {"cluster": result["cluster"], "placement": placement}
    # an info module has nothing to show; of a deletion nothing is left
    if "next_marker" in result and options.get("name") and not result["instances"]:
        raise InvalidInput("trove_name", options["name"], "the name or id of an instance; stackdb.trove.replica_show lists them")
    found = result.get("instances") or [one for one in (result.get("instance"),) if one]
    return {"instances": found, "placement": placement, "next_marker": result.get("next_marker")}


def _task(shown: Data) -> str:
    things = [shown["cluster"]] if shown.get("cluster") else shown.get("instances") or []
    return next((one["task"]["name"] for one in things if one["task"]["name"] != "NONE"), "NONE")


def _may_boot(verb: str, shown: Data, result: Data) -> bool:
    """Whether a server may be new or just started: nothing notes that a start has begun of servers that nobody of us has stopped."""
    return verb.endswith(rolling.START) or _task(shown) != "NONE" or bool(result.get("plan"))


def _noted(shown: Data) -> str | None:
    """The run that began the task which has not ended."""
    things = [shown["cluster"]] if shown.get("cluster") else shown.get("instances") or []
    return next((one["task"].get("run") for one in things if one["task"]["name"] != "NONE"), None)


def _joining(plan: Data, cloud_verb: CloudVerb, result: Data, options: Data) -> list[str]:
    """Who has to answer, and need not serve before: as the verb says; those that were created now; and everybody where an earlier run of it was stopped."""
    names: list[str] = plan["names"]
    if plan["verb"].endswith(rolling.STOP) and plan["task"] == task.STOPPED:
        # those that an earlier run has stopped serve no more
        return names
    if cloud_verb.joining == ALL or (cloud_verb.telling and cloud_verb.task and plan["task"] == cloud_verb.task):
        return names
    if cloud_verb.joining == REPLACED:
        # where slots were lost with a member, the others do not serve before they have been given new owners
        return names if options.get("accept_lost_slots") else [name for name in names if name in options["members"]]
    if cloud_verb.joining == REPLICAS:
        return [name for name in names if name != plan["source"]]
    if cloud_verb.joining == SUBJECT:
        return topology.joining(result["changes"]) if "changes" in result else [name for name in names if name == plan["subject"]]
    if not cloud_verb.waits:
        return []
    before = (result.get("diff") or {}).get("before") or {}
    if (before.get("task") or {}).get("name") in ("BUILDING", "GROWING_CLUSTER"):
        return names
    return [step["name"] for step in result.get("plan") or [] if (step["action"], step["kind"]) == ("create", "server")]


def _without_off(verb: str, shown: Data, hosts: Sequence[Data]) -> list[Data]:
    """Of a stop that goes on, those whose servers are not off yet: one that is can say nothing, and was proven to be stopped before."""
    if not verb.endswith(rolling.STOP) or _task(shown) != task.STOPPED:
        return list(hosts)
    off = _off(shown)
    return [host for host in hosts if host["name"] not in off]


def _off(shown: Data) -> set[str]:
    found = shown["cluster"]["instances"] if shown.get("cluster") else shown["instances"]
    return {one["name"] for one in found if one.get("server_status", one["status"]) == "SHUTOFF"}


def _is_done(plan: Data) -> bool:
    """Whether an earlier run has done all of it: only a verb that removes members, or stops their servers, can tell by the cloud alone."""
    if plan["verb"].endswith(rolling.STOP) and plan["task"] == task.STOPPED:
        return len(_off(plan)) == len(plan["cluster"]["instances"] if plan.get("cluster") else plan["instances"])
    return plan["verb"] == "cluster_shrink" and not plan["text"] and plan["task"] == "NONE"


def _check_kind(verb: str, hosts: Iterable[Data]) -> None:
    """:raises Refused: for a verb of instances that was given a cluster's member, in Trove's words"""
    for instance in [host["trove_instance"] for host in hosts if host["trove_instance"].get("type") == "member"]:
        driver = registry.find(instance["datastore"]["type"], "member")
        if not verb.startswith("cluster_") and driver and verb not in driver.verbs:
            text = f"{instance['name']} is a member of the cluster {instance['cluster']['name']}: use a verb of clusters, or instance_show."
            raise Refused(f"Operation not supported for instances that are part of a cluster. {text}")


def _name_instances(plan: dict[str, Any], hosts: Iterable[Data], source: str | None) -> None:
    """Of instances: the one that was named, by its name, and the source of all: the one that was named as such, else by the contracts."""
    if plan.get("instances"):
        ids = {one["id"]: one["name"] for one in plan["instances"]}
        plan["subject"] = ids.get(plan["subject"], plan["subject"])
        contracts = {host["name"]: host["trove_instance"].get("replication_contract") or {} for host in hosts}
        named_source = ids.get(source, source)
        standing = (name for name, contract in contracts.items() if not contract.get("replicates_from"))
        plan["source"] = named_source if named_source in contracts else next(standing, None)
        # whoever acts one after another begins with the replicas
        plan["names"].sort(key=lambda name: name == plan["source"])
