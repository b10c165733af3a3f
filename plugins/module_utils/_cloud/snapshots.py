# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A snapshot of a volume, also while it is in use. Block Storage API, "Create a snapshot" (force), "List accessible snapshots" (name, volume_id)."""

from __future__ import annotations

from typing import Any

from .._model.errors import CloudError
from .connection import Cloud, translated
from .retry import once
from .waiter import wait_for

AVAILABLE = "available"


def find(cloud: Cloud, volume_id: str, name: str) -> Any:
    """The snapshot of that name of a volume, as the SDK shows it, or None; names are not unique, and of several the first."""
    with translated(f"list the snapshots of the volume {volume_id}"):
        found = list(cloud.sdk.block_storage.snapshots(name=name, volume_id=volume_id))
    return next((one for one in found if (one.name, one.volume_id) == (name, volume_id)), None)


def take(cloud: Cloud, volume_id: str, name: str, whose: str, timeout: float) -> Any:
    """Have Cinder create a snapshot, until that is done; one that is there already is fine. It holds what is on the volume at one moment, as after a power cut.

    :param whose: whose volume it is, for the snapshot's description
    :raises CloudError: where Cinder refuses or fails
    :raises TimedOut: where it is not done in time
    """

    def make() -> Any:
        with translated(f"create the snapshot {name}"):
            return cloud.sdk.block_storage.create_snapshot(volume_id=volume_id, name=name, force=True, description=f"Data of {whose}.")

    made = find(cloud, volume_id, name) or once(make, lambda: find(cloud, volume_id, name))
    seen = wait_for(f"Cinder to create the snapshot {name}", lambda: _get(cloud, made.id), lambda one: one.status != "creating", timeout)
    if seen.status != AVAILABLE:
        raise CloudError(f"The snapshot {name} ({seen.id}) is {seen.status}. Delete it, and run the playbook again.", http_status=None)
    return seen


def _get(cloud: Cloud, id_: str) -> Any:
    with translated(f"get the snapshot {id_}"):
        return cloud.sdk.block_storage.get_snapshot(id_)
