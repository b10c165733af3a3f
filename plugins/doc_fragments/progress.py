# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  progress:
    description:
      - A file to which the plan is written before its first step, and a line every second while the module works or waits, since a module can show nothing
        before it ends.
      - Without it a task that may take long has a file of its own, and ansible-playbook shows the last line of it now and then while the task runs.
    type: path
"""
