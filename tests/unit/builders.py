# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tests of the cloud plane begin with: the options of a good request, and parts of a cluster as it would be observed."""

from __future__ import annotations

from ansible_collections.stackdb.trove.plugins.module_utils._cloud.lookup import Flavor, Found, Named
from ansible_collections.stackdb.trove.plugins.module_utils._datastores import registry
from ansible_collections.stackdb.trove.plugins.module_utils._model import replicas
from ansible_collections.stackdb.trove.plugins.module_utils._model import request as requests
from ansible_collections.stackdb.trove.plugins.module_utils._model.cluster import Cluster, Instance, Rule, SecurityGroup, ServerGroup, Volume

MARIADB = registry.of_cluster("mariadb")
INSTANCE = registry.of_instance("mariadb")
NAMES = ("shop-1", "shop-2", "shop-3")

#: what _cloud.lookup would find for the request below
FOUND = Found(
    flavor=Flavor("f1", "db.small", 1, 1024, 10),
    image=Named("i1", "debian-12"),
    networks={"db-net": "n1"},
    volume_types={"fast": Named("t1", "fast")},
    security_groups=(),
    subnet_cidrs=("10.0.0.0/24",),
    network="db-net",
)


def params(**changes):
    """The options of trove_cluster for three members with everything, as Ansible would have parsed them."""
    good = {
        "name": "shop",
        "datastore_version": "10.11",
        "instances": 3,
        "flavor": "db.small",
        "image": "debian-12",
        "volume_size": 5,
        "volume_type": None,
        "networks": ["db-net"],
        "availability_zone": None,
        "key_name": "ops",
        "locality": "anti-affinity",
        "max_server_per_host": None,
        "allowed_cidrs": None,
        "management_cidrs": None,
        "security_groups": None,
        "root_volume_size": None,
        "ip_version": None,
        "volume_availability_zone": None,
    }
    return {**good, **changes}


def request(**changes):
    return requests.build(params(**changes), MARIADB)


def instance_request(**changes):
    """A single instance with everything."""
    return requests.build(params(**{"name": "orders", "instances": 1, **changes}), INSTANCE)


def replica_params(**changes):
    """The options of trove_replica for one replica, as Ansible would have parsed them."""
    options = "name image flavor volume_size volume_type networks availability_zone key_name locality datastore datastore_version databases users"
    nothing = dict.fromkeys(options.split())
    return {**nothing, "source": "orders", "count": 1, "read_only": True, **changes}


def replica_request(**changes):
    return replicas.build(replica_params(**changes))


def volume(name, **changes):
    good = {"id": f"vol-{name}", "name": name, "size": 5, "type": "fast", "type_id": "t1", "status": "in-use", "instance": name}
    return Volume(**{**good, "server_id": f"id-{name}", **changes})


def instance(name, **changes):
    good = {
        "id": f"id-{name}",
        "name": name,
        "type": "member",
        "status": "ACTIVE",
        "host_id": f"host-of-{name}",
        "flavor_name": "db.small",
        "flavor_id": "f1",
        "image_id": "i1",
        "image_name": "debian-12",
        "key_name": "ops",
        "availability_zone": "nova",
        "launched": None if changes.get("status") == "ERROR" else "2026-03-14T20:19:29Z",
        "network_ids": ("n1",),
        "addresses": {"db-net": [(f"10.0.0.{name[-1]}", "fixed")]},
        "security_groups": ("trove-shop",),
        "task": "NONE",
        "created": f"2026-03-14T20:19:2{name[-1]}Z",
        "updated": f"2026-03-14T20:20:2{name[-1]}Z",
        "volume": volume(name),
    }
    return Instance(**{**good, **changes})


def server_group(policy="anti-affinity", rules=(), member_ids=tuple(f"id-{name}" for name in NAMES)):
    return ServerGroup("g1", "trove-shop", policy, dict(rules), tuple(member_ids))


def security_group(*rules, deleting=False):
    """With the rules that the request above asks for, unless others are given."""
    default = [Rule("tcp", 3306, 3306, "10.0.0.0/24"), Rule("tcp", 22, 22, "0.0.0.0/0")]
    default += [Rule(*ports, Rule.SELF) for ports in (*MARIADB.client_ports, *MARIADB.member_ports)]
    return SecurityGroup("s1", "trove-shop", "c1", {rule: f"r{number}" for number, rule in enumerate(rules or default)}, deleting)


def cluster(*instances, **changes):
    """A living cluster of three, or of the instances that are given."""
    instances = instances or tuple(instance(name) for name in NAMES)
    good = {
        "id": "c1",
        "name": "shop",
        "datastore": "mariadb",
        "version": "10.11",
        "instances": instances,
        "volumes": tuple(i.volume for i in instances if i.volume),
        "group": server_group(member_ids=tuple(i.id for i in instances)),
        "security_group": security_group(),
    }
    return Cluster(**{**good, **changes})


def empty(**changes):
    """A cluster of which there is nothing yet but its id, and what is given."""
    nothing = {"instances": (), "volumes": (), "group": None, "security_group": None, "datastore": None, "version": None}
    return cluster(**{**nothing, **changes})
