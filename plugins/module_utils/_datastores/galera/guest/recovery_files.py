# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a Galera member that is down, by which its next start goes."""

from __future__ import annotations

import os
from contextlib import suppress

from ...._guest import text_file
from ..rules import outage
from ..rules.member_state import NULL_UUID
from ..rules.outage import Position


def prepare(datadir: str, position: Position | None, begins: bool, sst: bool) -> None:
    """Write grastate.dat for the next start, and remove gvwstate.dat, by which it would look for a view that is gone.

    No member's file has a number: Galera believes one rather than the data, in which the unit looks at each start.

    :param position: of the one that begins
    :param sst: whether it has to get all data by a state transfer, whatever it has
    """
    if not os.path.isdir(datadir):
        return
    path = os.path.join(datadir, "grastate.dat")
    state, file = outage.read_grastate(text_file.text(path))
    if begins and position:
        replace(path, outage.write_grastate(position["uuid"], -1, safe=True))
    elif file and state == outage.OK and not sst:
        replace(path, outage.write_grastate(file["uuid"], -1, safe=False))
    else:
        # its data may be whole or not: a state transfer brings all
        replace(path, outage.write_grastate(NULL_UUID, -1, safe=False))
    with suppress(FileNotFoundError):
        os.unlink(os.path.join(datadir, "gvwstate.dat"))


def replace(path: str, content: str) -> None:
    """As the database's own, which is the directory's owner."""
    owner = os.stat(os.path.dirname(path))
    text_file.replace(path, content, 0o660, (owner.st_uid, owner.st_gid))
