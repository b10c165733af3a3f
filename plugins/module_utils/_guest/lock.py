# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One hand at a time on a guest: a run whose controller died may still be at work there when the next one comes."""

from __future__ import annotations

import fcntl
import select
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from .command import GuestError

_DIRECTORY = "/run"
_POLL = 0.25


def check_controller() -> None:
    """Whoever waits for long asks now and then whether anybody still waits for the answer.

    :raises GuestError: when nobody reads our output any more: the next run waits in our place, and may know better
    """
    if sys.__stdout__ is None:
        return
    poll = select.poll()
    poll.register(sys.__stdout__.fileno(), 0)
    if any(event & select.POLLERR for _fd, event in poll.poll(0)):
        raise GuestError("The connection to the controller is lost.")


@contextmanager
def held(name: str, timeout: float) -> Iterator[None]:
    """Hold the guest's lock of a name; the kernel releases it when its holder ends, however it ends.

    :param timeout: seconds to wait for another holder
    :raises GuestError: when it is still held after that
    """
    deadline = time.monotonic() + timeout
    with open(f"{_DIRECTORY}/stackdb-trove-{name}.lock", "w", encoding="ascii") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                check_controller()
                if time.monotonic() > deadline:
                    raise GuestError(f"Another run has been at work on this guest's {name} for more than {timeout} s.") from None
                time.sleep(_POLL)
        yield
