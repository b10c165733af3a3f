# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A verb's plan for its members, from what the cloud's module returned: who acts, in which batches, and what has to be proven."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

from ..module_utils._datastores import registry
from ..module_utils._datastores.base import Datastore
from ..module_utils._model import evidence, initializing, rolling, task, user_metadata
from ..module_utils._model.errors import InvalidInput, Refused
from ..module_utils._model.evidence import Word
from ..module_utils._model.replacing import REPLACING
from ..module_utils._model.rolling import Going
from . import promoting, resizing, topology
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

    ``run, verb, part, role, names, addresses, joining, leaving, excused, batches, subject, source, task, begin, waits, apart, patience, text, hosts``, of a
    verb that takes members one after the other ``task_run, turn, rolled, waiting, asked``, of one that resizes them ``resize``, and what is there now:
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
        "batches": [],
        "subject": options.get("name"),
        "excused": [],
        "source": None,
        "task": _task(shown),
        "begin": cloud_verb.task,
        "waits": cloud_verb.waits,
        "apart": cloud_verb.apart,
        "text": (result.get("diff") or {}).get("prepared") or "",
        "task_run": None,
        "turn": None,
        "rolled": [],
        "waiting": [],
        "asked": False,
        "patience": {"between": 0, "after": 0},
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
    driver = registry.of(hosts[0]["trove_instance"])
    _name_instances(plan, hosts, options.get("source"))
    joining = _joining(plan, cloud_verb, result, options)
    if cloud_verb.joining == REPLACED and (plan["task"] != REPLACING or not {*options["members"]} <= {*joining}):
        # there is nobody new, or in check mode not yet
        return {**plan, "names": [], "cluster": None}
    if part == FIRST:
        return _promotion(plan, driver, joining, options)
    sized = resizing.of(plan, driver, result["resize"]) if "resize" in result else {}
    if sized or (_rolls(driver, verb) and not part):
        _roll(plan, driver, options, shown, bool(sized))
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
    return {
        **plan,
        "role": driver.role,
        # what the first of two parts changes in the cloud changes no database yet
        "batches": [] if cloud_verb.then and not plan["turn"] else batches,
        **sized,
        "joining": joining,
        "excused": driver.excused(verb, plan["subject"]),
    }


def _promotion(plan: Data, driver: Datastore, joining: list[str], options: Data) -> dict[str, Any]:
    """The part of a verb in which a replica takes the place of its source; nobody acts, and nothing is shown, where that is not asked for or was done."""
    name = promoting.candidate(plan, options.get(promoting.OPTION))
    if name is None:
        return {**plan, "names": [], "instances": []}
    text = f"~ promote {name}: it takes the place of {plan['subject']} first, which is its replica then\n"
    return {**plan, "role": driver.role, "batches": promoting.batches(driver, plan, name), "joining": joining, "text": text}


def _refuse_stopped(verb: str, cloud_verb: CloudVerb, running: str, of: str) -> None:
    """
    :raises Refused: for a verb that changes something, of what was stopped: it is started before
    """
    if running == task.STOPPED and cloud_verb.settle and not verb.endswith((rolling.STOP, rolling.START)):
        task.check(running, cloud_verb.task or "NONE", of)


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
    if sized:
        return
    if driver.instance_type == "instance" and verb.endswith(rolling.STOP) and plan["source"] not in (None, plan["subject"]):
        rule = f"{plan['subject']} is a replica, and is stopped with its source alone."
        raise InvalidInput("trove_name", plan["subject"], f"{plan['source']}, which is stopped with all its replicas", rule=rule)
    initialized = verb == initializing.VERB
    plan["rolled"] = initializing.asked(plan["names"], options) if initialized else driver.named(verb, plan["names"], plan["subject"], options)
    ((entry, _named),) = driver.verbs[verb].entry_points
    order = "the one that stopped last first" if verb.endswith(rolling.START) else "each when all others serve, and the one that is missed most last"
    plan["text"] += f"~ {entry} {', '.join(plan['rolled'])}: one after the other, {order}\n"


def _patience(verb: str) -> dict[str, int]:
    """How many seconds each member is waited for until it serves, ``{between, after}``: between the turns one that fed its neighbour just now, after that one's
    restart; after the last one the replicas of a source, which connect again some seconds later. Who was stopped serves no more, or not yet.
    """
    return {"between": 0 if verb.endswith((rolling.STOP, rolling.START)) else 60, "after": 0 if verb.endswith(rolling.STOP) else 120}


def reached(hosts: Iterable[Data], known: Mapping[str, str | None], choice: str | None) -> tuple[list[dict[str, Any]], list[str]]:
    """The hosts with the address by which Ansible reaches them, `ansible_host`, or without one; and the names of those without the floating one.

    :param known: ``{name: ansible_host or None}`` of the hosts that the inventory has: its choice counts, unless there is one for this run
    :param choice: ``fixed``, ``floating`` or ``none``; None where nothing was said
    """
    found, missing = [], []
    for host in hosts:
        name, addresses = host["name"], host.get("addresses") or {}
        address = addresses.get(choice or "fixed") if choice or name not in known else known[name]
        if choice == "floating" and not address:
            missing.append(name)
        found.append({**{key: value for key, value in host.items() if key != "ansible_host"}, **({"ansible_host": address} if address else {})})
    return found, missing


