# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables for people: clusters and their instances."""

from __future__ import annotations

from ansible_collections.stackdb.trove.plugins.module_utils._view import table
from ansible_collections.stackdb.trove.tests.unit.builders import cluster, instance


def test_a_grid_is_as_wide_as_its_widest_cell():
    assert table.grid(("A", "Long"), [("longer", None), (1, "x")]).splitlines() == [
        "+--------+------+",
        "| A      | Long |",
        "+--------+------+",
        "| longer | -    |",
        "| 1      | x    |",
        "+--------+------+",
    ]


def test_one_cluster():
    text = table.one(cluster(instance("shop-1"), instance("shop-2", volume=None, addresses={})).view())
    assert "| task_name         | NONE " in text
    assert "| locality          | anti-affinity " in text
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if "| shop-" in line]
    assert rows == [
        ["shop-1", "ACTIVE", "10.0.0.1", "host-of-", "db.small", "5 GiB"],
        ["shop-2", "ACTIVE", "-", "host-of-", "db.small", "-"],
    ]


def test_the_users_metadata_are_properties():
    text = table.one(cluster(instance("shop-1", metadata={"team": "web", "cost": "17"})).view())
    shown = [line.split("|")[1].strip() for line in text.splitlines() if "metadata." in line]
    assert shown == ["metadata.cost", "metadata.team"]


def test_what_members_say_of_themselves_gets_columns():
    first, second = cluster().view()["instances"][:2]
    asked = dict(first, health={"State": "Synced", "Size": 3}, volume=dict(first["volume"], used=1.5))
    head, _rule, *rows = [line.split("|") for line in table.instances([asked, second]).splitlines()[1:]]
    assert [cell.strip() for cell in head[-3:-1]] == ["State", "Size"]
    assert [cell.strip() for cell in rows[0][-4:-1]] == ["1.5 of 5 GiB", "Synced", "3"]
    assert [cell.strip() for cell in rows[1][-4:-1]] == ["5 GiB", "-", "-"]


def test_many_clusters_and_none():
    assert "| c1 | shop | mariadb   | 10.11   | anti-affinity | 10.0.0.1, 10.0.0.2, 10.0.0.3 | NONE      |" in table.many([cluster().view()])
    assert len(table.many([]).splitlines()) == 4
