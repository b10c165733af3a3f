# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  version:
    description: With O(state=offered), what the new version has to begin with, such as V(11.8). Without it the newest that the sources prefer is taken.
    type: str
  repository:
    description: With O(state=offered), a package source that the guest would have besides, as options of M(ansible.builtin.deb822_repository).
    type: dict
    default: {}
  pins:
    description: >-
      With O(state=offered), what the packages are preferred by, C(packages), C(pin) and C(priority) each. Without it the guest's pins count.
    type: list
    elements: dict
  required:
    description: With O(state=decided), packages that must not be removed.
    type: list
    elements: str
    default: []
  offers:
    description: With O(state=decided), by name what O(state=offered) has returned, an empty dictionary for one that said nothing.
    type: dict
    default: {}
  rolled:
    description: With O(state=decided), the names of those that are to be upgraded.
    type: list
    elements: str
    default: []
  wanted:
    description: With O(state=downloaded) and O(state=upgraded), the version of each of the server's packages.
    type: dict
    default: {}
"""
