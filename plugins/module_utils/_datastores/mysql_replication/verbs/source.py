# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The accounts on a source by which its replicas come in: one each, by certificate alone."""

from __future__ import annotations

from ...._model.errors import Refused
from ...._plan.plan import Plan, loose
from ...._plan.runner import Reconciler
from ..rules import replication as rules
from .replica import look


class Source(Reconciler):
    """The local server is a source for some replicas, and for a candidate that takes over.

    :param server: the local _datastores.mysql_replication.guest.server.Server
    :param replicas: ``[{server_id, address, subject}]``, address as the source sees them, subject of their certificates
    :param promoter: ``{address, subject}`` of the candidate that may fence this server, or None
    :param issuer: the subject of the CA that signed their certificates
    :param exclusive: whether other replicas' accounts are dropped
    """

    def __init__(self, server, replicas, promoter, issuer, exclusive):
        self.server, self.issuer, self.exclusive = server, issuer, exclusive
        self.replicas = {(rules.account_of(one["server_id"]), one["address"]): one["subject"] for one in replicas}
        self.promoters = {(rules.PROMOTER_ACCOUNT, promoter["address"]): promoter["subject"]} if promoter else {}

    def observe(self):
        accounts = self.server.accounts(rules.REPLICA_ACCOUNT) + self.server.accounts(rules.PROMOTER_ACCOUNT)
        return {**look(self.server), "accounts": {(one["user"], one["host"]): one for one in accounts}}

    def plan(self, observed):
        plan = Plan.of(self._replicas(observed), self._promoters(observed), self._leftovers(observed))
        if any(step.args["account"][0] != rules.PROMOTER_ACCOUNT for step in plan.steps):
            if observed["read_only"]:
                raise Refused("The server is read-only, so it is nobody's source now; the accounts are made on the source, and replicate from there.")
            rules.check_source(observed, "The server")
        return plan

    def _replicas(self, observed):
        for account, subject in self.replicas.items():
            if not self._is_good(observed, account, subject):
                yield _step("create", account, "a replica comes in by it", subject=subject)

    def _promoters(self, observed):
        for account, subject in self.promoters.items():
            if not self._is_good(observed, account, subject):
                yield _step("create", account, "a candidate takes over by it; in no binary log", subject=subject)

    def _leftovers(self, observed):
        for account in observed["accounts"]:
            temporary = account[0] == rules.PROMOTER_ACCOUNT
            if account not in self.promoters and account not in self.replicas and (temporary or self.exclusive):
                yield _step("delete", account, "nobody takes over now" if temporary else "it belongs to none of the replicas")

    def _is_good(self, observed, account, subject):
        found = observed["accounts"].get(account)
        replicates = account[0] != rules.PROMOTER_ACCOUNT
        return bool(found) and (found["subject"], found["issuer"], found["replicates"]) == (subject, self.issuer, replicates)

    def apply(self, plan, observed):
        for step in plan.steps:
            if step.args["account"][0] == rules.PROMOTER_ACCOUNT:
                with self.server.writable_by_us():
                    self._carry_out(step, self.server.promotion_privileges)
            else:
                self._carry_out(step, self.server.replication_privileges)

    def _carry_out(self, step, privileges):
        if step.action == "create":
            self.server.make_account(*step.args["account"], self.issuer, step.args["subject"], privileges)
        else:
            self.server.drop_account(*step.args["account"])

    def view(self, observed):
        return {"accounts": [_name(account) for account in sorted(observed["accounts"])]}

    def predict(self, plan, observed):
        left = set(observed["accounts"]) - {step.args["account"] for step in plan.steps if step.action == "delete"}
        return {"accounts": [_name(account) for account in sorted(left | {step.args["account"] for step in plan.steps if step.action == "create"})]}


def _step(action, account, why, **more):
    return loose(action, "account", _name(account), why, args={"account": account, **more})


def _name(account):
    return f"{account[0]}@{account[1]}"
