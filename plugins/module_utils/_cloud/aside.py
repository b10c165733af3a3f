# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep the volume of a member that is replaced, as a volume of no cluster."""

from __future__ import annotations

from .._model import identity
from .connection import Cloud, translated


def set_aside(cloud: Cloud, volume_id: str, name: str, whose: str) -> None:
    """Give a volume another name, and this note in place of all its metadata: one request, so that it is the cluster's, or is not (Cinder, "Update a volume").

    :param whose: whose volume it was
    """
    with translated(f"set the volume {name} aside"):
        cloud.sdk.block_storage.update_volume(volume_id, name=name, description=f"Kept data of {whose}.", metadata={identity.SET_ASIDE: whose})
