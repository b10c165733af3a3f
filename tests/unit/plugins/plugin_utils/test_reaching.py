# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from ansible_collections.stackdb.trove.plugins.plugin_utils import reaching


class TestReached:
    """One choice for the inventory and the playbooks: the inventory's, unless the run has another."""

    HOST = {"name": "shop-1", "addresses": {"fixed": "10.0.0.1", "floating": "192.0.2.1"}, "ansible_host": "10.0.0.1", "groups": ["g"]}

    @pytest.mark.parametrize(
        ("known", "choice", "address"),
        [
            ({}, None, "10.0.0.1"),
            ({"shop-2": "x"}, None, "10.0.0.1"),
            ({"shop-1": "192.0.2.1"}, None, "192.0.2.1"),
            ({"shop-1": "db1.example.com"}, None, "db1.example.com"),
            # it has the host, and leaves the address out
            ({"shop-1": None}, None, None),
            ({"shop-1": "db1.example.com"}, "fixed", "10.0.0.1"),
            ({"shop-1": "db1.example.com"}, "floating", "192.0.2.1"),
            ({"shop-1": "db1.example.com"}, "none", None),
            ({}, "none", None),
        ],
    )
    def test_who_decides(self, known, choice, address):
        (host,), missing = reaching.reached([self.HOST], known, choice)
        assert host.get("ansible_host") == address
        assert (host["groups"], missing) == (["g"], [])

    def test_a_member_without_a_floating_address_is_named(self):
        (host,), missing = reaching.reached([{**self.HOST, "addresses": {"fixed": "10.0.0.1", "floating": None}}], {}, "floating")
        assert "ansible_host" not in host
        warnings = reaching.without_floating({"waits": False, "names": ["shop-1"], "excused": []}, missing)
        assert warnings == ["shop-1 has no floating address: associate one with its server, and run it again."]

    @pytest.mark.parametrize(
        ("waits", "names", "excused", "refused"),
        [(True, ["a", "b"], [], "a, b"), (True, ["a", "b", "c"], ["a"], "b"), (False, ["a", "b"], [], ""), (True, [], [], ""), (True, ["c"], [], "")],
    )
    def test_nobody_is_waited_for_who_has_no_such_address(self, waits, names, excused, refused):
        plan = {"waits": waits, "names": names, "excused": excused}
        if refused:
            with pytest.raises(Refused, match=f"there is no floating address of {refused}: associate"):
                reaching.without_floating(plan, ["a", "b"])
        else:
            assert len(reaching.without_floating(plan, ["a", "b"])) == 2
        assert reaching.without_floating(plan, []) == []
