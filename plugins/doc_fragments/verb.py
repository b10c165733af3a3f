# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations


class ModuleDocFragment:
    """Of the modules that carry out parts of a verb: what the run knows of itself."""

    DOCUMENTATION = r"""
options:
  plan:
    description: RV(stackdb.trove.trove_plan#module:plan).
    type: dict
    required: true
  options:
    description: RV(stackdb.trove.trove_options#module:options).
    type: dict
    required: true
"""
