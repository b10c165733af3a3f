# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Work that goes on without the run that began it, as a transient unit of systemd: with a deadline, and found again by its name."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence

from .command import run
from .systemd import Unit


class Transient:
    """A program as a unit ``<name>.service``, whose failure stays to be seen until `forget`."""

    def __init__(self, name: str, description: str) -> None:
        self.name, self.description = name, description
        self.directory = f"/run/{name}"
        self._unit = Unit(f"{name}.service")

    def start(
        self,
        argv: Sequence[str],
        environment: Mapping[str, str],
        timeout: int,
        user: str = "root",
        cleanup: Sequence[str] = (),
        keep: bool = True,
        open_files: int | None = None,
    ) -> None:
        """Start the program, in place of one that an earlier run has left.

        :param argv: of the program, which may work in $RUNTIME_DIRECTORY; never a secret, since every user of the guest sees it
        :param environment: what else it needs to know; never a secret either
        :param timeout: seconds after which systemd ends it
        :param cleanup: a command that is run when it ends, however it does
        :param keep: whether a good end stays to be seen, too
        :param open_files: how many files it may have open; None for the system's default, of which systemd gives 1,024 to a program that does not ask
        """
        self.forget()
        properties = [f"RuntimeMaxSec={timeout}", f"User={user}", f"RuntimeDirectory={self.name}", "TimeoutStopSec=10"]
        if keep:
            properties.append("RemainAfterExit=yes")
        if open_files:
            properties.append(f"LimitNOFILE={open_files}")
        if cleanup:
            properties.append(f"ExecStopPost=+{shlex.join(cleanup)}")
        options = [*(f"--property={text}" for text in properties), *(f"--setenv={name}={value}" for name, value in environment.items())]
        # systemd would put variables in their places. Source: systemd.service(5), "Command lines"
        words = [word.replace("$", "$$") for word in argv]
        run(["systemd-run", f"--unit={self.name}", f"--description={self.description}", "--quiet", "--service-type=exec", *options, *words])

    def state(self) -> str:
        """``running``, ``done``, ``failed``, or ``missing`` where there is no such unit."""
        shown = self._unit.show()
        if shown["state"] in ("active", "activating", "deactivating"):
            return "done" if shown["substate"] == "exited" else "running"
        return "failed" if shown["state"] == "failed" else "missing"

    def forget(self) -> None:
        """End it where it still runs, and let its result be forgotten."""
        run(["systemctl", "stop", self._unit.name], check=False)
        run(["systemctl", "reset-failed", self._unit.name], check=False)

    def log(self, lines: int = 20, since: float | None = None) -> list[str]:
        return self._unit.log(lines, since=since)

    def read(self, name: str) -> str | None:
        """The text of a file that it has left in its directory, or None."""
        try:
            with open(os.path.join(self.directory, name), encoding="utf-8", errors="replace") as file:
                return file.read().strip()
        except OSError:
            return None
