#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_mysql_metrics
short_description: The account by which an exporter asks MariaDB or MySQL
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - Creates or removes the account C(trove_metrics@localhost). It comes in by the local socket as the user of that name (C(unix_socket), C(auth_socket)), so
    it has no password. It may read status and variables, as every account may, and how replication goes (C(SLAVE MONITOR), C(REPLICATION CLIENT)).
  - Then it logs in by the account, as the exporter's user, and fails where the server does not let it in.
  - Runs on the guest, as root. In check mode a server that does not run yet is told to get the account.
options:
  state:
    description: V(absent) removes the account; one of that name that comes in otherwise stays.
    type: str
    choices: [present, absent]
    default: present
  engine:
    description: Which server it is.
    type: str
    choices: [mariadb, mysql]
    required: true
  logged:
    description: Whether the statements go to the other members, as those of Galera have to. A replica has an account of its own, without a GTID.
    type: bool
    default: false
extends_documentation_fragment:
  - stackdb.trove.cloud.attributes
"""

EXAMPLES = r"""
- name: Create the exporter's account
  become: true
  stackdb.trove.trove_mysql_metrics:
    engine: mariadb
    logged: true
"""

RETURN = r"""
statements:
  description: What was done, or would be.
  returned: success
  type: list
  elements: str
  sample: ["GRANT SLAVE MONITOR ON *.* TO 'trove_metrics'@'localhost'"]
"""

from collections.abc import Mapping
from typing import Any

from ..module_utils._datastores.mysql.guest import connection
from ..module_utils._datastores.mysql.guest.exporter_account import ExporterAccount
from ..module_utils._guest.command import GuestError
from ..module_utils._module import guest


def act(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """The module's result."""
    wanted = params["state"] == "present"
    try:
        server = connection.Connection(connection.local(connection.SOCKET))
    except GuestError:
        if not check_mode:
            raise
        # a server that the same run would start
        return _result(["CREATE USER"] if wanted else [])
    with server:
        account = ExporterAccount(server, params["engine"], params["logged"])
        statements = account.missing() if wanted else account.surplus()
        if statements and not check_mode:
            account.run(statements)
        if wanted and not check_mode:
            account.prove()
    return _result(statements)


def _result(statements: list[str]) -> dict[str, Any]:
    prepared = "".join(f"~ {statement}\n" for statement in statements)
    return {"changed": bool(statements), "statements": statements, "diff": {"before": "", "after": "", "prepared": prepared}}


def main() -> None:
    guest.run(
        act,
        {
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "engine": {"type": "str", "choices": ["mariadb", "mysql"], "required": True},
            "logged": {"type": "bool", "default": False},
        },
    )


if __name__ == "__main__":
    main()
