# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the local member's appliers get on, by looking until they are at rest. What the looks mean is said by `rules.applier`."""

from __future__ import annotations

import time
from typing import Any, Protocol

from ..rules.info import Look

_PAUSE = 0.4
_MORE = 5
_STATUS = (
    "SHOW GLOBAL STATUS WHERE Variable_name IN"
    " ('wsrep_local_recv_queue', 'wsrep_last_committed', 'wsrep_flow_control_active', 'wsrep_flow_control_paused_ns')"
)
# An applier's command is Sleep, whatever it does; the threads of a replica and of InnoDB have commands of their own. Nothing is told of the statement:
# it may hold a password.
_APPLIERS = "SELECT ID, STATE, TIME_MS FROM information_schema.PROCESSLIST WHERE USER = 'system user' AND COMMAND IN ('Sleep', 'Query')"


class Rows(Protocol):
    """A connection, as far as it is needed here."""

    def rows(self, statement: str) -> list[dict[str, Any]]: ...


def looks(connection: Rows) -> list[Look]:
    """One look at a member at rest; of one that is busy, so many that what moves can be told from what does not, two seconds in all."""
    found = [_look(connection)]
    while not _at_rest(found[-1]) and len(found) <= _MORE:
        time.sleep(_PAUSE)
        found.append(_look(connection))
    return found


def _look(connection: Rows) -> Look:
    status = {row["Variable_name"]: row["Value"] for row in connection.rows(_STATUS)}
    threads = connection.rows(_APPLIERS)
    return {
        "at": round(time.monotonic(), 2),
        "recv_queue": int(status.get("wsrep_local_recv_queue") or 0),
        "last_committed": int(status.get("wsrep_last_committed") or -1),
        "paused_ns": int(status.get("wsrep_flow_control_paused_ns") or 0),
        "flow_control": status.get("wsrep_flow_control_active") == "true",
        "waiting": [
            {"id": thread["ID"], "state": thread["STATE"], "seconds": round(float(thread["TIME_MS"]) / 1000, 1)}
            for thread in threads
            if (thread["STATE"] or "").startswith("Waiting")
        ],
    }


def _at_rest(look: Look) -> bool:
    return not (look["recv_queue"] or look["flow_control"] or look["waiting"])
