# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""MariaDB Galera Cluster, as seen from the cloud."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from ..._model import initializing, rolling, rotating
from ..._model.datastore import FileSystem
from ..._model.evidence import Act
from ..._model.rolling import Going
from ..._model.standing import Standing
from ..base import ALL, LEAVING, NAMED, STAYING, Datastore, Verb, Words
from ..mysql.rules import versions
from ..mysql.rules.sizes import nominal_mb
from .rules import applier, cluster_state, going, member_state, place, sizes, upgraded
from .rules.info import Info, Wsrep


class Galera(Datastore):
    """Sizes and names: Trove, "Implement Galera cluster provisioning". Ports: Galera documentation, "Firewall settings"."""

    type = "mariadb"
    full_copies = True
    topology = "galera"
    role = "stackdb.trove.galera"
    info_module = "stackdb.trove.trove_galera_info"
    verbs = {
        "cluster_create": Verb((("main", ALL),)),
        "cluster_show": Verb(()),
        "cluster_check": Verb(()),
        "instance_show": Verb(()),
        "cluster_configure": Verb((("configure", ALL),)),
        "cluster_grow": Verb((("main", ALL),)),
        "cluster_shrink": Verb((("leave", LEAVING), ("main", STAYING))),
        "cluster_replace": Verb((("main", ALL),)),
        "cluster_restart": Verb((("restart", NAMED),), rolling=True),
        "cluster_upgrade": Verb((("upgrade", ALL),), rolling=True),
        "cluster_resize": Verb((("volume", NAMED), ("down", NAMED), ("configure", ALL), ("up", NAMED))),
        "cluster_stop": Verb((("shutdown", NAMED),), rolling=True),
        "cluster_start": Verb((("startup", ALL),)),
        "cluster_recover": Verb((("recover", ALL),), silent=True),
        "cluster_rotate": Verb((("rotate", ALL), ("rotate_end", ALL))),
        "cluster_initialize": Verb((("initialize", NAMED),), rolling=True, then=(("discard", ALL),)),
    }
    rotates = (rotating.CERTIFICATES, rotating.AUTHORITY)
    # Seen with Galera 26.4.23: a client with a certificate of the former CA gets through the handshake after socket.ssl_reload, with that CA out of the file
    rotates_rest = (
        "Group communication (port 4567) goes on trusting the former one until each member's next restart, since the provider adds what is new in its file and"
        " removes nothing: run stackdb.trove.cluster_restart where another party may have a key of the former CA."
    )
    rotates_not = "The collection's accounts have no password here: root and state transfers connect by the local socket."
    versions = versions.MARIADB
    min_instances = 3
    min_memory_mb = 256
    min_after_shrink = 1
    client_ports = (("tcp", 3306, 3306),)
    # group communication (TCP, and UDP for multicast), incremental and full state transfer
    ip_versions = (4, 6)
    member_ports = (("tcp", 4567, 4568), ("udp", 4567, 4567), ("tcp", 4444, 4444))

    def member_name(self, cluster: str, number: int) -> str:
        return f"{cluster}-{number}"

    def sizes(self, memory_mb: int, vcpus: int, options: Mapping[str, Any]) -> Mapping[str, str | int]:
        return sizes.settings(memory_mb if options.get("memory_mb") else nominal_mb(memory_mb), vcpus)

    def health(self, info: Mapping[str, Any] | None) -> dict[str, Any]:
        """The member's state in Galera's words (wsrep_local_state_comment, wsrep_cluster_status, wsrep_cluster_size), and whether it applies."""
        galera = _galera(info)
        if not galera:
            return {"State": "unreachable"}
        wsrep = galera["wsrep"]
        health: dict[str, Any] = {"State": "down", "Component": None, "Size": None, "Applier": None}
        if wsrep:
            health = {"State": wsrep["local_state"] or "down", "Component": wsrep["cluster_status"], "Size": wsrep["cluster_size"]}
            health["Applier"] = applier.brief(wsrep["looks"])
        if member_state.upgrade_needed(galera):
            health["System tables"] = f"of {galera['tables_version'] or 'an unknown version'}: upgrade needed"
        return health

    def service(self, info: Mapping[str, Any]) -> str:
        state: str = info["galera"]["service"]["state"]
        return state

    def file_system(self, info: Mapping[str, Any]) -> FileSystem | None:
        found: FileSystem | None = info["galera"]["volume"]
        return found

    def problems(self, info: Mapping[str, Any]) -> list[str]:
        return member_state.why_not_serving(info["galera"])

    def standing(self, info: Mapping[str, Any]) -> Standing:
        return place.standing(info["galera"])

    def disagreements(self, act: Act, words: Words) -> list[str]:
        """All serve with one state UUID, and each counts as many members as there are."""
        return cluster_state.disagreements({name: _serving(words, name) for name in act.members})

    def lingering(self, act: Act, before: Words, after: Words) -> list[str]:
        """One that stops in order says so to the others, which count it no longer; one that is dead must be out of their view already."""
        if not after:
            # of one that answers the clean stop is still to come
            return [text for name in act.leaving if before[name].said is None for text in _counted(act, before, name)]
        found = [text for name in act.leaving for text in _counted(act, after, name)]
        states = {name: galera["service"]["state"] for name in act.leaving for galera in [_galera(after[name].said)] if galera}
        found += [f"{name} has not stopped: its service is {state}" for name, state in states.items() if state != "inactive"]
        return [*found, *_fallen_back(act, before, after)]

    def irreplaceable(self, act: Act, words: Words) -> list[str]:
        """Those that stay serve, and count only each other: one that is out of their view can commit nothing that they would not have."""
        found = self.not_serving(act.members, words)
        counted = [] if found else [text for name in act.leaving for text in _counted(act, words, name)]
        return found or counted or self.disagreements(act, words)

    def against(self, verb: str, names: Sequence[str], words: Words, asked: bool) -> list[str]:
        """A state transfer brings as much as a donor has."""
        return self.little_room(names, words, from_others=True) if verb == initializing.VERB else []

    def missed(self, name: str, words: Words, before: Words) -> float:
        """By the use that clients make of it."""
        first = before.get(name)
        return going.used(_serving(words, name), _wsrep(first.said) if first else None)

    def may_go_down(self, act: Act, name: str, words: Words, asked: bool = False) -> Going:
        """All others are Synced in one cluster, keep up, and have the quorum without it; what it missed it gets from a donor's cache, or else that is said."""
        found = super().may_go_down(act, name, words, asked)
        if found.refusals:
            return found
        others = {other: _serving(words, other) for other in act.members if other != name}
        own = None if self.problems(words[name].told) else _serving(words, name)
        foreign = going.other_data(name, words[name].told["galera"], others) if others and not own else []
        return Going.of([*foreign, *going.refusals(name, others, own, asked)], going.risks(name, others, own))

    def refilling(self, name: str, words: Words) -> list[str]:
        """A full state transfer: what it misses is not in the others' caches, or will not be any more. Of one that is down by what grastate.dat says; where
        that does not reach, it may start once more with the version that it has, unless it has the new one already.
        """
        others = {other: wsrep for other in words if other != name for wsrep in [_wsrep(words[other].said)] if wsrep}
        info = words[name].told["galera"]
        if not others:
            return []
        if not self.problems(words[name].told):
            return going.refills(name, others, info)
        peers = [words[other].told["galera"] for other in others]
        return going.left_behind(name, others, info, [peer["running"] or peer["version"] for peer in peers]) or going.refills(name, others, info)

    def undone(self, wanted: str, names: Sequence[str], before: Words, after: Words) -> list[str]:
        if wanted.endswith(rolling.UPGRADE):
            return upgraded.undone({name: cast(Info, _galera(after[name].said)) for name in names})
        return super().undone(wanted, names, before, after)

    def served_version(self, info: Mapping[str, Any]) -> str | None:
        running: str | None = info["galera"]["running"]
        return running

    def changes(self, act: Act, before: Words, after: Words) -> list[str]:
        found = []
        for name in act.members:
            was, now = (_standing(words[name].said) if name in words else None for words in (before, after))
            if was != now:
                found.append(f"{name} was {was}, and is {now}")
        return found


