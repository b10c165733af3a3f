# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a guest's package sources offer for its server, and what the new program says of it; nothing of the guest is touched."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .._model.upgrade import Offer, Trial, choose, upstream
from . import packages
from .command import GuestError

#: has the new program, whose packages it downloads, read the settings of the server
Try = Callable[[packages.Proposed, Mapping[str, str]], Trial]


def offer(package: str, running: str | None, wanted: str, repository: Mapping[str, Any], pins: Sequence[Mapping[str, Any]] | None, attempt: Try) -> Offer:
    """What this guest has, and what its package sources offer.

    :param package: the server's
    :param running: the version of the server that answers
    :param wanted: what the new version has to begin with; empty for the newest
    :param repository: options of deb822_repository that the sources would have besides; empty for none
    :param pins: as package_sources.check_pins returns them; None for those that there are
    :raises GuestError: where apt cannot be asked
    """
    there = packages.installed(package)
    found: Offer = {
        "running": running,
        "has": upstream(there["versions"].get(package, "")),
        "new": None,
        "package": None,
        "wanted": {},
        "older": False,
        "unfinished": there["unfinished"],
        "others": there["others"],
        "changes": {"come": {}, "gone": []},
        "trial": {"refused": [], "defaults": {}},
        "problem": None,
    }
    with packages.proposed(repository, pins) as apt:
        apt.update()
        versions = apt.versions([package, *there["versions"]])
        target, why = choose(apt.candidate(package), versions[package], wanted)
        if target is None:
            return {**found, "problem": why}
        found = {**found, "package": target, "new": upstream(target), "wanted": dict.fromkeys(there["versions"], target)}
        missing = [name for name in there["versions"] if target not in (there["versions"][name], *versions[name])]
        if missing:
            return {**found, "problem": f"its package sources have {package} {target}, and not {', '.join(missing)} of the same version, which are installed"}
        current = there["versions"].get(package, target)
        if packages.is_older(target, current):
            return {**found, "older": True}
        try:
            found = {**found, "changes": apt.changes(found["wanted"])}
        except GuestError as error:
            return {**found, "problem": f"apt cannot install {target}: {error.message}"}
        if target == current or (running is None and there["unfinished"]):
            # its program may be half unpacked, and is replaced in any case
            return found
        try:
            return {**found, "trial": attempt(apt, found["wanted"])}
        except GuestError as error:
            return {**found, "problem": f"the program of {target} could not be tried: {error.message}"}
