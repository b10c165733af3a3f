# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is decided about all members from what they said, wherever that is done: on the controller, or on a member that goes on with its own part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import choice, cluster_state, donors, start

#: of O(state) of trove_galera, what needs nothing but the members' words
ON_CONTROLLER = ("planned", "serving")


def choose(params: Mapping[str, Any]) -> choice.Choice:
    """Who begins and who joins.

    :param params: the options of trove_galera
    :raises Refused: where that could cost data, or is in doubt
    """
    cluster_state.check_versions(params["members"], params["version"])
    if params["from_stop"]:
        return start.choose_stopped(params["members"], params["cluster_name"])
    return choice.choose(params["members"], params["cluster_name"], params["may_bootstrap"])


def view(chosen: choice.Choice, members: Mapping[str, Any]) -> dict[str, Any]:
    """It as the module returns it."""
    return {"actions": chosen.actions, "bootstrap": chosen.bootstrap, "mixed": donors.is_mixed(members)}


def on_controller(params: Mapping[str, Any]) -> dict[str, Any]:
    """The result of a state of `ON_CONTROLLER`.

    :raises Refused: as `choose`, or where the members do not serve in one cluster
    """
    if params["state"] == "serving":
        cluster_state.check_serving(params["members"])
        return {"changed": False}
    return {"changed": False, **view(choose(params), params["members"])}
