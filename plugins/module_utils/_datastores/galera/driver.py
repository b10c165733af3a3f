# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""MariaDB Galera Cluster, as seen from the cloud."""

from __future__ import annotations

from ..base import ALL, LEAVING, STAYING, Datastore, Verb
from ..mysql.rules import versions
from .rules import applier, member_state


class Galera(Datastore):
    """Sizes and names: Trove, "Implement Galera cluster provisioning". Ports: Galera documentation, "Firewall settings"."""

    type = "mariadb"
    topology = "galera"
    role = "stackdb.trove.galera"
    info_module = "stackdb.trove.trove_galera_info"
    verbs = {
        "cluster_create": Verb((("main", ALL),)),
        "cluster_show": Verb(()),
        "cluster_configure": Verb((("configure", ALL),)),
        "cluster_grow": Verb((("main", ALL),)),
        "cluster_shrink": Verb((("leave", LEAVING), ("main", STAYING))),
    }
    versions = versions.MARIADB
    min_instances = 3
    min_after_shrink = 1
    client_ports = (("tcp", 3306, 3306),)
    # group communication (TCP, and UDP for multicast), incremental and full state transfer
    member_ports = (("tcp", 4567, 4568), ("udp", 4567, 4567), ("tcp", 4444, 4444))

    def member_name(self, cluster, number):
        return f"{cluster}-{number}"

    def health(self, info):
        """The member's state in Galera's words (wsrep_local_state_comment, wsrep_cluster_status, wsrep_cluster_size), and whether it applies."""
        galera = (info or {}).get("galera")
        if not galera:
            return {"State": "unreachable"}, None
        wsrep = galera.get("wsrep") or {}
        health = {"State": wsrep.get("local_state") or "down", "Component": wsrep.get("cluster_status"), "Size": wsrep.get("cluster_size")}
        health["Applier"] = applier.brief(wsrep.get("looks"))
        if member_state.upgrade_needed(galera):
            health["System tables"] = f"of {galera.get('tables_version') or 'an unknown version'}: upgrade needed"
        return health, (galera.get("volume") or {}).get("used")

    def problems(self, info):
        return member_state.why_not_serving(info["galera"])

    def disagreements(self, act, words):
        """All serve with one state UUID, and each counts as many members as there are."""
        return member_state.disagreements({name: words[name].said["galera"] for name in act.members})

    def lingering(self, act, before, after):
        """One that stops in order says so to the others, which count it no longer; one that is dead must be out of their view already."""
        if not after:
            # of one that answers the clean stop is still to come
            return [text for name in act.leaving if before[name].said is None for text in _counted(act, before, name)]
        found = [text for name in act.leaving for text in _counted(act, after, name)]
        running = [name for name in act.leaving if after[name].said and after[name].said["galera"]["service"]["state"] != "inactive"]
        found += [f"{name} has not stopped: its service is {after[name].said['galera']['service']['state']}" for name in running]
        return [*found, *_fallen_back(act, before, after)]

    def changes(self, act, before, after):
        found = []
        for name in act.members:
            was, now = (_standing(words[name].said) if name in words else None for words in (before, after))
            if was != now:
                found.append(f"{name} was {was}, and is {now}")
        return found


def _counted(act, words, name):
    """By which of those that stay a leaving member's address is still counted."""
    address = act.leaving[name]
    for other in act.members:
        if address in words[other].said["galera"]["wsrep"]["addresses"]:
            yield f"{other} still counts {name} ({address}) as a member (wsrep_incoming_addresses)"


def _fallen_back(act, before, after):
    """Who is in another cluster than before, or behind where it was."""
    for name in act.members:
        if name not in before or before[name].said is None:
            continue
        was, now = (words[name].said["galera"]["wsrep"] for words in (before, after))
        if was and was["cluster_state_uuid"] != now["cluster_state_uuid"]:
            yield f"{name} was in the cluster {was['cluster_state_uuid']}, and is in {now['cluster_state_uuid']}"
        elif was and now["last_committed"] < was["last_committed"]:
            yield f"{name} stood at {was['last_committed']} (wsrep_last_committed), and stands at {now['last_committed']}"


def _standing(said):
    wsrep = said["galera"]["wsrep"] or {} if said else {}
    return tuple(wsrep.get(key) for key in ("local_state", "cluster_status", "cluster_state_uuid", "cluster_size"))
