# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A role's settings file: refused by name, or in place with what a server makes of it noted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import singledispatchmethod
from typing import Any, NoReturn

from ...._guest import text_file
from ...._guest.command import GuestError
from ...._model.errors import InvalidInput
from ...._plan.plan import Plan, Step
from ...._plan.runner import Reconciler
from ..guest import connection, data_directory, settings_file, trial
from ..guest.engines import Engine
from ..rules import catalogue, option_file, reserved, taken
from ..rules import settings as rules
from ..rules.catalogue import Catalogue
from ..rules.option_file import Option
from ..rules.settings import Record

#: how many settings are named that only together keep a server from starting
_TOGETHER = 3


@dataclass(frozen=True)
class WriteSettings(Step):
    """:param content: of the file; record: what is noted of it"""

    action = "update"
    kind = "settings_file"
    content: str = field(repr=False)
    record: Record = field(repr=False)


@dataclass(frozen=True)
class NoteSettings(Step):
    action = "update"
    kind = "settings_record"
    record: Record = field(repr=False)


@dataclass(frozen=True)
class Asked:
    """What the file has to say.

    :param role: by its short name; settings: the user's, which stand in the option `<role>_settings`
    :param defaults: the role's, which the user's replace; owned: the role's, which nobody replaces
    :param overrides: the role's, which the user may give and which count for as long as they are here, as on a replica
    :param head: text before the settings; tail: text behind them
    :param provider: Galera's parameters of the user, which stand in `<role>_provider_options`; owned_provider: the role's
    """

    role: str
    settings: Mapping[str, Any]
    defaults: Mapping[str, Any]
    owned: Mapping[str, Any]
    head: str
    tail: str
    provider: Mapping[str, Any] = field(default_factory=dict)
    owned_provider: Mapping[str, Any] = field(default_factory=dict)
    overrides: Mapping[str, Any] = field(default_factory=dict)

    @property
    def where(self) -> str:
        return f"{self.role}_settings"


@dataclass(frozen=True)
class Seen:
    """:param live: the variables of the server that runs, None where none answers; filled: whether there are data"""

    text: str
    record: Record
    version: str | None
    live: Mapping[str, str] | None
    filled: bool


