# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of a Galera member: which of them it takes while it runs, and which wait for a restart."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ...mysql.rules import settings

#: a SET of them would have the member leave its cluster, or is not possible at all
_FIXED = {"wsrep_cluster_name", "wsrep_node_address", "wsrep_node_name", "wsrep_on", "wsrep_provider", "wsrep_provider_options"}
#: what a server never shows
_HIDDEN = {"wsrep_sst_auth"}


def waiting(wanted: Mapping[str, str], live: Mapping[str, str], at_start: Collection[str]) -> tuple[dict[str, list[object]], list[str]]:
    """``(settable, pending)``: ``{name: [live value, wanted value]}`` and the names that only a restart brings.

    What is no variable, such as plugin_load_add, may have been changed or not: it counts as pending.

    :param at_start: the names that the server itself calls read-only
    """
    found = {
        name: [has, wants]
        for name, (has, wants) in settings.differences(wanted, live).items()
        if name not in _HIDDEN and not (name == "wsrep_provider_options" and _among_options(str(wants), has))
    }
    fixed = {*at_start, *_FIXED}
    unknown = [name for name in wanted if name not in live and name not in _HIDDEN and not name.startswith("loose_")]
    return {name: pair for name, pair in found.items() if name not in fixed}, sorted([name for name in found if name in fixed] + unknown)


def _among_options(wanted: str, live: str) -> bool:
    """The provider shows all of its options, so those that are wanted have to be among them."""
    shown = _options(live)
    return all(key in shown and settings.same(value, shown[key]) for key, value in _options(wanted).items())


def _options(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(";") if part.strip())
    return {key.strip(): value.strip() for key, _equals, value in pairs}
