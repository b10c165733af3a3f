# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: scrape_targets
short_description: What Prometheus scrapes, from the inventory's members
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - Turns members as the inventory plugin P(stackdb.trove.trove#inventory) has them into groups of targets, as Prometheus reads them by C(file_sd_configs).
  - Each has the labels C(cluster), C(member), C(datastore), C(topology) and C(exporter), by which the rules and dashboards of this collection tell them apart.
options:
  _input:
    description: The hostvars of members. A host that is no member, or has no address, is left out.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Write the targets
  ansible.builtin.copy:
    content: "{{ groups['trove_cluster_products'] | map('extract', hostvars) | stackdb.trove.scrape_targets | to_nice_json }}"
    dest: /etc/prometheus/trove/products.json
    mode: "0644"
"""

RETURN = r"""
_value:
  description: Groups of targets.
  type: list
  elements: dict
  sample:
    - {targets: ["10.0.0.11:9100"], labels: {cluster: products, member: products-1, datastore: mariadb, topology: galera, exporter: node}}
"""

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ..module_utils._model import metrics


def scrape_targets(hosts: Any) -> list[dict[str, Any]]:
    try:
        return metrics.targets(list(hosts))
    except (AttributeError, KeyError, TypeError) as error:
        raise AnsibleFilterError(f"scrape_targets: a list of hostvars was expected: {error!r}") from error


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"scrape_targets": scrape_targets}
