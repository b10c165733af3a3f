# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The accounts on a source by which its replicas come in: one each, by certificate alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import singledispatchmethod
from typing import Any, NamedTuple

from ...._model.errors import Refused
from ...._plan.plan import Plan, Step
from ...._plan.runner import Reconciler
from ..guest.server import FoundAccount, Server
from ..rules import fence, info
from ..rules import replication as rules
from . import look

#: seconds that a source's clients are watched before a promotion
_WATCH = 1.5


class Account(NamedTuple):
    """An account's name, and the address that its owner's connections come from."""

    user: str
    host: str

    def __str__(self) -> str:
        return f"{self.user}@{self.host}"

    @property
    def is_promoter(self) -> bool:
        """A candidate's, for a moment: it replicates nothing."""
        return self.user == rules.PROMOTER_ACCOUNT


@dataclass(frozen=True)
class CreateAccount(Step):
    """:param subject: of the certificate that its owner shows"""

    action = "create"
    kind = "account"
    account: Account
    subject: str


@dataclass(frozen=True)
class DeleteAccount(Step):
    action = "delete"
    kind = "account"
    account: Account


def create_account(account: Account, subject: str) -> CreateAccount:
    why = "a candidate takes over by it" if account.is_promoter else "a replica comes in by it"
    return CreateAccount(str(account), why, account, subject)


def delete_account(account: Account) -> DeleteAccount:
    why = "no promotion is under way" if account.is_promoter else "it belongs to none of the replicas"
    return DeleteAccount(str(account), why, account)


@dataclass(frozen=True)
class Observed(look.Observed):
    """:param writers: clients that write, and may do so in spite of read_only; asked for where a candidate takes over"""

    accounts: Mapping[Account, FoundAccount]
    writers: Sequence[str]


class Source(Reconciler[Observed]):
    """The local server is a source for some replicas, and for a candidate that takes over.

    :param replicas: address as the source sees them, subject of their certificates
    :param promoter: the candidate that may fence this server, or None
    :param exclusive: whether other replicas' accounts are dropped
    :param privileged: whether a candidate may take over while clients write that read_only does not keep from it
    """

    def __init__(
        self, server: Server, replicas: Sequence[info.Account], promoter: info.Promoter | None, exclusive: bool, privileged: bool = False
    ) -> None:
        self.server, self.exclusive, self.privileged = server, exclusive, privileged
        self.replicas = {Account(rules.account_of(one["server_id"]), one["address"]): one["subject"] for one in replicas}
        self.promoters = {Account(rules.PROMOTER_ACCOUNT, promoter["address"]): promoter["subject"]} if promoter else {}

    def observe(self) -> Observed:
        accounts = self.server.accounts(rules.REPLICA_ACCOUNT) + self.server.accounts(rules.PROMOTER_ACCOUNT)
        writers = self.server.privileged_writers(_WATCH) if self.promoters and not self.privileged else []
        return Observed(look.look(self.server), {Account(one["user"], one["host"]): one for one in accounts}, writers)

    def plan(self, observed: Observed) -> Plan:
        replicas = list(self._missing(observed, self.replicas))
        unused = [account for account in observed.accounts if account not in self.replicas and account not in self.promoters]
        leftovers = [account for account in unused if account.is_promoter or self.exclusive]
        if observed.local["read_only"]:
            # Its source drops them, and that arrives here: to write here somebody would have to lift super_read_only, and others would write meanwhile.
            leftovers = [account for account in leftovers if not account.is_promoter]
        if replicas or any(not account.is_promoter for account in leftovers):
            self._check(observed)
        fence.check_privileged_writers(observed.writers)
        return Plan.of(replicas, self._missing(observed, self.promoters), map(delete_account, leftovers))

    def _check(self, observed: Observed) -> None:
        """:raises Refused: where the server is no source, or cannot be one"""
        if observed.local["read_only"]:
            raise Refused("The server is read-only, so it is not a source now; the accounts are created on the source, and replicate from there.")
        rules.check_source(observed.local, "The server")

    def _missing(self, observed: Observed, wanted: Mapping[Account, str]) -> Iterator[CreateAccount]:
        for account, subject in wanted.items():
            found = observed.accounts.get(account)
            if not found or (found["subject"], found["issuer"], found["replicates"]) != (subject, "", not account.is_promoter):
                yield create_account(account, subject)

    @singledispatchmethod
    def carry_out(self, step: Step, observed: Observed) -> None:
        super().carry_out(step, observed)

    @carry_out.register(CreateAccount)
    def _create_account(self, step: CreateAccount, observed: Observed) -> None:
        if step.account.is_promoter:
            # A source that somebody has made read-only is still one: what others write meanwhile, its replicas get.
            with self.server.writable_by_us(logged=True):
                self.server.make_account(*step.account, step.subject, self.server.promotion_privileges)
        else:
            self.server.make_account(*step.account, step.subject, self.server.replication_privileges)

    @carry_out.register(DeleteAccount)
    def _delete_account(self, step: DeleteAccount, observed: Observed) -> None:
        self.server.drop_account(*step.account)

    def view(self, observed: Observed) -> dict[str, Any]:
        return {"accounts": [str(account) for account in sorted(observed.accounts)]}

    def predict(self, plan: Plan, observed: Observed) -> dict[str, Any]:
        created = {step.account for step in plan.steps if isinstance(step, CreateAccount)}
        deleted = {step.account for step in plan.steps if isinstance(step, DeleteAccount)}
        return {"accounts": [str(account) for account in sorted((set(observed.accounts) - deleted) | created)]}
