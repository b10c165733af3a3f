# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task means that has not ended, and what is as it asks for: one that was stopped in order is down. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone

from .._model.task import STOPPED
from .table import Data

#: systemd's words for a unit whose database runs
_UP = ("active", "activating", "reloading")


def judge(task: Data, updated: str | None, now: float, minutes: int) -> Iterator[tuple[str, str]]:
    """``(sentence, severity)`` of a task that has not ended. One that a run began long ago is one that no run works on: it was killed, or ended with an error.

    :param updated: when Nova last changed a server of it: of several the one that it left alone longest, since each change would reset the task's age
    """
    name = task["name"]
    if name in ("NONE", STOPPED):
        return
    began = _began(task.get("run"), updated)
    at = f" at {began:%Y-%m-%d %H:%M} UTC" if began else ""
    if is_young(task, updated, now, minutes):
        yield f"the task {name} was begun{at}, and has not ended yet", "warning"
    else:
        rule = "where no run works on it any more, run the verb that began it again, or give the task up with trove_clear_task=true"
        yield f"the task {name} was begun{at}, and has not ended: {rule}", "error"


def stopping(members: Sequence[Data], words: Mapping[str, Data], is_young: bool) -> Iterator[tuple[str | None, str, str]]:
    """``(member or None, sentence, severity)`` of what was stopped: the task is noted when the stop begins, and stays where that fails or is killed.

    :param is_young: whether the run that stops them may still work on it
    """
    up = [one["name"] for one in members if one["server_status"] == "ACTIVE" and _unit(words.get(one["name"])).get("state") in _UP]
    if not up:
        yield None, "it was stopped in order, and nothing starts it but a verb", "warning"
    for name in up:
        sentence = "its database runs, though its stop was begun: the stop has not ended; where no run works on it any more, run it again"
        yield name, sentence, "warning" if is_young else "error"


def is_down_in_order(one: Data, word: Data | None) -> bool:
    """Whether one that is STOPPED is as its stop leaves it: its server is off, or its unit is, now and at boot."""
    if one["server_status"] != "ACTIVE":
        return bool(one["server_status"] == "SHUTOFF")
    unit = _unit(word)
    return unit.get("state") == "inactive" and not unit.get("enabled")


def is_young(task: Data, updated: str | None, now: float, minutes: int) -> bool:
    """Whether a run may well work on a task. Clocks differ a little, so that it may have begun in the future, but not by more than it may take."""
    began = _began(task.get("run"), updated)
    return task["name"] != "NONE" and began is not None and abs(now - began.timestamp()) < minutes * 60


def _unit(word: Data | None) -> Data:
    return ((word or {}).get("said") or {}).get("unit") or {}


def _began(run: str | None, updated: str | None) -> datetime | None:
    """A run's id begins with its time (plugin_utils.plan.run_id); where none was noted, when Nova last changed a server."""
    for text, form in ((run or "")[:16], "%Y%m%dT%H%M%SZ"), (updated or "", "%Y-%m-%dT%H:%M:%SZ"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=timezone.utc)
        except ValueError:
            continue
    return None
