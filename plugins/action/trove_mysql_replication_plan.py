# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible.plugins.action import ActionBase

from ..module_utils._datastores.mysql_replication.rules import topology
from ..module_utils._datastores.mysql_replication.rules.info import Word
from ..module_utils._model.errors import Refused, TroveError

_NAMES = {"type": "list", "elements": "str", "default": []}
SPEC = {
    "verb": {"type": "str", "choices": [*topology.VERBS], "required": True},
    "members": {"type": "list", "elements": "str", "required": True},
    "silent": _NAMES,
    "word": {"type": "str", "required": True},
    "source": {"type": "str"},
    "candidate": {"type": "str"},
    "leaving": _NAMES,
    "returning": _NAMES,
    "chain": {"type": "bool", "default": False},
    "ring": _NAMES,
    "later": {"type": "bool", "default": False},
    "contracts": {"type": "dict", "default": {}},
    "refill": _NAMES,
    "tried": {"type": "bool", "default": False},
    "defers": {"type": "bool", "default": False},
    "last": {"type": "str"},
    "addresses": {"type": "dict", "default": {}},
}


def words(names: Iterable[str], task_vars: Mapping[str, Any], variable: str) -> dict[str, Word]:
    """What the members said, ``{name: result}``. A host that failed or was unreachable since is not asked for what it said before."""
    found: dict[str, Word] = {}
    for name in names:
        if name in task_vars["ansible_play_hosts"]:
            said: Any = task_vars["hostvars"][name].get(variable) or {}
            if "replication" in said:
                found[name] = said
    return found


def answer(given: Mapping[str, Any], names: Sequence[str], heard: Mapping[str, Word], check_mode: bool) -> dict[str, Any]:
    """The plugin's result, for its checked options and what the members said."""
    options = {name: given[name] for name in ("source", "candidate", "leaving", "returning", "chain", "ring", "contracts", "refill", "tried", "defers")}
    try:
        decided = topology.decide(given["verb"], names, heard, **options)
        # of those that are silent, whom a firewall has to let in all the same
        silent = {name: given["addresses"][name] for name in decided["silent"] if given["addresses"].get(name)}
        return {"changed": False, **decided, "addresses": {**silent, **decided["addresses"]}}
    except Refused as error:
        if not (given["later"] and check_mode):
            return _refused(error)
        warning = f"{given['verb']} was not judged, since the steps before it are not done in check mode. On what there is now: {error.message}"
        return {"changed": False, **topology.undecided(given["verb"], names, heard), "warnings": [warning]}
    except TroveError as error:
        return _refused(error)


def _refused(error: TroveError) -> dict[str, Any]:
    return {"failed": True, "changed": False, "msg": error.message, **error.details}


class ActionModule(ActionBase):
    """Runs on the controller only. Documented in plugins/modules/trove_mysql_replication_plan.py."""

    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _checked, given = self.validate_argument_spec(SPEC)
        names = list(dict.fromkeys([*given["members"], *given["silent"]]))
        heard = words([name for name in names if name not in given["silent"]], task_vars, given["word"])
        if given["last"]:
            # of those that were asked once more after all others
            heard.update(words(heard, task_vars, given["last"]))
        return answer(given, names, heard, self._task.check_mode)
