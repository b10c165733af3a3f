# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How each verb of the collection is killed on real servers. A new verb gets a line here, and a scenario in tests/playbooks/scenarios.py, or a test fails.

In options and steps ``{name}`` is the name of the cluster or of the source, ``{last}`` that of the member that was made last, ``{lost}`` that of the one which
was lost by the step LOSE.
"""

from __future__ import annotations

from dataclasses import dataclass, field

#: verbs that change nothing: there is nothing to continue
READS = ("cluster_show", "cluster_list", "cluster_check", "instance_show", "replica_show", "replica_check")

#: what somebody does who is not the collection: the last member's server is deleted in Nova; all databases are killed, and stay down; that of the source is
LOSE, OUTAGE, DEAD_SOURCE = "lose", "outage", "dead source"

GALERA, REDIS, REPLICA = "galera", "redis", "replica"


@dataclass(frozen=True)
class Way:
    """How a verb is run in a scenario.

    :param options: of the verb, beside cloud, name and user
    :param before: what brings the servers to where the verb begins: LOSE and its like, or (verb, options), each undisturbed
    :param after: what brings them back to where the scenario begins
    :param writes: whether a client can write all through it
    :param keeps: whether what was written before is there after it
    :param parts: whether a member gets nothing more of what is written, until it is brought back
    """

    options: dict = field(default_factory=dict)
    before: tuple = ()
    after: tuple = ()
    writes: bool = True
    keeps: bool = True
    parts: bool = False


_TWO, _THREE = ("cluster_shrink", {"trove_instances": 2}), ("cluster_grow", {"trove_instances": 3})
_FEWER, _MORE = ("cluster_shrink", {"trove_members": ["{last}"], "trove_drain": True}), ("cluster_grow", {"trove_instances": 3, "trove_rebalance": True})
_SMALL, _MEDIUM = {"trove_flavor": "db.small"}, {"trove_flavor": "db.medium"}
_REPLICA_1 = {"trove_name": "{name}-replica-1"}
_LAST_GONE = ("instance_delete", {"trove_name": "{last}"})
_BACK = ("replica_attach", {**_REPLICA_1, "trove_source": "{name}"})

_NEW = Way(before=(("cluster_delete", {}),), writes=False, keeps=False)
_GONE = Way(after=(("cluster_create", {}),), writes=False, keeps=False)

#: by verb and scenario
VERBS: dict[str, dict[str, Way]] = {
    "cluster_create": {GALERA: _NEW, REDIS: _NEW},
    "cluster_delete": {GALERA: _GONE, REDIS: _GONE},
    "cluster_configure": {
        GALERA: Way({"galera_settings": {"max_connections": 222}}, after=(("cluster_configure", {"galera_settings": {"max_connections": 151}}),)),
        REDIS: Way({"redis_cluster_settings": {"timeout": 555}}, after=(("cluster_configure", {"redis_cluster_settings": {"timeout": 0}}),)),
    },
    "cluster_grow": {GALERA: Way(_THREE[1], before=(_TWO,)), REDIS: Way(_MORE[1], before=(_FEWER,))},
    "cluster_shrink": {GALERA: Way(_TWO[1], after=(_THREE,)), REDIS: Way(_FEWER[1], after=(_MORE,))},
    "cluster_restart": {GALERA: Way(), REDIS: Way({"trove_members": ["{last}"]})},
    "cluster_resize": {
        GALERA: Way(_MEDIUM, after=(("cluster_resize", _SMALL),)),
        REDIS: Way({**_MEDIUM, "trove_members": ["{last}"]}, after=(("cluster_resize", {**_SMALL, "trove_members": ["{last}"]}),)),
    },
    "cluster_stop": {GALERA: Way(after=(("cluster_start", {}),), writes=False), REDIS: Way(after=(("cluster_start", {}),), writes=False)},
    "cluster_start": {GALERA: Way(before=(("cluster_stop", {}),), writes=False), REDIS: Way(before=(("cluster_stop", {}),), writes=False)},
    "cluster_recover": {GALERA: Way(before=(OUTAGE,), writes=False)},
    "cluster_initialize": {GALERA: Way({"trove_members": ["{last}"]})},
    "cluster_replace": {GALERA: Way({"trove_members": ["{lost}"], "trove_delete_volumes": True}, before=(LOSE,))},
    "cluster_rotate": {GALERA: Way({"trove_rotate": ["certificates"]}), REDIS: Way({"trove_rotate": ["certificates"]})},
    "cluster_rebalance": {REDIS: Way()},
    # there are no replicas among three servers: see molecule/redis_day_two
    "cluster_failover": {},
    # an image of the scenarios has the newest version that there is: see docs/upgrade.md
    "cluster_upgrade": {},
    "instance_create": {
        REPLICA: Way(before=(_LAST_GONE, _LAST_GONE, ("instance_delete", {})), after=(("replica_create", {}),), writes=False, keeps=False),
    },
    "instance_configure": {
        REPLICA: Way(
            {"mysql_replication_settings": {"max_connections": 222}},
            after=(("instance_configure", {"mysql_replication_settings": {"max_connections": 151}}),),
        )
    },
    "instance_restart": {REPLICA: Way(_REPLICA_1)},
    # as for cluster_upgrade; staged, with a promotion, too
    "instance_upgrade": {},
    "instance_stop": {REPLICA: Way(after=(("instance_start", {}),), writes=False)},
    "instance_start": {REPLICA: Way(before=(("instance_stop", {}),), writes=False)},
    "instance_rotate": {REPLICA: Way({"trove_rotate": ["certificates"]})},
    "instance_resize": {REPLICA: Way({**_MEDIUM, **_REPLICA_1}, after=(("instance_resize", {**_SMALL, **_REPLICA_1}),))},
    "instance_delete": {REPLICA: Way(_LAST_GONE[1], after=(("replica_create", {}),))},
    "replica_create": {REPLICA: Way(before=(_LAST_GONE,))},
    "replica_recover": {REPLICA: Way(before=(OUTAGE,), writes=False)},
    "replica_attach": {REPLICA: Way(_BACK[1], before=(("replica_detach", _REPLICA_1),))},
    "replica_detach": {REPLICA: Way(_REPLICA_1, after=(_BACK,), parts=True)},
    "replica_promote": {REPLICA: Way(_REPLICA_1, after=(("replica_promote", {}),))},
    # the source that was ejected is given up
    "replica_eject": {
        REPLICA: Way(before=(DEAD_SOURCE,), writes=False, after=(("replica_attach", {"trove_source": "{name}-replica-1"}), ("replica_promote", {})))
    },
    "replica_topology": {
        REPLICA: Way(
            {"trove_contract": {"{name}-replica-1": {"replicates_from": ["{name}"]}, "{last}": {"replicates_from": ["{name}-replica-1"]}, "{name}": {}}},
            after=(
                ("replica_topology", {"trove_contract": {"{name}": {"replicates_to": ["{name}-replica-1", "{last}"]}, "{name}-replica-1": {}, "{last}": {}}}),
            ),
        )
    },
}
