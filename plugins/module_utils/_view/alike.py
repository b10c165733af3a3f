# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where members are not alike that should be: versions, settings, what was asked for, and the CAs that they trust. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from .._datastores.base import Datastore
from . import certificates
from .table import Data

_WARNING = "warning"


def judge(driver: Datastore, names: Sequence[str], words: Mapping[str, Data], noted: str | None) -> Iterator[tuple[str | None, str, str, str]]:
    """``(member or None, kind, sentence, severity)`` of each difference; who is down knows little of itself, and is compared by its version alone.

    :param names: of the members that should be alike
    :param noted: the version that the cluster was created with
    """
    said = {name: words[name]["said"] for name in names if words.get(name, {}).get("said")}
    standings = {name: driver.standing(word) for name, word in said.items()}
    versions = {name: standing.version for name, standing in standings.items() if standing.version}
    yield from _differ("version", "the versions differ", versions)
    for name, version in versions.items():
        if noted and not f"{version}.".startswith(f"{noted}."):
            yield name, "version", f"its server is {version}, and the cluster is of version {noted}", _WARNING
    serving = [name for name, word in said.items() if not driver.problems(word)]
    for aspect in dict.fromkeys(aspect for name in serving for aspect in standings[name].same or {}):
        values = {name: (standings[name].same or {}).get(aspect) for name in serving}
        yield from _differ("settings", f"the {aspect} differs", {name: value for name, value in values.items() if value is not None})
    yield from _asked({name: word.get("asked_for") or {} for name, word in said.items()})
    # files that are not there are known of one that is down, too
    told = [name for name, word in said.items() if name in serving or (word.get("tls") and certificates.authorities(word["tls"]) == "none")]
    yield from _differ("certificate", "the CAs that are trusted differ", {name: certificates.authorities(said[name].get("tls")) for name in told})


def _asked(digests: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str | None, str, str, str]]:
    """Options of the role that members keep otherwise than others, without their values; one that some do not keep yet has its default there."""
    for option in sorted({option for own in digests.values() for option in own}):
        groups: dict[str, list[str]] = {}
        for name in sorted(digests):
            if option in digests[name]:
                groups.setdefault(digests[name][option], []).append(name)
        if len(groups) > 1:
            first, *others = (", ".join(names) for names in sorted(groups.values()))
            told = "; ".join(f"{names} another" for names in others)
            yield None, "settings", f"{option} was not asked for alike: of {first} it has one value, of {told}", _WARNING


def _differ(kind: str, text: str, values: Mapping[str, object]) -> Iterator[tuple[str | None, str, str, str]]:
    if len({*map(str, values.values())}) > 1:
        yield None, kind, f"{text}: {', '.join(f'{name} has {value}' for name, value in sorted(values.items()))}", _WARNING
