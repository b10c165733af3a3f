# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One Galera member: what the local guest has to do for its part in the cluster."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import singledispatchmethod
from typing import Any

from ...._guest import stopped
from ...._model.errors import Refused
from ...._plan.plan import Plan, Step
from ...._plan.runner import Reconciler
from ...mysql.guest import server
from ...mysql.verbs.steps import CreateDatadir, UpdateCertificate, UpdateService
from ..guest import control, member
from ..rules import choice, cluster_state, member_state
from ..rules.choice import Choice
from ..rules.info import Info
from . import settings


class Observed(Info):
    """The member's info, with the settings of its file that the running server does not have yet."""

    settings: settings.Waiting


class StopMember(Step):
    action = "stop"
    kind = "member"


class StopStart(Step):
    """A server that is still looking for the others stops looking."""

    action = "stop"
    kind = "start"


class BootstrapMember(Step):
    action = "bootstrap"
    kind = "member"


class JoinMember(Step):
    action = "join"
    kind = "member"


class RestartMember(Step):
    action = "restart"
    kind = "member"
    risk = "one member less while it restarts"


@dataclass(frozen=True)
class UpdateSettings(Step):
    """:param changes: ``{name: [from, to]}``"""

    action = "update"
    kind = "settings"
    changes: Mapping[str, Sequence[str]]


