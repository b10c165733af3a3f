# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of a Galera member that it does not take while it runs, whatever the server says of them."""

from __future__ import annotations

#: a SET of them would have the member leave its cluster, or is not possible at all
FIXED = frozenset({"wsrep_cluster_name", "wsrep_node_address", "wsrep_node_name", "wsrep_on", "wsrep_provider", "wsrep_provider_options"})
