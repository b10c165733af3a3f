# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Another flavor for a server, with Nova's confirm and revert, and a larger volume while it is in use.

Compute API, "Resize Server", "Confirm Resized Server", "Revert Resized Server"; Block Storage API, "Extend a volume size" (in use since 3.42).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .._model.errors import CloudError
from .._model.sizes import VERIFY_RESIZE, Flavor
from .connection import Cloud, translated
from .retry import once
from .waiter import wait_for

#: what Nova is still at work on; what a server without a task becomes in the end is none of these
UNDER_WAY = ("BUILD", "RESIZE", "REVERT_RESIZE", "MIGRATING", "REBOOT", "HARD_REBOOT", "REBUILD")
#: the answers by which Nova says that a server is busy, or that somebody was quicker: what became of it is looked at
_MEANWHILE = (400, 404, 409)


def has_flavor(server: Any, flavor: Flavor) -> bool:
    """Whether a server of the SDK has that flavor. Nova shows the flavor as it was when the server got it; names are used again after a deletion."""
    seen = server.flavor
    return (seen.original_name, seen.vcpus, seen.ram, seen.disk or 0) == (flavor.name, flavor.vcpus, flavor.ram, flavor.disk)


def at_rest(cloud: Cloud, id_: str, timeout: float) -> Any:
    """The SDK's server, once Nova does nothing with it any more.

    :raises TimedOut: where it goes on for longer
    """
    return wait_for(f"Nova to be done with the server {id_}", lambda: _get(cloud, id_), is_at_rest, timeout)


def is_at_rest(server: Any) -> bool:
    return not server.task_state and server.status not in UNDER_WAY


def resize(cloud: Cloud, id_: str, flavor: Flavor, timeout: float) -> None:
    """Have Nova give a server another flavor, until that can be confirmed or reverted; one that has come so far before is fine.

    Nova answers 202 also where it finds no host afterwards, and the server stays as it was: so the flavor is compared. It is asked once only.

    :raises CloudError: where the server has another flavor in the end
    :raises TimedOut: where Nova is not done in time
    """

    def ask() -> None:
        with translated(f"resize the server {id_} to {flavor.name}"):
            cloud.compute.resize_server(id_, flavor.id)

    server = at_rest(cloud, id_, timeout)
    said = None
    if server.status != VERIFY_RESIZE and not has_flavor(server, flavor):
        said = _ask(ask, lambda: _is_begun(_get(cloud, id_), flavor))
        server = at_rest(cloud, id_, timeout)
    if not has_flavor(server, flavor) or server.status not in (VERIFY_RESIZE, "ACTIVE"):
        raise CloudError(_why_not(server, flavor, said), http_status=None)


def _is_begun(server: Any, flavor: Flavor) -> bool:
    return not is_at_rest(server) or has_flavor(server, flavor)


def _why_not(server: Any, flavor: Flavor, said: str | None) -> str:
    told = said or (server.fault or {}).get("message")
    if server.status == "ERROR":
        return f"Nova failed to resize the server {server.name} to {flavor.name}, and it is in ERROR: {told or 'no reason given'}"
    if told:
        return f"Nova did not resize the server {server.name} to {flavor.name}, and it is {server.status} with {server.flavor.original_name}: {told}"
    return (
        f"Nova took the request to resize the server {server.name} to {flavor.name}, and did not do it: it is {server.status} with"
        f" {server.flavor.original_name}. Most likely no other host has room for it, by its size or by the locality of its server group."
    )


def confirm(cloud: Cloud, id_: str, timeout: float) -> None:
    """Confirm a resize, until Nova is done with it; one that was confirmed, by an earlier run or by Nova itself, is fine.

    :raises CloudError: for a server that is in another state in the end
    """

    def ask() -> None:
        with translated(f"confirm the resize of the server {id_}"):
            cloud.compute.confirm_server_resize(id_)

    _leave_verify(cloud, id_, ask, "confirm", timeout)


def revert(cloud: Cloud, id_: str, timeout: float) -> None:
    """Revert a resize, until the server is as it was before; one that was reverted is fine.

    :raises CloudError: for a server that is in another state in the end
    """

    def ask() -> None:
        with translated(f"revert the resize of the server {id_}"):
            cloud.compute.revert_server_resize(id_)

    _leave_verify(cloud, id_, ask, "revert", timeout)


def _leave_verify(cloud: Cloud, id_: str, ask: Callable[[], None], what: str, timeout: float) -> None:
    server = at_rest(cloud, id_, timeout)
    if server.status == VERIFY_RESIZE:
        said = _ask(ask, lambda: _get(cloud, id_).status != VERIFY_RESIZE)
        # while Nova confirms, the server has no task, and the state that it had before
        server = wait_for(
            f"Nova to {what} the resize of the server {id_}" + (f" ({said})" if said else ""),
            lambda: _get(cloud, id_),
            lambda seen: is_at_rest(seen) and seen.status != VERIFY_RESIZE,
            timeout,
        )
    if server.status == "ERROR":
        reason = (server.fault or {}).get("message") or "no reason given"
        raise CloudError(f"Nova failed to {what} the resize of the server {server.name}, and it is in ERROR: {reason}", http_status=None)


def extend(cloud: Cloud, volume_id: str, size: int, timeout: float) -> None:
    """Have Cinder extend a volume, also while it is in use, until that is done; one that is as large already is fine.

    :param size: GiB
    :raises CloudError: where Cinder refuses or fails
    """

    def ask() -> None:
        with translated(f"extend the volume {volume_id} to {size} GiB while it is in use"):
            cloud.sdk.block_storage.extend_volume(volume_id, size)

    if _volume_at_rest(cloud, volume_id, timeout).size < size:
        said = _ask(ask, lambda: _is_extended(_volume(cloud, volume_id), size))
        volume = _volume_at_rest(cloud, volume_id, timeout)
        if volume.size < size or volume.status.startswith("error"):
            reason = said or "Cinder took the request, and did not do it"
            advice = "Where Cinder cannot extend volumes that are in use, replace the members one by one instead."
            text = f"The volume {volume_id} is {volume.status} with {volume.size} GiB, and {size} were asked for: {reason}. {advice}"
            raise CloudError(text, http_status=None)


def _volume_at_rest(cloud: Cloud, id_: str, timeout: float) -> Any:
    return wait_for(f"Cinder to extend the volume {id_}", lambda: _volume(cloud, id_), lambda seen: seen.status != "extending", timeout)


def _is_extended(volume: Any, size: int) -> bool:
    return bool(volume.status == "extending" or volume.size >= size)


def _volume(cloud: Cloud, id_: str) -> Any:
    with translated(f"get the volume {id_}"):
        return cloud.sdk.block_storage.get_volume(id_)


def _ask(ask: Callable[[], None], is_begun: Callable[[], bool]) -> str | None:
    """Ask, and what was answered instead of a yes, where what became of it can be looked at: another run may have asked for the same.

    :param is_begun: whether a request that nobody answered was carried out
    """

    def send() -> bool:
        ask()
        return True

    try:
        once(send, lambda: True if is_begun() else None)
    except CloudError as error:
        if error.details["http_status"] not in _MEANWHILE:
            raise
        return error.message
    return None


def _get(cloud: Cloud, id_: str) -> Any:
    with translated(f"get the server {id_}"):
        return cloud.compute.get_server(id_)
