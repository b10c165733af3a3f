# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A source or a replica brought to another version of its packages, once in each turn of a verb that takes one after the other.

It may be killed between any two lines: what is left to do is read from dpkg, systemd and the server, so a run that continues does the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import singledispatchmethod

from ...._guest import for_one_start, packages, turn
from ...._guest.command import GuestError
from ...._guest.systemd import Unit
from ...._model.upgrade import Installed, series
from ...._plan.plan import Plan, Step
from ...._upgrades.server import StartServer, Upgraded
from ...mysql.guest import control, settings_file
from ...mysql.guest.engines import Engine
from ..rules.upgraded import Versions
from . import versions
from .settings import ROLE
from .steps import StartReplication

_WAITING = (
    "Sessions of {sessions} wait for a table's lock: one that creates or changes accounts and mariadb-upgrade may wait for each other. End them (KILL and the"
    " number), keep accounts as they are meanwhile, and run it again."
)


@dataclass(frozen=True)
class Observed:
    """The packages of the server, its unit, whether that was left masked, its versions, and whether it is a replica that does not apply."""

    packages: Installed
    unit: turn.Seen
    masked: bool
    versions: Versions
    stopped: bool


def _without_replication(unit: Unit) -> AbstractContextManager[None]:
    """A start within it starts no thread of MariaDB's, so that nothing is applied over system tables that are older than the program. Source: MariaDB,
    "systemd", of the variable.
    """
    return for_one_start.with_more(unit, "MYSQLD_OPTS", "--skip-slave-start")


class UpgradeTables(Step):
    action = "upgrade"
    kind = "tables"


class MysqlUpgraded(Upgraded[Observed]):
    """The local server with the packages that were decided on, serving, and replicating where it is a replica.

    :param name: the server's name
    :param datadir: where its data are
    :param wanted: ``{package: version}`` of all of the server's packages
    :param text: the turn, noted when it serves again
    :param timeout: seconds until it must answer
    :param asked_again: why it must not be stopped now, sentences; asked of one that answers
    """

    def __init__(
        self, engine: Engine, name: str, datadir: str, wanted: Mapping[str, str], text: str, timeout: float, asked_again: Callable[[], list[str]]
    ) -> None:
        super().__init__(name, engine.service, f"{engine.name}-server", wanted, text)
        self.engine, self.datadir, self.timeout, self.asked_again = engine, datadir, timeout, asked_again

    def observe(self) -> Observed:
        seen = versions.look(self.engine, self.datadir)
        stopped = bool(seen["running"]) and bool(self.engine.not_applying())
        return Observed(packages.installed(self.package), turn.look(self.unit), self.unit.is_masked(), seen, stopped)

    def plan(self, observed: Observed) -> Plan:
        installs = [*self._packages(observed.packages)]
        start = self._starts(installs, observed.masked, observed.versions["running"])
        return Plan.of(installs, start, self._tables(observed), self._replication(observed))

    def _tables(self, observed: Observed) -> Iterator[Step]:
        """By the version that there will be: whether there is something to do is asked again then."""
        if self.engine.upgrade_needed(observed.versions["tables"], self.new):
            yield UpgradeTables(self.name, f"of {observed.versions['tables'] or 'an unknown version'}, without the binary log")

    def _replication(self, observed: Observed) -> Iterator[Step]:
        """While its tables are upgraded a replica applies nothing, and a run may be killed just then."""
        if observed.stopped:
            yield StartReplication(self.name, "it does not apply, as while its tables are upgraded")

    @singledispatchmethod
    def carry_out(self, step: Step, observed: Observed) -> None:
        super().carry_out(step, observed)

    def _stop(self) -> None:
        """To another release series a server comes only when it has closed its log in order: the new program may not read one that was left by a crash.

        Sources: MySQL Reference Manual, "Upgrade Prerequisites" (innodb_fast_shutdown, XA RECOVER); MariaDB, "Upgrading Between Major MariaDB Versions".
        """
        running = versions.running()
        if running is None and self.unit.show()["state"] == "active":
            raise GuestError(f"{self.name} runs and does not answer root, so what it does is not known. It was not touched. Restart it or stop it first.")
        crosses = self._crosses(running or versions.look(self.engine, self.datadir)["installed"])
        against = [*(self.asked_again() if running else []), *(versions.prepared() if running and crosses else [])]
        if against:
            raise GuestError(f"{self.name} must not be stopped now: {'; '.join(against)}. It was not touched. Run it again.")
        if not running and crosses and not self.unit.ended_in_order() and not packages.installed(self.package)["unfinished"]:
            self._start()
            running = versions.running()
        turn.begin(self.unit, self.turn)
        if running and crosses:
            control.set_live(["SET GLOBAL innodb_fast_shutdown = LEAST(@@GLOBAL.innodb_fast_shutdown, 1)"])
        control.stop(self.engine)
        if running and crosses and not self.unit.ended_in_order():
            raise GuestError(f"{self.name} did not stop in order: its log is in its unit's journal. Nothing was installed. Run it again: it is started first.")

    def _crosses(self, old: str | None) -> bool:
        """Whether the new version is of another release series."""
        return bool(old and self.new) and series(str(old)) != series(str(self.new))

    def _start(self) -> None:
        self._start_within(nullcontext())

    def _start_within(self, held: AbstractContextManager[None]) -> None:
        """Of a unit that is masked systemd does not know the settings, so that is over first."""
        turn.begin(self.unit, self.turn)
        self.unit.unmask_for_good()
        for_one_start.forget(self.unit)
        with held:
            control.start(self.engine, self.timeout)
        settings_file.note_start(ROLE, self.unit.show()["started"])

    @carry_out.register(StartServer)
    def _start_server(self, step: StartServer, observed: Observed) -> None:
        if versions.running() not in (None, self.new):
            # it runs on with the program that was there before
            self._stop()
        tables = versions.look(self.engine, self.datadir)["tables"]
        self._start_within(_without_replication(self.unit) if self.engine.upgrade_needed(tables, self.new) else nullcontext())
        self._check_version(versions.running())

    @carry_out.register(UpgradeTables)
    def _upgrade_tables(self, step: UpgradeTables, observed: Observed) -> None:
        # of a run that was killed while it waited for the start
        for_one_start.forget(self.unit)
        try:
            self.engine.upgrade_tables(self.timeout)
        except GuestError as error:
            # seen on a source: it and a client's CREATE USER wait for each other for ever
            sessions = ", ".join(versions.waiting())
            if not sessions:
                raise
            raise GuestError(f"{error.message} {_WAITING.format(sessions=sessions)}") from None
        if self.engine.upgrade_needed(versions.look(self.engine, self.datadir)["tables"], self.new):
            raise GuestError(f"mariadb-upgrade has ended on {self.name}, and its system tables are of another version than its server.")
        # it was started without, and a run that was killed may have left it so
        self.engine.apply_again()

    @carry_out.register(StartReplication)
    def _start_replication(self, step: StartReplication, observed: Observed) -> None:
        self.engine.apply_again()

    def view(self, observed: Observed) -> dict[str, object]:
        return {"service": observed.unit["state"], "running": observed.versions["running"], "packages": observed.packages["versions"]}

    def predict(self, plan: Plan, observed: Observed) -> dict[str, object]:
        return {**self.view(observed), **({"packages": {**observed.packages["versions"], **self.wanted}} if plan else {})}
