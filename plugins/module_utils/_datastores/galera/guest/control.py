# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start, stop and initialise the local Galera member."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Sequence
from functools import partial

from ...._guest import aside, lock
from ...._guest.command import GuestError, run
from ...._model import progress
from ...mysql.guest import control as server_control
from ...mysql.guest import data_directory
from ...mysql.guest.engines import MARIADB
from ..rules.info import Info
from . import member

#: why a member does not serve yet, sentences
WhyNot = Callable[[Info], list[str]]
_POLL = 0.25
# where MariaDB's galera_new_cluster leaves its order, since 10.11.19 and before
_FLAGS = ("/run/mariadb-wsrep-new-cluster", "/run/mysqld/wsrep-new-cluster")
# Source: Galera documentation, "Galera Parameters", socket.ssl_reload (Galera 4.8, 26.4.8, and later)
_RELOAD = "SET GLOBAL wsrep_provider_options = 'socket.ssl_reload=1'"
_LOUD = re.compile(r"\[ERROR\]|\[FATAL\]|FATAL|Assertion .* failed")


def initialise(datadir: str) -> None:
    """Create the system tables in an empty data directory. One that an earlier run left half-filled is emptied first."""
    aside.check_whole(datadir)
    marker = os.path.join(datadir, member.UNFINISHED)
    if os.path.exists(marker):
        data_directory.empty(datadir, keep=(member.UNFINISHED,))
    with open(marker, "w", encoding="utf-8"):
        pass
    MARIADB.create_system_tables(datadir)
    os.unlink(marker)


def reload_tls(files: Sequence[str]) -> None:
    """Have the server and Galera's provider read the certificate again. Links between members stay; a state transfer reads the files each time."""
    server_control.reload_tls(MARIADB, files, _RELOAD)


def prepare_service(info: Info) -> None:
    """Let the service follow its unit files, start at boot, and be started by nobody but systemd and us."""
    if info["service"]["outdated"]:
        member.SERVICE.reload_files()
    if info["service"]["socket_activation"]:
        # A client that knocks must not be what starts a member.
        member.SOCKET.mask()
    if not info["service"]["enabled"]:
        member.SERVICE.enable()


def bootstrap(info: Info, why_not: WhyNot, timeout: float) -> None:
    """Start the member as the first of a new cluster, by MariaDB's own galera_new_cluster."""
    aside.check_whole(info["datadir"]["path"])
    # systemd may not have seen our settings of its unit, as `Unit.start` says; the first start must be by them
    member.SERVICE.reload_files()
    if info["grastate"] and not info["grastate"]["safe_to_bootstrap"]:
        _allow_bootstrap(info["datadir"]["path"])
    began = time.time()
    try:
        run(["galera_new_cluster"], timeout=timeout)
    except GuestError as error:
        raise _failure("bootstrap a new cluster", began, error.message) from None
    finally:
        clear_bootstrap_flag()
    _wait(why_not, "bootstrap a new cluster", began, timeout)


def start(why_not: WhyNot, timeout: float) -> None:
    """Start the member so that it joins the others, or wait for the start that is under way."""
    began = time.time()
    if member.SERVICE.show()["state"] not in ("active", "activating", "reloading"):
        aside.check_whole(member.observe()["datadir"]["path"])
        clear_bootstrap_flag()
        member.SERVICE.start()
    _wait(why_not, "join the cluster", began, timeout)


def stop() -> None:
    member.SERVICE.stop()


def give_up_start() -> None:
    """End a server that is still looking for the others: it does not listen to a request to stop before it has found them."""
    member.SERVICE.kill()


def clear_bootstrap_flag() -> None:
    """Remove what galera_new_cluster leaves when it is killed: with it the next plain start would bootstrap a second cluster."""
    for path in _FLAGS:
        if os.path.exists(path):
            os.unlink(path)
    run(["systemctl", "unset-environment", "_WSREP_NEW_CLUSTER"])


def _allow_bootstrap(datadir: str) -> None:
    """Tell Galera what the choice has found: that nobody can be ahead of this member."""
    path = os.path.join(datadir, "grastate.dat")
    with open(path, "r+", encoding="utf-8") as file:
        text = re.sub(r"^safe_to_bootstrap:.*$", "safe_to_bootstrap: 1", file.read(), flags=re.MULTILINE)
        file.seek(0)
        file.write(text)
        file.truncate()


def settle(timeout: float) -> None:
    """Wait until the service is neither starting nor stopping, but no longer than `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while member.SERVICE.show()["state"] in ("activating", "deactivating") and time.monotonic() < deadline:
        time.sleep(_POLL)


def wait_while(reason: Callable[[Info], str | None], timeout: float) -> str | None:
    """Look at the member until `reason` of its info is None; the last reason when that takes longer than `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while True:
        found = reason(member.observe())
        if found is None or time.monotonic() > deadline:
            return found
        progress.now(partial(_words, [found]))
        lock.check_controller()
        time.sleep(_POLL)


def _wait(why_not: WhyNot, what: str, began: float, timeout: float) -> None:
    restarts = member.SERVICE.show()["restarts"]
    while True:
        service = member.SERVICE.show()
        problems = why_not(member.observe()) if service["state"] == "active" else [f"its service is {service['state']}"]
        if not problems:
            return
        progress.now(partial(_words, problems))
        if service["restarts"] > restarts or service["substate"] == "auto-restart":
            # It would try again for ever: an end that can be seen is better.
            stop()
            raise _failure(what, began, "the server crashed")
        if service["state"] in ("failed", "inactive"):
            raise _failure(what, began, "the service ended")
        if time.time() - began > timeout:
            raise _failure(what, began, f"it did not serve within {timeout} s ({'; '.join(problems)}); the same run started again goes on waiting")
        lock.check_controller()
        time.sleep(_POLL)


def _words(problems: Sequence[str]) -> str:
    """What is waited for, and where a state transfer fills the member, how much it has."""
    used = member.receiving()
    return "; ".join(problems) + (f"; it receives a state transfer, {used} GiB are on its volume" if used is not None else "")


def _failure(what: str, began: float, reason: str) -> GuestError:
    lines = member.SERVICE.log(400, since=began)
    loud = [line for line in lines if _LOUD.search(line)]
    tail = "\n".join((loud or lines)[-8:])
    return GuestError(f"The member could not {what}: {reason}. Its log says:\n{tail}", log=lines[-40:])
