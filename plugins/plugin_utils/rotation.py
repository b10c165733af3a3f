# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rotation in a verb's plan: what of it the members and the gates are told, and whether it is proven. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..module_utils._datastores.base import Datastore
from ..module_utils._model import evidence, rotating

#: plain data, as it goes through Ansible
Data = Mapping[str, Any]


def of(plan: Data, driver: Datastore, options: Data, noted: str | None) -> dict[str, Any]:
    """What is added to a plan, ``{task_run, rotation: {what, phase, keep_old, older_than, run}, peers: [address], text}``.

    :param noted: the run that began the task which has not ended, or None
    :raises InvalidInput: for what cannot be rotated
    """
    rotating.check(options, driver.rotates, driver.rotates_not)
    run = noted if noted and plan["task"] == plan["begin"] else plan["run"]
    what = options["rotate"]
    far = f", as far as: {options['authority_phase']}" if rotating.AUTHORITY in what else ""
    return {
        "task_run": run,
        "rotation": {
            "what": list(what),
            "phase": options["authority_phase"],
            "keep_old": options["keep_old_authority"],
            "older_than": options["older_than"],
            "run": run,
        },
        "peers": [address for address in plan["addresses"].values() if address],
        "text": f"{plan['text']}~ rotate {', '.join(what)} of {', '.join(plan['names'])}{far}\n",
    }


def wanted(plan: Data) -> rotating.Wanted:
    """The rotation of a plan that has one."""
    found = plan["rotation"]
    return rotating.Wanted(tuple(found["what"]), found["run"], found["phase"], found["keep_old"])


def unproven(plan: Data, words: Data, dropped: bool = True) -> list[str]:
    """Why a plan's rotation is not proven: sentences; none of a plan without one.

    :param words: ``{name: {said: dict} or {silent: why}}``
    :param dropped: whether former CAs are to be gone
    """
    if not plan["rotation"]:
        return []
    return rotating.unproven(wanted(plan), plan["addresses"], evidence.read(words, plan["addresses"], "words"), dropped)


def end(plan: Data, words: Data) -> tuple[str, str]:
    """What has come of it as text, and the text of the CAs that clients have to trust; both empty without a rotation, and where nobody was asked afterwards."""
    read = evidence.read(words, plan["addresses"], "words") if words else {}
    if not plan["rotation"] or not read or any(not (word.said or {}).get("rotation") for word in read.values()):
        return "", ""
    return rotating.said(wanted(plan), read), next(iter(read.values())).told["rotation"]["ca"]
