# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Single instances of MariaDB and MySQL, which may have replicas, as seen from the cloud."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ..._model import evidence, rotating
from ..._model.datastore import FileSystem
from ..._model.errors import InvalidInput
from ..._model.evidence import Act, Word
from ..._model.rolling import STOP, UPGRADE, Going
from ..._model.shapes import CHAIN, MESH, RING
from ..._model.standing import Standing
from ..base import ALL, NAMED, Datastore, Verb, Words
from ..mysql.rules import sizes, versions
from .rules import alive, replication, ring, topology, upgraded
from .rules.info import Info


class _Replicated(Datastore):
    """One instance has the name that was asked for; its replicas have names of their own, see _model.replicas."""

    topology = "mysql_replication"
    instance_type = "instance"
    role = "stackdb.trove.mysql_replication"
    info_module = "stackdb.trove.trove_mysql_replication_info"
    info_options = {"client_cert": "/etc/mysql/tls/server.pem"}
    probe_options = {"probe": True}
    verbs = {
        "instance_create": Verb((("main", ALL),)),
        "instance_configure": Verb((("configure", ALL),)),
        "instance_resize": Verb((("volume", NAMED), ("down", NAMED), ("configure", ALL), ("up", NAMED))),
        "instance_restart": Verb((("restart", NAMED),), rolling=True),
        "instance_upgrade": Verb((("upgrade", ALL),), rolling=True),
        "instance_stop": Verb((("shutdown", NAMED),), rolling=True),
        "instance_start": Verb((("startup", NAMED),), rolling=True),
        "instance_rotate": Verb((("rotate", ALL), ("rotate_end", ALL))),
        "replica_create": Verb((("replicate", ALL),)),
        "replica_recover": Verb((("recover", ALL),), silent=True),
        "replica_attach": Verb((("attach", ALL),)),
        "replica_topology": Verb((("promote", ALL), ("detach", ALL), ("one_writer", ALL), ("attach", ALL), ("ring", ALL))),
        "replica_detach": Verb((("detach", ALL),)),
        "replica_promote": Verb((("promote", ALL),)),
        "replica_eject": Verb((("eject", ALL),)),
        "instance_show": Verb(()),
        "replica_show": Verb(()),
        "replica_check": Verb(()),
    }
    rotates = (rotating.CERTIFICATES, rotating.AUTHORITY)
    rotates_not = "The collection's accounts have no password here: root connects by the local socket, and replicas by their certificates."
    min_instances = 1
    min_memory_mb = 256
    min_after_shrink = 0
    client_ports = (("tcp", 3306, 3306),)
    # the stream of a snapshot, from the source to its new replicas
    member_ports = (("tcp", 4444, 4444),)

    def member_name(self, cluster: str, number: int) -> str:
        return cluster if number == 1 else f"{cluster}-{number}"

    def sizes(self, memory_mb: int, vcpus: int, options: Mapping[str, Any]) -> Mapping[str, str | int]:
        return sizes.settings(memory_mb if options.get("memory_mb") else sizes.nominal_mb(memory_mb))

    def health(self, info: Mapping[str, Any] | None) -> dict[str, Any]:
        """What the instance says: its role, the state of the link to its source, and how far behind it is in seconds."""
        shown: Info | None = (info or {}).get("replication")
        if not shown or shown["service"] != "active":
            return {"Role": "unreachable" if not shown else "down"}
        source = shown["source"]
        if not source:
            return {"Role": "source" if shown["replicas"] else "single", "Writable": _writable(shown), "Link": None, "Lag": None}
        running = source["io_running"] == source["sql_running"] == "Yes"
        error = source["io_error"] or source["sql_error"]
        link = "running" if running and not error else error or "stopped"
        lag = source["lag"]
        role = "ring" if not shown["read_only"] and shown["facts"]["domain"] else "replica"
        return {"Role": role, "Writable": _writable(shown), "Link": link, "Lag": None if lag is None else f"{lag} s"}

    def service(self, info: Mapping[str, Any]) -> str:
        shown: Info = info["replication"]
        return shown["service"]

    def file_system(self, info: Mapping[str, Any]) -> FileSystem | None:
        shown: Info = info["replication"]
        return shown["volume"]

    def problems(self, info: Mapping[str, Any]) -> list[str]:
        """A server that does not answer, or a link that does not run. Whether it may be read-only is asked of all, in `disagreements` and `links`."""
        shown: Info = info["replication"]
        return _down(shown) or (replication.problems(shown["source"]) if shown["source"] else [])

    def standing(self, info: Mapping[str, Any]) -> Standing:
        shown: Info = info["replication"]
        if not shown["reachable"]:
            return Standing()
        source = shown["source"]
        if not source:
            return Standing(role="source" if shown["replicas"] else "single", version=shown["version"])
        wrong = replication.problems(source)
        return Standing(
            role="replica",
            follows=source["host"],
            link="broken" if wrong else "running",
            link_works=not wrong,
            lag=source["lag"],
            version=shown["version"],
        )

    def disagreements(self, act: Act, words: Words) -> list[str]:
        """One who replicates from no source and is read-only: nobody can write. A contract may say so."""
        found = []
        for name in act.members:
            shown = _replication(words[name])
            if not shown["source"] and shown["read_only"] and act.contracts.get(name, {"writable": True})["writable"]:
                found.append(f"{name} is read-only and replicates from no source, so no client can write")
        return found

    def _may_begin(self, act: Act, before: Words) -> list[str]:
        """Links are not asked for before they are changed: those of a dead source's replicas are broken, and a run that was killed has stopped some."""
        if act.kind != evidence.CONTRACT:
            return super()._may_begin(act, before)
        heard = [name for name in act.members if name in before and before[name].said is not None]
        down = {name: _down(_replication(before[name])) for name in heard}
        return evidence.silence(before, act.members) + [f"{name} does not serve: {problem}" for name, found in down.items() for problem in found]

    def links(self, act: Act, words: Words) -> list[str]:
        """Each member follows whom its contract names, or nobody, and takes writes or not. A dead source is no member, and has no links."""
        found = []
        for name, contract in act.contracts.items():
            if name not in act.members:
                continue
            shown = _replication(words[name])
            does = shown["source"]["host"] if shown["source"] else None
            wanted = contract["source"] and act.members.get(contract["source"], contract["source"])
            if does != wanted:
                found.append(f"{name} replicates from {does or 'no source'}, and by the contract from {contract['source'] or 'no source'}")
            if shown["read_only"] == contract["writable"]:
                found.append(f"{name} {'does not take' if contract['writable'] else 'takes'} writes, and by the contract it is the other way round")
        return found

    def against(self, verb: str, names: Sequence[str], words: Words, asked: bool) -> list[str]:
        """A broken link could not be repaired while the instances are stopped, and they do not end their start with it."""
        if not verb.endswith(STOP):
            return []
        said = {name: word.said for name, word in words.items() if word.said is not None}
        # a link to one that is down comes back with that one
        down = {address for info in said.values() if _down(info["replication"]) for address in info["identity"]["addresses"]}
        judged = [name for name in names if name in said and not _down(said[name]["replication"]) and _follows(words[name]) not in down]
        return [f"{name} does not serve: {problem}; repair it, or detach it, before" for name in judged for problem in self.problems(said[name])]

    def held(self, verb: str, name: str, words: Words) -> list[str]:
        """A replica whose thread was stopped by a command: any start of its server starts it. While its system tables are upgraded it applies nothing."""
        word = words[name]
        link = _replication(word)["source"] if word.said is not None else None
        if link is None or (verb.endswith(UPGRADE) and upgraded.tables_differ(word.told.get("versions") or {})):
            return []
        return replication.held(name, link)

    def missed(self, name: str, words: Words, before: Words) -> float:
        """By how many servers that run have it as their source, or follow one of these: at the end of a chain nobody misses it."""
        below: list[str] = []
        waiting = _followers(name, words)
        while waiting:
            other = waiting.pop()
            if other not in (name, *below):
                below.append(other)
                waiting += _followers(other, words)
        return len(below)

    def brought_up_first(self, names: Sequence[str], words: Words) -> list[str]:
        """While a source is down the links of its replicas are broken. Then a source whose place another member has taken: that one is the only writer."""
        heard = {name: _replication(words[name]) for name in names if words[name].said is not None}
        down = [name for name, shown in heard.items() if _down(shown)]
        return down or [name for name, shown in heard.items() if shown["read_only"] and not shown["source"]]

    def undone(self, wanted: str, names: Sequence[str], before: Words, after: Words) -> list[str]:
        if wanted.endswith(UPGRADE):
            return upgraded.undone({name: after[name].told["versions"] for name in names})
        return super().undone(wanted, names, before, after)

    def served_version(self, info: Mapping[str, Any]) -> str | None:
        running: str | None = info["versions"]["running"]
        return running

    def may_go_down(self, act: Act, name: str, words: Words, asked: bool = False) -> Going:
        """All others serve, so that they can be told from what the restart does; of one that is down itself, its replicas' links are broken anyway."""
        silent = evidence.silence(words, act.members)
        if silent or _down(_replication(words[name])):
            return Going.of(silent)
        found = super().may_go_down(act, name, words, asked).refusals
        replicas = _followers(name, words)
        back = f"and {', '.join(replicas)} connect again when it is back"
        if ring.open_members({name: _replication(words[name])}):
            return Going.of(found, [f"no client can write to {name} while it is down, and nothing comes round the ring, {back}"])
        if _follows(words[name]):
            chained = [f"nothing reaches the replicas of {name} while it is down, {back}"] if replicas else []
            return Going.of(found, [*chained, *_waiting(name, words)])
        risk = f"no client can write to {name} while it is down, {back}; stackdb.trove.replica_promote puts a replica in its place before"
        return Going.of(found, [risk] if replicas else [])

    def excused(self, verb: str, subject: str) -> list[str]:
        """An ejection leaves a dead source behind."""
        return [subject] if verb == "replica_eject" else []

    def successor(self, words: Words) -> str | None:
        """The replica that takes writes now."""
        return topology.source_of({name: _replication(word) for name, word in words.items() if word.said is not None})

    def returned(self, words: Words) -> list[str]:
        """A source that was dead and takes writes is a second source."""
        said = {name: _replication(word) for name, word in words.items() if word.said is not None}
        return [name for name, info in said.items() if info["reachable"] and not info["read_only"]]

    def alive(self, act: Act, words: Words) -> list[str]:
        """By its own word, and by that of each replica that still has it as its source. One that hangs, or whose state is not known, is no living one."""
        said = {name: _replication(words[name]) for name in act.members}
        found = [f"{name} does not serve, and may have what no other replica has: {problem}" for name, info in said.items() for problem in _down(info)]
        for name, address in act.leaving.items():
            word = words.get(name, Word(silent="it was not asked"))
            if word.said is not None and _replication(word)["reachable"]:
                found.append(f"{name} answers on its own host: {alive.PROMOTE}")
            found += alive.living(name, address, said)
        return found

    def changes(self, act: Act, before: Words, after: Words) -> list[str]:
        found = []
        for name in act.members:
            was, now = (_standing(words[name]) if name in words else "not asked" for words in (before, after))
            if was != now:
                found.append(f"{name} was {was}, and is {now}")
            of = [((words[name].said or {}).get("versions") if name in words else None) for words in (before, after)]
            if was == now and of[0] != of[1]:
                found.append(f"{name} was {of[0]}, and is {of[1]}")
        return found


