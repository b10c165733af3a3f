# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands against an attachment, a promotion, an ejection or a detachment: one list of refusals over the words of all members, before the first step. Pure.

The rules for one server alone are in `preflight`, by which the modules on the guests refuse for themselves.

Sources: MySQL Reference Manual, "Replication Compatibility Between MySQL Versions", "Replication Features and Issues"; MariaDB, "Replication Compatibility".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from . import health
from .dialects import parse
from .info import Info
from .preflight import Refusal, of_delay, of_relay, of_replica, of_source

_BLACKHOLE = "BLACKHOLE"


@dataclass(frozen=True)
class Cast:
    """Who plays which part in a verb; of each, its info.

    :param source: the one that lives and has all, whom replicas are compared with; None where nobody has (a dead one)
    :param new: the one that is the source afterwards
    :param followers: those that replicate from it afterwards, besides the old source
    :param leaving: those that replicate from no source afterwards
    :param defers: whether the old source follows the new one later, so that it may be older until then
    """

    source: str | None = None
    new: str | None = None
    followers: Sequence[str] = ()
    leaving: Sequence[str] = ()
    defers: bool = False


def of_verb(verb: str, infos: Mapping[str, Info], cast: Cast) -> list[Refusal]:
    """All that stands against a verb.

    :param verb: replicate, attach, detach, promote, eject or ring; nothing stands against any other
    :param infos: of all members that answer, by name; one of `cast` that is not there is skipped, since its own rule refuses it where it has to answer
    """
    here = {name: infos[name] for name in (cast.new, cast.source, *cast.followers) if name and name in infos}
    followers = {name: infos[name] for name in cast.followers if name in infos}
    if verb == "detach":
        return [refusal for name in cast.leaving if name in infos for refusal in (*_delay(name, infos[name]), *_relay(name, infos[name]))]
    if verb == "replicate":
        linked = {name: info for name, info in followers.items() if info["source"]}
        alike = [*_pairs(here), *_versions(followers, here, cast.source)]
        return [*_as_replicas(linked), *_binlog(here, cast.source), *_errant(linked, here, cast.source), *alike]
    if verb == "attach":
        return _of_attach(here, followers, cast)
    if verb == "ring":
        return _of_ring(here)
    if verb not in ("promote", "eject") or cast.new not in here:
        return []
    new, old = here[cast.new], {cast.source: here[cast.source]} if cast.source in here and cast.source != cast.new else {}
    replicas = {**followers, **old}
    return [
        *_as_replicas({cast.new: new, **replicas}),
        *_delay(cast.new, new),
        *_broken({cast.new: new, **followers}),
        *_relay(cast.new, new),
        *_binlog(here, cast.new),
        *_binlog(here, cast.source),
        *_new_source(cast.new, new, followers),
        *_errant({cast.new: new, **followers}, here, cast.source if old and not _has_taken_over(new, here[cast.source or ""]) else None),
        *_purged(followers, cast.new, new),
        *_pairs(here),
        *_versions(followers if cast.defers else replicas, here, cast.new),
        *_strict(here),
        *_blackholes(cast.new, new, old),
    ]


def _of_attach(here: Mapping[str, Info], returning: Mapping[str, Info], cast: Cast) -> list[Refusal]:
    """They bring data of their own, which have to be the source's, as far as they go. In a chain what they follow is a replica, and may be behind."""
    source, new = cast.source, cast.new
    if not source or not new or not {source, new} <= set(here):
        return []
    return [
        *_as_replicas(returning),
        *_broken(returning),
        *_binlog(here, new),
        *_source(new, here[new]),
        *_errant(returning, here, source),
        *_purged(returning, new, here[new]),
        *_pairs(here),
        *_versions(returning, here, new),
        *_strict(here),
    ]


def _of_ring(members: Mapping[str, Info]) -> list[Refusal]:
    """Each is a replica and a source. What one has and the one before it has not is asked by each of them, who sees both at the right moments."""
    newest = max(members, key=lambda name: series(members[name]["version"]), default=None)
    return [
        *_as_replicas(members),
        *(refusal for name, info in members.items() for refusal in (*_delay(name, info), *_binlog(members, name), *_writes(name, info))),
        *_broken(members),
        *_pairs(members),
        *_versions(members, members, newest),
        *_strict(members),
    ]


def _has_taken_over(new: Info, old: Info) -> bool:
    """Whether an earlier run came so far that the candidate may have taken writes, which its old source does not have."""
    return not new["source"] or (not new["read_only"] and old["read_only"])


def _as_replicas(infos: Mapping[str, Info]) -> Iterator[Refusal]:
    for name, info in infos.items():
        yield from of_replica(name, info["facts"])


def _delay(name: str, info: Info) -> list[Refusal]:
    return of_delay(name, info["facts"]["delay"])


def _relay(name: str, info: Info) -> list[Refusal]:
    return of_relay(name, info["engine"], info["source"], info["executed"])


