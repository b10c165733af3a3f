# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What has to come of a run, by the script alone: nothing here asks the code that is tested.

Two questions. `unproven`: what was deleted, ended or written though it is not so; asked after every run. `expected`: whether the run has to succeed or to
be refused.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass

from scenarios import CHANGES, CREATES, DELETES, READS

#: after which nothing that a member says proves anything
MUTE = ("unreachable", "fails", "down", "silent", "other_round", "other_server")
WORDS = (*MUTE, "lies")
ACTS = ("act_fails", "act_fails_late")
ADVICE = re.compile(r"[Rr]un .*again|[Ff]ix |did you mean|[Aa]llowed|without --|continues from here")

#: of the scenario of replica_topology, by the name of each the one that it replicates from
TOPOLOGY = {"orders": "orders-replica-1", "orders-replica-1": None, "orders-replica-2": None}
DONE, REFUSED, EITHER = "done", "refused", "either"


@dataclass(frozen=True)
class Trouble:
    """See staged/script.py."""

    who: str
    what: str
    since: str = "start"

    def view(self):
        return asdict(self)


def expected(scenario, troubles, verbs):
    """DONE, REFUSED, or EITHER where Ansible ends with an error though all is proven, or where it depends on whose turn is last.

    :param verbs: those that the datastore has
    """
    if scenario.kind in (READS, DELETES) and not scenario.verb.endswith("_check"):
        return DONE
    if scenario.verb not in verbs:
        return REFUSED
    found = {_expected(scenario, trouble) for trouble in troubles}
    return REFUSED if REFUSED in found else EITHER if EITHER in found else DONE


def _expected(scenario, trouble):
    if scenario.verb.endswith("_check"):
        # whoever does not say that it serves is an error; nobody acts
        return REFUSED if trouble.what in MUTE else DONE
    if trouble.who in scenario.leaving:
        return _of_leaving(scenario, trouble)
    if trouble.who not in scenario.proving:
        return DONE
    if trouble.what in ACTS and scenario.verb == "instance_restart" and trouble.who not in scenario.rolled:
        # nobody else acts
        return DONE
    if scenario.verb.endswith("_stop"):
        return _of_stopping(trouble)
    if trouble.what == "lies" and not _would_change(scenario, trouble.who):
        return DONE
    if trouble.what == "lies" and trouble.since == "after" and scenario.verb.endswith("_resize"):
        # it serves as before, which is so of each but the one whose turn is last: that one says that it was not stopped
        return EITHER
    return REFUSED


def _of_stopping(trouble):
    """One that is down can be stopped, too; which one's turn it is then, and whether the others' links show it, depends on when."""
    return EITHER if trouble.what == "down" else REFUSED


def _of_leaving(scenario, trouble):
    """Of one that leaves no word is needed at the end. But it has to leave first: Galera's by itself, a Redis node is forgotten by the rest."""
    if trouble.what in ACTS:
        return REFUSED
    if trouble.what == "unreachable" and trouble.since == "act":
        # Ansible's exit code counts it, and a Galera member cannot leave any more
        return EITHER if scenario.datastore == "redis" else REFUSED
    if scenario.datastore == "redis":
        return DONE
    if trouble.what == "lies":
        return REFUSED
    return REFUSED if trouble.since == "start" and trouble.what != "down" else DONE


def _would_change(scenario, name):
    """Whether a member's word after the verb is another one than before."""
    if scenario.verb in ("cluster_rebalance", "cluster_configure", "instance_configure"):
        return False
    if scenario.verb in ("replica_attach", "replica_detach"):
        return name == scenario.subject
    if scenario.rolled:
        return name in scenario.rolled
    if scenario.verb == "replica_create":
        return name in scenario.joining
    return True


def unproven(scenario, troubles, result, truth):
    """What was done without proof: sentences.

    :param truth: of staged/database.py, before and after the run
    """
    before, after = truth
    if scenario.kind == DELETES:
        return [f"{name} was deleted" for name in result.deleted - set(scenario.leaving)]
    ended = _ended(scenario, result)
    stops = scenario.verb.endswith("_stop")
    mute = {trouble.who for trouble in troubles if trouble.what in MUTE and trouble.who in scenario.proving and not (stops and trouble.what == "down")}
    so = _is_so(scenario, after)
    found = [f"{name} was deleted, and the members say nothing of it or the contrary" for name in result.deleted if mute or so or name not in scenario.leaving]
    wrote = {name for name, one in result.after.items() if name in result.before and one["contract"] != result.before[name]["contract"]}
    if scenario.kind == CHANGES and wrote and (mute or so):
        found.append(f"the contracts of {wrote} were written, though {so or mute}")
    untouched = before == after and scenario.kind == CHANGES
    if ended and (mute or (so and not untouched)):
        found.append(f"the task was ended, though {so or mute}")
    if ended and result.code and before != after and so:
        found.append("the task was ended as if nothing had been changed")
    return found


