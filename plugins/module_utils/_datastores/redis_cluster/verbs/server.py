# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The states of a running server: it has taken what its files say, or was restarted for what it reads at its start only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import singledispatchmethod
from typing import Any

from ...._guest.command import GuestError
from ...._model.errors import InvalidInput
from ...._plan.plan import Plan, Step
from ..guest.server import Seen, Server
from ..guest.settings_file import SettingsFile
from ..rules import redis_conf
from ..rules import settings as rules
from ..rules.settings import Wanted
from .cluster import InStages

#: the first line of the file
HEAD = "Written by stackdb.trove; changes made here are lost."


@dataclass(frozen=True)
class UpdateSetting(Step):
    action = "update"
    kind = "setting"

    value: str = field(repr=False)

    @classmethod
    def of(cls, name: str, before: str, value: str) -> UpdateSetting:
        return cls(name, f"from {rules.shown(name, before)} to {rules.shown(name, value)}", value)


@dataclass(frozen=True)
class UpdateUsers(Step):
    action = "update"
    kind = "users"

    @classmethod
    def of(cls, name: str) -> UpdateUsers:
        return cls(name, "the users' file differs from what the server knows")


@dataclass(frozen=True)
class UpdateCertificate(Step):
    action = "update"
    kind = "certificate"

    @classmethod
    def of(cls, name: str, unread: Sequence[str]) -> UpdateCertificate:
        return cls(name, f"{', '.join(unread)} changed" if unread else "the server shows another certificate than the one on disk")


@dataclass(frozen=True)
class WriteSettings(Step):
    action = "update"
    kind = "file"

    content: str = field(repr=False)

    @classmethod
    def to(cls, path: str, content: str) -> WriteSettings:
        return cls(path, "the server reads it at its start, and it differs from what is wanted", content)


@dataclass(frozen=True)
class RestartServer(Step):
    action = "restart"
    kind = "server"
    risk = "its slots are not served while it restarts"

    @classmethod
    def to_read(cls, name: str, settings: Sequence[str]) -> RestartServer:
        return cls(name, f"it reads {', '.join(settings)} at its start only")


class ServerState(InStages[Seen]):
    """A state of the local server.

    :param name: the member's name
    :param timeout: seconds until a restarted server must be back
    :param file: where its settings are to be written, None for nowhere
    """

    def __init__(self, server: Server, name: str, wanted: Wanted, timeout: int, file: SettingsFile | None = None):
        self.server, self.name, self.wanted, self.timeout, self.file = server, name, wanted, timeout, file

    def observe(self) -> Seen:
        return self.server.observe()

    def pending(self, observed: Seen) -> list[str]:
        """The settings that wait for a restart, by name."""
        return rules.pending(self.name, self.wanted, observed.running) if observed.running else []

    @singledispatchmethod
    def carry_out_stage(self, first: Step, stage: Sequence[Any], observed: Seen) -> None:
        super().carry_out_stage(first, stage, observed)

    @carry_out_stage.register(UpdateSetting)
    def _update_settings(self, first: UpdateSetting, stage: Sequence[UpdateSetting], observed: Seen) -> None:
        self.server.set({step.name: step.value for step in stage})

    @carry_out_stage.register(UpdateUsers)
    def _update_users(self, first: UpdateUsers, stage: Sequence[UpdateUsers], observed: Seen) -> None:
        self.server.load_users()

    @carry_out_stage.register(UpdateCertificate)
    def _update_certificate(self, first: UpdateCertificate, stage: Sequence[UpdateCertificate], observed: Seen) -> None:
        self.server.load_certificate()

    @carry_out_stage.register(WriteSettings)
    def _write_settings(self, first: WriteSettings, stage: Sequence[WriteSettings], observed: Seen) -> None:
        if self.file:
            self.file.write(first.content)

    @carry_out_stage.register(RestartServer)
    def _restart_server(self, first: RestartServer, stage: Sequence[RestartServer], observed: Seen) -> None:
        self.server.restart(self.timeout)

    def view(self, observed: Seen) -> dict[str, Any]:
        """Only the settings that are asked for; no rules of users, since these have hashes of passwords in them."""
        live: Mapping[str, str] = observed.running.settings if observed.running else {}
        return {"state": observed.state, "settings": {name: live.get(name.lower()) for name in self.wanted.settings if name not in rules.SECRET}}

    def predict(self, plan: Plan, observed: Seen) -> dict[str, Any]:
        changed = {step.name: step.value for step in plan.steps if isinstance(step, UpdateSetting) and step.name not in rules.SECRET}
        shown = self.view(observed)
        return {**shown, "settings": {name: changed.get(name.lower(), value) for name, value in shown["settings"].items()}}


class ServerAdapted(ServerState):
    """The running server has taken settings, users and certificate, as far as that needs no restart, and its file has the settings.

    Of a server that is down only the file is written. The file comes last: a server that starts with a log of changes in its settings, but without one on
    its disk, starts empty.
    """

    def plan(self, observed: Seen) -> Plan:
        file = self._file()
        if not observed.running:
            rules.check_start(self.name, self.wanted.settings, observed.entries)
            return Plan.of(file)
        self.pending(observed)
        changes = rules.changes(self.wanted, observed.running)
        before = observed.running.settings
        return Plan.of(
            [UpdateSetting.of(name, before[name], value) for name, value in changes.settings.items()],
            [UpdateUsers.of(self.name)] if changes.users else [],
            [UpdateCertificate.of(self.name, observed.unread)] if changes.certificate or observed.unread else [],
            file,
        )

    def _file(self) -> list[WriteSettings]:
        if not self.file:
            return []
        texts = {name: redis_conf.text(name, value) for name, value in self.wanted.settings.items()}
        content = redis_conf.render(texts, HEAD)
        return [] if self.file.read() == content else [WriteSettings.to(self.file.path, content)]

    def apply(self, plan: Plan, observed: Seen) -> Mapping[str, Any]:
        """
        :raises GuestError: naming what the server has otherwise though it took it silently
        """
        result = super().apply(plan, observed)
        changed = {step.name for step in plan.steps if isinstance(step, UpdateSetting)}
        running = self.server.observe().running if changed else None
        left = sorted(changed & set(rules.changes(self.wanted, running).settings)) if running else []
        if left:
            raise GuestError(f"{self.name} was told {', '.join(left)}, and has another value there than it was told.", settings=left)
        return result


class ServerRestarted(ServerState):
    """The server was restarted, if any setting waited for that."""

    def plan(self, observed: Seen) -> Plan:
        settings = self.pending(observed)
        return Plan.of([RestartServer.to_read(self.name, settings)] if settings else [])


def check_version(wanted: str | None, installed: str | None) -> None:
    """:raises InvalidInput: where the server that is installed has another version than the one asked for"""
    if wanted and installed and not f"{installed}.".startswith(f"{wanted}."):
        raise InvalidInput("version", wanted, [installed], rule="The server that is installed has another version.")
