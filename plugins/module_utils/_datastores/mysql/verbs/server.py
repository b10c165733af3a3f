# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A MariaDB or MySQL server on its guest: its data made where there are none, started, and with the settings that its files have."""

from __future__ import annotations

from ...._model.errors import Refused
from ...._plan.plan import Plan, loose
from ...._plan.runner import Reconciler
from ..guest import control, server
from ..rules import settings as mysql_settings
from ..rules import system_tables


class MysqlServer(Reconciler):
    """The local server.

    :param engine: one of mysql_server.ENGINES
    :param datadir: where its data are
    :param settings: what its files say, values by name
    :param tls_files: the files of its certificate
    :param version: the start of the version that must be installed, or None
    :param initialise: make a data directory where there is none; False for one that is to be received
    :param allow_restart: restart a server that runs, for settings that it reads at its start only
    :param timeout: seconds until it must answer
    """

    def __init__(self, engine, datadir, settings, tls_files, version, initialise, allow_restart, timeout):
        self.engine, self.datadir, self.settings, self.tls_files = engine, datadir, settings, tls_files
        self.version, self.initialise, self.allow_restart, self.timeout = version, initialise, allow_restart, timeout

    def observe(self):
        return server.observe(self.engine, self.datadir)

    def plan(self, observed):
        self.refuse(observed)
        return Plan.of(self._service(observed), self._data(observed), self._server(observed), self._tables(observed))

    def refuse(self, observed):
        """:raises Refused: for what must not be touched"""
        self._refuse_other_data(observed)
        version = observed["version"]
        if self.version and version and version != self.version and not version.startswith(f"{self.version}."):
            raise Refused(f"{self.engine.daemon} is {version}, but {self.version} was asked for.", found=version, wanted=self.version)
        required = self._differences(observed)[0]
        if required and not self.allow_restart:
            text = ", ".join(f"{name} is {live or 'empty'} and has to be {wanted}" for name, (live, wanted) in required.items())
            raise Refused(
                f"The server runs without what replication needs ({text}), and takes it at a start only."
                " Let it be restarted with mysql_replication_allow_restart.",
                settings=sorted(required),
            )

    def _refuse_other_data(self, observed):
        data, live = observed["datadir"], (observed["variables"] or {}).get("datadir", "").rstrip("/")
        if live and live != self.datadir:
            raise Refused(f"The server that runs has its data in {live}, not in {self.datadir}.", found=live, wanted=self.datadir)
        if observed["configured"] and data["state"] == "blank":
            there = observed["configured"]
            raise Refused(f"There is a server with the schemas {', '.join(there['schemas'])} in {there['path']}, and nothing in {self.datadir}.", found=there)
        if data["state"] == "foreign":
            raise Refused(f"{self.datadir} holds files that are no database.", found=data)
        if observed["service"]["state"] == "active" and not observed["reachable"]:
            raise Refused(f"The server runs, but does not answer root on {server.SOCKET}: {observed['error']}")

    def _differences(self, observed):
        """Settings that a server which runs has otherwise, ``{name: (live, wanted)}``: required, other ones read at a start, and those it takes now."""
        found = mysql_settings.differences(self.settings, observed["variables"] or {})
        required, others = mysql_settings.at_start_only(self.engine.name, found)
        live = [name for name in found if name not in (*required, *others)]
        return tuple({name: found[name] for name in names} for names in (required, others, live))

    def _service(self, observed):
        if observed["service"]["outdated"] or not observed["service"]["enabled"]:
            yield loose("update", "service", self.engine.service.name, "it starts at boot, by the unit files that are there")

    def _data(self, observed):
        if observed["datadir"]["state"] in ("blank", "initialising") and self.initialise:
            yield loose("create", "datadir", self.datadir, "it is empty, and a server needs system tables")

    def _server(self, observed):
        if observed["service"]["state"] != "active":
            if self.initialise or observed["datadir"]["state"] in ("received", "initialised"):
                yield loose("start", "server", self.engine.daemon, "it does not run")
            return
        required, others, live = self._differences(observed)
        at_start = {**required, **(others if self.allow_restart else {})}
        if at_start:
            yield loose("restart", "server", self.engine.daemon, f"it reads {', '.join(at_start)} at its start only", risk="no service while it restarts")
            return
        if live:
            changes = ", ".join(f"{name} from {old} to {new}" for name, (old, new) in live.items())
            yield loose("update", "settings", self.engine.daemon, changes, args={"settings": {name: new for name, (_old, new) in live.items()}})
        newer = server.newer_than_start(self.tls_files, observed["service"])
        if newer:
            yield loose("update", "certificate", self.engine.daemon, f"{', '.join(newer)} changed")

    def _tables(self, observed):
        """Once for each version, and by nobody else: the package's own script does not run on our servers."""
        there = observed["datadir"]["state"] in ("received", "initialised")
        if self.engine.name == "mariadb" and there and system_tables.upgrade_needed(observed["tables_version"], observed["version"]):
            known = observed["tables_version"] or "an unknown version"
            yield loose("upgrade", "tables", self.engine.daemon, f"its system tables are of {known}, and the server is {observed['version']}")

    def apply(self, plan, observed):
        for step in plan.steps:
            getattr(self, f"_{step.action}_{step.kind}")(step, observed)

    def _update_service(self, step, observed):
        control.enable(self.engine, observed["service"]["outdated"])

    def _create_datadir(self, step, observed):
        control.initialise(self.engine, self.datadir)

    def _start_server(self, step, observed):
        control.start(self.engine, self.timeout)

    def _restart_server(self, step, observed):
        control.stop(self.engine)
        control.start(self.engine, self.timeout)

    def _upgrade_tables(self, step, observed):
        control.upgrade_tables(self.timeout)

    def _update_settings(self, step, observed):
        control.set_live([mysql_settings.statement(name, value) for name, value in step.args["settings"].items()])
        if any(name.startswith(("ssl_", "tls_")) for name in step.args["settings"]):
            control.reload_tls(self.engine)

    def _update_certificate(self, step, observed):
        control.reload_tls(self.engine)

    def view(self, observed):
        """What a reader wants to know: the settings are only those that are asked for."""
        live = observed["variables"] or {}
        shown = {name.replace("-", "_").lower() for name in self.settings}
        return {
            "version": observed["version"],
            "service": observed["service"]["state"],
            "reachable": observed["reachable"],
            "datadir": observed["datadir"],
            "settings": {name: live[name] for name in sorted(shown) if name in live},
            "pending": sorted(self._differences(observed)[1]),
        }

    def predict(self, plan, observed):
        """Check mode cannot know what a server that starts will say of itself: the plan says what would be done."""
        return self.view(observed)
