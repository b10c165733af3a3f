# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file that a server reads its settings from. It has a password in it: only the service's user may read it."""

from __future__ import annotations

import os
import pwd

from ...._guest.command import GuestError
from ...._guest.text_file import replace


class SettingsFile:
    """One file.

    :param owner: the service's user, None for whoever writes it
    """

    def __init__(self, path: str, owner: str | None):
        self.path, self.owner = path, owner

    def read(self) -> str | None:
        """Its content; None where there is none, and where others than its owner may read or write it."""
        try:
            with open(self.path, encoding="utf-8") as file:
                status = os.fstat(file.fileno())
                return file.read() if status.st_mode & 0o777 == 0o600 and self._uid() in (None, status.st_uid) else None
        except OSError:
            return None

    def write(self, content: str) -> None:
        """Put a new one in place, whole or not at all.

        :raises GuestError: where that is not possible
        """
        try:
            owner = None
            if self.owner:
                entry = pwd.getpwnam(self.owner)
                owner = (entry.pw_uid, entry.pw_gid)
            replace(self.path, content, 0o600, owner)
        except (OSError, KeyError) as error:
            raise GuestError(f"{self.path} cannot be written: {error}") from error

    def _uid(self) -> int | None:
        try:
            return pwd.getpwnam(self.owner).pw_uid if self.owner else None
        except KeyError:
            return None
