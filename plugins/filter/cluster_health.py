# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: cluster_health
short_description: Add to a cluster what its members say of themselves
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - The cloud knows servers, the database knows its health and how full its volume is. This puts both into one view.
options:
  _input:
    description: A cluster, as M(stackdb.trove.trove_cluster_info) returns it.
    type: dict
    required: true
  infos:
    description:
      - Results of M(stackdb.trove.trove_galera_info), or of M(stackdb.trove.trove_redis_cluster_info) for one node alone,
        by the member's name. One that is missing or unreachable is shown as such.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show a cluster with its health
  ansible.builtin.debug:
    msg: "{{ (cluster | stackdb.trove.cluster_health(infos) | stackdb.trove.cluster_table).splitlines() }}"
"""

RETURN = r"""
_value:
  description: The cluster. Each instance has C(health), a dictionary, and its C(volume) says what is C(used), in GiB.
  type: dict
"""

from ansible.errors import AnsibleFilterError

from ..module_utils._datastores import registry
from ..module_utils._model.errors import TroveError


def cluster_health(cluster, infos):
    try:
        driver = registry.get(cluster["datastore"]["type"])
    except TroveError as error:
        raise AnsibleFilterError(error.message) from error
    return dict(cluster, instances=[_with_health(driver, item, infos.get(item["name"])) for item in cluster["instances"]])


def _with_health(driver, instance, info):
    if not instance["id"]:
        # of a plan: nobody can be asked yet
        return instance
    health, used = driver.health(info)
    volume = instance["volume"] and dict(instance["volume"], used=used)
    return dict(instance, health=health, volume=volume)


class FilterModule:
    def filters(self):
        return {"cluster_health": cluster_health}
