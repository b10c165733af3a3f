# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module has done so far, shown while it runs: a module can print nothing before it ends, but it can write a file, which is read meanwhile.

The module runs as any other does: not in the background, so that it notices when its controller is gone, and a run that is killed leaves nothing else
behind than it did before. The file is read by a connection of its own, and whatever goes wrong with that is of no importance to the task.
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

#: seconds until a file is read for the first time; each time later half as long again, up to the last one
_FIRST, _LAST = 1.0, 30.0


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
        path = f"/run/stackdb-trove-progress-{uuid4().hex}"
        host = task_vars["inventory_hostname"]
        read = self._reader()
        try:
            with shown(lambda: read(f"tail -n 1 {shlex.quote(path)}"), lambda line: Display().display(f"{host}: {line}")):
                return self._module({**arguments, "progress": path}, task_vars)
        finally:
            read(f"rm -f {shlex.quote(path)}")

    def _module(self, arguments: dict[str, Any], task_vars: Any, in_background: bool = False) -> dict[str, Any]:
        result: dict[str, Any] = self._execute_module(module_args=arguments, task_vars=task_vars, wrap_async=in_background)
        return result

    def _reader(self) -> Callable[[str], str]:
        """What runs a command on the host beside the module, and returns its words, none where it fails.

        Connection and become keep what belongs to the command that runs, so the reader has copies of both.
        """
        reader = copy.copy(self)
        reader._connection = copy.copy(self._connection)
        if self._connection.become is not None:
            reader._connection.set_become_plugin(copy.copy(self._connection.become))

        def read(command: str) -> str:
            with suppress(AnsibleError, OSError):
                found = reader._low_level_execute_command(command)
                return str(found["stdout"]).strip() if found["rc"] == 0 else ""
            return ""

        return read


@contextmanager
def shown(read: Callable[[], str], show: Callable[[str], None], first: float = _FIRST, last: float = _LAST) -> Iterator[None]:
    """A context in which what is read is shown now and then, when it has changed.

    :param read: the last line; empty for none
    """
    over = threading.Event()

    def tell() -> None:
        pause, before = first, ""
        while not over.wait(pause):
            line = read()
            if line and line != before and not over.is_set():
                show(line)
            pause, before = min(1.5 * pause, last), line or before

    thread = threading.Thread(target=tell, name="stackdb-trove-progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
