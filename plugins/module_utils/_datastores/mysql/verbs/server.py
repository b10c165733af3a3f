# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A MariaDB or MySQL server on its guest: initialised where there are no data, started, and with the settings that its files have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import singledispatchmethod
from typing import Any

from ...._guest import aside
from ...._model.errors import Refused
from ...._plan.plan import Plan, Step
from ...._plan.runner import Reconciler
from ..guest import connection, control, server, settings_file
from ..guest.engines import Engine
from ..guest.server import ServerInfo
from ..rules import settings as rules
from .steps import CreateDatadir, UpdateCertificate, UpdateService

#: states of a data directory with a server's data
_FILLED = ("received", "initialised")


class StartServer(Step):
    action = "start"
    kind = "server"


class RestartServer(Step):
    action = "restart"
    kind = "server"
    risk = "no service while it restarts"


@dataclass(frozen=True)
class UpdateSettings(Step):
    """:param settings: values by variable, as a server shows them"""

    action = "update"
    kind = "settings"
    settings: Mapping[str, str] = field(repr=False)


class UpgradeTables(Step):
    action = "upgrade"
    kind = "tables"


def update_settings(name: str, changes: Mapping[str, tuple[str, str]]) -> UpdateSettings:
    """:param name: the server's"""
    why = ", ".join(f"{setting} from {live} to {wanted}" for setting, (live, wanted) in changes.items())
    return UpdateSettings(name, why, {setting: wanted for setting, (_live, wanted) in changes.items()})


