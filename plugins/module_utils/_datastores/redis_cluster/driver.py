# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Redis Cluster, of Redis and of Valkey, as seen from the cloud."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar

from ..._model import evidence, initializing, rolling, rotating
from ..._model.datastore import FileSystem
from ..._model.evidence import Act
from ..._model.rolling import Going
from ..._model.standing import Standing
from ..base import ALL, NAMED, STAYING, Datastore, Verb, Words
from .rules import going, lost, memory, place
from .rules.formation import MIN_MASTERS
from .rules.ports import BUS_PORT, PORT
from .rules.slots import SLOTS, brief, shorten, spell

Info = Mapping[str, Any]
#: the verb that restarts nobody
_FAILOVER = "cluster_failover"


class RedisCluster(Datastore):
    """Names and slots: Trove, "Redis Clustering". Ports: Redis documentation, "Scale with Redis Cluster"."""

    type = "redis"
    topology = "redis_cluster"
    role = "stackdb.trove.redis_cluster"
    info_module = "stackdb.trove.trove_redis_node_info"
    verbs = {
        "cluster_create": Verb((("main", ALL),)),
        "cluster_show": Verb(()),
        "cluster_check": Verb(()),
        "instance_show": Verb(()),
        "cluster_configure": Verb((("configure", ALL),)),
        "cluster_grow": Verb((("main", ALL),), also={"rebalance": "cluster_rebalance"}),
        "cluster_rebalance": Verb((("rebalance", ALL),)),
        "cluster_shrink": Verb((("leave", ALL), ("main", STAYING))),
        "cluster_replace": Verb((("replace", STAYING), ("main", ALL))),
        "cluster_restart": Verb((("restart", ALL),), rolling=True),
        "cluster_upgrade": Verb((("upgrade", ALL),), rolling=True),
        "cluster_resize": Verb((("volume", NAMED), ("down", ALL), ("configure", ALL), ("up", NAMED))),
        "cluster_stop": Verb((("shutdown", ALL),)),
        "cluster_start": Verb((("startup", ALL),)),
        "cluster_recover": Verb((("recover", ALL),), silent=True),
        "cluster_failover": Verb((("failover", ALL),), rolling=True),
        "cluster_rotate": Verb((("rotate", ALL), ("rotate_end", ALL))),
        "cluster_initialize": Verb((("initialize", ALL),), rolling=True, then=(("discard", ALL),)),
    }
    rotates = (rotating.CERTIFICATES, rotating.AUTHORITY, rotating.PASSWORDS)
    versions: ClassVar[tuple[str, ...]] = ("7.0", "7.2", "7.4", "8.0", "8.2", "8.4")
    min_instances = MIN_MASTERS
    min_on_request = 1
    min_memory_mb = 64
    # Who serves slots cannot go, and a cluster of few masters has to be asked for by name: trove_redis_cluster sees to both.
    min_after_shrink = 1
    client_ports = (("tcp", PORT, PORT),)
    # the cluster bus
    member_ports = (("tcp", BUS_PORT, BUS_PORT),)

    def member_name(self, cluster: str, number: int) -> str:
        return f"{cluster}-member-{number}"

    def sizes(self, memory_mb: int, vcpus: int, options: Mapping[str, Any]) -> Mapping[str, str | int]:
        return memory.settings(memory_mb, options["persistence"])

    def too_small(self, info: Info, memory_mb: int) -> list[str]:
        """By the limit that a node which saves to its disk gets there, since what a node keeps in memory does not become less."""
        used, limit = -(-_self(info)["used_memory"] // 2**20), memory.limit_mb(memory_mb, "rdb")
        return [f"it holds {used} MiB (used_memory), and would have {limit} MiB for that (maxmemory)"] if used > limit else []

    def health(self, info: Info | None) -> dict[str, Any]:
        """The member's cluster_state, role, slots, keys and memory, as it says of itself."""
        redis = (info or {}).get("redis_cluster")
        if not redis:
            return {"State": "unreachable"}
        member = redis["members"][0]
        if member["error"]:
            return {"State": "down"}
        return {
            "State": member["state"],
            "Role": member["role"],
            "Slots": member["slots"] or "-",
            "Keys": member["key_count"],
            "Memory": _of(member["used_memory"], member["maxmemory"]),
        }

    def service(self, info: Info) -> str:
        state: str = info["service"]
        return state

    def file_system(self, info: Info) -> FileSystem | None:
        found: FileSystem | None = info["volume"]
        return found

    def problems(self, info: Info) -> list[str]:
        """By the member's own words: another one that failed is not its fault as long as all slots are served."""
        member = _self(info)
        return [f"it does not answer: {member['error']}"] if member["error"] else [*_coverage(member), *_own_problems(member)]

    def standing(self, info: Info) -> Standing:
        return place.standing(_self(info), info.get("persistent"))

    def disagreements(self, act: Act, words: Words) -> list[str]:
        """All know each other and nobody else, and the same node as the one that serves each slot."""
        members = {name: _self(words[name].told) for name in act.members}
        ids = {member["id"]: name for name, member in members.items()}
        found: list[str] = []
        for name, member in members.items():
            known = {node["id"] for node in member["nodes"]}
            found += [f"{name} does not know {other}" for id_, other in ids.items() if id_ not in known]
            strangers = [node for node in member["nodes"] if node["id"] not in ids and not _given_up(act, node)]
            found += [f"{name} knows {node['address']} ({node['id']}), which is no member" for node in strangers]
        first = next(iter(members), "")
        return found + [f"{name} and {first} differ in who serves which slots" for name in members if _served(members[name]) != _served(members[first])]

    def lingering(self, act: Act, before: Words, after: Words) -> list[str]:
        """Those that stay serve all slots, and know none of those that leave. What these serve is moved, or refused, by the act itself."""
        found = []
        for name in act.members if after else ():
            nodes = _self(after[name].told)["nodes"]
            own = sum(node["slot_count"] for node in nodes if node["address"] in act.members.values())
            if own != SLOTS:
                found.append(f"{name} knows {own} of {SLOTS} slots as served by those that stay")
            for leaving, address in act.leaving.items():
                found += [f"{name} still knows {leaving} ({node['id']})" for node in nodes if node["address"] == address]
        return found

    def irreplaceable(self, act: Act, words: Words) -> list[str]:
        """The state of their slots is said first: with the last copy of keys nothing is done before the user has accepted the loss by name."""
        members = {name: _self(words[name].told) for name in act.members}
        found = [f"{name} does not answer: {member['error']}" for name, member in members.items() if member["error"]]
        if found:
            return found
        seen = lost.of_words(members)
        found = lost.obstacles(seen, act.leaving, act.loss_accepted)
        for name, member in members.items():
            # with slots that no member serves, every node says cluster_state:fail
            coverage = () if act.loss_accepted and seen.unserved else _coverage(member)
            found += [f"{name} does not serve: {problem}" for problem in (*coverage, *_own_problems(member))]
        return found

    def standings(self, act: Act, words: Words) -> Mapping[str, str]:
        return lost.standings(lost.of_words({name: _self(words[name].told) for name in act.members}), act.leaving)

    def objections(self, verb: str, words: Words) -> list[str]:
        """A stop keeps what is on disk."""
        if verb != "cluster_stop":
            return []
        held = {name: member["key_count"] for name, member in _members(words).items() if member and member["key_count"]}
        kept = {name: word.said.get("persistent") for name, word in words.items() if word.said is not None}
        return [f"{name} keeps nothing on disk: its {keys} keys would be lost" for name, keys in held.items() if kept.get(name) is False]

    def missed(self, name: str, words: Words, before: Words) -> float:
        """A replica has to be there when its master goes down, so it has its turn before; of masters each is as good as the other."""
        if not going.is_serving(_self(words[name].told)):
            return 0
        # one that was upgraded is not taken down, and is passed by while it can be told
        return -1 if name in self._upgraded(words) and not going.replicas(name, _members(words)) else 1

    def _upgraded(self, words: Words) -> list[str]:
        """Those of the newest version, where others have an older one."""
        versions = {name: self.served_version(word.said) for name, word in words.items() if word.said is not None}
        return going.newest(versions)

    def against(self, verb: str, names: Sequence[str], words: Words, asked: bool) -> list[str]:
        if verb == _FAILOVER:
            return going.no_replica(names, _members(words))
        persistent = {name: word.said.get("persistent") for name, word in words.items() if word.said is not None}
        if verb == initializing.VERB:
            found = going.holding(names, _members(words), _addresses(words)) + self.little_room(names, words, from_others=False)
            return found or going.more_than_one([name for name in names if words[name].said is not None and self.problems(words[name].told)])
        # a replica of an older version has no link to an upgraded master, and gets it by its own turn
        upgraded = self._upgraded(words) if verb.endswith(rolling.UPGRADE) else []
        return going.against([name for name in names if name not in upgraded], _members(words), persistent, asked)

    def at_odds(self, verb: str, names: Sequence[str], words: Words) -> list[str]:
        """Of one shard only one can be the master."""
        members = _members(words)
        shards = {name: member["master_id"] or member["id"] for name in names for member in [members[name]] if member}
        return going.same_shard(shards) if verb == _FAILOVER else []

    def left_alone(self, verb: str, names: Sequence[str], words: Words) -> list[str]:
        """Whoever names a master may mean that it shall be none."""
        return going.masters_already(names, _members(words)) if verb == _FAILOVER else []

    def has_had(self, name: str, words: Words, wanted: str, continued: bool) -> bool:
        """A failover notes nothing: that it was done is seen by who is the master; of a replica, too, unless this run continues the one that did it."""
        if not wanted.endswith(f"/{_FAILOVER}"):
            return super().has_had(name, words, wanted, continued)
        members = _members(words)
        return going.is_serving(members.get(name)) and (continued or bool(going.replicas(name, members)))

    def undone(self, wanted: str, names: Sequence[str], before: Words, after: Words) -> list[str]:
        """A replica that took over serves the slots that its master served. Those that were upgraded are of one version, by their own words."""
        if wanted.endswith(rolling.UPGRADE):
            return going.of_versions({name: self.served_version(after[name].told) for name in names})
        if not wanted.endswith(f"/{_FAILOVER}"):
            return super().undone(wanted, names, before, after)
        return going.not_taken_over(names, _members(before), _members(after))

    def served_version(self, info: Info) -> str | None:
        version: str | None = _self(info).get("version")
        return version

    def may_go_down(self, act: Act, name: str, words: Words, asked: bool = False) -> Going:
        """All others serve, but for what they lack since this one is down; and the topology is whole. A replica takes the place of a master before."""
        found = evidence.silence(words, act.members) or self._not_serving_beside(act, name, words)
        if found:
            return Going.of(found)
        whole = [] if self.problems(words[name].told) else self.disagreements(act, words)
        return Going.of(whole, going.risks(name, _members(words)))

    def next_down(self, names: Sequence[str], words: Words, before: Words) -> str:
        """One that does not answer first: while no member serves its slots, all others say that they do not serve."""
        down = [name for name, member in _members(words).items() if name in names and member is None]
        return super().next_down(down or names, words, before)

    def _not_serving_beside(self, act: Act, name: str, words: Words) -> list[str]:
        """Who else does not serve: sentences. Of one that is down the others find its slots unserved, and its replicas no link; its turn takes nothing more."""
        others, members = [other for other in act.members if other != name], _members(words)
        address = _addresses(words)[name] or act.members.get(name)
        if members[name] or not address:
            return self.not_serving(others, words)
        down, found = going.ids(name, members, address), []
        for other in others:
            member = members[other]
            beside = [*_coverage(member, down), *_own_problems(member, down)] if member else self.problems(words[other].told)
            found += [f"{other} does not serve: {problem}" for problem in beside]
        return found

    def changes(self, act: Act, before: Words, after: Words) -> list[str]:
        found = []
        for name in act.members:
            was, now = (_standing(words[name].said) if name in words else {} for words in (before, after))
            if was != now:
                found.append(f"{name} does not see the cluster as before: {'; '.join(_differences(was, now))}")
        return found


class Valkey(RedisCluster):
    """The same topology and protocol; the role goes by the type for packages, paths and unit."""

    type = "valkey"
    versions = ("7.2", "8.0", "8.1", "9.0", "9.1")


def _self(info: Info) -> dict[str, Any]:
    """Of an info that one member gave of itself alone."""
    member: dict[str, Any] = info["redis_cluster"]["members"][0]
    return member


def _coverage(member: Mapping[str, Any], down: Collection[str] = ()) -> list[str]:
    """Whether all slots are served, as a member says.

    :param down: the ids of one whose slots do not count
    """
    found = [] if member["state"] == "ok" or going.lacks_only(member, down) else [f"cluster_state:{member['state']}"]
    assigned = sum(node["slot_count"] for node in member["nodes"])
    return found if assigned == SLOTS else [*found, f"it knows {assigned} of {SLOTS} slots as served"]


def _own_problems(member: Mapping[str, Any], down: Collection[str] = ()) -> list[str]:
    """
    :param down: the ids of one that is down, whose replicas cannot reach it
    """
    found = []
    if member["open"]:
        found.append(f"slots are on their way (migrating or importing): {brief(member['open'])}")
    strays = member.get("stray_keys")
    if strays:
        found.append(f"it holds {strays['key_count']} keys of slots that it does not serve, which no client reaches: {shorten(strays['slots'])}")
    if member["master_link"] not in (None, "up") and not (down and member["master_id"] in down):
        found.append(f"the link to its master is {member['master_link']} (master_link_status)")
    return found


def _members(words: Words) -> dict[str, dict[str, Any] | None]:
    """By name; None for one that is silent or does not answer."""
    found = {name: _self(word.said) if word.said is not None else None for name, word in words.items()}
    return {name: None if member is None or member["error"] else member for name, member in found.items()}


def _addresses(words: Words) -> dict[str, str | None]:
    """By name, the address by which the others know it, as its own settings have it; None where these could not be read."""
    return {name: (_self(word.said).get("address") if word.said is not None else None) or None for name, word in words.items()}


def _given_up(act: Act, node: Mapping[str, Any]) -> bool:
    """Whether a node is one that was named lost, and owns nothing any more."""
    return node["address"] in act.given_up.values() and node["failed"] and not node["slot_count"]


def _served(member: Mapping[str, Any]) -> dict[str, str]:
    return {node["id"]: node["slots"] for node in member["nodes"] if node["slot_count"]}


def _standing(said: Info | None) -> dict[str, str]:
    """What must be the same before and after: ``{aspect: text}``, empty for a member that said nothing."""
    if said is None or _self(said)["error"]:
        return {}
    member = _self(said)
    nodes = {f"node {node['id']}": node["slots"] or "without slots" for node in member["nodes"]}
    version = {"its version": member.get("version") or "not known"}
    return {"its id": member["id"], "its role": member["role"], **version, **nodes, "open": spell(member["open"]) or "none"}


def _differences(was: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    shown = [(aspect, *(shorten(words.get(aspect, "not said")) for words in (was, now))) for aspect in {**was, **now} if was.get(aspect) != now.get(aspect)]
    return [f"{aspect}: {before} before, {after} now" for aspect, before, after in shown]


def _of(used: int, limit: int) -> str:
    """Bytes used of a limit, in MiB; a limit of 0 is none."""
    text = f"{used / 2**20:.0f} MiB"
    return f"{used / 2**20:.0f} of {limit / 2**20:.0f} MiB" if limit else text
