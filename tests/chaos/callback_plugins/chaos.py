# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Notes each boundary of a run, the start of a task and each result of a host, and says when the one is reached at which the run is to be killed.

CHAOS_LOG is a file to which one JSON document is written a boundary: ``{number, what: start|result, task, host, at}``. With CHAOS_STOP_AT the run waits at the
boundary of that number, after the file CHAOS_REACHED was made, for its death; with CHAOS_AFTER, in seconds, the file is made so long after that boundary, and
the run does not wait. Who started it kills it (killing.py). For tests only: not a part of the collection.
"""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: chaos
type: aggregate
short_description: Says where a run is to be killed
description: For tests only.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "chaos"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self):
        super().__init__()
        self.log, self.reached = os.environ.get("CHAOS_LOG"), os.environ.get("CHAOS_REACHED")
        self.stop_at, self.after = int(os.environ.get("CHAOS_STOP_AT", "0")), os.environ.get("CHAOS_AFTER")
        self.number, self.began = 0, time.monotonic()

    def v2_playbook_on_task_start(self, task, is_conditional):
        self._pass("start", task.get_name(), None)

    def v2_playbook_on_handler_task_start(self, task):
        self._pass("start", task.get_name(), None)

    def v2_runner_on_ok(self, result):
        self._of(result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._of(result)

    def v2_runner_on_unreachable(self, result):
        self._of(result)

    def _of(self, result):
        result = getattr(result, "_result_for_callback", result)
        task, host = getattr(result, "task", None) or result._task, getattr(result, "host", None) or result._host
        self._pass("result", task.get_name(), host.get_name())

    def _pass(self, what, task, host):
        self.number += 1
        if self.log:
            with open(self.log, "a", encoding="utf-8") as file:
                event = {"number": self.number, "what": what, "task": task, "host": host, "at": round(time.monotonic() - self.began, 3)}
                file.write(json.dumps(event) + "\n")
        if self.reached and self.number == self.stop_at:
            if self.after:
                threading.Thread(target=self._later, daemon=True).start()
                return
            self._say()
            time.sleep(3600)

    def _later(self):
        time.sleep(float(self.after))
        self._say()

    def _say(self):
        Path(self.reached).write_text(str(self.number), encoding="ascii")