class MysqlServer(Reconciler[ServerInfo]):
    """The local server.

    :param datadir: where its data are
    :param role: whose settings file it has
    :param settings: what it shall have, values by name: of those that replication cannot do without, it is refused, and all are shown
    :param tls_files: the files of its certificate
    :param version: the start of the version that must be installed, or None
    :param initialise: create the system tables where there are no data; False for data that are to be received
    :param allow_restart: restart a server that runs, for settings that it reads at its start only
    :param timeout: seconds until it must answer
    """

    def __init__(
        self,
        engine: Engine,
        datadir: str,
        role: str,
        settings: Mapping[str, object],
        tls_files: Sequence[str],
        version: str | None,
        initialise: bool,
        allow_restart: bool,
        timeout: float,
    ) -> None:
        self.engine, self.datadir, self.role, self.settings, self.tls_files = engine, datadir, role, settings, tls_files
        self.version, self.initialise, self.allow_restart, self.timeout = version, initialise, allow_restart, timeout

    def observe(self) -> ServerInfo:
        return server.observe(self.engine, self.datadir, self.role)

    def plan(self, observed: ServerInfo) -> Plan:
        self._refuse_other_data(observed)
        self._refuse_other_version(observed)
        self._refuse_unasked_restart(observed)
        return Plan.of(self._service(observed), self._data(observed), self._server(observed), self._tables(observed))

    def _refuse_other_data(self, observed: ServerInfo) -> None:
        data, live = observed["datadir"], (observed["variables"] or {}).get("datadir", "").rstrip("/")
        if live and live != self.datadir:
            raise Refused(f"The running server has its data in {live}, not in {self.datadir}.", found=live, wanted=self.datadir)
        there = observed["configured"]
        if there and data["state"] == "blank":
            raise Refused(f"There is a server with the schemas {', '.join(there['schemas'])} in {there['path']}, and nothing in {self.datadir}.", found=there)
        # the rest of what a killed run has set aside is no server's, and that run can be gone on with; nothing is started with it
        if data["state"] == "foreign" and not aside.is_half(self.datadir):
            raise Refused(f"{self.datadir} holds files that do not belong to a database.", found=data)
        if observed["service"]["state"] == "active" and not observed["reachable"]:
            raise Refused(f"The server runs, but does not answer root on {connection.SOCKET}: {observed['error']}")

    def _refuse_other_version(self, observed: ServerInfo) -> None:
        version = observed["version"]
        if self.version and version and not f"{version}.".startswith(f"{self.version}."):
            raise Refused(f"{self.engine.daemon} is {version}, but {self.version} was asked for.", found=version, wanted=self.version)

    def _refuse_unasked_restart(self, observed: ServerInfo) -> None:
        required = self._required(observed)
        if required and not self.allow_restart:
            text = ", ".join(f"{name} is {live or 'empty'} and has to be {wanted}" for name, (live, wanted) in required.items())
            raise Refused(
                f"The server runs without what replication needs ({text}), and takes it at a start only."
                " Let it be restarted with mysql_replication_allow_restart.",
                settings=sorted(required),
            )

    def _required(self, observed: ServerInfo) -> dict[str, tuple[str, object]]:
        """What replication needs and the server has otherwise, even where the file has not been written yet."""
        return rules.required(self.settings, observed["variables"] or {}, self.engine.required)

    def _service(self, observed: ServerInfo) -> Iterator[Step]:
        if observed["service"]["outdated"] or not observed["service"]["enabled"]:
            yield UpdateService(self.engine.service.name, "it starts at boot, by the unit files that are there")

    def _data(self, observed: ServerInfo) -> Iterator[Step]:
        if observed["datadir"]["state"] in ("blank", "initialising") and self.initialise:
            yield CreateDatadir(self.datadir, "it is empty, and a server needs system tables")

    def _server(self, observed: ServerInfo) -> Iterator[Step]:
        if observed["service"]["state"] != "active":
            if self.initialise or observed["datadir"]["state"] in _FILLED:
                yield StartServer(self.engine.daemon, "it does not run")
            return
        at_start = dict.fromkeys([*self._required(observed), *observed["settings"].pending])
        if at_start and self.allow_restart:
            yield RestartServer(self.engine.daemon, f"it reads {', '.join(at_start)} at its start only")
            return
        if observed["settings"].live:
            yield update_settings(self.engine.daemon, observed["settings"].live)
        newer = server.unread_tls(self.tls_files, observed["service"])
        if newer:
            yield UpdateCertificate(self.engine.daemon, f"{', '.join(newer)} changed")

    def _tables(self, observed: ServerInfo) -> Iterator[Step]:
        """Once for each version, and by nobody else: the package's own script does not run on our servers."""
        filled = observed["datadir"]["state"] in _FILLED
        if filled and self.engine.upgrade_needed(observed["tables_version"], observed["version"]):
            known = observed["tables_version"] or "an unknown version"
            yield UpgradeTables(self.engine.daemon, f"its system tables are of {known}, and the server is {observed['version']}")

    @singledispatchmethod
    def carry_out(self, step: Step, observed: ServerInfo) -> None:
        super().carry_out(step, observed)

    @carry_out.register(UpdateService)
    def _update_service(self, step: UpdateService, observed: ServerInfo) -> None:
        control.enable(self.engine, observed["service"]["outdated"])

    @carry_out.register(CreateDatadir)
    def _create_datadir(self, step: CreateDatadir, observed: ServerInfo) -> None:
        aside.check_whole(self.datadir)
        control.initialise(self.engine, self.datadir)

    @carry_out.register(StartServer)
    def _start_server(self, step: StartServer, observed: ServerInfo) -> None:
        self._start()

    @carry_out.register(RestartServer)
    def _restart_server(self, step: RestartServer, observed: ServerInfo) -> None:
        control.stop(self.engine)
        self._start()

    def _start(self) -> None:
        aside.check_whole(self.datadir)
        control.start(self.engine, self.timeout)
        settings_file.note_start(self.role, self.engine.service.show()["started"])

    @carry_out.register(UpgradeTables)
    def _upgrade_tables(self, step: UpgradeTables, observed: ServerInfo) -> None:
        self.engine.upgrade_tables(self.timeout)

    @carry_out.register(UpdateSettings)
    def _update_settings(self, step: UpdateSettings, observed: ServerInfo) -> None:
        settings_file.give(self.role, step.settings)
        if any(name.startswith(("ssl_", "tls_")) for name in step.settings):
            control.reload_tls(self.engine, self.tls_files)

    @carry_out.register(UpdateCertificate)
    def _update_certificate(self, step: UpdateCertificate, observed: ServerInfo) -> None:
        control.reload_tls(self.engine, self.tls_files)

    def view(self, observed: ServerInfo) -> dict[str, Any]:
        """What a reader wants to know: the settings are only those that are asked for."""
        live = observed["variables"] or {}
        shown = {name.replace("-", "_").lower() for name in self.settings}
        return {
            "version": observed["version"],
            "service": observed["service"]["state"],
            "reachable": observed["reachable"],
            "datadir": observed["datadir"],
            "settings": {name: live[name] for name in sorted(shown) if name in live},
            "pending": list(observed["settings"].pending),
            "told": list(observed["settings"].told),
        }

    def predict(self, plan: Plan, observed: ServerInfo) -> dict[str, Any]:
        """Check mode cannot know what a server that starts will say of itself: the plan says what would be done."""
        return self.view(observed)
