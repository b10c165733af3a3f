# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may reach a cluster: the rules of a new group, and what is added and taken away when the user narrows or widens them."""

from __future__ import annotations

from ansible_collections.stackdb.trove.plugins.module_utils._model import security_rules
from ansible_collections.stackdb.trove.plugins.module_utils._model.cluster import Rule
from ansible_collections.stackdb.trove.tests.unit.builders import MARIADB, request, security_group

SUBNETS = ("10.0.0.0/24", "10.0.1.0/24")


def compare(has=(), subnets=SUBNETS, **changes):
    return security_rules.compare(request(**changes), MARIADB, has, subnets)


def remotes(rules, port):
    return {rule.remote for rule in rules if rule.port_min <= port <= rule.port_max and rule.protocol == "tcp"}


class TestANewGroup:
    def test_members_reach_each_other_clients_come_from_the_first_network(self):
        missing, surplus = compare()
        assert remotes(missing, 4567) == {Rule.SELF}
        assert remotes(missing, 3306) == {Rule.SELF, *SUBNETS}
        assert remotes(missing, 22) == {"0.0.0.0/0"}
        assert surplus == []

    def test_allowed_cidrs_take_the_place_of_the_network(self):
        assert remotes(compare(allowed_cidrs=["192.0.2.0/24"])[0], 3306) == {Rule.SELF, "192.0.2.0/24"}

    def test_no_clients_and_no_management_when_none_are_wanted(self):
        missing = compare(allowed_cidrs=[], management_cidrs=[])[0]
        assert remotes(missing, 3306) == {Rule.SELF}
        assert remotes(missing, 22) == set()

    def test_group_communication_is_never_for_clients(self):
        missing = compare(allowed_cidrs=["0.0.0.0/0"], management_cidrs=["0.0.0.0/0"])[0]
        assert {rule.remote for rule in missing if rule.port_min in (4444, 4567)} == {Rule.SELF}

    def test_members_on_an_ipv6_network_reach_each_other(self):
        assert remotes(compare(subnets=("2001:db8::/64",))[0], 4567) == {Rule.SELF, Rule.SELF6}


class TestAGroupThatIsThere:
    def test_nothing_is_compared_that_was_not_given(self):
        wide = security_group(*security_group().rules, Rule("tcp", 22, 22, "192.0.2.1/32"), Rule("tcp", 3306, 3306, "0.0.0.0/0")).rules
        assert compare(wide) == ([], [])

    def test_narrowing_closes_what_was_open(self):
        missing, surplus = compare(security_group().rules, management_cidrs=["192.0.2.0/24"], allowed_cidrs=["198.51.100.0/24"])
        assert missing == [Rule("tcp", 22, 22, "192.0.2.0/24"), Rule("tcp", 3306, 3306, "198.51.100.0/24")]
        assert surplus == [Rule("tcp", 22, 22, "0.0.0.0/0"), Rule("tcp", 3306, 3306, "10.0.0.0/24")]

    def test_one_option_leaves_the_other_alone(self):
        assert compare(security_group().rules, management_cidrs=[]) == ([], [Rule("tcp", 22, 22, "0.0.0.0/0")])

    def test_the_same_again_changes_nothing(self):
        assert compare(security_group().rules, management_cidrs=["0.0.0.0/0"], allowed_cidrs=["10.0.0.0/24"]) == ([], [])

    def test_members_are_never_shut_out(self):
        surplus = compare(security_group().rules, allowed_cidrs=[])[1]
        assert all(rule.remote != Rule.SELF for rule in surplus)

    def test_rules_for_other_ports_are_the_users_own(self):
        own = Rule("tcp", 9100, 9100, "192.0.2.0/24")
        assert compare(security_group(*security_group().rules, own).rules, allowed_cidrs=[], management_cidrs=[])[1].count(own) == 0

    def test_what_members_need_is_mended(self):
        rules = [rule for rule in security_group().rules if rule.port_min != 4567]
        assert {rule.port_min for rule in compare(security_group(*rules).rules)[0]} == {4567}
