# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The unit of a database stopped in order, to stay so, and started again, to start at boot, too."""

from __future__ import annotations

from collections.abc import Sequence

from . import stopped
from .command import GuestError
from .systemd import Unit

#: what is done, as a module returns it
CLEAR, STOP, DISABLE, NOTE, ENABLE, START, FORGET = "clear the failure", "stop", "disable", "note who serves", "enable", "start", "forget the note"
#: seconds, a day: the unit's own limits count, and one that loads or saves much data has none
PATIENCE = 86400


def stop(unit: Unit, others: Sequence[str] | None = None, timeout: float = PATIENCE, check_mode: bool = False) -> list[str]:
    """Stop it, and let it not start at boot. What was done, in order; empty for one that is so already.

    A failure of an earlier start is cleared, where nothing runs: the state that counts is the one that this stop leaves.

    :param others: who serves when it stops, to be noted, see `stopped`; None where nobody asks who stopped last
    :param timeout: seconds
    :raises GuestError: for a unit that there is not, and for one that did not stop in order
    """
    _check(unit)
    shown = unit.show()
    wanted = {
        CLEAR: shown["state"] == "failed",
        STOP: shown["state"] not in ("failed", "inactive"),
        DISABLE: shown["enabled"],
        # one that starts at boot again was started since it was noted
        NOTE: others is not None and (stopped.read(unit) is None or shown["enabled"]),
    }
    done = [name for name, is_wanted in wanted.items() if is_wanted]
    if check_mode or not done:
        return done
    if wanted[CLEAR]:
        unit.forget_failure()
    if wanted[STOP]:
        unit.stop(timeout)
    unit.disable()
    now = unit.show()["state"]
    if now != "inactive":
        raise GuestError(f"{unit.name} was told to stop, and is {now}.")
    if wanted[NOTE]:
        stopped.note(unit, others or (), {})
    return done


def start(unit: Unit, timeout: float = PATIENCE, check_mode: bool = False) -> list[str]:
    """Start it, now and at boot, and wait until systemd says that it runs. What was done, in order; empty for one that is so already.

    :param timeout: seconds
    :raises GuestError: for a unit that there is not, and for one that does not come up
    """
    _check(unit)
    shown = unit.show()
    wanted = {ENABLE: not shown["enabled"], START: shown["state"] != "active", FORGET: stopped.read(unit) is not None}
    done = [name for name, is_wanted in wanted.items() if is_wanted]
    if check_mode:
        return done
    if wanted[ENABLE]:
        unit.enable()
    if wanted[START]:
        unit.start(wait=timeout)
    # only when it runs: who stopped last is still to be known where the start failed; and also of one that somebody has started by hand
    stopped.forget(unit)
    return done


def _check(unit: Unit) -> None:
    if not unit.is_installed():
        raise GuestError(f"{unit.name} is no unit that systemd has on this host. Nothing was changed.")
