# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deletions: each removes one thing, and is safe to repeat."""

from __future__ import annotations

from collections.abc import Callable

from .._model.errors import CloudError, Unanswered
from .connection import Cloud, is_missing, translated
from .waiter import wait_for

#: seconds that something may still be in use after what used it has gone
_IN_USE = 60


def delete(cloud: Cloud, kind: str, id_: str, timeout: float) -> None:
    """Delete a server, volume, server group or security group, and wait until it is gone; one that is gone already is fine.

    Neutron and Cinder refuse for a moment after the server has gone (409 or 400, in use), so they are asked again.
    """
    # a proxy is asked for only where it is needed: the first time costs requests
    ways: dict[str, Callable[[], object]] = {
        "server": lambda: cloud.compute.delete_server(id_, ignore_missing=True),
        "volume": lambda: cloud.sdk.block_storage.delete_volume(id_, ignore_missing=True),
        "server_group": lambda: cloud.compute.delete_server_group(id_, ignore_missing=True),
        "security_group": lambda: cloud.sdk.network.delete_security_group(id_, ignore_missing=True),
    }

    def ask() -> str | None:
        try:
            with translated(f"delete the {kind.replace('_', ' ')} {id_}"):
                ways[kind]()
        except CloudError as error:
            if error.details["http_status"] not in (400, 409) and not isinstance(error, Unanswered):
                raise
            return error.message
        return None

    wait_for(f"the {kind.replace('_', ' ')} {id_} to be free", ask, lambda refused: refused is None, min(timeout, _IN_USE))
    if kind in ("server", "volume"):
        _wait_gone(cloud, kind, id_, timeout)


_GONE = ("GONE", "DELETED", "SOFT_DELETED", "ERROR_DELETING")


def _wait_gone(cloud: Cloud, kind: str, id_: str, timeout: float) -> None:
    get = cloud.compute.get_server if kind == "server" else cloud.sdk.block_storage.get_volume

    def status() -> str:
        try:
            with translated(f"get the {kind} {id_}"):
                return str(get(id_).status).upper()
        except CloudError as error:
            if is_missing(error):
                return "GONE"
            raise

    reached = wait_for(f"the {kind} {id_} to be gone", status, lambda s: s in _GONE, timeout)
    if reached == "ERROR_DELETING":
        raise CloudError(f"Cannot delete the {kind} {id_}: Cinder says {reached.lower()}.")
