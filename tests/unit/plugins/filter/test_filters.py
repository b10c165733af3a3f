# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filters: a cluster as a table, and with what its members say of themselves."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.stackdb.trove.plugins.filter.cluster_health import cluster_health
from ansible_collections.stackdb.trove.plugins.filter.cluster_table import cluster_table
from ansible_collections.stackdb.trove.tests.unit.builders import cluster


def test_one_cluster_or_many():
    one = cluster().view()
    assert "task_description" in cluster_table(one)
    assert cluster_table([one, one]).count("| c1 ") == 2
    assert "| Datastore" in cluster_table([])


@pytest.mark.parametrize("wrong", [{}, {"id": "c1"}, 5, ["c1"], None])
def test_what_is_no_cluster_is_refused(wrong):
    with pytest.raises(AnsibleFilterError, match="a cluster or a list of clusters was expected"):
        cluster_table(wrong)


def test_a_member_that_was_not_reached_is_shown_as_such_with_the_reason():
    shown = cluster_health(cluster().view(), {f"shop-{number}": {"silent": "it is unreachable: no route"} for number in (1, 2, 3)})
    assert [i["health"] for i in shown["instances"]] == [{"State": "unreachable"}] * 3
    assert "shop-2: it is unreachable: no route" in cluster_table(shown)


def test_of_a_member_that_was_not_asked_nothing_is_said():
    shown = cluster_health(cluster().view(), {})
    assert all("health" not in instance for instance in shown["instances"])


def test_a_datastore_without_a_driver_is_refused():
    with pytest.raises(AnsibleFilterError, match="datastore: 'oracle'"):
        cluster_health(cluster(datastore="oracle").view(), {})


def test_the_cluster_that_was_given_is_not_changed():
    given = cluster().view()
    cluster_health(given, {})
    assert given == cluster().view()
