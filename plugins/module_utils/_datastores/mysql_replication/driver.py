# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Single instances of MariaDB and MySQL, which may have replicas, as seen from the cloud."""

from __future__ import annotations

import re

from ..._model import evidence
from ..._model.errors import InvalidInput
from ..base import ALL, Datastore, Verb
from ..mysql.rules import versions
from .rules import replication, topology


class _Replicated(Datastore):
    """One instance has the name that was asked for; its replicas have names of their own, see _model.replicas."""

    topology = "mysql_replication"
    instance_type = "instance"
    role = "stackdb.trove.mysql_replication"
    info_module = "stackdb.trove.trove_mysql_replication_info"
    info_options = {"client_cert": "/etc/mysql/tls/server.pem"}
    verbs = {
        "instance_create": Verb((("main", ALL),)),
        "instance_configure": Verb((("configure", ALL),)),
        "replica_create": Verb((("replicate", ALL),)),
        "replica_detach": Verb((("detach", ALL),)),
        "replica_promote": Verb((("promote", ALL),)),
        "replica_eject": Verb((("eject", ALL),)),
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
        """A server that does not answer, or a link that does not run. Whether it may be read-only is asked of all, in `disagreements` and `links`."""
        return _down(info) or (replication.problems(info["replication"]["source"]) if info["replication"]["source"] else [])

    def disagreements(self, act, words):
        """One who replicates from nobody and is read-only: nobody can write. A contract may say so."""
        found = []
        for name in act.members:
            shown = words[name].said["replication"]
            if not shown["source"] and shown["read_only"] and act.contracts.get(name, {"writable": True})["writable"]:
                found.append(f"{name} is read-only and replicates from nobody, so nobody can write")
        return found

    def _may_begin(self, act, before):
        """Links are not asked for before they are changed: those of a dead source's replicas are broken, and a run that was killed has stopped some."""
        if act.kind != evidence.CONTRACT:
            return super()._may_begin(act, before)
        down = {name: _down(before[name].said) for name in act.members if name in before and before[name].said is not None}
        return evidence.silence(before, act.members) + [f"{name} does not serve: {problem}" for name, found in down.items() for problem in found]

    def links(self, act, words):
        """Each member follows whom its contract names, or nobody, and takes writes or not. A dead source is no member, and has no links."""
        found = []
        for name, contract in act.contracts.items():
            if name not in act.members:
                continue
            shown = words[name].said["replication"]
            does = shown["source"]["host"] if shown["source"] else None
            wanted = contract["source"] and act.members.get(contract["source"], contract["source"])
            if does != wanted:
                found.append(f"{name} replicates from {does or 'nobody'}, and by the contract from {contract['source'] or 'nobody'}")
            if shown["read_only"] == contract["writable"]:
                found.append(f"{name} {'does not take' if contract['writable'] else 'takes'} writes, and by the contract it is the other way round")
        return found

    def excused(self, verb, subject):
        """An ejection leaves a dead source behind."""
        return [subject] if verb == "replica_eject" else []

    def successor(self, words):
        """The replica that takes writes now."""
        return topology.source_of({name: word.said for name, word in words.items() if word.said is not None})

    def returned(self, words):
        """A source that was dead and takes writes is a second source."""
        said = {name: word.said["replication"] for name, word in words.items() if word.said is not None}
        return [name for name, info in said.items() if info["reachable"] and not info["read_only"]]

    def changes(self, act, before, after):
        found = []
        for name in act.members:
            was, now = (_standing(words[name].said) if name in words else "not asked" for words in (before, after))
            if was != now:
                found.append(f"{name} was {was}, and is {now}")
        return found


def _down(info):
    shown = info["replication"]
    return [] if shown["reachable"] else [f"it does not answer: {shown['error'] or shown['service']}"]


def _standing(said):
    """Which server it is, whom it follows, whether it was stopped, and whether it takes writes, in words. An attempt to connect is no change."""
    if said is None:
        return "silent"
    shown = said["replication"]
    if not shown["reachable"]:
        return "down"
    link = shown["source"]
    stopped = [word for word, thread in (("not receiving", "io_running"), ("not applying", "sql_running")) if link and link[thread] == "No"]
    words = ["read-only" if shown["read_only"] else "writable", f"replicating from {link['host'] if link else 'nobody'}", *stopped]
    return f"server {said['identity']['id']}, {', '.join(words)}"


def _word(shown):
    return "no" if shown.get("read_only") else "yes"


class MariaDBReplication(_Replicated):
    type = "mariadb"
    versions = versions.MARIADB


class MySQLReplication(_Replicated):
    type = "mysql"
    versions = versions.MYSQL

    def check_version(self, version):
        """Of the innovation releases, each is as good as the next."""
        if version not in ("8.0", "8.4") and not re.fullmatch(r"9(\.\d+)?", version or ""):
            raise InvalidInput("datastore_version", version, self.versions)
