# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of the local server that its files have and that the running server does not have yet."""

from __future__ import annotations

from ..guest import control, server, settings_file
from ..rules import settings


def galera(info):
    """``{live, pending}``: what a Galera member can be given while it runs, ``{name: [from, to]}``, and the names that wait for a restart.

    :param info: what `_datastores.galera.guest.member.observe` has found
    """
    seen = settings_file.observe("mariadb", settings_file.GALERA, info["service"])
    if seen is None:
        return {"live": {}, "pending": []}
    live, pending = settings.waiting(seen["wanted"], seen["live"], seen["at_start"])
    # The server may show a value in another form than the file has it, so what it was given once is not given again.
    return {"live": {} if seen["given"] else live, "pending": pending}


def pending(engine):
    """The names of the settings of a server that may have replicas that wait for a restart.

    :param engine: ``mariadb`` or ``mysql``
    """
    seen = settings_file.observe(engine, settings_file.REPLICATED[engine], server.ENGINES[engine].service.show())
    if seen is None:
        return []
    different = settings.differences(seen["wanted"], seen["live"])
    required, others = settings.at_start_only(engine, different)
    return sorted({*required, *others, *(name for name in different if name in seen["at_start"])})


def give(live):
    """Have the running server take what `galera` has found."""
    control.set_live([settings.statement(name, new) for name, (_old, new) in live.items()])
    settings_file.note_given()