def _galera(said: Mapping[str, Any] | None) -> Info | None:
    """A member's info in the result of the info module."""
    return cast("Info | None", (said or {}).get("galera"))


def _wsrep(said: Mapping[str, Any] | None) -> Wsrep | None:
    galera = _galera(said)
    return galera["wsrep"] if galera else None


def _serving(words: Words, name: str) -> Wsrep:
    """What a member that serves says of its cluster."""
    return cast(Wsrep, words[name].told["galera"]["wsrep"])


def _counted(act: Act, words: Words, name: str) -> Iterator[str]:
    """By which of those that stay a leaving member's address is still counted."""
    address = act.leaving[name]
    for other in act.members:
        if address in _serving(words, other)["addresses"]:
            yield f"{other} still counts {name} ({address}) as a member (wsrep_incoming_addresses)"


def _fallen_back(act: Act, before: Words, after: Words) -> Iterator[str]:
    """Who is in another cluster than before, or behind where it was."""
    for name in act.members:
        was, now = _wsrep(before[name].said) if name in before else None, _serving(after, name)
        if was and was["cluster_state_uuid"] != now["cluster_state_uuid"]:
            yield f"{name} was in the cluster {was['cluster_state_uuid']}, and is in {now['cluster_state_uuid']}"
        elif was and now["last_committed"] < was["last_committed"]:
            yield f"{name} stood at {was['last_committed']} (wsrep_last_committed), and stands at {now['last_committed']}"


def _standing(said: Mapping[str, Any] | None) -> tuple[object, ...]:
    galera = _galera(said)
    wsrep = galera["wsrep"] if galera else None
    limited = (said or {}).get("sst_donors")
    if not galera or not wsrep:
        return (None, None, None, None, limited)
    versions = (galera["version"], galera["running"], galera["tables_version"])
    return wsrep["local_state"], wsrep["cluster_status"], wsrep["cluster_state_uuid"], wsrep["cluster_size"], *versions, limited
