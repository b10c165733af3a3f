# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Single instances of MariaDB and MySQL, which may have replicas, as seen from the cloud."""

from __future__ import annotations

import re

from .._model.errors import InvalidInput
from .base import Datastore
from .mariadb import MariaDB


class _Replicated(Datastore):
    """One instance has the name that was asked for; its replicas have names of their own, see _model.replicas."""

    instance_type = "instance"
    min_instances = 1
    min_after_shrink = 0
    client_ports = (("tcp", 3306, 3306),)
    # the stream of a snapshot, from the source to its new replicas
    member_ports = (("tcp", 4444, 4444),)

    def member_name(self, cluster, number):
        return cluster if number == 1 else f"{cluster}-{number}"

    def health(self, info):
        """What the instance says: its role, the state of the link to its source, and how far behind it is in seconds."""
        shown = (info or {}).get("replication")
        if not shown or shown.get("service") != "active":
            return {"Role": "unreachable" if not shown else "down"}, None
        source = shown.get("source")
        if not source:
            return {"Role": "source" if shown.get("replicas") else "single", "Writable": _word(shown), "Link": None, "Lag": None}, None
        running = source.get("io_running") == "Yes" and source.get("sql_running") == "Yes"
        error = source.get("io_error") or source.get("sql_error")
        link = "running" if running and not error else error or "stopped"
        lag = source.get("lag")
        return {"Role": "replica", "Writable": _word(shown), "Link": link, "Lag": None if lag is None else f"{lag} s"}, None


def _word(shown):
    return "no" if shown.get("read_only") else "yes"


class MariaDBInstance(_Replicated):
    type = "mariadb"
    versions = MariaDB.versions


class MySQLInstance(_Replicated):
    type = "mysql"
    versions = ("8.0", "8.4", "9.x")

    def check_version(self, version):
        """Of the innovation releases, each is as good as the next."""
        if version not in ("8.0", "8.4") and not re.fullmatch(r"9(\.\d+)?", version or ""):
            raise InvalidInput("datastore_version", version, self.versions)
