# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a program of the guest."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence

from .._model.errors import TroveError


class GuestError(TroveError):
    """A program or a service of the guest failed; the message carries its own words."""


def run(argv: Sequence[str], timeout: float = 60, check: bool = True, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run a program in the C locale and wait for it.

    :param argv: list of str; never a secret, since every user of the guest sees it
    :param timeout: seconds
    :param stdin: what it reads; nothing by default
    :return: subprocess.CompletedProcess with text in stdout and stderr; returncode 127 where the program is missing
    :raises GuestError: when it fails and `check` is true, or does not end in time
    """
    try:
        # run_command is the module's own, which is not at hand here, and knows no time limit
        done = subprocess.run(  # pylint: disable=ansible-bad-function
            argv, timeout=timeout, capture_output=True, text=True, errors="replace", input=stdin or "", check=False, env=dict(os.environ, LC_ALL="C")
        )
    except FileNotFoundError:
        done = subprocess.CompletedProcess(argv, 127, "", f"{argv[0]}: not found")
    except subprocess.TimeoutExpired as error:
        raise GuestError(f"{' '.join(argv)} did not end within {timeout:.0f} s.") from error
    if check and done.returncode:
        words = (done.stderr or done.stdout).strip() or f"exit code {done.returncode}"
        raise GuestError(f"{' '.join(argv)} failed: {words}")
    return done
