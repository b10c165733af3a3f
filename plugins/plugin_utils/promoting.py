# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A promotion that comes before a verb, so that no source goes down for it: of whom, and whether an earlier run has done it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..module_utils._datastores.base import Datastore
from ..module_utils._model.errors import InvalidInput
from ..module_utils._model.sizes import TODO

#: the verb's option, and the verb whose batches are run
OPTION, VERB = "promote_first", "replica_promote"


def candidate(plan: Mapping[str, Any], given: str | None, members: Sequence[str] | None = None) -> str | None:
    """The name of the replica that takes the place of the plan's subject; None where that was not asked for, or has been done to the end of its task.

    :param given: its name or id
    :param members: who else was named, by an option of a verb that has it
    :raises InvalidInput: for one that is no replica of it, and for others that were named, which the verb leaves alone
    """
    if not given:
        return None
    if members:
        rule = f"With trove_{OPTION} {plan['subject']} alone is taken down, which is a replica by then."
        raise InvalidInput("trove_members", list(members), f"nothing with trove_{OPTION}; give the replicas their sizes by a run before", rule=rule)
    ids = {one["id"]: one["name"] for one in plan["instances"]}
    sources = {host["name"]: _sources(host, ids) for host in plan["hosts"]}
    name: str = ids.get(given, given)
    subject = plan["subject"]
    if plan["task"] == plan["begin"] and name in sources and name != subject:
        # a run was stopped in the middle, and how far it came the databases say, not what it has written of the contracts
        return name
    if name in sources.get(subject, []):
        # an earlier run has come so far
        return None
    if sources.get(name) != [subject]:
        replicas = [one for one, of in sources.items() if of == [subject]]
        allowed = f"a replica of {subject}: {', '.join(replicas)}" if replicas else f"nothing, since {subject} has no replica"
        raise InvalidInput(f"trove_{OPTION}", given, allowed, rule=f"It takes the place of {subject}, which is taken down as its replica.")
    if sources.get(subject):
        raise InvalidInput(f"trove_{OPTION}", given, f"nothing, since {subject} is a replica itself", rule="Only a source is promoted away.")
    return name


def needed(subject: str, resize: Mapping[str, Any] | None) -> bool:
    """Whether the subject's server is to be taken down: of a resize only for a flavor that it does not have yet.

    :param resize: as trove_resize returns it, None for a restart
    """
    return resize is None or any(one["name"] == subject and one["flavor"] == TODO for one in resize["members"])


def batches(driver: Datastore, plan: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """Those of a promotion, told who it is about."""
    return [{**batch, "subjects": [name]} for batch in driver.batches(VERB, plan["names"])]


def _sources(host: Mapping[str, Any], ids: Mapping[str, str]) -> list[str]:
    contract = host["trove_instance"].get("replication_contract") or {}
    found = contract.get("replicates_from") or []
    return [ids.get(id_, id_) for id_ in ([found] if isinstance(found, str) else found)]
