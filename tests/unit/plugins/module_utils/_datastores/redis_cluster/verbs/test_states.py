# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every state that the module names is made of its own options."""

from __future__ import annotations

import pytest
import yaml
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest.connection import Access, Connections
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.verbs import states
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.verbs.cluster import Nodes
from ansible_collections.stackdb.trove.plugins.modules import trove_redis_cluster

PARAMS = {
    "replicas": 2, "allow_few_masters": True, "may_form": False, "bus_links": {"a": {}}, "members": ["m4"], "weights": {"m1": 2},
    "stray_keys": "keep", "masters": {"m5": "id"}, "accept_lost_slots": True,
}  # fmt: skip


@pytest.mark.parametrize(
    ("state", "kind", "options"),
    [
        ("present", "Present", {"replicas": 2, "few_masters": True, "may_form": False, "bus_links": {"a": {}}, "masters": {"m5": "id"}}),
        ("rebalanced", "Rebalanced", {"weights": {"m1": 2}, "few_masters": True, "named": ["m4"]}),
        ("drained", "Drained", {"leaving": ["m4"], "few_masters": True}),
        ("forgotten", "Forgotten", {"leaving": ["m4"], "few_masters": True}),
        ("purged", "Purged", {"accept_lost_slots": True}),
        ("fixed", "Fixed", {"stray_keys": "keep"}),
    ],
)
def test_a_state_has_its_options(state, kind, options):
    nodes = Nodes(Connections(Access(tls=False), []), 5)
    made = states.make({**PARAMS, "state": state}, nodes)
    assert (type(made).__name__, vars(made)) == (kind, {"nodes": nodes, **options})


def test_the_module_documents_every_state():
    assert yaml.safe_load(trove_redis_cluster.DOCUMENTATION)["options"]["state"]["choices"] == states.NAMES
