# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One instance, or one member of a cluster, as a table in the manner of python-troveclient's show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .._datastores import registry
from . import health, table
from .table import Data


def with_health(one: Data, word: Data | None) -> dict[str, Any]:
    """The view of an instance with `health.told`; as it is where it was not asked.

    :param one: as trove_instance_info returns it
    :param word: ``{said: dict}`` or ``{silent: why}``
    """
    if not word:
        return dict(one)
    driver = (registry.of_cluster if one["type"] == "member" else registry.of_instance)(one["datastore"]["type"])
    found = health.told(driver, one, one["task"]["name"], word)
    return dict(one, **found, nodes=[dict(node, volume=found["volume"]) for node in one["nodes"]])


def show(one: Data) -> str:
    """The properties of an instance, what its database says of itself among them, and below what is wrong."""
    rows = [(key, value) for key, value in _properties(one) if value is not None]
    notes = [f"{one['name']}: {note}\n" for note in (*(one.get("problems") or ()), *(one.get("warnings") or ()))]
    return table.grid(("Property", "Value"), rows) + "".join(notes) + "".join(f"Drift: {sentence}.\n" for sentence in one.get("drift", ()))


def _properties(one: Data) -> Iterator[tuple[str, Any]]:
    for key in ("id", "name", "type", "cluster_id", "status", "server_status"):
        yield key, one.get(key)
    yield from (("datastore", one["datastore"]["type"]), ("datastore_version", one["datastore"]["version"]))
    yield from (("task_name", one["task"]["name"]), ("task_description", one["task"]["description"]))
    yield from (("hostname", one["hostname"]), ("ip", ", ".join(one["ip"])), ("flavor", one["flavor"]["name"]), ("locality", one.get("locality")))
    volume = one["volume"] or {}
    yield from (("volume", volume.get("size") and f"{volume['size']} GiB"), ("volume_used", _gib(volume.get("used"))))
    yield from _metadata(one["metadata"])
    for key, value in (one.get("health") or {}).items():
        yield key.lower().replace(" ", "_"), value
    yield from (("created", one["created"]), ("updated", one["updated"]))


def _metadata(metadata: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The user's own, and the replication contract of an instance."""
    contract = metadata.get("replication_contract") or {}
    for key, value in sorted(metadata.items()):
        if key != "replication_contract":
            yield f"metadata.{key}", value
    # what the database says of itself is `writable`, and may be another word than the contract's
    for word, value in contract.items():
        if word == "writable":
            yield "contract", "writable" if value else "read only"
        else:
            yield word, ", ".join(value) if isinstance(value, list) else value


def _gib(value: float | None) -> str | None:
    return None if value is None else f"{value} GiB"