class SettingsFile(Reconciler[Seen]):
    """:param file: its path
    :param datadir: which a server that the settings are tried on must not see
    """

    def __init__(self, engine: Engine, file: str, datadir: str, asked: Asked) -> None:
        self.engine, self.file, self.datadir, self.asked = engine, file, datadir, asked

    def observe(self) -> Seen:
        try:
            with connection.Connection(connection.local(connection.SOCKET)) as local:
                live: dict[str, str] | None = settings_file.variables(local)
        except GuestError:
            live = None
        filled = data_directory.look(self.datadir)["state"] in ("received", "initialised")
        return Seen(text_file.text(self.file) or "", settings_file.read(self.asked.role), self.engine.version(), live, filled)

    def plan(self, observed: Seen) -> Plan:
        given = option_file.read(self.asked.settings, self.asked.where)
        ours = option_file.read(self.asked.owned, "owned")
        if self.asked.owned_provider:
            text = reserved.provider_options(self.asked.provider, self.asked.owned_provider, f"{self.asked.role}_provider_options")
            ours["wsrep_provider_options"] = Option("wsrep_provider_options", (text,))
        reserved.refuse(given, self.asked.role, self.asked.where, ours)
        if observed.version is None:
            return Plan()
        return self._plan(observed, given, ours)

    def _plan(self, observed: Seen, given: Mapping[str, Option], ours: Mapping[str, Option]) -> Plan:
        defaults = option_file.read(self.asked.defaults, "defaults")
        known = trial.known(self.engine, {**ours, **given})
        given = catalogue.resolve(given, known, self.asked.where)
        ours = {**catalogue.resolve(defaults, known, "defaults"), **catalogue.resolve(ours, known, "owned")}
        overrides = option_file.read(self.asked.overrides, "overrides")
        given = {name: option for name, option in given.items() if name not in overrides}
        ours = {**ours, **catalogue.resolve(overrides, known, "overrides")}
        options = _together(ours, given)
        shown: Mapping[str, str] = {}
        remarks: list[str] = []
        is_new = _tried(options) != _tried_before(observed.record) or observed.version != observed.record["version"]
        untried = {name: option for name, option in given.items() if not trial.is_tried(name)}
        if is_new or any(rules.lines_of(observed.record).get(name) != option.lines() for name, option in untried.items()):
            self._read(options, ours, given)
            shown = self._untried(untried, options, known)
        if is_new:
            if trial.is_possible():
                shown = {**shown, **self._started(options, ours, given)}
                remarks = taken.refuse_otherwise(given, shown, known.values, self.asked.where)
            else:
                remarks.append("No server was started to try the settings: this host allows no namespaces of its own (unshare --mount --net).")
        record = rules.noted(observed.record, options, shown, observed.version, time.time(), observed.text)
        self._refuse_other_data(observed, record, given)
        return Plan.of(self._steps(observed, options, record), warnings=remarks)

    def _steps(self, observed: Seen, options: Mapping[str, Option], record: Record) -> Iterator[Step]:
        content = self.asked.head + "[mysqld]\n" + "".join(f"{line}\n" for option in options.values() for line in option.lines()) + self.asked.tail
        if content != observed.text:
            before = rules.lines_of(observed.record)
            changed = [name for name, entry in record["entries"].items() if before.get(name, []) != entry["lines"]]
            yield WriteSettings(self.file, f"it says otherwise: {', '.join(sorted(changed)) or 'its form'}", content, record)
        elif record != observed.record:
            yield NoteSettings(settings_file.path(self.asked.role), "what the server makes of the settings is not known yet", record)

    def _read(self, options: Mapping[str, Option], ours: Mapping[str, Option], given: Mapping[str, Option]) -> None:
        """Have the program read the options, without a start.

        :raises InvalidInput: where it does not take them, or takes one otherwise than it was written
        """
        takes, said = trial.read(self.engine, self._all(options))
        catalogue.refuse_remarks(said, given, self.asked.where)
        if not takes:
            self._refuse(catalogue.reason(said), given, lambda few: trial.read(self.engine, self._all(_together(ours, few)))[0])

    def _untried(self, untried: Mapping[str, Option], options: Mapping[str, Option], known: Catalogue) -> Mapping[str, str]:
        """The numbers that the program reads of settings which no server can be tried with, such as the size of its redo log.

        :raises InvalidInput: where it sets another value than was given
        """
        if not untried:
            return {}
        read = trial.as_read(self.engine, self._all(options)).values
        taken.refuse_otherwise(untried, read, known.values, self.asked.where)
        return {name: read[name] for name in untried if read.get(name, "").isdecimal()}

    def _started(self, options: Mapping[str, Option], ours: Mapping[str, Option], given: Mapping[str, Option]) -> Mapping[str, str]:
        """What a new server makes of the options.

        :raises InvalidInput: where none can be started with them, or one would go on without a part of them
        """
        answer = trial.start(self.engine, self._all(options), self.datadir)
        catalogue.refuse_remarks(answer.log, given, self.asked.where)
        if answer.variables is None:
            self._refuse(catalogue.reason(answer.log), given, lambda few: self._starts(_together(ours, few)))
        return {name: value for name, value in answer.variables.items() if trial.is_tried(name)}

    def _starts(self, options: Mapping[str, Option]) -> bool:
        return trial.start(self.engine, self._all(options), self.datadir).variables is not None

    def _all(self, options: Mapping[str, Option]) -> list[Option]:
        """With what the other files of the server say: a setting may not go with one of them."""
        return [*trial.theirs(self.engine, self.file), *options.values()]

    def _refuse(self, reason: str, given: Mapping[str, Option], works: Callable[[Mapping[str, Option]], bool]) -> NoReturn:
        """Refuse the setting that the server names, or else one that it does not start with, found by halves, and those that it needs for that.

        :raises GuestError: where it does not start without any of them either
        """
        if not given or not works({}):
            raise GuestError(f"{self.engine.daemon} cannot be started to try settings, not even without {self.asked.where}: {reason}")
        named = catalogue.blamed(reason, given)
        few = {named.name: named} if named else _culprits(given, works)
        first, *others = few.values()
        beside = f" beside {', '.join(option.name for option in others)}" if others else ""
        raise InvalidInput(f"{self.asked.where}.{first.name}", first.text, f"what {self.engine.daemon} starts with{beside}; it says: {reason}")

    def _refuse_other_data(self, observed: Seen, record: Record, given: Mapping[str, Option]) -> None:
        """A setting that data are created with is not changed once there are data."""
        if not observed.filled:
            return
        has = observed.live if observed.live is not None else {name: entry["live"] for name, entry in observed.record["entries"].items() if entry["live"]}
        for name in sorted(reserved.MADE_WITH_DATA & record["entries"].keys() & has.keys()):
            entry = record["entries"][name]
            if entry["live"] is not None and entry["live"] != has[name]:
                asked = given[name].text if name in given else "nothing"
                raise InvalidInput(f"{self.asked.where}.{name}", asked, f"{has[name]}: the data in {self.datadir} were created with it")

    @singledispatchmethod
    def carry_out(self, step: Step, observed: Seen) -> None:
        super().carry_out(step, observed)

    @carry_out.register(WriteSettings)
    def _write_settings(self, step: WriteSettings, observed: Seen) -> None:
        # The record first: a run that is killed in between finds that the file says otherwise, and writes it.
        settings_file.write(self.asked.role, step.record)
        settings_file.put(self.file, step.content)

    @carry_out.register(NoteSettings)
    def _note_settings(self, step: NoteSettings, observed: Seen) -> None:
        settings_file.write(self.asked.role, step.record)

    def view(self, observed: Seen) -> dict[str, Any]:
        return {"content": observed.text}

    def predict(self, plan: Plan, observed: Seen) -> dict[str, Any]:
        return {"content": next((step.content for step in plan.steps if isinstance(step, WriteSettings)), observed.text)}


