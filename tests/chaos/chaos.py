# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kill verbs on real servers of the embedded cloud, go on with the same command, and hold the end against a run that nobody disturbed.

For each verb: an undisturbed run, by which is known what there has to be in the end and which boundaries a run has; then rounds, each with a seed of its own,
in which the run is killed so many times and then left alone. A client writes meanwhile. What is found is printed with the command that does the same again.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import killing
from faults import FAULTS, NoEffect
from scenarios_real import SCENARIOS, Scenario, Servers
from table import VERBS, Way
from world import differences

#: what a run is given that waits for another one's lease: it ends a minute after its holder was killed, where nobody can see that it was
_LEASE = "in use by run"
#: seconds in which all serve again when a fault has ended
_HEALED = 240
#: seconds in which a client writes before a verb under which nobody can
_BEFORE = 3


@dataclass(frozen=True)
class Round:
    verb: str
    way: Way
    seed: int
    kills: int
    fault: str
    #: the moment of the one kill, where it was given
    at: killing.Kill | None = None


class Chaos:
    def __init__(self, servers: Servers, scenario: Scenario, place: Path):
        self.servers, self.scenario, self.place = servers, scenario, place
        self.found: list[str] = []

    def verb(self, verb: str, way: Way, rounds: list[Round]) -> None:
        """An undisturbed run, and its rounds."""
        self._steps(way.before)
        self.servers.world.begin()
        whole = self._run(verb, way, "undisturbed")
        expected = self._after(verb)
        self._steps(way.after)
        for one in rounds:
            say(f"{verb}: seed {one.seed}, {one.kills} kills, fault {one.fault}")
            self._written_before(one.way)
            self._steps(one.way.before)
            self.servers.world.begin()
            self._under_load(one, whole.boundaries)
            # a database that the verb has stopped or detached, or that of a source that was ejected, is asked when it is back
            serve = one.way.writes and not one.way.parts
            self._report(one, [*differences(expected, self._after(verb)), *(self._lost() if serve else [])])
            self._steps(one.way.after)
            if not serve:
                self._report(one, self._lost())

    def _under_load(self, one: Round, boundaries: list) -> None:
        load = self.servers.load
        if one.way.writes:
            load.begin()
        try:
            self._killed(one, boundaries)
        finally:
            if one.way.writes:
                say(f"  client: {json.dumps(load.end())}")

    def _written_before(self, way: Way) -> None:
        """What a verb under which nobody can write must leave as it was."""
        if way.writes or not way.keeps:
            return
        self.servers.load.begin()
        time.sleep(_BEFORE)
        say(f"  client, before: {json.dumps(self.servers.load.end())}")

    def _killed(self, one: Round, boundaries: list) -> None:
        """Kill the verb so many times, each time somewhere else, then let it come to its end."""
        drawn = random.Random(f"{one.seed} {one.verb}")
        fault = self._fault(one, drawn)
        options = self.servers.filled(one.way.options)
        for number in range(1, one.kills + 1):
            kill = one.at or _moment(drawn, boundaries)
            ran = self.servers.run(one.verb, options, self._directory(one.verb), kill)
            say(f"  kill {number} at {kill}: {'killed after ' + ran.last if ran.code is None else f'it had ended with {ran.code}'}")
            if ran.code == 0:
                # once more it would be another run, of which docs/killed.md says what it does
                break
            if fault and number == 1:
                try:
                    say(f"  {fault.begin()}")
                except NoEffect as error:
                    self._report(one, [f"the fault had no effect: {error}"])
                ran = self.servers.run(one.verb, options, self._directory(one.verb), kill)
                say(f"  with the fault: {'killed' if ran.code is None else f'ended with {ran.code}: {_error(ran.output)}'}")
        if fault:
            fault.end()
            if one.way.writes:
                self.servers.healed(_HEALED)
        ran = ran if ran.code == 0 else self._patiently(one.verb, options)
        if ran.code:
            self._report(one, [f"the same command fails: {_error(ran.output)}", f"its output is in {self.place}"])

    def _patiently(self, verb: str, options: dict) -> killing.Ran:
        """Once more when the lease of the killed run has ended."""
        ran = self.servers.run(verb, options, self._directory(verb))
        if ran.code and _LEASE in " ".join(ran.output.split()):
            say("  the lease of the killed run is waited for")
            time.sleep(65)
            ran = self.servers.run(verb, options, self._directory(verb))
        return ran

    def _fault(self, one: Round, drawn: random.Random):
        if one.fault == "none":
            return None
        guests = self.servers.world.guests()
        guest = drawn.choice(guests)
        return FAULTS[one.fault](self.servers.world, guest, [other for other in guests if other != guest], self.scenario.unit)

    def _run(self, verb: str, way: Way, name: str) -> killing.Ran:
        ran = self.servers.run(verb, self.servers.filled(way.options), self._directory(name))
        if ran.code:
            raise SystemExit(f"{verb} fails undisturbed: {_error(ran.output)}\n{ran.output[-4000:]}")
        say(f"{verb}: undisturbed, {len(ran.boundaries)} boundaries in {ran.boundaries[-1]['at']:.0f} s")
        return ran

    def _steps(self, steps: tuple) -> None:
        for step in steps:
            if isinstance(step, str):
                self.servers.befall(step)
                continue
            verb, options = step
            ran = self.servers.run(verb, self.servers.filled(options), self._directory(f"step-{verb}"))
            if ran.code:
                self.found.append(f"{verb}, undisturbed, as a step between rounds: {_error(ran.output)}")
                raise SystemExit(f"{verb} fails as a step: {ran.output[-4000:]}")

    def _after(self, verb: str) -> object:
        return self.servers.world.left() if verb in ("cluster_delete",) else self.servers.world.describe()

    def _lost(self) -> list[str]:
        return self.servers.load.lost(self.servers.world.guests()) if self.servers.serves() else []

    def _report(self, one: Round, sentences: list[str]) -> None:
        command = f"make chaos SCENARIO={self.scenario.name} VERB={one.verb} SEED={one.seed} KILLS={one.kills} FAULT={one.fault}"
        for sentence in sentences:
            say(f"  FOUND: {sentence}")
            self.found.append(f"{command}: {sentence}")

    def _directory(self, name: str) -> Path:
        number = len(list(self.place.iterdir())) + 1
        return self.place / f"{number:03d}-{name}"


