# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate of a server that runs: what it presents to new connections is what its files have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import singledispatchmethod
from typing import Any

from ...._plan.plan import Plan, Step
from ...._plan.runner import Reconciler
from ..guest import control, server
from ..guest.engines import Engine
from .steps import UpdateCertificate

#: has the server read some files anew
Reload = Callable[[Sequence[str]], None]


class ServerCertificate(Reconciler["list[str]"]):
    """The local server has read the files of its certificate. One that does not run reads them at its start.

    :param files: of the certificate, its key and the CA
    :param reload: for a server with more that reads them than itself; None for a server alone
    """

    def __init__(self, engine: Engine, files: Sequence[str], reload: Reload | None = None) -> None:
        self.engine, self.files = engine, files
        self.reload = reload or (lambda files: control.reload_tls(engine, files))

    def observe(self) -> list[str]:
        """The files that it has not read yet."""
        service = self.engine.service.show()
        return server.unread_tls(self.files, service) if service["state"] in ("active", "reloading") else []

    def plan(self, observed: list[str]) -> Plan:
        return Plan.of([UpdateCertificate(self.engine.daemon, f"{', '.join(observed)} changed")] if observed else [])

    @singledispatchmethod
    def carry_out(self, step: Step, observed: list[str]) -> None:
        super().carry_out(step, observed)

    @carry_out.register(UpdateCertificate)
    def _update_certificate(self, step: UpdateCertificate, observed: list[str]) -> None:
        self.reload(self.files)

    def view(self, observed: list[str]) -> dict[str, Any]:
        return {"unread": observed}

    def predict(self, plan: Plan, observed: list[str]) -> dict[str, Any]:
        return {"unread": []}
