# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: evidence
short_description: What the members of a cluster said in one round of a run
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - Gathers C(trove_health) of all members, the registered result of M(stackdb.trove.trove_look), for the modules that delete, end a task or write a contract.
  - A member that is unreachable, failed, was skipped, was not asked, or is not in the inventory of the run is silent. So is one whose last word is of
    another round, or of another server than the one that was asked.
positional: hostvars, round
options:
  _input:
    description: The names of the members.
    type: list
    elements: str
    required: true
  hostvars:
    description: The variable C(hostvars).
    type: dict
    required: true
  round:
    description: The round, as M(stackdb.trove.trove_look) was given it.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Gather what the members said
  ansible.builtin.debug:
    msg: "{{ ['products-1', 'products-2'] | stackdb.trove.evidence(hostvars, 'run/cluster_show/1/before') }}"
"""

RETURN = r"""
_value:
  description: By name, a dictionary that has either C(said), what the member said, or C(silent), why nothing is known of it.
  type: dict
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..module_utils._model import evidence as rules


def evidence(names: Sequence[str], hostvars: Mapping[str, Any], round: str) -> dict[str, Any]:
    # asked for a host that it does not have, hostvars gives something undefined
    return rules.gather(names, {name: hostvars[name] for name in names if name in hostvars}, round)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"evidence": evidence}
