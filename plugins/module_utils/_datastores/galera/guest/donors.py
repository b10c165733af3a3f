# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""wsrep_sst_donor of the local member while versions are mixed: in a file of its own, and of the running server."""

from __future__ import annotations

import os
from collections.abc import Sequence

from ...._guest import text_file
from ...._guest.command import run
from ...mysql.guest import connection
from ...mysql.guest.engines import MARIADB
from . import member

_FILE = "/etc/mysql/mariadb.conf.d/92-stackdb-upgrade.cnf"
#: between its removal and the server's being told: a run that is killed there leaves it for the next one
_PAST = "# The limit was removed.\n"
_TEXT = """# Written by stackdb.trove.cluster_upgrade while members are of different versions, and removed when they are of one.
[mysqld]
wsrep_sst_donor = {}
"""


def limit(names: Sequence[str] | None, check_mode: bool = False) -> bool:
    """Let only these give a full copy to the local member, None for all that its settings name: whether that was otherwise.

    The file first: a server that is started in between has read it. It is there until the server goes by it, so that who sees none has nothing to do:
    one that is just starting has read the old one.
    """
    text = None if names is None else _TEXT.format(",".join(names))
    changed = read() != text
    if check_mode:
        return changed
    if changed:
        text_file.replace(_FILE, _PAST if text is None else text, 0o644)
    state = member.SERVICE.show()["state"]
    told = state in ("active", "reloading") and _tell()
    if text is None and changed and state != "activating":
        os.unlink(_FILE)
    return told or changed


def read() -> str | None:
    """The text of the file, None where there is none."""
    return text_file.text(_FILE)


def _tell() -> bool:
    """Have the running server go by its files."""
    names = [line.partition("=")[2] for line in run(["my_print_defaults", *MARIADB.settings_groups]).stdout.splitlines() if _is_donor(line)]
    wanted = names[-1] if names else ""
    with connection.Connection(connection.local(member.socket())) as local:
        (row,) = local.rows("SELECT @@GLOBAL.wsrep_sst_donor AS donor")
        if (row["donor"] or "") == wanted:
            return False
        local.rows("SET GLOBAL wsrep_sst_donor = %s", wanted)
    return True


def _is_donor(line: str) -> bool:
    return line.lstrip("-").partition("=")[0].replace("-", "_") == "wsrep_sst_donor"
