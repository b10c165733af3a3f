# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the local member holds, to be compared with the others: its position, and the checksums of the users' tables."""

from __future__ import annotations

from ...mysql.guest import connection
from ..rules.outage import Position
from ..rules.same import Held
from . import member

#: bytes of all tables together, above which the larger ones are left out
LIMIT = 1 << 30
_TABLES = (
    "SELECT TABLE_SCHEMA AS s, TABLE_NAME AS t, DATA_LENGTH AS bytes FROM information_schema.TABLES WHERE TABLE_TYPE = 'BASE TABLE' AND ENGINE = 'InnoDB'"
    " AND TABLE_SCHEMA NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys') ORDER BY TABLE_SCHEMA, TABLE_NAME"
)


def held(limit: int = LIMIT) -> Held:
    """What there is when all that was committed anywhere before has been applied here, too (wsrep_sync_wait)."""
    info = member.observe()
    wsrep = info["wsrep"]
    position: Position = {"uuid": str(wsrep and wsrep["cluster_state_uuid"]), "seqno": wsrep["last_committed"] if wsrep else -1}
    found: Held = {"position": position, "tables": {}, "left_out": 0}
    with connection.Connection({**connection.local(member.socket()), "read_timeout": 600}) as server:
        server.run("SET SESSION wsrep_sync_wait = 1")
        for row in server.rows(_TABLES):
            if int(row["bytes"] or 0) > limit:
                found["left_out"] += 1
                continue
            limit -= int(row["bytes"] or 0)
            quoted = ".".join("`{}`".format(row[part].replace("`", "``")) for part in ("s", "t"))
            found["tables"][f"{row['s']}.{row['t']}"] = server.rows(f"CHECKSUM TABLE {quoted}")[0]["Checksum"]
    return found
