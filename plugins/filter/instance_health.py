# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: instance_health
short_description: Add to instances what their databases say of themselves
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - The cloud knows servers and contracts, the databases know who follows whom. This puts both into one view, and says where they do not agree.
options:
  _input:
    description: Instances, as M(stackdb.trove.trove_instance_info) returns them.
    type: list
    elements: dict
    required: true
  infos:
    description: Results of M(stackdb.trove.trove_mysql_replication_info) by the instance's name. One that is missing is shown as unreachable.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show instances with their health
  stackdb.trove.trove_print:
    text: "{{ shown.instances | stackdb.trove.instance_health(infos) | stackdb.trove.instance_table }}"
"""

RETURN = r"""
_value:
  description: The instances. Each has C(health), a dictionary, and C(drift), sentences.
  type: list
  elements: dict
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

from ..module_utils._model.errors import TroveError
from ..module_utils._view import topology


def instance_health(instances: Sequence[Mapping[str, Any]], infos: Mapping[str, Any]) -> Any:
    try:
        return topology.with_health(instances, infos)
    except TroveError as error:
        raise AnsibleFilterError(error.message) from error
    except (KeyError, TypeError) as error:
        raise AnsibleFilterError(f"instance_health: a list of instances was expected: {error!r}") from error


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"instance_health": instance_health}
