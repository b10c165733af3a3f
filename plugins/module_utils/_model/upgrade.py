# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the servers of a cluster, or of a source and its replicas, can be upgraded to what their package sources offer: decided from all of them, before
any is touched. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Optional, TypedDict


class Installed(TypedDict):
    """The packages of a server by name, with their versions; which of them dpkg has not finished, with its directory of updates where it was killed; and
    others that it has not finished.
    """

    versions: dict[str, str]
    unfinished: list[str]
    others: list[str]


class Changes(TypedDict):
    """What apt would do: ``come`` is ``{package: [version or None, new version]}``, gone are names."""

    come: dict[str, list[str | None]]
    gone: list[str]


class Trial(TypedDict):
    """What the new program says of the member's settings before it is installed.

    - refused: sentences, none where it takes them
    - defaults: ``{name: [old, new]}`` of what it has otherwise for want of a setting
    """

    refused: list[str]
    defaults: dict[str, list[str]]


class Offer(TypedDict):
    """What one member has, and what its package sources offer.

    - running: the version of the server that answers, None where none does; has: that of the installed one, new: of the one to install
    - package: the version of the server's package to install; wanted: ``{package: version}`` of all of the server's packages
    - older: whether that is older than what is installed
    - unfinished: of the server's packages, and others: of the guest's, those that dpkg has not finished
    - changes: what apt would do for it; trial: what the new program says
    - problem: why nothing can be installed, a sentence, or None
    """

    running: str | None
    has: str | None
    new: str | None
    package: str | None
    wanted: dict[str, str]
    older: bool
    unfinished: list[str]
    others: list[str]
    changes: Changes
    trial: Trial
    problem: str | None


#: (version that is there, the new one) -> why the engine does not allow that step, or None
Step = Callable[[str, str], Optional[str]]
#: (version that is there, the new one) -> what a user has to know of the step: sentences
Tells = Callable[[str, str], Iterable[str]]

#: what a guest cannot do without, whatever a server's packages ask for. The first one says which release it is
_RELEASE = "base-files"
_NEEDED = ("openssh-server", "sudo", "systemd", "systemd-sysv", "python3", "python3-apt", "dpkg", "apt")


@dataclass(frozen=True)
class Decision:
    """:param refusals: why nothing is begun, sentences; none where it may begin
    :param notices: what the user has to know
    :param new: the version that all shall have, and package: that of the server's package
    :param todo: the names of those that do not have it yet
    """

    refusals: tuple[str, ...]
    notices: tuple[str, ...]
    new: str | None
    package: str | None
    todo: tuple[str, ...]

    def view(self) -> dict[str, Any]:
        of = {"series": series(self.new) if self.new else None}
        return {"refusals": list(self.refusals), "notices": list(self.notices), "new": self.new, "package": self.package, "todo": list(self.todo), **of}


def upstream(package: str) -> str | None:
    """The version of the program in a package's: ``1:11.8.9+ds-0+deb13u1`` is 11.8.9."""
    found = re.match(r"(?:\d+:)?(\d+(?:\.\d+)+)", package)
    return found.group(1) if found else None


def begins_with(version: str, wanted: str) -> bool:
    """Whether a version is of the wanted ones: 11.8 and 11.x of 11.8.9, and 1 is not of 11.8.9."""
    return f"{version}.".startswith(f"{wanted[:-2] if wanted.endswith('.x') else wanted}.")


def series(version: str) -> str:
    return ".".join(version.split(".")[:2])


def choose(candidate: str | None, versions: Sequence[str], wanted: str) -> tuple[str | None, str | None]:
    """The version of a server's package to install, or why there is none: apt's candidate where it is a wanted one, else the newest that is.

    :param versions: all that the sources have, newest first
    :param wanted: what the program's version has to begin with; empty for any
    """
    for version in [candidate, *versions] if candidate else []:
        if not wanted or begins_with(upstream(version) or "", wanted):
            return version, None
    there = ", ".join(dict.fromkeys(upstream(version) or version for version in versions)) or "none"
    return None, f"its package sources have no version that begins with {wanted}; there is {there}" if wanted else "its package sources do not have the server"


def is_done(offer: Offer) -> bool:
    """Whether a member has the version that is offered, and serves with it. Another revision of the package is another version of it."""
    return not offer["changes"]["come"] and not offer["unfinished"] and offer["running"] == offer["new"]