def _moment(drawn: random.Random, boundaries: list) -> killing.Kill:
    """At a boundary, or inside a task: half of them by the number of boundaries, half by the time that they take."""
    kind = drawn.choice(killing.KINDS)
    if drawn.random() < 0.5:
        return killing.Kill(drawn.randrange(1, len(boundaries) + 1), None, kind)
    at = drawn.uniform(0, boundaries[-1]["at"])
    before = [event for event in boundaries if event["at"] <= at]
    return killing.Kill(before[-1]["number"], round(at - before[-1]["at"], 2) or None, kind) if before else killing.Kill(1, None, kind)


def _error(output: str) -> str:
    lines = [line for line in output.splitlines() if line.startswith(("[ERROR]", "fatal:", "ERROR"))]
    return " | ".join(lines)[:1500] or output[-600:]


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenario", choices=SCENARIOS, default="galera")
    parser.add_argument("--verb", default="", help="one or more, with commas; all that the scenario has by default")
    parser.add_argument("--seed", type=int, default=int(time.time()) % 10**6)
    parser.add_argument("--rounds", type=int, default=1, help="the seeds after the first one follow it")
    parser.add_argument("--kills", type=int, default=1)
    parser.add_argument("--fault", choices=["none", *FAULTS], default="none")
    parser.add_argument("--at", default="", help="BOUNDARY[:SECONDS[:KIND]], one kill at that moment")
    parser.add_argument("--keep", action="store_true", help="leave the servers for the next call")
    parser.add_argument("--place", type=Path, default=Path(".cache/chaos"))
    given = parser.parse_args()
    scenario = SCENARIOS[given.scenario]
    verbs = given.verb.split(",") if given.verb else [verb for verb, ways in VERBS.items() if given.scenario in ways]
    place = (given.place / f"{given.scenario}-{os.getpid()}").resolve()
    place.mkdir(parents=True)
    servers = Servers(scenario, place)
    chaos = Chaos(servers, scenario, place)
    say(f"seed {given.seed}, what each run printed is in {place}")
    servers.begin()
    try:
        for verb in verbs:
            if given.scenario not in VERBS[verb]:
                sys.exit(f"{verb} has no line for {given.scenario} in tests/chaos/table.py")
            way = VERBS[verb][given.scenario]
            at = _given(given.at)
            seeds = range(given.seed, given.seed + given.rounds)
            chaos.verb(verb, way, [Round(verb, way, seed, given.kills, given.fault, at) for seed in seeds])
    finally:
        if not given.keep:
            servers.end()
    left = [] if given.keep else [f"left over: {left}" for left in [servers.world.left()] if any(left.values())]
    found = [*chaos.found, *left]
    print("\n".join([f"{len(found)} found", *found]))
    sys.exit(1 if found else 0)


def _given(text: str) -> killing.Kill | None:
    if not text:
        return None
    boundary, after, kind = (text.split(":") + ["", ""])[:3]
    return killing.Kill(int(boundary), float(after) if after else None, kind or killing.WHOLE)


if __name__ == "__main__":
    main()
