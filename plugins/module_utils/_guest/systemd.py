# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A systemd unit: its state, start and stop, and what it logged."""

from __future__ import annotations

import time
from datetime import datetime, timezone
from typing import TypedDict

from .command import run

#: seconds that a database may take to stop; MariaDB's unit has the same limit
STOP_TIMEOUT = 900
#: CLD_EXITED of waitid(2)
_EXITED = "1"
_PROPERTIES = ("ActiveState", "SubState", "UnitFileState", "ExecMainStartTimestamp", "NeedDaemonReload", "NRestarts", "Job")


class UnitState(TypedDict):
    """What systemd says of a unit.

    - state, substate: its ActiveState and SubState, but ``activating`` for one that is down and has a job: its start waits for its turn
    - enabled: whether it starts at boot
    - started: seconds since the epoch, None where it does not run
    - outdated: whether the unit's files are newer than what systemd has loaded
    - restarts: how often systemd has started it again by itself
    """

    state: str
    substate: str
    enabled: bool
    started: float | None
    outdated: bool
    restarts: int


class Unit:
    """One unit, by its full name, e.g. ``mariadb.service``."""

    def __init__(self, name: str) -> None:
        self.name = name

    def show(self) -> UnitState:
        out = run(["systemctl", "show", "--timestamp=us+utc", f"--property={','.join(_PROPERTIES)}", self.name]).stdout
        found = dict(line.split("=", 1) for line in out.splitlines() if "=" in line)
        state = found.get("ActiveState", "inactive")
        # right after `systemctl start --no-block`, and longer where it waits for other units, as at boot: neither down for good nor failed.
        # Source: org.freedesktop.systemd1(5), Job; of a unit that is down a job cannot be a stop
        waits = state in ("inactive", "failed") and found.get("Job", "") not in ("", "0")
        return {
            "state": "activating" if waits else state,
            "substate": found.get("SubState", "dead"),
            "enabled": found.get("UnitFileState") in ("enabled", "enabled-runtime", "static"),
            "started": _seconds(found.get("ExecMainStartTimestamp")),
            "outdated": found.get("NeedDaemonReload") == "yes",
            "restarts": int(found.get("NRestarts") or 0),
        }

    def down_for(self) -> float | None:
        """How many seconds ago it left ``active``; of one that has not been since the last boot, for how long that was. None where systemd does not say.

        Source: org.freedesktop.systemd1(5), ActiveExitTimestampMonotonic, of which a unit that fails to start leaves the one of its last good start.
        """
        left = run(["systemctl", "show", "--property=ActiveExitTimestampMonotonic", "--value", self.name]).stdout.strip()
        return max(time.clock_gettime(time.CLOCK_MONOTONIC) - int(left) / 1e6, 0) if left.isdigit() else None

    def is_installed(self) -> bool:
        """Whether systemd finds its file. Source: org.freedesktop.systemd1(5), LoadState."""
        return run(["systemctl", "show", "--property=LoadState", "--value", self.name]).stdout.strip() not in ("", "not-found")

    def is_masked(self) -> bool:
        """Whether nobody can start it, for good or until a reboot. Source: org.freedesktop.systemd1(5), UnitFileState."""
        return run(["systemctl", "show", "--property=UnitFileState", "--value", self.name]).stdout.strip() in ("masked", "masked-runtime")

    def ended_in_order(self) -> bool:
        """Whether its last process since the boot exited by itself with 0; False where there was none. Source: org.freedesktop.systemd1(5), ExecMainCode."""
        out = run(["systemctl", "show", "--property=ExecMainExitTimestampMonotonic,ExecMainCode,ExecMainStatus", self.name]).stdout
        found = dict(line.split("=", 1) for line in out.splitlines() if "=" in line)
        ended = (found.get("ExecMainExitTimestampMonotonic") or "0") != "0"
        return ended and (found.get("ExecMainCode"), found.get("ExecMainStatus")) == (_EXITED, "0")

    def invocation(self) -> str | None:
        """The InvocationID of its last start, another one for each; None where it never ran. Source: systemd.exec(5), "Environment Variables Set"."""
        return run(["systemctl", "show", "--property=InvocationID", "--value", self.name]).stdout.strip() or None

    def reload_files(self) -> None:
        run(["systemctl", "daemon-reload"])

    def enable(self) -> None:
        run(["systemctl", "enable", self.name])

    def disable(self) -> None:
        """Stop the unit, and do not start it at boot."""
        run(["systemctl", "disable", "--now", self.name])

    def mask(self) -> None:
        """Stop the unit and keep everything from starting it."""
        run(["systemctl", "mask", "--now", self.name])

    def mask_until_reboot(self) -> None:
        """Keep everything from starting the unit, which was stopped before. Whether it starts at boot stays as it is, and is told again after `unmask`."""
        run(["systemctl", "mask", "--runtime", self.name])

    def mask_for_good(self) -> None:
        """The same over a reboot, until `unmask_for_good`."""
        run(["systemctl", "mask", self.name])

    def unmask(self) -> None:
        """What `mask_until_reboot` has done."""
        run(["systemctl", "unmask", "--runtime", self.name])

    def unmask_for_good(self) -> None:
        """Both masks."""
        run(["systemctl", "unmask", self.name])
        self.unmask()

    def start(self, wait: float | None = None) -> None:
        """Ask for a start and return at once: whether it came up is for the caller to see.

        :param wait: seconds in which systemd must say that it came up; None does not wait

        systemd may not have seen a directory of settings that is new, and then does not call its unit outdated either.
        """
        self.reload_files()
        self.forget_failure()
        if wait is None:
            run(["systemctl", "start", "--no-block", self.name])
        else:
            run(["systemctl", "start", self.name], timeout=wait)

    def forget_failure(self) -> None:
        """Of one that is down: its state is ``inactive`` then, and no more ``failed``."""
        run(["systemctl", "reset-failed", self.name], check=False)

    def stop(self, timeout: float = STOP_TIMEOUT) -> None:
        run(["systemctl", "stop", self.name], timeout=timeout)

    def kill(self, timeout: float = STOP_TIMEOUT) -> None:
        """Stop the unit without asking its process, which systemd then does not restart."""
        run(["systemctl", "stop", "--no-block", self.name])
        run(["systemctl", "kill", "--signal=SIGKILL", self.name])
        run(["systemctl", "stop", self.name], timeout=timeout)

    def log(self, lines: int, since: float | None = None) -> list[str]:
        """The last lines that the unit wrote to the journal, since a time in seconds since the epoch."""
        window = [f"--since=@{since:.0f}"] if since else []
        out = run(["journalctl", "--unit", self.name, "--no-pager", "--output=cat", f"--lines={lines}", *window], check=False)
        return out.stdout.splitlines()


def _seconds(text: str | None) -> float | None:
    """systemd's ``us+utc`` timestamp, e.g. ``Sat 2026-11-21 10:06:54.123456 UTC``, or an empty text."""
    if not text or text == "n/a":
        return None
    return datetime.strptime(text, "%a %Y-%m-%d %H:%M:%S.%f %Z").replace(tzinfo=timezone.utc).timestamp()