def _ended(scenario, result):
    """Whether the task that the verb began was ended, on all servers; of one that was begun on some of them the rest says that it runs."""
    if scenario.verb.endswith("_stop"):
        # its task stays, so that its end is what it says
        return result.code == 0
    begun = scenario.stopped or any(event["what"] == "write" and event["task"] not in (None, "NONE") for event in result.journal)
    names = {*scenario.members, *scenario.joining} & set(result.after)
    return begun and result.tasks(names) == {"NONE"}


def _is_so(scenario, truth):
    """What is not so that the end of the verb says: sentences."""
    if scenario.verb.endswith("_stop"):
        return [f"{name} was not stopped" for name in scenario.proving if name in truth["serving"] or name not in truth["stopped"]]
    found = [f"{name} does not serve" for name in scenario.proving if name not in truth["serving"]]
    if scenario.verb == "cluster_failover":
        found += [f"{name} follows {truth['sources'][name]}" for name in scenario.rolled if truth["sources"][name] or name not in truth["filled"]]
    if scenario.kind == CHANGES:
        found += [f"{name} has not left" for name in scenario.leaving if name in truth["serving"] or name in truth["filled"]]
    sources = truth["sources"]
    if scenario.verb == "replica_attach" and sources[scenario.subject] != scenario.variables["trove_source"]:
        found.append(f"{scenario.subject} does not replicate")
    if scenario.verb == "replica_topology" and sources != TOPOLOGY:
        found.append(f"{sources} is not the topology that was asked for")
    if scenario.verb == "replica_detach" and sources[scenario.subject]:
        found.append(f"{scenario.subject} replicates")
    if scenario.verb == "replica_promote":
        found += [f"{name} does not replicate from {scenario.subject}" for name in scenario.proving if sources[name] != scenario.subject != name]
    if scenario.verb == "replica_eject":
        found += [f"{name} replicates from {scenario.subject}" for name in scenario.proving if sources[name] == scenario.subject]
    if scenario.verb.endswith("_restart"):
        rolled = scenario.rolled or scenario.proving
        found += [f"{name} was not restarted" for name in rolled if name not in truth["turns"]]
        found += [f"{name} was restarted" for name in truth["turns"] if name not in rolled]
        found += [f"{name} was restarted {len(turns)} times" for name, turns in truth["turns"].items() if len(turns) > 1]
    if scenario.verb.endswith("_rotate"):
        found += [f"{name} has the certificate that it had" for name in scenario.proving if name not in truth["rotated"]]
    if scenario.verb.endswith("_upgrade"):
        found += [f"{name} had {truth['upgraded'].count(name)} turns" for name in scenario.proving if truth["upgraded"].count(name) != 1]
    if scenario.verb.endswith("_configure"):
        found += [f"{name} was not configured" for name in scenario.proving if name not in truth["configured"]]
    return found


def complaints(scenario, troubles, result, outcome):
    """Where the run is not as it had to be: sentences.

    :param troubles: those of which one has to be named where it is refused
    """
    if outcome == DONE:
        return _not_done(scenario, result)
    if outcome == EITHER:
        return []
    found = [] if result.code else ["the exit code is 0"]
    names = [trouble.who for trouble in troubles if _expected(scenario, trouble) == REFUSED]
    if names and not any(name in _errors(result.output) for name in names):
        found.append(f"the error names none of {names}")
    return found + ([] if ADVICE.search(_errors(result.output)) else ["the error does not say what to do"])


def _errors(output):
    """What Ansible says of failed tasks and unreachable hosts."""
    return "\n".join(line for line in output.splitlines() if re.match(r"\[ERROR\]|fatal:|ERROR", line))


def _not_done(scenario, result):
    found = [] if result.code == 0 else [f"the exit code is {result.code}"]
    gone = set(result.before) - set(result.after)
    wanted = set(scenario.leaving)
    if gone != wanted:
        found.append(f"deleted are {gone}, and should be {wanted}")
    if set(result.after) - set(result.before) != set(scenario.joining):
        found.append(f"created are {set(result.after) - set(result.before)}, and should be {scenario.joining}")
    own, others = result.tasks({*scenario.members} - {*scenario.leaving}) - {scenario.task}, result.tasks({*result.after} - {*scenario.members}) - {"NONE"}
    if own | others:
        found.append(f"a task is left: {own | others}")
    if scenario.kind == READS and result.writes:
        found.append(f"it wrote {result.writes}")
    wrote = {name for name, one in result.after.items() if name in result.before and one["contract"] != result.before[name]["contract"]}
    if wrote != set(scenario.changed) & set(result.after):
        found.append(f"the contracts of {wrote} are others, and should be of {scenario.changed}")
    if scenario.kind in (CREATES, CHANGES) and not result.acts:
        found.append("nobody acted")
    return found
