# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reconcilers of trove_redis_server: a running server that takes what its files say."""

from __future__ import annotations

from ...._model.errors import InvalidInput
from ...._plan.plan import Plan
from ...._plan.runner import Reconciler
from ..guest import server as redis_server
from ..rules import settings as redis_settings


class ServerAdapted(Reconciler):
    """Have the running server take settings, users and certificate, as far as that needs no restart. A server that is down is left alone.

    :param server: _datastores.redis_cluster.guest.server.Server
    :param name: the member's name
    :param wanted: as redis_settings.plan takes it
    :param timeout: seconds until a restarted server must be back
    """

    def __init__(self, server, name, wanted, timeout):
        self.server, self.name, self.wanted, self.timeout = server, name, wanted, timeout

    def observe(self):
        return self.server.observe()

    def plan(self, observed):
        if observed["settings"] is None:
            settings = self.wanted["settings"]
            redis_settings.check_start(self.name, settings, redis_server.entries(settings.get("dir")))
            return Plan()
        self.pending(observed)
        return redis_settings.plan(self.name, self.wanted, observed)

    def pending(self, observed):
        """The settings that wait for a restart, by name."""
        return redis_settings.pending(self.name, self.wanted, observed) if observed["settings"] is not None else []

    def apply(self, plan, observed):
        for stage in plan.stages:
            getattr(self, f"_{stage[0].action}_{stage[0].kind}")(stage[0])

    def _update_setting(self, step):
        self.server.set(step.args)

    def _update_users(self, _step):
        self.server.load_users()

    def _update_certificate(self, _step):
        self.server.load_certificate()

    def _restart_server(self, _step):
        self.server.restart(self.timeout)

    def view(self, observed):
        """Only the settings that are asked for; no rules of users, since these have hashes of passwords in them."""
        settings = observed["settings"] or {}
        shown = {key: settings.get(key.lower()) for key in self.wanted["settings"] if key not in redis_settings.SECRET}
        return {"state": observed["state"], "settings": shown}

    def predict(self, plan, observed):
        changed = {step.name: step.args[step.name] for step in plan.steps if step.kind == "setting" and step.name not in redis_settings.SECRET}
        shown = self.view(observed)
        return dict(shown, settings={**shown["settings"], **changed})


class ServerRestarted(ServerAdapted):
    """Restart the server for the settings that it reads at its start only."""

    def plan(self, observed):
        return redis_settings.restart(self.name, self.pending(observed))


def check_version(wanted, installed):
    """:raises InvalidInput: where the server that is installed has another version than the one asked for"""
    if wanted and installed and not f"{installed}.".startswith(f"{wanted}."):
        raise InvalidInput("version", wanted, [installed], rule="The server that is installed has another version.")