def _down(shown: Info) -> list[str]:
    if shown["reachable"]:
        return []
    # of a server that is stopped the client says no more than that there is no socket
    return [f"it does not answer: {shown['error']}" if shown["error"] and shown["service"] == "active" else f"its service is {shown['service']}"]


def _follows(word: Word) -> str | None:
    """The address of its source, None for who replicates from no source."""
    source = _replication(word)["source"]
    return source["host"] if source else None


def _followers(name: str, words: Words) -> list[str]:
    """Who has it as its source, of those that run."""
    addresses = (words[name].said or {}).get("identity", {}).get("addresses", [])
    said = {other: word for other, word in words.items() if word.said is not None}
    return [other for other, word in said.items() if _follows(word) in addresses]


def _waiting(name: str, words: Words) -> list[str]:
    """Of the only replica that acknowledges what a source of semi-synchronous replication commits: sentences."""
    said = {other: word for other, word in words.items() if word.said is not None and not _down(_replication(word))}
    sources = [other for other in said if name in _followers(other, words) and _replication(said[other])["facts"]["waits"]]
    return [
        f"{name} alone acknowledges the commits of {source} (semi-synchronous replication): while it is down they wait for its timeout, then none waits"
        for source in sources
        if not [other for other in _followers(source, words) if other != name and other in said and _replication(said[other])["facts"]["acknowledges"]]
        and _replication(said[name])["facts"]["acknowledges"]
    ]


