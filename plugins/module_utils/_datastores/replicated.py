# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Single instances of MariaDB and MySQL, which may have replicas, as seen from the cloud."""

from __future__ import annotations

import re

from .._model.errors import InvalidInput
from . import replication
from .base import ALL, Datastore, Verb
from .mariadb import MariaDB


class _Replicated(Datastore):
    """One instance has the name that was asked for; its replicas have names of their own, see _model.replicas."""

    instance_type = "instance"
    role = "stackdb.trove.mysql_replica"
    info_module = "stackdb.trove.trove_replication_info"
    info_options = {"client_cert": "/etc/mysql/tls/server.pem"}
    verbs = {
        "instance_create": Verb((("main", ALL),)),
        "replica_create": Verb((("replicate", ALL),)),
        "replica_detach": Verb((("detach", ALL),)),
        "replica_promote": Verb((("promote", ALL),), "nobody can write for a moment"),
        "replica_eject": Verb((("eject", ALL),), "what the dead source alone has is lost"),
        "replica_show": Verb(()),
    }
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

    def problems(self, info):
        shown = info["replication"]
        if not shown["reachable"]:
            return [f"it does not answer: {shown['error'] or shown['service']}"]
        return replication.problems(shown["source"]) if shown["source"] else []

    def disagreements(self, act, words):
        return []

    def links(self, act, words):
        """Each follows whom its contract names, or nobody, and takes writes or not."""
        found = []
        for name, contract in act.contracts.items():
            shown = words[name].said["replication"]
            does = shown["source"]["host"] if shown["source"] else None
            wanted = contract["source"] and act.members.get(contract["source"], contract["source"])
            if does != wanted:
                found.append(f"{name} replicates from {does or 'nobody'}, and by the contract from {contract['source'] or 'nobody'}")
            if shown["read_only"] == contract["writable"]:
                found.append(f"{name} {'does not take' if contract['writable'] else 'takes'} writes, and by the contract it is the other way round")
        return found

    def changes(self, act, before, after):
        found = []
        for name in act.members:
            was, now = (_standing(words[name].said) if name in words else None for words in (before, after))
            if was != now:
                found.append(f"{name} was {was}, and is {now}")
        return found


def _standing(said):
    """Whom it follows, and whether it takes writes, in words."""
    if said is None:
        return "silent"
    shown = said["replication"]
    if not shown["reachable"]:
        return "down"
    source = shown["source"]
    return f"{'read-only' if shown['read_only'] else 'writable'}, replicating from {source['host'] if source else 'nobody'}"


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
