# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The batches of a resize: volumes while their servers run, then flavors, one member at a time. Pure functions over a plan as plan.make returns it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ..module_utils._datastores.base import ALL, Datastore
from ..module_utils._model.evidence import Word

Data = Mapping[str, Any]
#: entry points of every role that has the verb
VOLUME, DOWN, UP = "volume", "down", "configure"


def of(plan: Data, driver: Datastore, resize: Data) -> dict[str, Any]:
    """What a resize adds to a plan: ``{resize, rolled, waiting, batches}``.

    A batch with ``online`` takes nobody down. Each of a flavor has all of the members to choose from; of instances one, since their order is the plan's: the
    replicas, then the source. `waiting` are those on which Nova waits for a decision: they come first, and are not taken down again.

    :param resize: as trove_resize returns it
    """
    members: Sequence[Data] = resize["members"]
    online = [one["name"] for one in members] if resize["volume_size"] else []
    waiting = [one["name"] for one in members if one["flavor"] == "verify"]
    rolled = [*waiting, *(one["name"] for one in members if one["flavor"] == "todo")]
    volumes = [{"entry_point": VOLUME, "names": [name], "all": False, "online": True} for name in online]
    whole = dict(driver.verbs[plan["verb"]].entry_points)[DOWN] == ALL
    choices = [[name] if driver.instance_type == "instance" else rolled for name in rolled]
    flavors = [{"entry_point": DOWN, "names": names, "all": whole, "online": False} for names in choices]
    batches = [{"number": number, **batch} for number, batch in enumerate([*volumes, *flavors], 1)]
    return {"resize": resize, "rolled": rolled, "waiting": waiting, "batches": batches}


def too_small(plan: Data, driver: Datastore, words: Mapping[str, Word], done: Collection[str]) -> list[str]:
    """Why the flavor is too small for what members hold that do not have it yet: sentences. A member that is silent is refused elsewhere.

    :param done: who had a turn in this run
    """
    flavor = (plan.get("resize") or {}).get("flavor")
    if not flavor:
        return []
    told = {name: words[name].said for name in plan["rolled"] if name not in done and name not in plan["waiting"] and name in words}
    return [
        f"{flavor['name']} is too small for {name}: {why}"
        for name, said in told.items()
        if said is not None and not driver.problems(said)
        for why in driver.too_small(said, flavor["ram"])
    ]
