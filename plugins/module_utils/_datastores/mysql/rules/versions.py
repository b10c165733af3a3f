# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions of the engines that the roles can set up, newest last: for Galera and for replication alike."""

from __future__ import annotations

MARIADB = ("10.6", "10.11", "11.4", "11.8")
MYSQL = ("8.0", "8.4", "9.x")
