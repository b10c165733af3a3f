#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_mysql_certificate
short_description: Have a running MariaDB or MySQL server read its certificate again
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - Compares the files of certificate, key and CA with what the server has read since its start, and has it read them again where they differ, without a
    restart (C(FLUSH LOCAL SSL), C(ALTER INSTANCE RELOAD TLS), and Galera's C(socket.ssl_reload)).
  - New connections use the new files; connections that are there go on with the old ones. A server that does not run is left alone.
  - Files that the server refuses fail the task, and the server goes on with those that it had.
  - Runs on the guest, as root.
options:
  engine:
    description: The server.
    type: str
    choices: [mariadb, mysql]
    required: true
  files:
    description: The files of certificate, key and CA, as the server's settings name them.
    type: list
    elements: path
    required: true
  galera:
    description: Whether the server is a Galera member, whose provider has read the files, too.
    type: bool
    default: false
extends_documentation_fragment:
  - stackdb.trove.cloud.attributes
requirements:
  - PyMySQL on the guest
seealso:
  - module: stackdb.trove.trove_galera
  - module: stackdb.trove.trove_mysql_server
"""

EXAMPLES = r"""
- name: Have the member present its new certificate
  become: true
  stackdb.trove.trove_mysql_certificate:
    engine: mariadb
    galera: true
    files: [/etc/mysql/tls/ca.pem, /etc/mysql/tls/server.pem, /etc/mysql/tls/server.key]
"""

RETURN = r"""
plan:
  description: The steps that were created, or would be created in check mode.
  returned: success
  type: list
  elements: dict
"""

from collections.abc import Mapping
from typing import Any

from ..module_utils._datastores.galera.guest import control
from ..module_utils._datastores.mysql.guest.engines import ENGINES
from ..module_utils._datastores.mysql.verbs.certificate import ServerCertificate
from ..module_utils._module import guest
from ..module_utils._plan.runner import reconcile


def act(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """The module's result."""
    reload = control.reload_tls if params["galera"] else None
    outcome = reconcile(ServerCertificate(ENGINES[params["engine"]], params["files"], reload), check_mode)
    return {"changed": outcome.changed, "plan": outcome.plan.view(), "diff": outcome.diff()}


def main() -> None:
    guest.run(
        act,
        {
            "engine": {"type": "str", "choices": ["mariadb", "mysql"], "required": True},
            "files": {"type": "list", "elements": "path", "required": True},
            "galera": {"type": "bool", "default": False},
        },
    )


if __name__ == "__main__":
    main()
