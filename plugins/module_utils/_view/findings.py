# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with a cluster, or with instances and their replicas: a list that monitoring can read, and a picture shows in red. Pure.

All of it is in what Nova and the members said in one run; a silent member is a finding.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from .._datastores import registry
from .._datastores.base import Datastore
from .._model import evidence
from .._model.cluster import BUILD
from .._model.standing import Standing
from .._model.task import STOPPED
from . import alike, certificates, strangers, tasks
from .table import Data

ERROR, WARNING = "error", "warning"
#: ``{name: {said: dict} or {silent: why}}``
Words = Mapping[str, Data]
#: from this part of its file system on a data directory that fills is an error; `health.FILLING` is the part from which on it is said
FULL = 0.9


@dataclass(frozen=True)
class Finding:
    """Something that is wrong.

    :param member: the member with the fault, by name, or the address of one that has no server; None where the fault is not that of one member
    :param kind: server, silent, serving, unknown_to_nova, unknown_to_database, agreement, locality, contract, version, settings, certificate, load, lag,
        volume or task
    :param what: a sentence without its subject where there is a member
    :param severity: ERROR or WARNING
    """

    member: str | None
    kind: str
    what: str
    severity: str = ERROR

    def view(self) -> dict[str, Any]:
        return asdict(self)

    def __str__(self) -> str:
        return f"{self.severity}: {self.member + ': ' if self.member else ''}{self.what}"


@dataclass(frozen=True)
class Limits:
    """From when on something is wrong.

    :param now: seconds since the epoch
    :param lag: seconds that a replica may be behind
    :param certificate: days before the end of a certificate from which on it is said
    :param task: minutes after which a task that has not ended is one that no run works on
    """

    now: float
    lag: int = 60
    certificate: int = 30
    task: int = 60


def of_cluster(cluster: Data, placement: Data | None, words: Words, limits: Limits) -> list[Finding]:
    """
    :param cluster: as `cluster.with_health` returns it
    :param placement: see _model.locality.Placement.view
    :param words: empty where nobody was asked: then only what Nova knows is judged
    """
    driver = registry.of_cluster(cluster["datastore"]["type"])
    members = cluster["instances"]
    updated = _oldest(members)
    found = [*_tasks(cluster["task"], updated, members, words, limits), *_placed(placement)]
    found += [finding for one in members for finding in _of_member(driver, one, words.get(one["name"]), limits)]
    alone = cluster.get("volumes_without_server") or ()
    found += [Finding(volume["instance"], "server", f"it has no server, and its volume {volume['id']} is there") for volume in alone]
    # what a member says of itself comes before what others say of it
    found += [*_together(driver, members, words), *_alike(driver, members, words, cluster["datastore"]["version"])]
    built = [*(one["name"] for one in members if one["status"] == BUILD), *(volume["instance"] for volume in alone)]
    # a volume comes before its server, and goes after it
    building = built if cluster["task"]["name"] != STOPPED and _is_young(cluster["task"], updated, limits) else []
    return _ordered(found, _down_in_order(members if cluster["task"]["name"] == STOPPED else (), words), building)


def of_instances(instances: Sequence[Data], placements: Mapping[str, Data] | None, words: Words, limits: Limits) -> list[Finding]:
    """
    :param instances: as `topology.with_health` returns them
    :param placements: by the replication topology's name
    """
    running: dict[tuple[str, str | None], list[Data]] = {}
    for one in instances:
        running.setdefault((one["task"]["name"], one["task"].get("run")), []).append(one)
    found = [finding for own in running.values() for finding in _tasks(own[-1]["task"], _oldest(own), own, words, limits)]
    found += [finding for placement in (placements or {}).values() for finding in _placed(placement)]
    found += [Finding(_subject(drift, instances), "contract", drift) for drift in dict.fromkeys(text for one in instances for text in one.get("drift", ()))]
    for one in instances:
        found += _of_member(registry.of_instance(one["datastore"]["type"]), one, words.get(one["name"]), limits)
    # who is not connected need not be alike
    for together in {_connected(one): [other for other in instances if _connected(other) == _connected(one)] for one in instances}.values():
        found += _alike(registry.of_instance(together[0]["datastore"]["type"]), together, words, None)
    building = [one["name"] for one in instances if one["status"] == BUILD and _is_young(one["task"], one["updated"], limits)]
    return _ordered(found, _down_in_order((one for one in instances if one["task"]["name"] == STOPPED), words), building)


def of_words(driver: Datastore, words: Words) -> dict[str, Standing]:
    """Where those stand that said something, by name."""
    return {name: driver.standing(word["said"]) for name, word in words.items() if word.get("said")}


