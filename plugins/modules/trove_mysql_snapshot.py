#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_mysql_snapshot
short_description: Take one snapshot of a MariaDB or MySQL server to any number of replicas
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - One copy of a database that serves, read once and sent to all replicas at the same time, over TLS of which both ends verify the other. Nothing
    is kept anywhere in between, and nothing is left on the source.
  - The replicas listen (O(state=listening)), the source sends (O(state=sent)), the replicas see that all has come and is fit for a start
    (O(state=received)). A replica that dies does not spoil the others.
  - The work goes on in transient units of systemd, with a deadline. A run that was killed is continued by the next one, which starts over with
    what is half-made. A data directory that is half-received is known by a marker; any other is never emptied.
  - Runs on the guests, as root.
options:
  engine:
    description: Which server it is.
    type: str
    choices: [mariadb, mysql]
    required: true
  tool:
    description:
      - What copies. V(auto) is V(mariadb_backup) for MariaDB, and V(clone) for MySQL.
      - V(dump) is slow, and copies tables of storage engines that the others do not. The history of system-versioned tables of MariaDB goes with it
        (C(mariadb-dump --dump-history), 10.11 and later; an older one is refused for such tables, and so are tables that keep their history by transactions).
        A sequence goes on behind the numbers that its source has cached.
    type: str
    choices: [auto, mariadb_backup, clone, xtrabackup, dump]
    default: auto
  state:
    description:
      - V(aside), on a replica, stops the server and sets its data aside in their own directory, in C(.stackdb-trove-aside.sst), where it has some. Refused,
        before it is stopped, where there is no room for O(dataset) beside them. M(stackdb.trove.trove_data_aside) deletes them when the copy is proven.
      - V(listening), on a replica, begins to listen and returns. A data directory that holds data is left alone.
      - V(sent), on the source, sends to O(replicas) and returns when all have ended.
      - V(received), on a replica, waits until the data directory is complete.
    type: str
    choices: [aside, listening, sent, received]
    required: true
  turn:
    description: For O(state=aside), the run and verb, which is noted with the data.
    type: str
  datadir:
    description: The data directory.
    type: path
    required: true
  source:
    description: The source, for O(state=listening).
    type: dict
    suboptions:
      name:
        description: The common name of its certificate.
        type: str
        required: true
      host:
        description: The address by which replicas reach it.
        type: str
        required: true
      port:
        description: The port of its server.
        type: int
        default: 3306
  dataset:
    description:
      - What is kept with the snapshot, C(datastore), C(datastore_version), C(dataset_size) in GiB. C(bytes) is what the replica must have room for.
      - For O(state=listening) and O(state=aside).
    type: dict
  replicas:
    description: The addresses of those that listen, by the common names of their certificates, for O(state=sent).
    type: dict
    default: {}
  storage_engines:
    description: >-
      The tables that are not InnoDB's, by storage engine, and those that keep their history, as V(SYSTEM VERSIONED) and V(SYSTEM VERSIONED by transactions),
      for O(state=sent). A tool that does not copy them is refused.
    type: dict
    default: {}
  workspace:
    description: A directory on the source that the tool may use while it works, and that is removed afterwards. V(clone) keeps a whole copy there.
    type: path
  port:
    description: Where the replicas listen.
    type: int
    default: 4444
  tls_directory:
    description: Where C(ca.pem), C(server.pem) and C(server.key) are.
    type: path
    default: /etc/mysql/tls
  timeout:
    description: Seconds until all must have ended.
    type: int
    default: 7200
extends_documentation_fragment:
  - stackdb.trove.progress
  - stackdb.trove.cloud.attributes
requirements:
  - The files of C(roles/mysql_replication/files/snapshot) in C(/usr/local/lib/stackdb-trove) of the guests, as executables that everybody may read. The
    role installs them; the module refuses those of another version of the collection.
  - socat and zstd on the guests, and what O(tool) needs
seealso:
  - module: stackdb.trove.trove_mysql_server
"""

EXAMPLES = r"""
- name: Listen
  become: true
  stackdb.trove.trove_mysql_snapshot:
    engine: mariadb
    state: listening
    datadir: /var/lib/mysql/data
    source: {name: products, host: 192.0.2.10}

