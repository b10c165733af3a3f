# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import time
from pathlib import Path

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: timeline
type: aggregate
short_description: Write down when each task ran on each host
description:
  - The file gets a list with a dictionary for each task and host, with task, action, host, address, start, end, changed and failed.
    Times are in seconds since the epoch; the address is ansible_host where the host has one.
options:
  path:
    description: The file that is written at the end of the run.
    type: path
    required: true
    env:
      - name: BENCHMARK_TIMELINE
"""

class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "timeline"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self):
        super().__init__()
        self._started = {}
        self._rows = []

    def v2_runner_on_start(self, host, task):
        self._started[host.name, task._uuid] = time.time()

    def v2_runner_on_ok(self, result):
        self._ended(result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._ended(result, failed=not ignore_errors)

    def v2_runner_on_unreachable(self, result):
        self._ended(result, failed=True)

    def v2_runner_on_skipped(self, result):
        self._ended(result)

    def _ended(self, result, failed=False):
        self._rows.append(
            {
                "task": result.task.get_name(),
                "action": result.task.resolved_action or result.task.action,
                "host": result.host.name,
                "address": result.host.vars.get("ansible_host"),
                "start": self._started.pop((result.host.name, result.task._uuid)),
                "end": time.time(),
                "changed": bool(result.result.get("changed")),
                "failed": failed,
            }
        )

    def v2_playbook_on_stats(self, stats):
        Path(self.get_option("path")).write_text(json.dumps(self._rows))