def _together(ours: Mapping[str, Option], given: Mapping[str, Option]) -> dict[str, Option]:
    """The user's settings in the places of the role's defaults; those that a server collects beside the role's."""
    both = {**ours, **given}
    for name in ours.keys() & given.keys():
        if catalogue.is_collected(name):
            both[name] = Option(name, tuple(dict.fromkeys((*ours[name].values, *given[name].values))), given[name].loose, spelling=ours[name].spelling)
    return both


def _culprits(given: Mapping[str, Option], works: Callable[[Mapping[str, Option]], bool]) -> dict[str, Option]:
    """A setting that makes the difference, and up to two that it does so together with: without settings a server starts, and with all it does not.

    Halves of those before each one are tried: some twenty starts for a hundred settings.
    """
    found: dict[str, Option] = {}
    rest = list(given)
    while rest and len(found) < _TOGETHER and (not found or works(found)):
        # it starts with the first `low` of them, and not with the first `high`
        low, high = 0, len(rest)
        while high - low > 1:
            middle = (low + high) // 2
            if works({**found, **{name: given[name] for name in rest[:middle]}}):
                low = middle
            else:
                high = middle
        found[rest[high - 1]] = given[rest[high - 1]]
        rest = rest[: high - 1]
    return found


def _tried(options: Mapping[str, Option]) -> dict[str, list[str]]:
    return {name: option.lines() for name, option in options.items() if trial.is_tried(name) and option.values}


def _tried_before(record: Record) -> dict[str, list[str]]:
    return {name: lines for name, lines in rules.lines_of(record).items() if trial.is_tried(name)}
