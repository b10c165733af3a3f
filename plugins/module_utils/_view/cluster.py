# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster as the cloud and its members see it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._datastores import registry
from . import health
from .table import Data


def with_health(cluster: Data, words: Mapping[str, Data]) -> dict[str, Any]:
    """The cluster's view, each instance that was asked with `health.told`: the database's status, health, problems, warnings, and what is used of its volume.

    :param cluster: as trove_cluster_info returns it
    :param words: ``{name: {said: dict} or {silent: why}}``; empty where nobody was asked
    """
    driver = registry.of_cluster(cluster["datastore"]["type"])

    def shown(instance: Data) -> Data:
        word = words.get(instance["name"])
        # of a plan, or not asked
        return dict(instance, **health.told(driver, instance, cluster["task"]["name"], word)) if instance["id"] and word else instance

    return dict(cluster, instances=[shown(instance) for instance in cluster["instances"]])
