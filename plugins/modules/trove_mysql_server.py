#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_mysql_server
short_description: Have a MariaDB or MySQL server run with its settings
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - Creates the system tables in a data directory that is empty, starts the server and waits until it answers.
  - A server that runs gets the settings that it takes while it runs. It is restarted only when O(allow_restart) says so, and refused when it lacks
    what replication needs and takes at a start only, such as C(log_bin).
  - A number or truth value of the settings file that the running server holds with another value is a warning, in every run, with its name and both
    values. M(stackdb.trove.trove_mysql_settings) refuses what a trial shows. The rest the server decides by the disk of its data
    (C(innodb_log_file_mmap), C(innodb_log_write_ahead_size)) and by what the host has (C(large_pages), C(memlock)). That is no failure, since the
    server serves, and a rolling change would stop half-way.
  - Never makes tables over data, and refuses a server whose data are elsewhere.
  - Runs on the guest, as root, after the server was installed and its settings were written. Root comes in by the socket.
options:
  engine:
    description: Which server it is.
    type: str
    choices: [mariadb, mysql]
    required: true
  datadir:
    description: Where its data are.
    type: path
    required: true
  role:
    description: The role whose settings file M(stackdb.trove.trove_mysql_settings) has written. A server that runs is compared with what is noted of it.
    type: str
    default: mysql_replication
  settings:
    description: What replication cannot do without, values by name, also before the settings file is written. All of them are shown.
    type: dict
    default: {}
  tls_files:
    description: The files of its certificate. A server that runs reads them again when they have changed.
    type: list
    elements: path
    default: []
  version:
    description: Refuse a server whose version does not begin with this one, such as V(10.11).
    type: str
  state:
    description:
      - V(planned) only looks, and refuses what must be refused.
      - V(started) also does it.
      - V(restarted) restarts the server in any case, or starts it where it is down, unless it has noted that it was restarted in O(turn). Data and settings
        are not looked at.
      - V(resumed) starts a server that was stopped to stay so, now and at boot, as it was. One that runs is left alone.
    type: str
    choices: [planned, started, restarted, resumed]
    default: started
  turn:
    description: With O(state=restarted), the run that began the restart and its verb, with C(/) between.
    type: str
  initialise:
    description: Create the system tables where there are no data. V(false) leaves a data directory that is to be received alone.
    type: bool
    default: true
  allow_restart:
    description: Restart a server that runs, for the settings that it reads at its start only.
    type: bool
    default: false
  timeout:
    description: Seconds until the server must answer.
    type: int
    default: 300
extends_documentation_fragment:
  - stackdb.trove.cloud.attributes
requirements:
  - PyMySQL on the guest
seealso:
  - module: stackdb.trove.trove_mysql_snapshot
"""

EXAMPLES = r"""
- name: Let the server run
  become: true
  stackdb.trove.trove_mysql_server:
    engine: mariadb
    datadir: /var/lib/mysql/data
    settings: {log_bin: binlog, server_id: 17}
"""

RETURN = r"""
plan:
  description: The steps, as they were created, or would be in check mode.
  returned: success
  type: list
  elements: dict
  contains:
    action:
      description: What is done.
      type: str
    kind:
      description: To what.
      type: str
    name:
      description: To which.
      type: str
    why:
      description: The reason.
      type: str
    risk:
      description: What it may cost.
      type: str
    stage:
      description: Steps of one stage belong together; stages follow each other.
      type: int
server:
  description: The state of the server afterwards.
  returned: unless O(state=restarted) or O(state=resumed)
  type: dict
  contains:
    version:
      description: The version of the server that is installed, V(none) where there is none.
      type: str
    service:
      description: What systemd says of it.
      type: str
    reachable:
      description: Whether the server answers root on its socket.
      type: bool
    datadir:
      description: >-
        Its C(path); its C(state), V(blank), V(initialising) or V(receiving) (both half-made), V(received), V(initialised) or V(foreign);
        the users' C(schemas); C(size) and C(free) of its file system in bytes.
      type: dict
    settings:
      description: Those of O(settings) that the server has, with the values that it has.
      type: dict
    pending:
      description: Those that it takes at its next start.
      type: list
      elements: str
    told:
      description: The numbers and truth values of its file that the server holds with another value. Each is a warning, too.
      type: list
      elements: str
"""

from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

from ..module_utils._datastores.mysql.guest.engines import ENGINES
from ..module_utils._datastores.mysql.verbs.restart import MysqlRestarted
from ..module_utils._datastores.mysql.verbs.resume import MysqlResumed
from ..module_utils._datastores.mysql.verbs.server import MysqlServer
from ..module_utils._guest import aside, lock
from ..module_utils._module import guest
from ..module_utils._plan.runner import reconcile


def act(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """The module's result."""
    if params["state"] in ("restarted", "resumed"):
        return _turn(params, check_mode)
    options = {name: params[name] for name in ("datadir", "role", "settings", "tls_files", "version", "initialise", "allow_restart", "timeout")}
    server = MysqlServer(ENGINES[params["engine"]], **options)
    if params["state"] == "planned":
        outcome = reconcile(server, True)
        return {"changed": False, "plan": outcome.plan.view(), "server": outcome.before}
    with nullcontext() if check_mode else lock.held("mysql", params["timeout"]):
        outcome = reconcile(server, check_mode)
    told = guest.warnings((outcome.after or {})["told"])
    return {"changed": outcome.changed, "plan": outcome.plan.view(), "server": outcome.after, "diff": outcome.diff(), **told}


def _turn(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    engine, role, timeout = ENGINES[params["engine"]], params["role"], params["timeout"]
    # a copy of the source's data may be on its way, and a run of it killed
    aside.check_whole(params["datadir"])
    resumes = params["state"] == "resumed"
    wanted = MysqlResumed(engine, role, timeout) if resumes else MysqlRestarted(engine, role, params["turn"], timeout)
    with nullcontext() if check_mode else lock.held("mysql", timeout):
        outcome = reconcile(wanted, check_mode)
    return {"changed": outcome.changed, "plan": outcome.plan.view(), "diff": outcome.diff()}


def main() -> None:
    guest.run(
        act,
        {
            "engine": {"type": "str", "choices": ["mariadb", "mysql"], "required": True},
            "datadir": {"type": "path", "required": True},
            "role": {"type": "str", "default": "mysql_replication"},
            "settings": {"type": "dict", "default": {}},
            "tls_files": {"type": "list", "elements": "path", "default": []},
            "version": {"type": "str"},
            "state": {"type": "str", "choices": ["planned", "started", "restarted", "resumed"], "default": "started"},
            "initialise": {"type": "bool", "default": True},
            "allow_restart": {"type": "bool", "default": False},
            "timeout": {"type": "int", "default": 300},
            "turn": {"type": "str"},
        },
        required_if=[("state", "restarted", ("turn",))],
    )


if __name__ == "__main__":
    main()
