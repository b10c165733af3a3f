# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps that more than one verb has."""

from __future__ import annotations

from dataclasses import dataclass

from ...._plan.plan import Step


@dataclass(frozen=True)
class SetReadOnly(Step):
    """:param on: whether others than replication may not write"""

    action = "update"
    kind = "read_only"
    on: bool


def set_read_only(on: bool, why: str) -> SetReadOnly:
    return SetReadOnly(str(on).lower(), why, on)


class StartReplication(Step):
    action = "start"
    kind = "replication"


class DetachSource(Step):
    action = "detach"
    kind = "source"