def _broken(infos: Mapping[str, Info]) -> Iterator[Refusal]:
    for name, info in infos.items():
        if info["source"] and info["source"]["sql_error"]:
            yield Refusal("broken", name, info["source"]["sql_error"])


def _binlog(infos: Mapping[str, Info], name: str | None) -> list[Refusal]:
    return of_source(name, infos[name]["facts"]["binlog_filters"]) if name in infos and name else []


def _source(name: str, info: Info) -> Iterator[Refusal]:
    """Whether it can be followed."""
    for reason, wrong, why in (
        ("log_bin", not info["log_bin"], "log_bin is OFF"),
        ("gtid", info["log_bin"] and not info["gtid"], "gtid_mode is not ON"),
        ("log_updates", info["log_bin"] and not info["logs_updates"], "log_slave_updates (log_replica_updates) is OFF"),
    ):
        if wrong:
            yield Refusal(reason, name, why)


def _writes(name: str, info: Info) -> Iterator[Refusal]:
    """Whether it can be a source, and take writes."""
    yield from _source(name, info)
    for reason, wrong, why in (
        ("binlog_format", info["binlog_format"] == "STATEMENT", "binlog_format is STATEMENT"),
        ("closed", info["facts"]["closed"], ", ".join(info["facts"]["closed"])),
    ):
        if wrong:
            yield Refusal(reason, name, why)


def _new_source(name: str, info: Info, followers: Mapping[str, Info]) -> Iterator[Refusal]:
    yield from _writes(name, info)
    if info["facts"]["waits"] and followers and not any(follower["facts"]["acknowledges"] for follower in followers.values()):
        yield Refusal("semi_sync", name, "rpl_semi_sync_master_enabled (…_source_enabled) is ON, and on no other replica is rpl_semi_sync_slave_enabled")


def _errant(replicas: Mapping[str, Info], infos: Mapping[str, Info], source: str | None) -> Iterator[Refusal]:
    if not source or source not in infos:
        return
    for name, info in replicas.items():
        if info["engine"] == infos[source]["engine"]:
            found = health.errant(info, infos[source])
            if found:
                yield Refusal("errant", name, f"{source} does not have {found}")


def _purged(followers: Mapping[str, Info], new: str, info: Info) -> Iterator[Refusal]:
    for name, follower in followers.items():
        if follower["engine"] == info["engine"]:
            purged = parse(info["engine"], info["purged"])
            if not parse(info["engine"], follower["executed"]).reaches(purged):
                yield Refusal("purged", name, f"it has {follower['executed'] or 'none'}, and the logs of {new} begin after {purged}")


def _pairs(infos: Mapping[str, Info]) -> Iterator[Refusal]:
    """What every two of them have to agree in, or must not."""
    for (one, info), (other, theirs) in combinations(infos.items(), 2):
        for key in ("server_id", "server_uuid"):
            if info[key] is not None and info[key] == theirs[key]:  # type: ignore[literal-required]
                yield Refusal("same_server", other, f"it has the {key} of {one}, {info[key]}")  # type: ignore[literal-required]
        if info["engine"] != theirs["engine"]:
            yield Refusal("engine", other, f"it is {theirs['engine']}, and {one} is {info['engine']}")
        mine, its = (each["facts"]["lower_case_table_names"] for each in (info, theirs))
        if mine != its:
            yield Refusal("names", other, f"lower_case_table_names is {its}, and on {one} it is {mine}")


def _versions(replicas: Mapping[str, Info], infos: Mapping[str, Info], source: str | None) -> Iterator[Refusal]:
    if not source or source not in infos:
        return
    for name, info in replicas.items():
        if info["engine"] == infos[source]["engine"] and series(info["version"]) < series(infos[source]["version"]):
            yield Refusal("version", name, f"it is {info['version']}, and {source} is {infos[source]['version']}; upgrade {name} first")


def series(version: str) -> tuple[int, ...]:
    """What is compared of a version: ``10.11.19-MariaDB`` is (10, 11). Within a series all can read each other's logs."""
    return tuple(int(number) for number in re.findall(r"\d+", version or "")[:2])


def _strict(infos: Mapping[str, Info]) -> Iterator[Refusal]:
    for name, info in infos.items():
        if not info["facts"]["strict"]:
            yield Refusal("gtid_order", name, "gtid_strict_mode is OFF")


def _blackholes(new: str, info: Info, old: Mapping[str, Info]) -> Iterator[Refusal]:
    """Of the candidate; where its source has the same tables of that kind, nothing is lost."""
    same = {table for source in old.values() for table in source["engines_not_copyable"].get(_BLACKHOLE, ())}
    tables = [table for table in info["engines_not_copyable"].get(_BLACKHOLE, ()) if table not in same]
    if tables:
        yield Refusal("blackhole", new, f"{', '.join(tables)} {'is' if len(tables) == 1 else 'are'} of the storage engine BLACKHOLE")
