# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster as the cloud and its members see it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._datastores import registry
from .._datastores.base import Datastore, tls_ends
from .table import Data


def with_health(cluster: Data, words: Mapping[str, Data]) -> dict[str, Any]:
    """The cluster's view, each instance with `health` (short texts by heading) and `problems` (sentences), and its volume with what is used, in GiB.

    :param cluster: as trove_cluster_info returns it
    :param words: ``{name: {said: dict} or {silent: why}}``; empty where nobody was asked
    """
    driver = registry.of_cluster(cluster["datastore"]["type"])
    return dict(cluster, instances=[_instance(driver, item, words.get(item["name"])) for item in cluster["instances"]])


def _instance(driver: Datastore, instance: Data, word: Data | None) -> Data:
    if not instance["id"] or word is None:
        # of a plan, or not asked
        return instance
    said = word.get("said")
    health, used = driver.health(said)
    volume = instance["volume"] and dict(instance["volume"], used=used)
    problems = driver.problems(said) if said else [word["silent"]]
    health = {**health, **tls_ends(said)}
    return dict(instance, health=health, volume=volume, problems=problems)
