# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No openstacksdk: only the names that `_cloud/connection.py` takes from it. Importing the real one is half of the time that a cloud module takes."""

from __future__ import annotations
