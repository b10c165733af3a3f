# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cases: how a verb is run, and what befalls its members. With `--quick` each verb and each way to run one occur, else all of them.

- `WELL_OR_NOT`: every verb × {all is well, one unreachable, all unreachable, one fails} × {typed, text, empty texts} × {-b or not} × inventories × {alone,
  in one run after or before another verb}. All of them are many thousands, so that without `--quick` each verb meets each way to run it.
- `WORDS`: every verb that needs proof × what a member says × since when × which member
- `CUTS`: every verb × what makes a run see only a part
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import oracle
import pairs
from scenarios import CHANGES, CREATES, DELETES, SCENARIOS

TYPED, TEXT, EMPTY = "typed", "text", "empty"
ALONE, AFTER, BEFORE = "alone", "after-another", "before-another"
_PLAIN = "localhost ansible_connection=ssh ansible_python_interpreter=/nonexistent/python\n"
#: none but what the playbook finds; a localhost that must not count; all members, as the inventory plugin gives them; some, as a slice of an AWX job has
INVENTORIES = {"none": "", "localhost": _PLAIN, "members": None, "slice": None}

#: by the name of a cut: arguments, and settings as environment variables, which have to be there when Ansible starts
CUTS = {
    "limit-localhost": (("--limit", "localhost"), {}),
    "limit-member": (("--limit", "shop-1,orders"), {}),
    "tags": (("--tags", "database"), {}),
    "skip-tags": (("--skip-tags", "always"), {}),
    "skip-step": (("--skip-tags", "configure"), {}),
    "unknown-variable": (("-e", "trove_localtiy=anti-affinity"), {}),
    "free": ((), {"ANSIBLE_STRATEGY": "free"}),
    "host-pinned": ((), {"ANSIBLE_STRATEGY": "ansible.builtin.host_pinned"}),
}
_ONE, _ALL = "one", "all"
_BASE = {
    "trouble": [None, (_ONE, "unreachable"), (_ALL, "unreachable"), (_ONE, "act_fails")],
    "form": [TYPED, TEXT, EMPTY],
    "become": [False, True],
    "inventory": list(INVENTORIES),
    "beside": [ALONE, AFTER, BEFORE],
}
#: a role cannot fail once all has been done
_SAID = {"what": [*oracle.WORDS, "act_fails_late"], "since": ["start", "act", "after"], "which": ["first", "last", "leaving"]}


@dataclass(frozen=True)
class Case:
    """A scenario, and how it is run.

    :param troubles: of oracle.Trouble
    """

    scenario: object
    troubles: tuple = ()
    form: str = TYPED
    become: bool = False
    inventory: str = "none"
    beside: str = ALONE

    @property
    def id(self):
        troubles = [f"{trouble.who}-{trouble.what}-{trouble.since}" for trouble in self.troubles]
        whole = "all" if len(troubles) > 1 else "".join(troubles) or "well"
        return ",".join([self.scenario.id, whole, self.form, *(["-b"] if self.become else []), self.inventory, self.beside])

    def playbook(self):
        """A list where another verb is in the same run. What is not there cannot be shown."""
        show = "cluster_show" if self.scenario.verb.startswith("cluster") else "replica_show"
        # which of them shows what is named here, alone or a cluster's
        show = self.scenario.verb if self.scenario.verb in ("cluster_list", "instance_show") else show
        if self.beside == ALONE:
            return self.scenario.verb
        first = self.beside == AFTER and self.scenario.verb not in ("cluster_create", "instance_create")
        return [show, self.scenario.verb] if first or self.scenario.kind == DELETES else [self.scenario.verb, show]

    def arguments(self):
        return ["-b"] if self.become else []

    def variables(self, options):
        """:param options: the names of all options of the verb"""
        given = self.scenario.variables
        if self.form == TEXT:
            return {name: _text(value) for name, value in given.items()}
        return {**{name: "" for name in options if name != "trove_timeout"}, **given} if self.form == EMPTY else given

    def hosts(self):
        if self.inventory == "slice":
            return "\n".join(self.scenario.members[:1]) + "\n"
        return INVENTORIES[self.inventory] if self.inventory in ("none", "localhost") else "\n".join(self.scenario.members) + "\n"


def _text(value):
    """As `-e name=value` and surveys give it."""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return json.dumps(value) if isinstance(value, (dict, bool)) else str(value)


def well_or_not(quick):
    ways = pairs.cover({name: values for name, values in _BASE.items() if name != "trouble"})
    if quick:
        # every second scenario is well, and the others meet the troubles in turns, since what meets them is the same skeleton; see `words`, too
        troubles = [trouble for trouble in _BASE["trouble"] if trouble]
        pair = [(scenario, troubles[turn // 2 % len(troubles)] if turn % 2 else None) for turn, scenario in enumerate(SCENARIOS)]
        found = [{"scenario": scenario, "trouble": trouble, **ways[(turn + turn // len(ways)) % len(ways)]} for turn, (scenario, trouble) in enumerate(pair)]
        # another verb beside it is as long as itself
        found = [choice if turn % 4 == 0 else {**choice, "beside": ALONE} for turn, choice in enumerate(found)]
    else:
        found = [{"scenario": scenario, "trouble": trouble, **way} for scenario in SCENARIOS for trouble in _BASE["trouble"] for way in ways]
    return _distinct(_case(turn, **choice) for turn, choice in enumerate(found))


def _case(turn, scenario, trouble, **how):
    names = [name for name in (*scenario.members, *scenario.joining) if name not in scenario.dead]
    if not trouble or not names:
        return Case(scenario, **how)
    which, what = trouble
    return Case(scenario, tuple(oracle.Trouble(name, what) for name in (names if which == _ALL else [names[turn % len(names)]])), **how)


def words(quick):
    judged = [scenario for scenario in SCENARIOS if scenario.kind in (CREATES, CHANGES)]
    if quick:
        # by datastore; the verbs of one take turns
        stores = {store: [scenario for scenario in judged if scenario.datastore == store] for store in dict.fromkeys(s.datastore for s in judged)}
        found = pairs.cover({"store": list(stores), **_SAID}, _can_be)
        chosen = [{"scenario": stores[choice.pop("store")][turn % 5 % 4], **choice} for turn, choice in enumerate(found)]
    else:
        chosen = pairs.every({"scenario": judged, **_SAID}, _can_be)
    return _distinct(Case(choice["scenario"], _said(**choice)) for choice in chosen)


def _can_be(choice):
    return choice.get("what") not in oracle.ACTS or choice.get("since") != "after"


def _said(scenario, what, since, which):
    """Of a verb by which nobody leaves, the one in the middle."""
    places = {"first": scenario.proving[0], "last": scenario.proving[-1], "leaving": scenario.proving[len(scenario.proving) // 2]}
    name = scenario.leaving[0] if which == "leaving" and scenario.leaving else places[which]
    return (oracle.Trouble(name, what, since),)


def cuts(quick):
    """With `quick` each cut meets three verbs, in turns: all begin with the same plays. The databases are never asked."""
    if not quick:
        return [(scenario, cut) for scenario in SCENARIOS for cut in CUTS]
    chosen = [*{scenario.verb: scenario for scenario in SCENARIOS}.values()]
    names = [cut for cut in CUTS if cut != "host-pinned"] * 3
    return [(chosen[turn * len(chosen) // len(names)], name) for turn, name in enumerate(names)]


def _distinct(cases):
    return list(dict.fromkeys(cases))
