# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stop or start a server, and know that it is."""

from __future__ import annotations

from collections.abc import Callable

from .._model.errors import CloudError, Unanswered
from .connection import Cloud, translated
from .waiter import wait_for

OFF, ON = "SHUTOFF", "ACTIVE"


def stop_server(cloud: Cloud, id_: str, timeout: float) -> None:
    """Stop a server (Compute API, "Stop Server (os-stop Action)"), and wait until Nova says that it is off; one that is off already is fine.

    Nova takes no action while another one is under way (409), so it is asked again until the timeout; also a stop that an earlier run has asked for counts.

    :raises CloudError: for a server that Nova does not stop
    :raises TimedOut: where it is not off in time
    """

    _bring(cloud, id_, OFF, "stop", cloud.compute.stop_server, timeout)


def start_server(cloud: Cloud, id_: str, timeout: float) -> None:
    """Start a server that is off (Compute API, "Start Server (os-start Action)"), and wait until Nova says that it is active; one that is is fine.

    :raises CloudError: for a server that Nova does not start
    :raises TimedOut: where it is not active in time
    """
    _bring(cloud, id_, ON, "start", cloud.compute.start_server, timeout)


def _bring(cloud: Cloud, id_: str, status: str, verb: str, ask: Callable[[str], object], timeout: float) -> None:
    def look() -> str:
        with translated(f"get the server {id_}"):
            server = cloud.compute.get_server(id_)
        busy = server.task_state
        if server.status == status and not busy:
            return status
        if busy:
            return f"{server.status}, {busy}"
        try:
            with translated(f"{verb} the server {id_}"):
                ask(id_)
        except CloudError as error:
            if error.details["http_status"] != 409 and not isinstance(error, Unanswered):
                raise
            return f"{server.status}: {error.message}"
        return str(server.status)

    wait_for(f"the server {id_} to be {status}", look, lambda seen: seen == status, timeout)
