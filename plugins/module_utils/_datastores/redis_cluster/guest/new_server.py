# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server program that is not installed yet says of the node's settings: it is started from its unpacked packages, on no port, with no data."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from ...._guest import offered, packages
from ...._model.errors import InvalidInput
from ...._model.upgrade import Offer, Trial
from ..rules import upgrade_paths
from . import local, trial

#: of the role's own, which name files and places of the node
_LEFT_OUT = (
    "dir", "aclfile", "port", "masterauth", "masteruser", "requirepass", "logfile", "daemonize", "supervised", "user",
)  # fmt: skip
_PREFIXES = ("tls-", "cluster-")


def offer(
    engine: str, user: str, program: str, wanted: str, repository: Mapping[str, Any], pins: Sequence[Mapping[str, Any]] | None, running: str | None
) -> Offer:
    """As offered.offer.

    :param engine: redis or valkey, as Debian names packages and programs
    :param user: as whom the server runs
    :param program: the one that is installed
    """
    attempt = partial(try_settings, engine, user, program)
    return offered.offer(f"{engine}-server", running, wanted, repository, pins, attempt)


def try_settings(engine: str, user: str, program: str, apt: packages.Proposed, wanted: Mapping[str, str]) -> Trial:
    """The settings that the node keeps, read by the new program; and what the two programs have by themselves."""
    kept = local.kept_settings()
    migrating = upgrade_paths.migrates(kept)
    if migrating:
        return {"refused": [migrating], "defaults": {}}
    apt.download(wanted)
    tree = packages.unpack(apt.archives(), apt.place)
    new = _script(apt.place, packages.program(tree, f"usr/bin/{engine}-server", f"usr/sbin/{engine}-server"))
    settings = {name: value for name, value in kept.items() if name not in _LEFT_OUT and not name.startswith(_PREFIXES)}
    try:
        trial.attempt(new, user, settings)
    except InvalidInput as error:
        return {"refused": [f"the new version does not take its settings: {error.message.rstrip('.')}"], "defaults": {}}
    old_ones, new_ones = (trial.attempt(one, user, {}).values for one in (program, new))
    changed = {name: [old_ones[name], value] for name, value in new_ones.items() if name in old_ones and old_ones[name] != value and name not in settings}
    return {"refused": [], "defaults": {name: pair for name, pair in changed.items() if not name.startswith(("tls-", "dir", "unixsocket", "pidfile"))}}


def _script(place: str, words: Sequence[str]) -> str:
    """A program that is one word."""
    path = os.path.join(place, "server")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f'#!/bin/sh\nexec {" ".join(words)} "$@"\n')
    os.chmod(path, 0o755)
    return path
