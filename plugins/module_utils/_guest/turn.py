# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a member notes of its turn in a verb that takes members one after the other (see _model.rolling): by it a run that continues another knows who is done.

A note of a restart holds for the server that runs now alone, by systemd's InvocationID. It is gone after a reboot, and then so is that server.
"""

from __future__ import annotations

from typing import Any, TypedDict

from . import kept_options, stopped
from .command import GuestError
from .systemd import Unit

_DIRECTORY = "/run/stackdb-trove"


class Seen(TypedDict):
    """A unit: systemd's ActiveState, whether it starts at boot, its InvocationID; the turn that was noted of the server that runs now, or None; the last turn
    that has begun, or None; and what was noted of one that was stopped in order, or None.
    """

    state: str
    enabled: bool
    invocation: str | None
    turn: str | None
    begun: str | None
    stopped: stopped.Stopped | None


def look(unit: Unit) -> Seen:
    """Never fails: where systemd cannot be asked, the state is ``unknown``, and no turn is known."""
    try:
        shown, invocation, noted, down = unit.show(), unit.invocation(), _read(unit), stopped.read(unit)
    except GuestError:
        return {"state": "unknown", "enabled": False, "invocation": None, "turn": None, "begun": None, "stopped": None}
    mine = noted.get("turn") if noted.get("invocation") == invocation else None
    return {"state": shown["state"], "enabled": shown["enabled"], "invocation": invocation, "turn": mine, "begun": noted.get("begun"), "stopped": down}


def begin(unit: Unit, turn: str) -> None:
    """Note which server runs before it is restarted in this turn; a run that continues finds what the first one has noted."""
    if _read(unit).get("begun") != turn:
        kept_options.write(_path(unit), {"begun": turn, "from": unit.invocation()})


def is_to_stop(unit: Unit, turn: str) -> bool:
    """Whether the server is still the one that was found at the begin of this turn. One that was started since is only waited for: it may be receiving data."""
    noted = _read(unit)
    return noted.get("begun") == turn and noted.get("from") == unit.invocation()


def note(unit: Unit, turn: str) -> None:
    """Note that the server which runs now was restarted in this turn.

    :raises GuestError: where it is the same as at the begin
    """
    if is_to_stop(unit, turn):
        raise GuestError(f"{unit.name} was not restarted: it is the same server as before ({unit.invocation()}, systemd's InvocationID).")
    kept_options.write(_path(unit), {"begun": turn, "turn": turn, "invocation": unit.invocation()})


def _read(unit: Unit) -> dict[str, Any]:
    return kept_options.read(_path(unit))


def _path(unit: Unit) -> str:
    return kept_options.path(f"turn-{unit.name}", _DIRECTORY)