class GaleraMember(Reconciler[Observed]):
    """The local member, brought to serve as `chosen` says.

    :param name: its name among the members
    :param chosen: created from the infos of all members
    :param size: how many members the cluster has when all are there
    :param tls_files: certificate and key, which a running server reads again when it is told to
    :param rejoin_for: files that it reads when it looks for the others: they matter while it is still looking
    :param allow_restart: whether a member that serves may be restarted for settings that the server reads at its start only
    :param version: the start of the version that must be installed, or None
    :param timeout: seconds until it must be Synced
    """

    def __init__(
        self,
        name: str,
        chosen: Choice,
        size: int,
        tls_files: Sequence[str],
        rejoin_for: Sequence[str],
        allow_restart: bool,
        version: str | None,
        timeout: float,
    ) -> None:
        self.name, self.chosen, self.size = name, chosen, size
        self.tls_files, self.rejoin_for, self.allow_restart = tls_files, rejoin_for, allow_restart
        self.version, self.timeout = version, timeout

    def observe(self) -> Observed:
        info = member.observe()
        return {**info, "settings": settings.waiting(info)}

    def plan(self, observed: Observed) -> Plan:
        cluster_state.check_versions({self.name: observed}, self.version)
        action = self._action(observed)
        return Plan.of(self._service(observed), self._data(action, observed), self._member(action, observed))

    def _action(self, info: Info) -> str:
        """What is left to do of the choice: the member may have come up since, or have gone down."""
        if member_state.is_synced(info):
            return choice.NONE
        chosen = self.chosen.actions.get(self.name, choice.NONE)
        return choice.JOIN if chosen == choice.NONE else chosen

    def _service(self, info: Info) -> Iterator[Step]:
        if not member_state.is_service_right(info):
            yield UpdateService("mariadb", "it starts at boot, by its own unit, and is not started by a client's connection")

    def _data(self, action: str, info: Info) -> Iterator[Step]:
        if action == choice.BOOTSTRAP and not info["datadir"]["initialised"]:
            yield CreateDatadir(info["datadir"]["path"], "it is empty, and the first member needs system tables")

    def _member(self, action: str, observed: Observed) -> Iterator[Step]:
        if action == choice.NONE:
            yield from self._serving(observed)
            return
        yield from self._in_the_way(action, observed)
        if action == choice.BOOTSTRAP:
            yield BootstrapMember(self.name, "it alone has the data" if observed["grastate"] else "no member has data yet: this one bootstraps the cluster")
        else:
            yield JoinMember(self.name, f"it does not serve: {'; '.join(member_state.why_not_serving(observed))}")

    def _in_the_way(self, action: str, info: Info) -> Iterator[Step]:
        """A server that runs, and that has to be started in another way."""
        outdated = _newer(self.rejoin_for, info)
        if member_state.is_standalone(info):
            yield StopMember(self.name, "it runs outside of any cluster and holds no schemas")
        elif action == choice.JOIN and member_state.is_looking(info) and outdated:
            yield StopStart(self.name, f"it looks for the other members by old settings: {', '.join(outdated)} changed after its start")

    def _serving(self, observed: Observed) -> Iterator[Step]:
        pending, live = observed["settings"]["pending"], observed["settings"]["live"]
        if pending and self.allow_restart:
            yield RestartMember(self.name, f"it reads {', '.join(pending)} at its start only")
            return
        if live:
            why = ", ".join(f"{setting} from {old} to {new}" for setting, (old, new) in live.items())
            yield UpdateSettings(self.name, why, live)
        newer = server.unread_tls(self.tls_files, observed["service"])
        if newer:
            yield UpdateCertificate(self.name, f"{', '.join(newer)} changed")

    @singledispatchmethod
    def carry_out(self, step: Step, observed: Observed) -> None:
        super().carry_out(step, observed)

    @carry_out.register(UpdateService)
    def _update_service(self, step: UpdateService, observed: Observed) -> None:
        control.prepare_service(observed)

    @carry_out.register(CreateDatadir)
    def _create_datadir(self, step: CreateDatadir, observed: Observed) -> None:
        control.initialise(step.name)

    @carry_out.register(StopMember)
    def _stop_member(self, step: StopMember, observed: Observed) -> None:
        control.stop()

    @carry_out.register(StopStart)
    def _stop_start(self, step: StopStart, observed: Observed) -> None:
        control.give_up_start()

    @carry_out.register(BootstrapMember)
    def _bootstrap_member(self, step: BootstrapMember, observed: Observed) -> None:
        control.bootstrap(observed, member_state.why_not_serving, self.timeout)
        settings.note_start()
        stopped.forget(member.SERVICE)

    @carry_out.register(JoinMember)
    def _join_member(self, step: JoinMember, observed: Observed) -> None:
        control.start(member_state.why_not_serving, self.timeout)
        settings.note_start()
        stopped.forget(member.SERVICE)

    @carry_out.register(RestartMember)
    def _restart_member(self, step: RestartMember, observed: Observed) -> None:
        # The neighbour that was restarted just now may still be fed by this one: that passes.
        why_not = control.wait_while(lambda info: member_state.may_restart(info, self.size), self.timeout)
        if why_not:
            raise Refused(f"{self.name} has to be restarted for its new settings, but {why_not}.", member=self.name)
        control.stop()
        control.start(member_state.why_not_serving, self.timeout)
        settings.note_start()

    @carry_out.register(UpdateSettings)
    def _update_settings(self, step: UpdateSettings, observed: Observed) -> None:
        settings.give(step.changes)

    @carry_out.register(UpdateCertificate)
    def _update_certificate(self, step: UpdateCertificate, observed: Observed) -> None:
        control.reload_tls(self.tls_files)

    def view(self, observed: Observed) -> dict[str, Any]:
        """What a reader of the diff wants to know; the whole info is the outcome's `observed`."""
        return {"service": observed["service"]["state"], "initialised": observed["datadir"]["initialised"], "wsrep": observed["wsrep"]}

    def predict(self, plan: Plan, observed: Observed) -> dict[str, Any]:
        """Check mode cannot know a cluster's future: the plan says what would be done, the state stays as seen."""
        return self.view(observed)


def _newer(paths: Iterable[str], info: Info) -> list[str]:
    """Those of the files that were written after the server's start."""
    started = info["service"]["started"]
    return [path for path in paths if started and os.path.exists(path) and os.stat(path).st_mtime > started]
