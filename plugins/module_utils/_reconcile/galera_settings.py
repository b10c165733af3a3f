# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of the local Galera member that its files have and its running server does not have yet."""

from __future__ import annotations

from .._datastores import mysql_settings
from .._guest import galera_settings


def waiting(info):
    """``{live, pending}``: what the server can be given while it runs, ``{name: [from, to]}``, and the names that wait for a restart.

    :param info: what `_guest.galera.observe` has found
    """
    seen = galera_settings.observe(info)
    if seen is None:
        return {"live": {}, "pending": []}
    live, pending = mysql_settings.waiting(seen["wanted"], seen["live"], seen["at_start"])
    # The server may show a value in another form than the file has it, so what it was given once is not given again.
    return {"live": {} if seen["given"] else live, "pending": pending}


def give(live):
    """Have the running server take what `waiting` has found."""
    galera_settings.give([mysql_settings.statement(name, new) for name, (_old, new) in live.items()])
