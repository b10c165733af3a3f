# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rotation in a verb's plan: what of it the members and the gates are told, and whether it is proven. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..module_utils._datastores.base import Datastore
from ..module_utils._model import evidence, rotating
from ..module_utils._model.errors import Refused

#: plain data, as it goes through Ansible
Data = Mapping[str, Any]


def of(plan: Data, driver: Datastore, options: Data, noted: str | None) -> dict[str, Any]:
    """What is added to a plan, ``{task_run, rotation: {what, phase, keep_old, older_than, run}, peers: [address], text}``.

    :param noted: what is noted beside the task which has not ended, the mark of its rotation, or None
    :raises InvalidInput: for what cannot be rotated
    :raises Refused: while another rotation has not ended
    """
    rotating.check(options, driver.rotates, driver.rotates_not)
    run = _continued(plan["task"] == plan["begin"], options, noted) or plan["run"]
    what = options["rotate"]
    far = f", as far as: {options['rotate_phase']}" if rotating.wanted(options, run).in_two else ""
    return {
        # with what is rotated, so that the task of one rotation is not ended by another one
        "task_run": rotating.wanted(options, run).mark,
        "rotation": {
            "what": list(what),
            "phase": options["rotate_phase"],
            "keep_old": options["keep_old_authority"],
            "older_than": options["older_than"],
            "run": run,
        },
        "peers": [address for address in plan["addresses"].values() if address],
        "text": f"{plan['text']}~ rotate {', '.join(what)} of {', '.join(plan['names'])}{far}\n",
    }


def _continued(rotates: bool, options: Data, noted: str | None) -> str | None:
    """The run that this one continues, None for a new rotation.

    :param rotates: whether the task is one of a rotation
    """
    if not rotates or not noted:
        return None
    run = noted.partition("/")[0]
    if noted in (run, rotating.wanted(options, run).mark):
        return run
    if options.get("clear_task"):
        return None
    _run, what, phase = noted.split("/")
    far = f" trove_rotate_phase={phase}" if what in (rotating.AUTHORITY, rotating.PASSWORDS) else ""
    raise Refused(
        f"Another rotation has not ended: trove_rotate={what}{far}. Run that again to go on with it, or give it up with trove_clear_task=true; what it has not"
        " done yet stays undone, and is not proven."
    )


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


_FORCED = (
    "The task was ended by trove_force, and it is not proven what the members present and accept: {}. Fix that, and run it again without trove_force, before"
    " clients rely on it."
)


def end(plan: Data, words: Data, rest: str = "", before: Data | None = None, unproven_: Sequence[str] = ()) -> tuple[str, str]:
    """What has come of it as text, and the text of the CAs that clients have to trust, where it is about them; both empty without a rotation, and where
    nobody was asked afterwards.

    :param rest: what goes on trusting a CA that was dropped, a sentence
    :param before: what members have said as the run began
    :param unproven_: what was not proven of it, and was allowed all the same
    """
    began = evidence.read(before, plan["addresses"], "words") if before else {}
    read = evidence.read(words, plan["addresses"], "words") if words else {}
    if not plan["rotation"] or not read or any(not (word.said or {}).get("rotation") for word in read.values()):
        return "", ""
    text = _FORCED.format("; ".join(unproven_)) if unproven_ else rotating.said(wanted(plan), read, rest, began)
    return text, next(iter(read.values())).told["rotation"].get("ca", "")