def _standing(word: Word) -> str:
    """Which server it is, whom it follows, whether it was stopped, and whether it takes writes, in words. An attempt to connect is no change."""
    if word.said is None:
        return "silent"
    shown = _replication(word)
    if not shown["reachable"]:
        return "down"
    link = shown["source"]
    threads = (("not receiving", link["io_running"]), ("not applying", link["sql_running"])) if link else ()
    stopped = [what for what, runs in threads if runs == "No"]
    words = ["read-only" if shown["read_only"] else "writable", f"replicating from {link['host'] if link else 'no source'}", *stopped]
    return f"server {word.said['identity']['id']}, {', '.join(words)}"


def _replication(word: Word) -> Info:
    """What a member said of its replication that is not silent."""
    said: Info = word.told["replication"]
    return said


def _writable(shown: Info) -> str:
    return "no" if shown["read_only"] else "yes"


_MESH = "One instance replicates from one other, since each has one connection that its verbs know."
_RING = (
    "A ring is built on MariaDB alone: each member writes into a GTID domain of its own there, which MySQL does not have. In a ring two may write the same row,"
    " and one lost link stops the rest. For several writers use a Galera cluster (stackdb.trove.cluster_create)."
)


class MariaDBReplication(_Replicated):
    type = "mariadb"
    # MySQL by IPv6 was not tried
    ip_versions = (4, 6)
    not_built: ClassVar[Mapping[str, str]] = {MESH: _MESH}
    versions = versions.MARIADB


class MySQLReplication(_Replicated):
    type = "mysql"
    # its modules were tried with MySQL, and the verb on guests was not
    verbs = {verb: does for verb, does in _Replicated.verbs.items() if verb != "replica_recover"}
    not_built: ClassVar[Mapping[str, str]] = {
        CHAIN: "On MySQL only a source with replicas is supported. In a chain a failed replica cuts off its own replicas; on MariaDB chains are supported.",
        RING: _RING,
        MESH: _MESH,
    }
    versions = versions.MYSQL

    def check_version(self, version: str | None) -> None:
        """Of the innovation releases, each is as good as the next."""
        if version not in ("8.0", "8.4") and not re.fullmatch(r"9(\.\d+)?", version or ""):
            raise InvalidInput("datastore_version", version, self.versions)
