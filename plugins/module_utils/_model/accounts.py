# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Accounts whose names several parts know."""

from __future__ import annotations

#: the user of the guest that exporters run as, and the account of the database, which is found by that user where sockets say who comes
EXPORTER = "trove_metrics"
