#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_cluster_info
short_description: Show one database cluster, or list all
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - Reads the clusters of the project from Nova and Cinder, in the form of Trove's show and list.
options:
  name:
    description: Show only the cluster of this name.
    type: str
  id:
    description: Show only the cluster of this id.
    type: str
  limit:
    description: List at most so many clusters, in the order of their ids.
    type: int
  marker:
    description: List the clusters whose ids are greater than this one, the last id of the list before.
    type: str
extends_documentation_fragment:
  - stackdb.trove.cloud
  - stackdb.trove.progress
  - stackdb.trove.cloud.actiongroup
  - stackdb.trove.cloud.info
seealso:
  - module: stackdb.trove.trove_cluster
"""

EXAMPLES = r"""
- name: Show one
  stackdb.trove.trove_cluster_info:
    cloud: mycloud
    name: products
  register: shown

- name: List all, ten at a time
  stackdb.trove.trove_cluster_info:
    cloud: mycloud
    limit: 10
    marker: "{{ last_id | default(omit) }}"
"""

RETURN = r"""
clusters:
  description:
    - The clusters, as RV(stackdb.trove.trove_cluster#module:cluster). Empty when there is none of that name or id.
  returned: success
  type: list
  elements: dict
hosts:
  description: Their members as inventory hosts, as RV(stackdb.trove.trove_cluster#module:hosts).
  returned: success
  type: list
  elements: dict
placement:
  description: Whether the promise of each cluster's locality holds now, by the cluster's name.
  returned: success
  type: dict
next_marker:
  description: What to give as O(marker) for the next part of the list; V(none) at its end.
  returned: success
  type: str
"""

from typing import Any

from ..module_utils._cloud import observe
from ..module_utils._model.paging import check_limit, page
from ..module_utils._module.cloud import Connect, Options, make_module, run
from ..module_utils._servers import hosts

ARGUMENT_SPEC: dict[str, Any] = {
    "name": {"type": "str"},
    "id": {"type": "str"},
    "limit": {"type": "int"},
    "marker": {"type": "str"},
}


def _info(options: Options, connect: Connect) -> dict[str, Any]:
    check_limit(options["limit"])
    clusters, next_marker = page(observe.clusters(connect(), options["name"], options["id"]), options["limit"], options["marker"])
    return {
        "changed": False,
        "clusters": [cluster.view() for cluster in clusters],
        "hosts": [host for cluster in clusters for host in hosts.of_cluster(cluster)],
        "placement": {cluster.name: cluster.placement().view() for cluster in clusters},
        "next_marker": next_marker,
    }


def main() -> None:
    module = make_module(ARGUMENT_SPEC)
    run(module, _info)


if __name__ == "__main__":
    main()
