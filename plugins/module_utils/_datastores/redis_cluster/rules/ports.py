# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ports of a Redis Cluster, for the driver, the modules and the role. Source: Redis documentation, "Scale with Redis Cluster"."""

from __future__ import annotations

#: for clients
PORT = 6379
#: a node's cluster bus is at its port plus this, where cluster-port is not set
BUS_OFFSET = 10000
BUS_PORT = PORT + BUS_OFFSET
