# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether members are as an upgrade has to leave them. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from . import member_state
from .info import Info


def undone(infos: Mapping[str, Info]) -> list[str]:
    """What is not proven of those that had their turn: sentences. By the word of the server itself, and of its program on the disk.

    :param infos: of members that serve
    """
    found = []
    for name, info in infos.items():
        if info["running"] != info["version"]:
            found.append(f"{name} says that it is {info['running']}, and {info['version']} is installed")
        elif member_state.upgrade_needed(info):
            found.append(f"{name} was not upgraded to the end: its system tables are of {info['tables_version'] or 'an unknown version'}")
    versions = {name: info["running"] for name, info in infos.items()}
    if len(set(versions.values())) > 1:
        found.append(f"those that had their turn are of different versions: {', '.join(f'{name} {version}' for name, version in versions.items())}")
    return found
