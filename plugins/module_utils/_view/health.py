# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server's status and health as the cloud and its database see it. Pure.

The status has Trove's words. Where the database was asked, it is the database's: one that does not serve is not ACTIVE, whatever Nova says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._datastores.base import Datastore, tls_ends
from .._model.cluster import BUILD, FAILED, RESTART_REQUIRED, SHUTDOWN, UNKNOWN
from .._model.datastore import FileSystem

#: plain data, as modules return it
Data = Mapping[str, Any]
#: from this part of its file system on a data directory is said to be filling
FILLING = 0.8


def told(driver: Datastore, server: Data, task: str, word: Data) -> dict[str, Any]:
    """What a server's word adds to its view: ``{status, health, problems, warnings, volume}``.

    :param server: its view, with `status`, `server_status` and `volume`
    :param task: the name of the task that runs on it
    :param word: ``{said: dict}``, the result of its datastore's info module, or ``{silent: why}``
    """
    said = word.get("said")
    disk = driver.file_system(said) if said else None
    return {
        "status": status(driver, server, task, said),
        "health": {**driver.health(said), **tls_ends(said)},
        "problems": driver.problems(said) if said else [word["silent"]],
        "warnings": filling(disk),
        "volume": server["volume"] and dict(server["volume"], used=disk["used"] if disk else None),
    }


def status(driver: Datastore, server: Data, task: str, said: Data | None) -> str:
    """The database's status in Trove's words.

    - what Nova says, where the server does not run
    - BUILD until it serves: while it is created, and while its unit starts, as it does as long as it receives its data
    - ACTIVE, or RESTART_REQUIRED where settings wait for a start
    - SHUTDOWN where the database was stopped, FAILED where it does not serve though nobody stopped it
    - UNKNOWN where it did not answer
    """
    if server["server_status"] != "ACTIVE":
        shown: str = server["status"]
        return shown
    problems = driver.problems(said) if said else None
    if said and not problems:
        return RESTART_REQUIRED if said.get("pending") or server["status"] == RESTART_REQUIRED else "ACTIVE"
    state = driver.service(said) if said else None
    if task == "BUILDING" or state == "activating":
        return BUILD
    if state is None:
        return UNKNOWN
    return SHUTDOWN if state in ("inactive", "deactivating") else FAILED


def filling(disk: FileSystem | None) -> list[str]:
    """That a file system is filling: a sentence, or none."""
    if not disk or not disk["size"] or disk["used"] / disk["size"] < FILLING:
        return []
    return [f"the file system of its data is {100 * disk['used'] / disk['size']:.0f} % full: {disk['used']} of {disk['size']} GiB are used"]