def without_floating(plan: Data, missing: Collection[str]) -> list[str]:
    """Warnings of those that shall be reached by a floating address and have none.

    :raises Refused: where the run would wait for one of them by ssh, which ends in nothing
    """
    needed = [name for name in missing if plan["waits"] and name in plan["names"] and name not in plan["excused"]]
    if needed:
        raise Refused(
            f"trove_address is floating, and there is no floating address of {', '.join(needed)}: associate one with each of these servers, and run the same"
            " again, which goes on from here. Or give trove_address=fixed.",
            missing=needed,
        )
    return [f"{name} has no floating address: associate one with its server, and run it again." for name in missing]


def act(plan: Data) -> evidence.Act:
    """The Act that the members' words are judged by."""
    kind = evidence.LEAVE if plan["verb"] == "cluster_shrink" else evidence.SERVE
    addresses = plan["addresses"]
    staying = {name: address for name, address in addresses.items() if name not in (*plan["leaving"], *plan["excused"])}
    return evidence.Act(kind, staying, tuple(plan["joining"]), {name: addresses[name] for name in plan["leaving"]})


def take_turn(plan: Data, batch: Data, words: Mapping[str, Word], before: Mapping[str, Word], done: Collection[str]) -> tuple[str | None, Going]:
    """Whose turn it is, or None where all had theirs, and whether that one may go down now.

    :param words: what the members said in this round, and before: in the first one of this run
    :param done: who had a turn in this run
    """
    driver, continued = driver_of(plan), plan["task_run"] != plan["run"]
    left = [name for name in batch["names"] if name not in done and not driver.has_had(name, words, plan["turn"], continued)]
    if not left:
        return None, Going()
    if left[0] in plan["waiting"]:
        # nobody is taken down by it
        return left[0], Going()
    small = resizing.too_small(plan, driver, words, done)
    if small:
        return left[0], Going.of(small)
    against = driver.against(plan["verb"], left, words, plan["asked"])
    if against:
        return left[0], Going.of(against)
    if plan["verb"].endswith(rolling.START):
        return driver.next_up(left, words), Going.of(evidence.silence(words, plan["names"]))
    name = driver.next_down(left, words, before)
    if not plan["verb"].endswith(rolling.STOP):
        return name, driver.may_go_down(act(plan), name, words, plan["asked"])
    # those that were stopped before need not serve, and the last one is meant to leave nobody
    counted = driver.counted(plan["verb"], plan["names"], words)
    whole = act(plan)
    going = driver.may_go_down(replace(whole, members={one: whole.members[one] for one in {*counted, name}}), name, words, asked=True)
    return name, Going(going.refusals)


def named(plan: Data, words: Said) -> str | None:
    """The name that the modules which settle are given: where one is excused, that of its successor, as the members say."""
    subject: str | None = plan["subject"]
    if not plan["excused"]:
        return subject
    living = [name for name in words if name not in plan["excused"]]
    return driver_of(plan).successor(_words(words, living)) or subject


def returned(plan: Data, words: Said) -> list[str]:
    """Those that were taken for dead, and serve beside their successor."""
    return driver_of(plan).returned(_words(words, plan["excused"])) if plan["excused"] else []


def lasts(plan: Data, result: Data) -> bool:
    """Whether what a call of a module changed is there when the run has ended: a task that this run begins and ends is not.

    :param result: the module's
    """
    kinds = {step["kind"] for step in result.get("plan") or []}
    passing = plan["task"] == "NONE" and bool(kinds) and kinds <= {"task", "evidence"}
    return bool(result.get("changed")) and not passing


def pending(plan: Data, words: Said) -> list[str]:
    """The names of those that stay and said of settings that they wait for a restart."""
    return [name for name, word in words.items() if (word.get("said") or {}).get("pending") and name not in plan["leaving"]]


def proof_of_turn(plan: Data) -> dict[str, Any]:
    """What the module that ends the task is to find proven besides: that members had their turns, and did in them what the verb is for. Of a resize the cloud
    says who had a turn.
    """
    return {"rolled": plan["rolled"], "turn": plan["turn"]} if plan["verb"].endswith(("_restart", "_failover")) else {}


def driver_of(plan: Data) -> Datastore:
    """The driver of a plan's members, of which there is one at least."""
    return registry.of(plan["hosts"][0]["trove_instance"])


def _words(words: Said, names: Iterable[str]) -> dict[str, Word]:
    return {name: Word(words[name].get("said"), words[name].get("silent")) for name in names if name in words}


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


def _noted(shown: Data) -> str | None:
    """The run that began the task which has not ended."""
    things = [shown["cluster"]] if shown.get("cluster") else shown.get("instances") or []
    return next((one["task"].get("run") for one in things if one["task"]["name"] != "NONE"), None)


def _joining(plan: Data, cloud_verb: CloudVerb, result: Data, options: Data) -> list[str]:
    """Who has to answer, and need not serve before: as the verb says; those that were created now; and everybody where an earlier run of it was stopped."""
    names: list[str] = plan["names"]
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


def _is_done(plan: Data) -> bool:
    """Whether an earlier run has done all of it: only a verb that removes members, or stops their servers, can tell by the cloud alone."""
    if plan["verb"].endswith(rolling.STOP) and plan["task"] == task.STOPPED:
        found = plan["cluster"]["instances"] if plan.get("cluster") else plan["instances"]
        return all(instance.get("server_status", instance["status"]) == "SHUTOFF" for instance in found)
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