def _tasks(task: Data, updated: str | None, together: Sequence[Data], words: Words, limits: Limits) -> Iterator[Finding]:
    """
    :param together: those that it is a task of
    """
    yield from (Finding(None, "task", *judged) for judged in tasks.judge(task, updated, limits.now, limits.task))
    if task["name"] == STOPPED:
        young = _is_young(task, updated, limits)
        yield from (Finding(name, "task", *judged) for name, *judged in tasks.stopping(together, words, young))


def _oldest(together: Sequence[Data]) -> str | None:
    """When Nova last changed the server that it left alone longest; a note of a task changes each."""
    return min((one["updated"] for one in together if one["updated"]), default=None)


def _is_young(task: Data, updated: str | None, limits: Limits) -> bool:
    return tasks.is_young(task, updated, limits.now, limits.task)


def _down_in_order(stopped: Iterable[Data], words: Words) -> list[str]:
    return [one["name"] for one in stopped if tasks.is_down_in_order(one, words.get(one["name"]))]


def _placed(placement: Data | None) -> Iterator[Finding]:
    """What a soft policy promises is only a wish."""
    for sentence in (placement or {}).get("broken", ()):
        yield Finding(None, "locality", f"the locality is broken, {sentence}", WARNING if sentence.startswith("soft-") else ERROR)


def _of_member(driver: Datastore, one: Data, word: Data | None, limits: Limits) -> Iterator[Finding]:
    name = one["name"]
    if one["server_status"] != "ACTIVE":
        yield Finding(name, "server", f"its server is {one['server_status']}")
    if not word or not one["id"]:
        return
    if not word.get("said"):
        yield Finding(name, "silent", word["silent"])
        return
    said = word["said"]
    standing = driver.standing(said)
    problems = driver.problems(said)
    yield from (Finding(name, "serving", problem) for problem in problems)
    # one that does not keep up at all is said to be stuck already
    yield from (Finding(name, "load", sentence, WARNING) for sentence in (() if problems else standing.strain))
    if standing.lag is not None and standing.lag > limits.lag:
        yield Finding(name, "lag", f"it is {standing.lag} s behind, and {limits.lag} s are allowed")
    if said.get("pending"):
        yield Finding(name, "settings", f"settings wait for a restart: {', '.join(said['pending'])}", WARNING)
    yield from (Finding(name, "certificate", *judged) for judged in certificates.judge(said.get("tls"), limits.certificate, _rotation(driver)))
    yield from _filling(name, driver.file_system(said), one.get("warnings") or ())


def _rotation(driver: Datastore) -> str | None:
    """The verb that replaces certificates, where the datastore has it."""
    return next((verb for verb in driver.verbs if verb.endswith("_rotate")), None)


def _filling(name: str, disk: Data | None, warnings: Iterable[str]) -> Iterator[Finding]:
    for sentence in warnings:
        full = bool(disk and disk["used"] / disk["size"] >= FULL)
        yield Finding(name, "volume", sentence, ERROR if full else WARNING)


def _together(driver: Datastore, members: Sequence[Data], words: Words) -> list[Finding]:
    """What only all of them show: who has no server, whom the database does not know, and where those that serve do not agree."""
    found = [Finding(*judged) for judged in strangers.judge(members, of_words(driver, words))]
    if found or not members or any(not words.get(one["name"], {}).get("said") for one in members):
        return found
    told = {name: evidence.Word(said=word["said"]) for name, word in words.items()}
    if any(driver.problems(word.told) for word in told.values()):
        return found
    act = evidence.Act(evidence.SERVE, {one["name"]: one["ip"] for one in members})
    return [Finding(None, "agreement", sentence) for sentence in driver.disagreements(act, told)]


def _alike(driver: Datastore, members: Sequence[Data], words: Words, noted: str | None) -> Iterator[Finding]:
    yield from (Finding(*judged) for judged in alike.judge(driver, [one["name"] for one in members], words, noted))


def _connected(one: Data) -> str:
    """The same for all that replicate from each other, however far."""
    members = (one.get("topology") or {}).get("members") or []
    return str(min((member["id"] for member in members), default=""))


def _subject(sentence: str, instances: Sequence[Data]) -> str | None:
    """Whom a sentence is about, which begins with the name."""
    return next((one["name"] for one in instances if sentence.startswith(f"{one['name']} ")), None)


def _ordered(found: Iterable[Finding], stopped: Sequence[str], building: Sequence[str]) -> list[Finding]:
    """Errors first. What was stopped in order does not serve, as was asked for; nor does one that is built just now, and has no contract on both sides.

    :param stopped: the names of those that are down as their stop leaves them
    :param building: the names of those that a run may well build now
    """
    down = ("server", "serving", "silent", "unknown_to_database")

    def is_expected(one: Finding) -> bool:
        return (one.kind in down and one.member in (*stopped, *building)) or (one.kind == "contract" and one.member in building)

    judged = [replace(one, severity=WARNING) if is_expected(one) else one for one in found]
    return sorted(dict.fromkeys(judged), key=lambda one: one.severity != ERROR)
