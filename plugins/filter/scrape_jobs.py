# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: scrape_jobs
short_description: Prometheus' scrape_configs for clusters whose members run exporters
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - A job for each cluster, since each has a CA of its own, which verifies its members. Targets and CA are files beside each other, C(<cluster>.json) and
    C(<cluster>.pem).
options:
  _input:
    description: The names of the clusters.
    type: list
    elements: str
    required: true
  directory:
    description: Where the files are.
    type: path
    required: true
  certificate:
    description: The file of the certificate that Prometheus shows; empty for none.
    type: path
  key:
    description: The file of its key.
    type: path
"""

EXAMPLES = r"""
- name: Write the configuration
  ansible.builtin.copy:
    content: "{{ {'scrape_configs': ['products'] | stackdb.trove.scrape_jobs('/etc/prometheus/trove')} | to_nice_yaml }}"
    dest: /etc/prometheus/prometheus.yml
    mode: "0644"
"""

RETURN = r"""
_value:
  description: Jobs.
  type: list
  elements: dict
"""

from collections.abc import Callable, Iterable
from typing import Any

from ansible.errors import AnsibleFilterError

from ..module_utils._model import metrics


def scrape_jobs(clusters: Iterable[str], directory: str, certificate: str = "", key: str = "") -> list[dict[str, Any]]:
    if isinstance(clusters, str):
        raise AnsibleFilterError(f"scrape_jobs: a list of names was expected, and not {clusters!r}")
    if bool(certificate) != bool(key):
        raise AnsibleFilterError("scrape_jobs: certificate and key were expected together")
    return metrics.jobs(list(clusters), directory, certificate, key)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"scrape_jobs": scrape_jobs}
