# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: mysql_replication_health
short_description: What is wrong with a source and its replicas
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - Looks at a replication topology as a whole, as C(replica_show) does.
positional: source
options:
  _input:
    description: RV(stackdb.trove.trove_mysql_replication_info#module:replication) of all servers by name. An empty dictionary for one that did not report.
    type: dict
    required: true
  source:
    description: The name of the source.
    type: str
    required: true
  max_lag:
    description: Seconds that a replica may be behind. Not asked when it is not given.
    type: int
"""

EXAMPLES = r"""
- name: Stop when a link is not healthy
  ansible.builtin.assert:
    that: infos | stackdb.trove.mysql_replication_health('products') | dict2items | map(attribute='value.problems') | flatten | length == 0
"""

RETURN = r"""
_value:
  description: >-
    By name, what is wrong in words (C(problems), empty where all is well), the C(lag) in seconds, the C(errant) GTIDs that a replica has and the source has
    not, and what it has C(retrieved) and C(executed).
  type: dict
"""

from collections.abc import Callable, Mapping
from typing import Any

from ..module_utils._datastores.mysql_replication.rules import health
from ..module_utils._datastores.mysql_replication.rules.info import Info


def mysql_replication_health(infos: Mapping[str, Info], source: str, max_lag: int | None = None) -> dict[str, health.Health]:
    return health.health(infos, source, max_lag)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"mysql_replication_health": mysql_replication_health}
