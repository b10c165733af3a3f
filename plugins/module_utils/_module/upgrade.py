# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The edge of the modules that upgrade servers: the options that they share, and what these become."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Optional

from .._model import package_sources, upgrade
from .._model.errors import Refused
from .._plan.runner import Reconciler, reconcile
from .._upgrades.server import Downloaded

#: documented in doc_fragments/upgrade.py
OPTIONS: dict[str, Any] = {
    "version": {"type": "str"},
    "repository": {"type": "dict", "default": {}},
    "pins": {"type": "list", "elements": "dict"},
    "required": {"type": "list", "elements": "str", "default": []},
    "offers": {"type": "dict", "default": {}},
    "rolled": {"type": "list", "elements": "str", "default": []},
    "wanted": {"type": "dict", "default": {}},
}
#: what a module is given to read its package sources by: the version, the repository, the pins
Sources = tuple[str, Mapping[str, Any], Optional[Sequence[Mapping[str, Any]]]]


def sources(params: Mapping[str, Any]) -> Sources:
    """:raises InvalidInput: for pins that apt would not understand"""
    pins = None if params["pins"] is None else package_sources.check_pins("pins", params["pins"])
    return params["version"] or "", params["repository"], pins


def decided(params: Mapping[str, Any], step: upgrade.Step, tells: upgrade.Tells, more: Sequence[str] = ()) -> dict[str, Any]:
    """The module's result, from what all have said.

    :param more: why nothing is begun, besides
    :raises Refused: with all reasons
    """
    offers = {name: offer or None for name, offer in params["offers"].items()}
    found = upgrade.decide(offers, params["rolled"], step, tells, params["required"])
    refusals = [*found.refusals, *more]
    if refusals:
        raise Refused(f"Nothing was touched. The members cannot be upgraded: {'; '.join(refusals)}.", refusals=refusals)
    return {"changed": False, "decided": found.view(), "text": upgrade.text(offers, found)}


def downloaded(params: Mapping[str, Any], name: str, package: str, check_mode: bool) -> dict[str, Any]:
    return reconciled(Downloaded(name, package, params["wanted"]), check_mode)


def reconciled(wanted: Reconciler[Any], check_mode: bool) -> dict[str, Any]:
    outcome = reconcile(wanted, check_mode)
    return {"changed": outcome.changed, "plan": outcome.plan.view(), "diff": outcome.diff()}
