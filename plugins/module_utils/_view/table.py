# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clusters as tables, in the manner of python-troveclient's cluster-show, cluster-instances and cluster-list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

#: plain data, as modules return it
Data = Mapping[str, Any]


def one(cluster: Data) -> str:
    """A cluster's show view as two tables: its properties, and its instances."""
    properties = {
        "id": cluster["id"],
        "name": cluster["name"],
        "datastore": cluster["datastore"]["type"],
        "datastore_version": cluster["datastore"]["version"],
        "task_name": cluster["task"]["name"],
        "task_description": cluster["task"]["description"],
        "locality": cluster.get("locality"),
        **{f"metadata.{key}": value for key, value in sorted((cluster.get("metadata") or {}).items())},
        "ip": ", ".join(cluster["ip"]),
        "created": cluster["created"],
        "updated": cluster["updated"],
    }
    rows = [(key, value) for key, value in properties.items() if value is not None]
    notes = [f"{one['name']}: {problem}\n" for one in cluster["instances"] for problem in (*(one.get("problems") or ()), *(one.get("warnings") or ()))]
    return grid(("Property", "Value"), rows) + "\n" + instances(cluster["instances"]) + "".join(notes)


def instances(items: Sequence[Data]) -> str:
    """One row an instance. The host is the beginning of Nova's hostId, enough to tell hypervisors apart."""
    extra = list(dict.fromkeys(key for item in items for key in item.get("health") or ()))
    head = ("Name", "Status", "IP", "Host", "Flavor", "Volume", *extra)
    rows = [
        (
            item["name"],
            item["status"],
            item["ip"],
            (item["host_id"] or "")[:8],
            item["flavor"]["name"],
            _volume(item["volume"]),
            *((item.get("health") or {}).get(key) for key in extra),
        )
        for item in items
    ]
    return grid(head, rows)


def many(clusters: Iterable[Data]) -> str:
    """One row a cluster."""
    head = ("ID", "Name", "Datastore", "Version", "Locality", "IP", "Task Name")
    rows = [
        (c["id"], c["name"], c["datastore"]["type"], c["datastore"]["version"], c.get("locality"), ", ".join(c["ip"]), c["task"]["name"]) for c in clusters
    ]
    return grid(head, rows)


def _volume(volume: Data | None) -> str:
    if not volume:
        return "-"
    used = volume.get("used")
    return f"{volume['size']} GiB" if used is None else f"{used} of {volume['size']} GiB"


def grid(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """An ASCII table. None becomes a hyphen."""
    cells = [tuple("-" if value is None else str(value) for value in row) for row in (head, *rows)]
    widths = [max(map(len, column)) for column in zip(*cells)]
    rule = "+" + "+".join("-" * (width + 2) for width in widths) + "+"
    lines = ["| " + " | ".join(value.ljust(width) for value, width in zip(row, widths)) + " |" for row in cells]
    return "\n".join((rule, lines[0], rule, *lines[1:], rule)) + "\n"