def decide(offers: Mapping[str, Offer | None], rolled: Collection[str], step: Step, tells: Tells, required: Iterable[str] = ()) -> Decision:
    """What holds for all members.

    :param offers: by member, None of one that said nothing
    :param rolled: those that are to be upgraded now
    :param step: of the engine
    :param tells: of the engine
    :param required: packages besides that must not be removed
    """
    silent = [f"{name} did not say what its package sources have" for name, offer in offers.items() if offer is None]
    said = {name: offer for name, offer in offers.items() if offer is not None}
    found = [*silent, *_problems(said), *_differ(said)] or [*_steps(said, step), *_packages(said, {*required, *_NEEDED}), *_settings(said)]
    first = next(iter(said.values()), None)
    todo = tuple(name for name in rolled if name in said and not is_done(said[name]))
    notices = [] if found or not todo or first is None else [*_tells(said, todo, tells), *_defaults(said, todo)]
    return Decision(tuple(found), tuple(notices), first["new"] if first else None, first["package"] if first else None, todo)


def _problems(offers: Mapping[str, Offer]) -> Iterator[str]:
    for name, offer in offers.items():
        if offer["problem"]:
            yield f"{name}: {offer['problem']}"
        left = [*offer["others"], *(one for one in offer["unfinished"] if "/" in one)]
        if left and offer["running"] and not is_done(offer):
            # what a package of somebody else's ends apt with would come when the server is down
            yield f"{name} serves, and dpkg has not finished {', '.join(left)}: have it finish that before (dpkg --configure --pending)"


def _differ(offers: Mapping[str, Offer]) -> list[str]:
    """Of members that would come to different versions no other is the one that was meant."""
    found = {name: offer["package"] for name, offer in offers.items() if not offer["problem"]}
    if len(set(found.values())) < 2:
        return []
    texts = ", ".join(f"{name} {version}" for name, version in found.items())
    return [f"the package sources of the members offer different versions, so that they would not be the same in the end: {texts}"]


def _steps(offers: Mapping[str, Offer], step: Step) -> Iterator[str]:
    for name, offer in offers.items():
        old, new = offer["running"] or offer["has"], offer["new"]
        if offer["older"]:
            yield f"{name} has {offer['has']}, and its package sources offer {offer['package']}, which is older: no server is downgraded"
        elif old and new:
            why = step(old, new)
            if why:
                yield f"{name} cannot go from {old} to {new}: {why}"


def _packages(offers: Mapping[str, Offer], needed: Collection[str]) -> Iterator[str]:
    for name, offer in offers.items():
        come, gone = offer["changes"]["come"], offer["changes"]["gone"]
        if _RELEASE in come:
            yield (
                f"{name}: the packages need another release of the distribution ({_RELEASE} {come[_RELEASE][1]}), and the guest's release stays. Take them from"
                " a repository that is created for the guest's release"
            )
        lost = [package for package in gone if package in needed]
        if lost:
            yield f"{name}: apt would remove {', '.join(lost)}, which the server or the guest needs"


def _settings(offers: Mapping[str, Offer]) -> Iterator[str]:
    for name, offer in offers.items():
        for sentence in offer["trial"]["refused"]:
            yield f"{name}: {sentence}"


def _tells(offers: Mapping[str, Offer], todo: Iterable[str], tells: Tells) -> list[str]:
    found: dict[str, None] = {}
    for name in todo:
        offer = offers[name]
        old, new = offer["running"] or offer["has"], offer["new"]
        if old and new and old != new:
            found.update(dict.fromkeys(tells(old, new)))
        removed = offer["changes"]["gone"]
        if removed:
            found[f"{name}: apt removes {', '.join(removed)}"] = None
    return list(found)


def _defaults(offers: Mapping[str, Offer], todo: Iterable[str]) -> list[str]:
    """By what the new program says; the same for all members once."""
    by_text: dict[str, list[str]] = {}
    for name in todo:
        changed = offers[name]["trial"]["defaults"]
        if changed:
            text = ", ".join(f"{setting} from {old or 'empty'} to {new or 'empty'}" for setting, (old, new) in sorted(_shortened(changed).items()))
            by_text.setdefault(text, []).append(name)
    return [f"settings that are not given have other values with the new version ({', '.join(names)}): {text}" for text, names in by_text.items()]


def _shortened(changed: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, str]]:
    """Of long lists what is in one and not in the other."""
    found = {}
    for name, (old, new) in changed.items():
        before, after = old.split(","), new.split(",")
        only = (",".join(one for one in before if one not in after), ",".join(one for one in after if one not in before))
        found[name] = only if len(before) > 3 else (old, new)
    return found


def text(offers: Mapping[str, Offer | None], decision: Decision) -> str:
    """For people: a line for each member, then what they have to know."""
    lines = []
    for name, offer in offers.items():
        if offer is not None and not offer["problem"]:
            now = f"{name} from {offer['running'] or offer['has']}"
            come = len(offer["changes"]["come"])
            if name in decision.todo:
                lines.append(f"~ upgrade {now} to {offer['package']} ({come} packages)")
            else:
                lines.append(f"  {name} has {offer['running'] or offer['has']}: {'nothing to do' if is_done(offer) else 'it was not named'}")
    return "".join(f"{line}\n" for line in [*lines, *(f"! {notice}" for notice in decision.notices)])
