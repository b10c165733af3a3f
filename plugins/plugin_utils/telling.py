# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module is going to do and has done so far, shown while it runs: it can print nothing before it ends, but it can write a file, which is read meanwhile.

The module runs as any other does, not in the background. On a guest the file is read by a connection of its own, and whatever goes wrong with that is of no
importance to the task. The module deletes it when it ends, since a run that was killed cannot.
"""

from __future__ import annotations

import copy
import shlex
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from uuid import uuid4

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ..module_utils._model.progress import heard_by
from ..module_utils._module.progress import OWN, TOLD, Heard
from . import in_process

#: seconds until a file is read for the first time; each time later half as long again, up to the last one
_FIRST, _LAST = 1.0, 30.0
#: a plan's steps begin with it
_SIGNS = ("+ ", "~ ", "- ")


class TellingAction(ActionBase):
    """Runs the module of its own name, which has an option ``progress``: a file to which lines are appended.

    A plugin inherits it, and says by `tells` for which tasks it is worth it.
    """

    _supports_check_mode = True
    _supports_async = True

    def tells(self, arguments: dict[str, Any]) -> bool:
        """Whether the module with these arguments may take long."""
        raise NotImplementedError

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        arguments = dict(self._task.args)
        in_background = bool(self._task.async_val)
        if in_background or self._task.check_mode or arguments.get("progress") or not self.tells(arguments):
            return self._module(arguments, task_vars, in_background)
        path = f"{OWN}{uuid4().hex}"
        read, quoted = self._reader(), shlex.quote(path)
        lines = f"grep '^[-+~] ' {quoted}; tail -n 1 {quoted}"
        told = Told(task_vars["inventory_hostname"])
        with shown(lambda: read(lines), told.lines):
            result = self._module({**arguments, "progress": path}, task_vars)
        told.plan(result.pop(TOLD, []))
        return result

    def _module(self, arguments: dict[str, Any], task_vars: Any, in_background: bool = False) -> dict[str, Any]:
        result: dict[str, Any] = self._execute_module(module_args=arguments, task_vars=task_vars, wrap_async=in_background)
        return result

    def _reader(self) -> Callable[[str], list[str]]:
        """What runs a command on the host beside the module, and returns the lines that it printed, none where it fails.

        Connection and become keep what belongs to the command that runs, so the reader has copies of both.
        """
        reader = copy.copy(self)
        reader._connection = copy.copy(self._connection)
        if self._connection.become is not None:
            reader._connection.set_become_plugin(copy.copy(self._connection.become))

        def read(command: str) -> list[str]:
            with suppress(AnsibleError, OSError):
                found = reader._low_level_execute_command(command)
                return str(found["stdout"]).splitlines() if found["rc"] == 0 else []
            return []

        return read


def on_controller(action: ActionBase, module: str, arguments: dict[str, Any], task_vars: Any, told: Told | None = None) -> dict[str, Any]:
    """The result of a module of ours that talks to the cloud, from the controller; what it waits for is shown while it runs.

    :param module: its name, without the collection's
    :param told: where the steps of its plan are to be shown, too, before the first one; what was is known there afterwards
    """
    plan, told = told is not None, told or Told((task_vars or {}).get("inventory_hostname", "localhost"))
    heard = Heard()

    def lines() -> list[str]:
        return [*(heard.steps if plan else []), *([heard.last] if heard.last else [])]

    try:
        with heard_by(heard), shown(lines, told.lines):
            return in_process.run(module, arguments, action._task.check_mode, action._loader.get_basedir(), _environment(action))
    finally:
        told.plan(lines())


def _environment(action: ActionBase) -> dict[str, str]:
    """What the keyword ``environment`` of the task and of what it is in says, as for a module that runs as a process."""
    found: dict[str, Any] = {}
    action._compute_environment_string(found)
    return {str(name): str(value) for name, value in found.items()}


class Told:
    """What was shown of one host; nothing is shown twice."""

    def __init__(self, host: str):
        self._host, self._shown = host, set[str]()

    def lines(self, found: list[str]) -> None:
        for line in found:
            if line and line not in self._shown:
                self._shown.add(line)
                Display().display(f"{self._host}: {line}")

    def plan(self, found: list[str]) -> None:
        """Show those of the lines that are steps."""
        self.lines([line for line in found if line.startswith(_SIGNS)])

    def rest(self, text: str) -> str:
        """Of a plan's text the lines that were not shown."""
        return "".join(line for line in text.splitlines(keepends=True) if line.rstrip("\n") not in self._shown)


@contextmanager
def shown(read: Callable[[], list[str]], show: Callable[[list[str]], None], first: float = _FIRST, last: float = _LAST) -> Iterator[None]:
    """A context in which what is read is shown now and then."""
    over = threading.Event()

    def tell() -> None:
        pause = first
        while not over.wait(pause):
            lines = read()
            if not over.is_set():
                show(lines)
            pause = min(1.5 * pause, last)

    thread = threading.Thread(target=tell, name="stackdb-trove-progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
