# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: replication_candidate
short_description: The replica that takes over when the source is dead
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - Chooses the replica that has received the most of its source's transactions; the first by name of several that are equal.
  - Refuses while the source still answers, where a replica does not report, and where none has everything that the others have.
options:
  _input:
    description: RV(stackdb.trove.trove_replication_info#module:replication) of all replicas by name, seen with C(probe) true.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Name the replica that takes over
  ansible.builtin.debug:
    msg: "{{ infos | stackdb.trove.replication_candidate }}"
"""

RETURN = r"""
_value:
  description: The name of the replica.
  type: str
"""

from ansible.errors import AnsibleFilterError

from ..module_utils._datastores import replication_eject
from ..module_utils._model.errors import TroveError


def replication_candidate(infos):
    try:
        return replication_eject.choose(infos)
    except TroveError as error:
        raise AnsibleFilterError(error.message) from error


class FilterModule:
    def filters(self):
        return {"replication_candidate": replication_candidate}
