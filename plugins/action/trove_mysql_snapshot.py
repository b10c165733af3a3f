# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

from ..plugin_utils.telling import TellingAction


class ActionModule(TellingAction):
    """Shows how much of a snapshot has gone over. Documented in plugins/modules/trove_mysql_snapshot.py."""

    def tells(self, arguments: dict[str, Any]) -> bool:
        return arguments.get("state") in ("sent", "received")
