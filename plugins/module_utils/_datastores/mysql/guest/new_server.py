# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server program that is not installed yet says of the member's settings: it runs from its unpacked packages, reads what the member's server would
read, and starts nothing.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from ...._guest import offered, packages
from ...._model.upgrade import Offer, Trial
from ..rules import catalogue
from ..rules.new_version import changed_defaults, of_both, unknown
from . import trial
from .engines import Engine

_DAEMONS = ("usr/sbin/{}", "usr/bin/{}", "usr/libexec/{}")


def offer(engine: Engine, package: str, running: str | None, wanted: str, repository: Mapping[str, Any], pins: Sequence[Mapping[str, Any]] | None) -> Offer:
    """As offered.offer, of a MariaDB or MySQL server."""
    return offered.offer(package, running, wanted, repository, pins, partial(try_settings, engine))


def try_settings(engine: Engine, apt: packages.Proposed, wanted: Mapping[str, str]) -> Trial:
    """The member's settings, read by the new program. Those of plugins are not: the plugins of the new version are not installed."""
    apt.download(wanted)
    tree = packages.unpack(apt.archives(), apt.place)
    new = copy.copy(engine)
    new.program = (*packages.program(tree, *(path.format(engine.daemon) for path in _DAEMONS)), *engine.program[1:])
    # all that the installed program reads
    options = trial.theirs(engine, "/dev/null")
    old_ones, new_ones = trial.as_read(engine, []), trial.as_read(new, [])
    refused = unknown(options, old_ones, new_ones)
    if not refused:
        takes, said = trial.read(new, of_both(options, old_ones, new_ones))
        refused = [] if takes else [f"the new version does not take its settings: {catalogue.reason(said)}"]
    return {"refused": refused, "defaults": changed_defaults(old_ones, new_ones, options)}