- name: Send
  become: true
  stackdb.trove.trove_mysql_snapshot:
    engine: mariadb
    state: sent
    datadir: /var/lib/mysql/data
    replicas: {products-1: 192.0.2.11, products-2: 192.0.2.12}
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
datadir:
  description: Its C(path), C(state) and the C(free) bytes of its file system, as M(stackdb.trove.trove_mysql_server) returns it.
  returned: when O(state=listening), O(state=received) or O(state=aside)
  type: dict
snapshot:
  description: What is known of the snapshot; V(none) where the data have come in another way.
  returned: when O(state=received)
  type: dict
  contains:
    master:
      description: C(host) and C(port) of the source.
      type: dict
    dataset:
      description: C(datastore), C(datastore_version), C(dataset_size) in GiB; C(snapshot_href) is none, since no copy is kept.
      type: dict
    binlog_position:
      description: C(file), C(position) and C(gtid) of the source's binary log at which the copy stands, where the tool tells it.
      type: dict
streams:
  description: Whether each replica has been sent everything.
  returned: when O(state=sent)
  type: dict
bytes:
  description: How much has gone to each, compressed.
  returned: when O(state=sent)
  type: int
seconds:
  description: How long it took.
  returned: when O(state=sent)
  type: float
"""

import os
from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

from ..module_utils._datastores.mysql.guest.engines import ENGINES
from ..module_utils._datastores.mysql_replication.rules import snapshot_tools
from ..module_utils._datastores.mysql_replication.verbs import snapshot
from ..module_utils._datastores.mysql_replication.verbs.set_aside import SetAside
from ..module_utils._guest import lock
from ..module_utils._module import guest, progress
from ..module_utils._plan.runner import Outcome, reconcile


def act(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """The module's result."""
    tool = snapshot_tools.choose(params["tool"], params["engine"])
    way = snapshot.Way(tool, params["port"], params["tls_directory"], params["timeout"])
    with nullcontext() if check_mode else lock.held("snapshot", params["timeout"]):
        if params["state"] == "aside":
            needed = (params["dataset"] or {}).get("bytes", 0)
            return _result(reconcile(SetAside(ENGINES[params["engine"]], params["datadir"], params["turn"], needed), check_mode))
        if params["state"] == "listening":
            listening = snapshot.Listening(way, ENGINES[params["engine"]], params["datadir"], params["source"], params["dataset"] or {})
            return _result(reconcile(listening, check_mode))
        if params["state"] == "received":
            return _result(reconcile(snapshot.Received(tool, params["datadir"], params["timeout"]), check_mode))
        workspace = params["workspace"] or os.path.join(os.path.dirname(params["datadir"]), ".stackdb-trove-snapshot")
        outcome = reconcile(snapshot.Sent(way, params["storage_engines"], params["replicas"], workspace), check_mode)
    return {**_plan(outcome), "streams": {}, "bytes": 0, "seconds": 0, **outcome.result}


def _result(outcome: Outcome[Any]) -> dict[str, Any]:
    datadir = dict(outcome.after or {})
    shown = {"snapshot": datadir.pop("snapshot")} if "snapshot" in datadir else {}
    return {**_plan(outcome), **shown, "datadir": datadir}


def _plan(outcome: Outcome[Any]) -> dict[str, Any]:
    return {"changed": outcome.changed, "plan": outcome.plan.view(), "diff": outcome.diff()}


def main() -> None:
    guest.run(
        act,
        {
            "engine": {"type": "str", "choices": ["mariadb", "mysql"], "required": True},
            "tool": {"type": "str", "choices": ["auto", "mariadb_backup", "clone", "xtrabackup", "dump"], "default": "auto"},
            "state": {"type": "str", "choices": ["aside", "listening", "sent", "received"], "required": True},
            "turn": {"type": "str"},
            "datadir": {"type": "path", "required": True},
            "source": {
                "type": "dict",
                "options": {
                    "name": {"type": "str", "required": True},
                    "host": {"type": "str", "required": True},
                    "port": {"type": "int", "default": 3306},
                },
            },
            "dataset": {"type": "dict"},
            "replicas": {"type": "dict", "default": {}},
            "storage_engines": {"type": "dict", "default": {}},
            "workspace": {"type": "path"},
            "port": {"type": "int", "default": 4444},
            "tls_directory": {"type": "path", "default": "/etc/mysql/tls"},
            "timeout": {"type": "int", "default": 7200},
            **progress.OPTIONS,
        },
        required_if=[("state", "listening", ["source"]), ("state", "aside", ["turn"])],
    )


if __name__ == "__main__":
    main()
