# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The verbs, each as it is run here: on what, with which variables, who must prove what. The names are those of clouds.py."""

from __future__ import annotations

from dataclasses import dataclass, field

READS, DELETES, CREATES, CHANGES = "reads", "deletes", "creates", "changes"

SHOP = ("shop-1", "shop-2", "shop-3")
SESS = ("sess-member-1", "sess-member-2", "sess-member-3", "sess-member-4")
ORDERS = ("orders", "orders-replica-1", "orders-replica-2")
GOODS = ("goods", "goods-back")
SOURCES = {"orders": None, "orders-replica-1": "orders", "orders-replica-2": "orders"}
_NEW = {
    "trove_datastore_version": "10.11", "trove_flavor": "db.small", "trove_image": "debian-12", "trove_networks": ["db-net"], "trove_volume_size": 5,
    "trove_key_name": "ops",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Scenario:
    """A verb as it is run.

    :param kind: what it does in the cloud when all goes well
    :param members: who serves at its beginning, and is in the play
    :param joining: who is created by it
    :param leaving: who is deleted by it, or (with DELETES) all that goes
    :param dead: who is unreachable for good, as it has to be
    :param subject: the instance that it is about
    :param changed: whose contract is another one at its end
    :param of: what tells it from another one of the same verb
    """

    verb: str
    datastore: str
    kind: str
    variables: dict
    members: tuple = ()
    joining: tuple = ()
    leaving: tuple = ()
    dead: tuple = ()
    subject: str | None = None
    changed: tuple = ()
    sources: dict = field(default_factory=dict)
    #: whose server is restarted by it, where it is not all
    rolled: tuple = ()
    #: whether the databases of all members are stopped at its beginning, by a verb that has left the task STOPPED
    stopped: bool = False
    #: the member whose server somebody has deleted before
    lost: str = ""
    of: str = ""

    @property
    def id(self):
        return "-".join(filter(None, (self.verb, self.datastore, self.of)))

    @property
    def proving(self):
        """Whose word is needed at the end."""
        return tuple(name for name in (*self.members, *self.joining) if name not in (*self.leaving, *self.dead))

    @property
    def task(self):
        """What is noted on its members when it has ended well."""
        return "STOPPED" if self.verb.endswith("_stop") else "NONE"

    @property
    def driver(self):
        """Once the staged collection can be imported."""
        from ansible_collections.stackdb.trove.plugins.module_utils._datastores import registry

        return registry.of_instance("mariadb") if self.datastore == "instance" else registry.of_cluster(self.datastore)

    def script(self, troubles):
        dead = [{"who": name, "what": "unreachable", "since": "start"} for name in self.dead]
        serving = [name for name in self.members if name not in (*self.dead, self.lost)]
        return {
            "datastore": self.datastore,
            "members": [] if self.stopped else serving,
            "stopped": serving if self.stopped else [],
            "sources": self.sources,
            "troubles": [*dead, *(trouble.view() for trouble in troubles)],
        }


def _shop(verb, kind, **fields):
    return Scenario(verb, "mariadb", kind, {"trove_name": "shop", **fields.pop("variables", {})}, fields.pop("members", SHOP), **fields)


def _sess(verb, kind, **fields):
    return Scenario(verb, "redis", kind, {"trove_name": "sess", **fields.pop("variables", {})}, fields.pop("members", SESS), **fields)


def _orders(verb, kind, subject, **fields):
    variables = fields.pop("variables", {"trove_name": subject})
    return Scenario(verb, "instance", kind, variables, ORDERS, subject=subject, sources=SOURCES, **fields)


def _fresh(**changes):
    return {**_NEW, "trove_name": "fresh", "trove_instances": 3, **changes}


SCENARIOS = (
    Scenario("cluster_create", "mariadb", CREATES, _fresh(), joining=("fresh-1", "fresh-2", "fresh-3")),
    Scenario(
        "cluster_create", "redis", CREATES, _fresh(trove_datastore="redis", trove_datastore_version="7.0", trove_allow_few_masters=False),
        joining=("fresh-member-1", "fresh-member-2", "fresh-member-3"),
    ),
    _shop("cluster_grow", CREATES, variables={"trove_instances": 4}, joining=("shop-4",)),
    _sess("cluster_grow", CREATES, variables={"trove_instances": 5, "trove_rebalance": True}, joining=("sess-member-5",)),
    _shop("cluster_shrink", CHANGES, variables={"trove_instances": 2}, leaving=("shop-3",)),
    _sess("cluster_shrink", CHANGES, variables={"trove_members": ["sess-member-4"], "trove_drain": True}, leaving=("sess-member-4",)),
    _shop("cluster_configure", CHANGES),
    _sess("cluster_configure", CHANGES),
    _sess("cluster_rebalance", CHANGES),
    _shop("cluster_rotate", CHANGES, variables={"trove_rotate": ["certificates"]}),
    _sess("cluster_rotate", CHANGES, variables={"trove_rotate": ["certificates"]}),
    _sess("cluster_rotate", CHANGES, variables={"trove_rotate": ["passwords"]}, of="passwords"),
    _shop("cluster_restart", CHANGES),
    # there are no replicas, so masters have to be named
    _sess("cluster_restart", CHANGES, variables={"trove_members": list(SESS)}),
    _shop("cluster_upgrade", CHANGES),
    _sess("cluster_upgrade", CHANGES, variables={"trove_members": list(SESS)}),
    _shop("cluster_resize", CHANGES, variables={"trove_flavor": "db.large", "trove_volume_size": 8}),
    _sess("cluster_resize", CHANGES, variables={"trove_members": list(SESS), "trove_flavor": "db.large"}),
    _shop("cluster_stop", CHANGES),
    _sess("cluster_stop", CHANGES, variables={"trove_stop_servers": True}),
    _shop("cluster_start", CHANGES, stopped=True),
    _sess("cluster_start", CHANGES, stopped=True),
    _shop("cluster_recover", CHANGES, stopped=True),
    _sess("cluster_recover", CHANGES, stopped=True),
    _sess("cluster_failover", CHANGES, variables={"trove_members": ["sess-member-4"]}, sources={"sess-member-4": "sess-member-2"}, rolled=("sess-member-4",)),
    _shop("cluster_show", READS),
    _sess("cluster_show", READS),
    _shop("cluster_check", READS),
    _sess("cluster_check", READS),
    _shop("instance_show", READS, variables={"trove_name": "shop-1"}, members=("shop-1",)),
    _sess("instance_show", READS, variables={"trove_name": "sess-member-2"}, members=("sess-member-2",)),
    _orders("instance_show", READS, "orders-replica-2"),
    Scenario("cluster_list", "mariadb", READS, {}),
    _shop("cluster_delete", DELETES, leaving=SHOP),
    _sess("cluster_delete", DELETES, leaving=SESS),
    Scenario("instance_create", "instance", CREATES, {**_NEW, "trove_name": "single"}, joining=("single",), subject="single"),
    _orders("instance_configure", CHANGES, "orders"),
    _orders("instance_rotate", CHANGES, "orders", variables={"trove_name": "orders", "trove_rotate": ["certificates"]}),
    _orders("instance_restart", CHANGES, "orders-replica-1", rolled=("orders-replica-1",)),
    _orders("instance_upgrade", CHANGES, "orders"),
    _orders("instance_stop", CHANGES, "orders", variables={"trove_name": "orders", "trove_stop_servers": True}),
    _orders("instance_start", CHANGES, "orders", stopped=True),
    _orders("instance_resize", CHANGES, "orders", variables={"trove_name": "orders", "trove_flavor": "db.large"}),
    _orders("instance_delete", DELETES, "orders-replica-2", leaving=("orders-replica-2",), changed=("orders",)),
    _orders(
        "replica_create", CREATES, "orders", variables={"trove_source": "orders", "trove_count": 3}, joining=("orders-replica-3",), changed=("orders",)
    ),
    _orders("replica_show", READS, "orders"),
    _orders("replica_check", READS, "orders-replica-1"),
    _orders("replica_recover", CHANGES, "orders", stopped=True),
    Scenario(
        "replica_attach", "instance", CHANGES, {"trove_name": "goods-back", "trove_source": "goods"}, GOODS, subject="goods-back", changed=GOODS,
        sources=dict.fromkeys(GOODS),
    ),
    _orders(
        "replica_topology", CHANGES, "orders-replica-1", changed=ORDERS, variables={
            "trove_name": "orders",
            "trove_contract": {"orders-replica-1": {"replicates_to": ["orders"]}, "orders": {}, "orders-replica-2": {"writeable": True}},
        },
    ),
    _orders("replica_detach", CHANGES, "orders-replica-2", changed=("orders", "orders-replica-2")),
    _orders("replica_promote", CHANGES, "orders-replica-1", changed=ORDERS),
    _orders("replica_eject", CHANGES, "orders", dead=("orders",), changed=ORDERS),
)  # fmt: skip

#: of verbs that have tests of their own, what docs/plans.md shows of them
BESIDE = (
    _shop("cluster_initialize", CHANGES, variables={"trove_members": ["shop-2"]}),
    _shop("cluster_replace", CREATES, variables={"trove_members": ["shop-2"]}, lost="shop-2"),
    _sess("cluster_replace", CREATES, variables={"trove_members": ["sess-member-4"]}, lost="sess-member-4"),
)
