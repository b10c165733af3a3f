# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a master has besides keys, that clients count on and a slot does not bring along: libraries of functions, modules, users, settings. Pure.

Source: Redis documentation, "Redis functions" (in a cluster they have to be loaded on every master), "Redis modules", "ACL".
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from ...._model.accounts import EXPORTER
from ...._model.errors import Refused
from . import running
from .slots import Move

#: settings whose difference clients notice when their keys are elsewhere
_NOTICED = ("maxmemory-policy", "notify-keyspace-events", "appendonly", "appendfsync", "save")


@dataclass(frozen=True)
class Belongings:
    """Of one member. Libraries by name, with their code; None where the server does not tell, since it is too old or the account may not ask.

    :ivar settings: ``{name: text}`` of CONFIG GET
    """

    libraries: Mapping[str, str] | None = field(default=None, repr=False)
    modules: frozenset[str] | None = None
    users: Mapping[str, frozenset[str]] | None = field(default=None, repr=False)
    settings: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def of(
        cls, libraries: Mapping[str, str] | None, modules: Collection[str] | None, users: Sequence[str] | None, settings: Mapping[str, str]
    ) -> Belongings:
        """:param users: the lines of ACL LIST"""
        found = None if users is None else running.users(users)
        if found is not None:
            # Each member's exporter has a password of its own, and no client comes in by that account.
            found.pop(EXPORTER, None)
        return cls(libraries, None if modules is None else frozenset(modules), found, settings)


def missing_libraries(found: Mapping[str, Belongings], serving: Collection[str], targets: Collection[str]) -> dict[str, dict[str, str]]:
    """The libraries that targets without slots lack: ``{target: {library: code}}``.

    :param serving: the masters that have slots
    :param targets: the masters that get some
    :raises Refused: where those that serve differ, or a target has other code of a library or one that nobody else has
    """
    known = {name: found[name].libraries for name in serving if found[name].libraries is not None}
    wanted: dict[str, str] = {}
    for libraries in known.values():
        wanted.update(libraries or {})
    wrong = [f"{name} lacks {library}" for name, has in known.items() for library in sorted(wanted.keys() - (has or {}).keys())]
    everybody = {**known, **{name: found[name].libraries or {} for name in targets}}
    for name, has in everybody.items():
        wrong += [f"{name} has other code of {library}" for library, code in sorted((has or {}).items()) if code != wanted.get(library, code)]
    wrong += [f"only {name} has {library}" for name in targets if name not in known for library in sorted((found[name].libraries or {}).keys() - wanted.keys())]
    if wrong:
        raise Refused(
            f"The masters differ in their libraries of functions: {'; '.join(wrong)}. FCALL would fail, or do another thing, for keys that move. Load the"
            " same ones on all masters (FUNCTION LOAD REPLACE), or delete what is not needed (FUNCTION DELETE).",
            libraries=wrong,
        )
    new = [name for name in targets if name not in known]
    lacking = {name: {library: code for library, code in wanted.items() if library not in (found[name].libraries or {})} for name in new}
    return {name: libraries for name, libraries in lacking.items() if libraries}


def check_alike(found: Mapping[str, Belongings], pairs: Collection[tuple[str, str]]) -> None:
    """
    :param pairs: who gives slots to whom
    :raises Refused: where a target has not what values or clients of the source need
    """
    wrong = []
    for source, target in sorted(set(pairs)):
        one, other = found[source], found[target]
        if one.modules is not None and other.modules is not None and one.modules - other.modules:
            wrong.append(f"{target} has not the modules {', '.join(sorted(one.modules - other.modules))} of {source}, and cannot store their values")
        if one.users is not None and other.users is not None and one.users != other.users:
            names = sorted(name for name in {**one.users, **other.users} if one.users.get(name) != other.users.get(name))
            wrong.append(f"{target} and {source} differ in the users {', '.join(names)}, so clients may be refused there")
    if wrong:
        raise Refused(f"What clients count on would be missing where their keys go: {'; '.join(wrong)}.", differences=wrong)


def differences(found: Mapping[str, Belongings], pairs: Collection[tuple[str, str]]) -> list[str]:
    """Settings that differ between who gives and who gets slots, a sentence each: clients notice, and no data depend on it."""
    told = []
    for source, target in sorted(set(pairs)):
        has, gets = found[source].settings, found[target].settings
        for name in _NOTICED:
            if name in has and name in gets and has[name] != gets[name]:
                told.append(f"{name} is '{has[name]}' on {source} and '{gets[name]}' on {target}, where its keys go.")
    return told


def disk(settings: Mapping[str, str]) -> str | None:
    """How a member keeps its data: ``aof``, ``rdb``, or None for not at all."""
    if settings.get("appendonly") == "yes":
        return "aof"
    return "rdb" if settings.get("save", "").strip('"') else None


_MIGRATION = "cluster-allow-replica-migration"


def masters_kept(
    masters: Mapping[str, Collection[int]], moves: Sequence[Move], settings: Mapping[str, Mapping[str, str]]
) -> dict[str, dict[str, int | str]]:
    """What members have to set while a master gives all of its slots away: ``{member: {setting: value}}``, empty where none does.

    Else it, and its replicas, become replicas of who got its last slot, and when that one fails before they have its data, one of them can be elected by
    the offset of its old life, and serves slots without their keys. Source: redis.conf, "cluster-allow-replica-migration".

    :param masters: ``{name: its slots}``
    :param settings: of all members
    """
    gone: dict[str, set[int]] = {}
    for move in moves:
        gone.setdefault(move.source, set()).update(move.slots)
    if not any(masters.get(name) and set(masters[name]) <= slots for name, slots in gone.items()):
        return {}
    return {name: {_MIGRATION: "no"} for name, has in settings.items() if has.get(_MIGRATION) == "yes"}
