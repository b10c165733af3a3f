# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Work that goes on without the run that began it, as a transient unit of systemd: with a deadline, and found again by its name."""

from __future__ import annotations

import os

from .command import run
from .systemd import Unit


class Transient:
    """A shell script as a unit ``<name>.service``, whose failure stays to be seen until `forget`."""

    def __init__(self, name, description):
        self.name, self.description = name, description
        self.directory = f"/run/{name}"
        self._unit = Unit(f"{name}.service")

    def start(self, script, timeout, user="root", cleanup=None, keep=True):
        """Start the script, in place of one that an earlier run has left.

        :param script: bash; its working directory is to be $RUNTIME_DIRECTORY
        :param timeout: seconds after which systemd ends it
        :param cleanup: a command that is run when it ends, however it does
        :param keep: whether a good end stays to be seen, too
        """
        self.forget()
        properties = [f"RuntimeMaxSec={timeout}", f"User={user}", f"RuntimeDirectory={self.name}", "TimeoutStopSec=10"]
        if keep:
            properties.append("RemainAfterExit=yes")
        if cleanup:
            properties.append(f"ExecStopPost=+{cleanup}")
        options = [f"--property={text}" for text in properties]
        run(["systemd-run", f"--unit={self.name}", f"--description={self.description}", "--quiet", "--service-type=exec", *options, "bash", "-c", script])

    def state(self):
        """``running``, ``done``, ``failed``, or ``missing`` where there is no such unit."""
        shown = self._unit.show()
        if shown["state"] in ("active", "activating", "deactivating"):
            return "done" if shown["substate"] == "exited" else "running"
        return "failed" if shown["state"] == "failed" else "missing"

    def forget(self):
        """End it where it still runs, and let its result be forgotten."""
        run(["systemctl", "stop", self._unit.name], check=False)
        run(["systemctl", "reset-failed", self._unit.name], check=False)

    def log(self, lines=20, since=None):
        return self._unit.log(lines, since=since)

    def read(self, name):
        """The text of a file that it has left in its directory, or None."""
        try:
            with open(os.path.join(self.directory, name), encoding="utf-8", errors="replace") as file:
                return file.read().strip()
        except OSError:
            return None
